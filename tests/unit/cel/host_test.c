/* What the host brings: tables, functions, a container; and expressions that are not checked. */
#include "base/buffer.h"
#include "library.h"

enum { ACCOUNTS, DOMAIN, LOOSE, HOST_VARIABLES };
enum { OWNER, SEATS, ROW_FIELDS };

static const struct cel_field row_fields[ROW_FIELDS] = {{"owner", &type_string},
                                                        {"seats", &type_int}};
static const struct cel_type type_accounts = {CEL_TYPE_TABLE, .fields = row_fields,
                                              .field_count = ROW_FIELDS};

static bool accounts_have(const struct cel_table *table, struct bytes key)
{
    (void)table;
    return bytes_is(key, "acme.example");
}

static bool accounts_find(const struct cel_table *table, struct bytes key,
                          struct cel_value *ret_row)
{
    if (!accounts_have(table, key))
        return false;
    ret_row[OWNER] = cel_string(BYTES_LITERAL("Ann"));
    ret_row[SEATS] = (struct cel_value){.kind = CEL_ABSENT};
    return true;
}

static const struct cel_table accounts = {accounts_find, accounts_have, 1};

static struct cel_value half(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    return cel_double((double)arguments[0].integer / 2);
}

static struct cel_value longest(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    const struct cel_value *found = &arguments[0].items[0];
    for (uint32_t i = 1; i < arguments[0].count; i++)
        if (arguments[0].items[i].string.size > found->string.size)
            found = &arguments[0].items[i];
    return *found;
}

static const struct cel_variable host_variables[HOST_VARIABLES] = {
    [ACCOUNTS] = {"crm.accounts", &type_accounts},
    [DOMAIN] = {"domain", &type_string},
    [LOOSE] = {"crm.domain", &type_string},
};
static const struct cel_function functions[] = {
    {"crm.half", "i:d", half, false},
    {"half", "i:d", half, true},
    {"longest", "s+:s", longest, false},
};
static const struct cel_environment host = {host_variables, HOST_VARIABLES, functions, 3, NULL};
static const struct cel_environment inside = {host_variables, HOST_VARIABLES, functions, 3,
                                              "crm.x"};
static const struct cel_value host_values[HOST_VARIABLES] = {
    [ACCOUNTS] = {CEL_TABLE, .table = &accounts},
    [DOMAIN] = STRING("acme.example"),
    [LOOSE] = STRING("other.example"),
};

static const char *printed(const struct cel_program *program)
{
    struct cel_scratch scratch = {scratch_memory, sizeof scratch_memory, 0};
    struct cel_value value = cel_evaluate(program, host_values, &scratch);
    struct buffer text;
    buffer_init(&text, 1000);
    cel_value_print(&value, 200, &text);
    const char *copy = arena_string(&arena, buffer_bytes(&text));
    buffer_release(&text);
    return copy;
}

static void gives(const struct cel_environment *environment_in, const char *source,
                  const char *wanted)
{
    const struct cel_program *program;
    struct cel_diagnostic found;
    if (cel_program_compile(environment_in, bytes_of(source), NULL, &arena, &program, &found) != 0)
        fail_msg("%s: %u:%u: %s", source, found.position.line, found.position.column,
                 found.message);
    assert_string_equal(printed(program), wanted);
}

static void unchecked_gives(const char *source, const char *wanted)
{
    const struct cel_program *program;
    assert_int_equal(cel_program_compile_unchecked(&host, bytes_of(source), &arena, &program, NULL),
                     0);
    assert_string_equal(printed(program), wanted);
}

static void refused(const char *source, unsigned column, const char *message)
{
    const struct cel_program *program;
    struct cel_diagnostic found;
    assert_int_equal(cel_program_compile(&host, bytes_of(source), NULL, &arena, &program, &found),
                     ML_EINVAL);
    assert_string_equal(found.message, message);
    assert_int_equal(found.position.column, column);
}

