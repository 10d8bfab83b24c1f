/* Matching leads with accounts: which row, in what way, with what score. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "policy/reference/account.h"
#include "policy/reference/similar.h"

#include <stdio.h>

static struct arena arena;
static const struct policy_accounts *accounts;

static int with_arena(void **state)
{
    (void)state;
    arena_init(&arena);
    return 0;
}

static int without_arena(void **state)
{
    (void)state;
    arena_release(&arena);
    return 0;
}

static struct policy_table *read_table(const char *csv)
{
    struct policy_table *table = NULL;
    struct policy_table_problem problem;
    size_t count;
    if (policy_table_read_csv("accounts", "tables/accounts.csv", bytes_of(csv), &arena, &table,
                              &problem, 1, &count) != 0)
        fail_msg("%u:%u: %s", problem.line, problem.column, problem.message);
    return table;
}

static void use_accounts(const char *csv, double threshold)
{
    const struct policy_table *table = read_table(csv);
    struct policy_accounts_options options = {
        table, policy_table_column(table, BYTES_LITERAL("domain")),
        policy_table_column(table, BYTES_LITERAL("name")), threshold};
    accounts = policy_accounts_new(&options, &arena);
}

/* "domain 0", "name 3", "similar 2 0.95", "none". */
static const char *match(const char *domain, const char *name)
{
    static const char *const kinds[] = {"none", "domain", "name", "similar"};
    struct bytes domains = bytes_of(domain), names = bytes_of(name);
    struct policy_account_match found = policy_account_find(accounts, &domains, 1, &names, 1);
    if (found.kind == POLICY_MATCH_NONE) {
        assert_int_equal(found.row, POLICY_NONE);
        assert_true(found.score == 0.0);
        return "none";
    }
    if (found.kind == POLICY_MATCH_SIMILAR)
        return arena_printf(&arena, "similar %u %.3f", found.row, found.score);
    assert_true(found.score == 1.0);
    return arena_printf(&arena, "%s %u", kinds[found.kind], found.row);
}

#define ACCOUNTS                                                \
    "id,domain,name,owner\n"                                    \
    "a0,acme.com,Acme Inc.,ann\n"                               \
    "a1,https://www.zeta.co.uk/,Zeta Systems Ltd,bob\n"         \
    "a2,\"bücher.example; books.example\",Bücher & Co,cleo\n" \
    "a3,gmail.com,Small Shop,dan\n"                             \
    "a4,acme.com,Acme Corporation,eve\n"                        \
    "a5,,Internationale Maschinenbau GmbH,fay\n"

static void a_domain_matches_by_its_registrable_part(void **state)
{
    (void)state;
    use_accounts(ACCOUNTS, 0.9);
    assert_string_equal(match("acme.com", ""), "domain 0");
    assert_string_equal(match("ann@mail.acme.com", ""), "domain 0");
    assert_string_equal(match("shop.zeta.co.uk", ""), "domain 1");
    assert_string_equal(match("other.co.uk", ""), "none");
    assert_string_equal(match("", ""), "none");
}

static void a_cell_may_list_several_domains(void **state)
{
    (void)state;
    use_accounts(ACCOUNTS, 0.9);
    assert_string_equal(match("www.xn--bcher-kva.example", ""), "domain 2");
    assert_string_equal(match("books.example", ""), "domain 2");
}

static void free_mail_and_disposable_domains_never_match(void **state)
{
    (void)state;
    use_accounts("domain,name\ngmail.com,One\nmailinator.com,Two\nacme.com,Three\n", 0.9);
    assert_string_equal(match("ann@gmail.com", ""), "none");
    assert_string_equal(match("ann@mailinator.com", ""), "none");
    assert_string_equal(match("ann@acme.com", ""), "domain 2");
    /* The company's name says more than where the mail comes from. */
    assert_string_equal(match("ann@gmail.com", "Three"), "name 2");
}

static void the_first_row_has_what_several_claim(void **state)
{
    (void)state;
    use_accounts(ACCOUNTS, 0.9);
    assert_string_equal(match("acme.com", ""), "domain 0");
    assert_string_equal(match("", "ACME"), "name 0");
}

static void a_name_matches_without_legal_form_case_and_marks(void **state)
{
    (void)state;
    use_accounts(ACCOUNTS, 0.9);
    assert_string_equal(match("", "acme gmbh"), "name 0");
    assert_string_equal(match("", "BUCHER"), "name 2");
    assert_string_equal(match("", "Zeta"), "none");
}

static void a_domain_goes_before_a_name(void **state)
{
    (void)state;
    use_accounts(ACCOUNTS, 0.9);
    assert_string_equal(match("zeta.co.uk", "Acme"), "domain 1");
}

static void a_similar_name_matches_with_its_score(void **state)
{
    (void)state;
    use_accounts(ACCOUNTS, 0.8);
    assert_string_equal(match("", "Internationale Maschinebau"), "similar 5 0.909");
    assert_string_equal(match("", "Maschinenbau Internationale AG"), "similar 5 0.999");
    assert_string_equal(match("", "Internationale Brauereien"), "none");
}

static void at_a_threshold_of_one_only_equal_names_match(void **state)
{
    (void)state;
    use_accounts(ACCOUNTS, 1.0);
    assert_string_equal(match("", "Maschinenbau Internationale"), "none");
    assert_string_equal(match("", "Internationale Maschinenbau"), "name 5");
}

static void several_domains_and_names_are_asked_in_order(void **state)
{
    (void)state;
    use_accounts(ACCOUNTS, 0.8);
    struct bytes domains[] = {BYTES_LITERAL(""), BYTES_LITERAL("a@gmail.com"),
                              BYTES_LITERAL("books.example"), BYTES_LITERAL("acme.com")};
    struct bytes names[] = {BYTES_LITERAL(""), BYTES_LITERAL("Internationale Maschinebau"),
                            BYTES_LITERAL("Acme")};
    assert_int_equal(policy_account_find(accounts, domains, 4, NULL, 0).row, 2);
    /* An exact name later in the list is better than a similar one before it. */
    struct policy_account_match found = policy_account_find(accounts, NULL, 0, names, 3);
    assert_int_equal(found.kind, POLICY_MATCH_NAME);
    assert_int_equal(found.row, 0);
    assert_int_equal(policy_account_find(accounts, NULL, 0, NULL, 0).kind, POLICY_MATCH_NONE);
}

static void columns_may_be_left_out(void **state)
{
    (void)state;
    use_accounts("domain,owner\nacme.com,ann\n", 0.9);
    assert_string_equal(match("acme.com", "Acme"), "domain 0");
    assert_string_equal(match("", "Acme"), "none");
    use_accounts("name,owner\nAcme,ann\n", 0.9);
    assert_string_equal(match("acme.com", "Acme"), "name 0");
    use_accounts("domain,name\n", 0.5);
    assert_string_equal(match("acme.com", "Acme"), "none");
}

/* ---- the index of similar names against looking at every one */

enum { NAMES = 3000, QUERIES = 400 };

static uint64_t next(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *seed >> 33;
}

/* Few syllables, so that many names resemble each other. */
static struct bytes make_name(uint64_t *seed)
{
    static const char *const syllables[] = {"ber", "tec", "no",  "sol", "ar", "vi", "tan",
                                            "gra", "mo",  "lux", "del", "ti", "an", "ex"};
    struct buffer text;
    buffer_init(&text, POLICY_COMPANY_SIZE);
    for (uint64_t words = 1 + next(seed) % 3; words > 0; words--) {
        for (uint64_t count = 1 + next(seed) % 4; count > 0; count--)
            buffer_printf(&text, "%s",
                          syllables[next(seed) % (sizeof syllables / sizeof *syllables)]);
        if (words > 1)
            buffer_append_char(&text, ' ');
    }
    struct bytes name = arena_copy(&arena, buffer_bytes(&text));
    buffer_release(&text);
    return name;
}

/* With a letter changed, left out or doubled here and there. */
static struct bytes misspell(struct bytes name, uint64_t *seed)
{
    char *text = arena_alloc(&arena, 2 * name.size + 1);
    size_t size = 0;
    for (size_t i = 0; i < name.size; i++) {
        uint64_t chance = next(seed) % 20;
        if (chance != 0)
            text[size++] = chance == 1 ? 'q' : name.data[i];
        if (chance == 2)
            text[size++] = name.data[i];
    }
    return (struct bytes){text, size};
}

static bool search_all(const struct similar_name *names, struct bytes name, double threshold,
                       uint32_t *ret_row, double *ret_score)
{
    bool found = false;
    for (uint32_t i = 0; i < NAMES; i++) {
        double score = policy_company_similarity(name, names[i].text);
        if (score < threshold || bytes_equal(name, names[i].text) || (found && score <= *ret_score))
            continue;
        *ret_row = names[i].row;
        *ret_score = score;
        found = true;
    }
    return found;
}