static void rows_are_looked_up_by_key(void **state)
{
    (void)state;
    gives(&host, "crm.accounts[domain].owner", "\"Ann\"");
    gives(&host, "lookup(crm.accounts, domain).owner", "\"Ann\"");
    gives(&host, "domain in crm.accounts && !('x' in crm.accounts)", "true");
    gives(&host, "cel.bind(row, crm.accounts[domain], row.owner + row.owner)", "\"AnnAnn\"");
}

static void what_is_missing_in_a_table_is_absent(void **state)
{
    (void)state;
    gives(&host, "has(crm.accounts['x'].owner)", "false");
    gives(&host, "has(crm.accounts[domain].seats)", "false");
    gives(&host, "crm.accounts['x'].owner", "error: no such key: crm.accounts['x'].owner");
    gives(&host, "lookup(crm.accounts, 'x')", "error: no such key: lookup(crm.accounts, 'x')");
    gives(&host, "crm.accounts[domain].seats", "error: no such key: crm.accounts[domain].seats");
    gives(&host, "crm.accounts['x'].?owner.orValue('nobody')", "\"nobody\"");
    gives(&host, "crm.accounts[?'x'].owner.orValue('nobody')", "\"nobody\"");
}

static void mistakes_with_tables_are_found(void **state)
{
    (void)state;
    refused("crm.accounts[domain].ower", 22, "no such field `ower`, did you mean `owner`?");
    refused("crm.accounts[1].owner", 14, "the key of a table is a string, not int");
    refused("crm.accounts.owner", 14, "a table is asked for a row: table[key].owner");
    refused("lookup(domain, 'x')", 1, "`lookup` takes a table and a key");
    refused("1 in crm.accounts", 3, "`in` never finds int in table");
}

static void functions_of_the_host_are_called_like_others(void **state)
{
    (void)state;
    gives(&host, "crm.half(3)", "1.5");
    gives(&host, "3.half()", "1.5");
    gives(&host, "longest('a', domain, 'bb')", "\"acme.example\"");
    gives(&host, "crm.half(1 / 0)", "error: division by zero");
    refused("crm.half('a')", 5, "`crm.half` does not take string");
    refused("crm.halv(1)", 1, "no such function `crm.halv`, did you mean `crm.half`?");
    refused("math.greatst(1)", 1, "no such function `math.greatst`, did you mean `math.greatest`?");
}

static void a_container_is_searched_from_the_inside_out(void **state)
{
    (void)state;
    gives(&inside, "domain", "\"other.example\"");
    gives(&inside, ".domain", "\"acme.example\"");
    gives(&inside, "half(3) + .crm.half(1)", "2.0");
    gives(&inside, "accounts[.domain].owner", "\"Ann\"");
}

static void what_is_not_checked_fails_when_it_runs(void **state)
{
    (void)state;
    unchecked_gives("true || nothing", "true");
    unchecked_gives("nothing", "error: no such variable `nothing`");
    unchecked_gives("nowhere(1) || true", "true");
    unchecked_gives("nowhere(1)", "error: no such function `nowhere`");
    unchecked_gives("domain + 1", "error: no such overload: `+` on string and int");
    unchecked_gives("[1, 'a'].exists(x, x == 'a')", "true");
    unchecked_gives("crm.accounts[domain].owner", "\"Ann\"");
    unchecked_gives("crm.half(1, 2)", "error: `crm.half` takes 1 argument, not 2");
}

static void what_is_no_expression_is_refused_even_unchecked(void **state)
{
    (void)state;
    const struct cel_program *program;
    struct cel_diagnostic found;
    assert_int_equal(
        cel_program_compile_unchecked(&host, bytes_of("1 +"), &arena, &program, &found), ML_EINVAL);
    assert_int_equal(found.position.column, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(rows_are_looked_up_by_key),
        TEST(what_is_missing_in_a_table_is_absent),
        TEST(mistakes_with_tables_are_found),
        TEST(functions_of_the_host_are_called_like_others),
        TEST(a_container_is_searched_from_the_inside_out),
        TEST(what_is_not_checked_fails_when_it_runs),
        TEST(what_is_no_expression_is_refused_even_unchecked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