static size_t make_names(struct similar_name *names, uint64_t *seed)
{
    for (size_t i = 0; i < NAMES; i++) {
        names[i] = (struct similar_name){make_name(seed), (uint32_t)(i * 7)};
        for (size_t j = 0; j < i; j++)
            if (bytes_equal(names[i].text, names[j].text)) {
                names[i].text =
                    bytes_of(arena_printf(&arena, "%.*s %zu", BYTES_ARG(names[i].text), i));
                break;
            }
    }
    return NAMES;
}

static void the_index_finds_what_a_search_of_all_finds(void **state)
{
    (void)state;
    static const double thresholds[] = {0.5, 0.62, 0.75, 0.8, 0.9, 0.97};
    uint64_t seed = 7;
    struct similar_name *names = arena_array(&arena, NAMES, sizeof *names);
    size_t count = make_names(names, &seed), matched = 0;
    for (size_t t = 0; t < sizeof thresholds / sizeof *thresholds; t++) {
        const struct similar_index *index = similar_index_new(names, count, thresholds[t], &arena);
        for (size_t i = 0; i < QUERIES / 4; i++) {
            uint32_t row = 0, expected_row = 0;
            double score = 0, expected_score = 0;
            struct bytes name =
                i % 5 == 0 ? make_name(&seed) : misspell(names[next(&seed) % NAMES].text, &seed);
            bool equal = false;
            for (size_t j = 0; j < count && !equal; j++)
                equal = bytes_equal(names[j].text, name);
            if (equal)
                continue;
            bool expected = search_all(names, name, thresholds[t], &expected_row, &expected_score);
            bool found = similar_index_find(index, name, &row, &score);
            if (found != expected || row != expected_row || score != expected_score)
                fail_msg("%.*s at %.2f: %d %u %.4f, not %d %u %.4f", BYTES_ARG(name), thresholds[t],
                         found, row, score, expected, expected_row, expected_score);
            matched += found ? 1 : 0;
        }
    }
    assert_true(matched > QUERIES / 4);
}

/* ---- what expressions call */

static struct cel_value call(const char *name, const char *a, const char *b)
{
    static char memory[1024];
    static struct cel_scratch scratch;
    scratch = (struct cel_scratch){memory, sizeof memory, 0};
    struct cel_value arguments[] = {cel_string(bytes_of(a)), cel_string(bytes_of(b))};
    for (size_t i = 0; i < policy_function_count; i++)
        if (strcmp(policy_functions[i].name, name) == 0)
            return policy_functions[i].call(&scratch, arguments);
    fail_msg("no function %s", name);
    return (struct cel_value){0};
}

static void expressions_may_ask_the_same(void **state)
{
    (void)state;
    assert_true(
        bytes_is(call("registrable_domain", "ann@mail.acme.co.uk", "").string, "acme.co.uk"));
    assert_true(call("is_free_mail", "ann@gmail.com", "").boolean);
    assert_false(call("is_free_mail", "acme.com", "").boolean);
    assert_true(call("is_disposable", "x@yopmail.com", "").boolean);
    assert_false(call("is_disposable", "x@gmail.com", "").boolean);
    assert_true(bytes_is(call("normalize_company", "Müller GmbH", "").string, "muller"));
    assert_true(call("company_similarity", "Müller GmbH", "MULLER AG").number == 1.0);
    assert_true(call("company_similarity", "Acme", "Acmes").number == 2.0 * 4 / 11);
}

static void a_function_without_memory_left_fails(void **state)
{
    (void)state;
    char memory[4];
    struct cel_scratch scratch = {memory, sizeof memory, 0};
    struct cel_value argument = cel_string(BYTES_LITERAL("acme.com"));
    assert_string_equal(policy_functions[0].name, "registrable_domain");
    assert_int_equal(policy_functions[0].call(&scratch, &argument).kind, CEL_ERROR);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, with_arena, without_arena)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_domain_matches_by_its_registrable_part),
        TEST(a_cell_may_list_several_domains),
        TEST(free_mail_and_disposable_domains_never_match),
        TEST(the_first_row_has_what_several_claim),
        TEST(a_name_matches_without_legal_form_case_and_marks),
        TEST(a_domain_goes_before_a_name),
        TEST(a_similar_name_matches_with_its_score),
        TEST(at_a_threshold_of_one_only_equal_names_match),
        TEST(several_domains_and_names_are_asked_in_order),
        TEST(columns_may_be_left_out),
        TEST(the_index_finds_what_a_search_of_all_finds),
        TEST(expressions_may_ask_the_same),
        TEST(a_function_without_memory_left_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
