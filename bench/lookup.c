/* Looking things up in reference data: a row among a million by its key, beside uthash with the
 * same keys in the same run; and an account among a hundred thousand by domain and by a name that
 * is only similar. Prints one line, medians of some rounds. */
#include "base/buffer.h"
#include "measure.h"
#include "policy/reference/account.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <uthash.h>

enum { ROWS = 1000000, ACCOUNTS = 100000, QUERIES = 20000, ROUNDS = 5, ROUNDS_QUICK = 2 };
static const double threshold = 0.85;

/* Of the processor: nothing here waits, and what else runs on the machine is nobody's result. */
static double now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* splitmix64 (Vigna). */
static uint64_t random_next(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static struct policy_table *read_table(struct bytes text, struct arena *arena)
{
    struct policy_table *table = NULL;
    struct policy_table_problem problem;
    size_t problems;
    if (policy_table_read_csv("accounts", "tables/accounts.csv", text, arena, &table, &problem, 1,
                              &problems) != 0)
        measure_fail("lookup: line %u: %s", problem.line, problem.message);
    return table;
}

/* ---- a million rows */

static struct bytes make_rows(struct buffer *text)
{
    static const char *const segments[] = {"enterprise", "middle", "small"};
    uint64_t seed = 1;
    buffer_printf(text, "domain,owner,segment,employees:int\n");
    for (int i = 0; i < ROWS; i++) {
        uint64_t random = random_next(&seed);
        buffer_printf(text, "company-%llx.example,rep.%llu,%s,%llu\n",
                      (unsigned long long)(random >> 20), (unsigned long long)(random % 5000),
                      segments[random % 3], (unsigned long long)(random % 100000));
    }
    return buffer_bytes(text);
}

/* The keys of all rows, copied in a random order: what is asked for lies elsewhere than what is
 * found. */
static struct bytes *make_keys(const struct policy_table *table, struct arena *arena)
{
    struct bytes *keys = arena_array(arena, ROWS, sizeof *keys);
    uint64_t seed = 2;
    for (uint32_t i = 0; i < ROWS; i++) {
        uint32_t j = (uint32_t)(random_next(&seed) % (i + 1));
        keys[i] = keys[j];
        keys[j] = policy_table_cell(table, i, 0).string;
    }
    for (uint32_t i = 0; i < ROWS; i++)
        keys[i] = arena_copy(arena, keys[i]);
    return keys;
}

static double measure_find(const struct policy_table *table, const struct bytes *keys)
{
    struct cel_value row[POLICY_COLUMNS_MAX];
    int64_t sum = 0;
    double start = now_ns();
    for (uint32_t i = 0; i < ROWS; i++) {
        if (!table->lookup.find(&table->lookup, keys[i], row))
            measure_fail("lookup: a key is not found");
        sum += row[3].integer;
    }
    double taken = now_ns() - start;
    if (sum == 0)
        measure_fail("lookup: rows without values");
    return taken / ROWS;
}

struct control {
    const char *key;
    uint32_t row;
    UT_hash_handle hh;
};

/* NOLINTBEGIN(readability-function-size): uthash is all macros */
static struct control *new_control(const struct policy_table *table, struct arena *arena)
{
    struct control *head = NULL;
    for (uint32_t i = 0; i < ROWS; i++) {
        struct bytes key = policy_table_cell(table, i, 0).string;
        struct control *entry = arena_alloc(arena, sizeof *entry);
        entry->key = arena_copy(arena, key).data;
        entry->row = i;
        HASH_ADD_KEYPTR(hh, head, entry->key, key.size, entry);
    }
    return head;
}

static double measure_control(struct control *head, const struct bytes *keys)
{
    double start = now_ns();
    for (uint32_t i = 0; i < ROWS; i++) {
        struct control *entry;
        HASH_FIND(hh, head, keys[i].data, keys[i].size, entry);
        if (entry == NULL)
            measure_fail("lookup: uthash does not find a key");
    }
    return (now_ns() - start) / ROWS;
}
/* NOLINTEND(readability-function-size) */

struct row_result {
    double find_ns, control_ns, load_s, bytes_per_row;
};

static struct row_result measure_rows(int rounds)
{
    struct arena arena, controls;
    struct buffer text;
    double find[ROUNDS], control[ROUNDS];
    arena_init(&arena);
    arena_init(&controls);
    buffer_init(&text, (size_t)ROWS * 128);
    struct bytes csv = make_rows(&text);
    double start = now_ns();
    struct policy_table *table = read_table(csv, &arena);
    struct row_result result = {.load_s = (now_ns() - start) / 1e9,
                                .bytes_per_row = (double)arena.used / ROWS};
    buffer_release(&text);
    struct bytes *keys = make_keys(table, &controls);
    struct control *head = new_control(table, &controls);
    for (int i = 0; i < rounds; i++) {
        find[i] = measure_find(table, keys);
        control[i] = measure_control(head, keys);
    }
    HASH_CLEAR(hh, head);
    arena_release(&controls);
    arena_release(&arena);
    result.find_ns = measure_percentile(find, (size_t)rounds, 0.5);
    result.control_ns = measure_percentile(control, (size_t)rounds, 0.5);
    return result;
}

/* ---- a hundred thousand accounts */

/* Two or three words: the first one of a kind, the others out of a few hundred, as companies are
 * called. */
static void append_name(struct buffer *text, uint64_t *seed)
{
    static const char *const syllables[] = {"ber", "tec", "nor", "sol", "ari", "vin", "tan",
                                            "gra", "mo",  "lux", "del", "ti",  "an",  "ex",
                                            "ko",  "ru",  "pha", "syn", "qua", "zen"};
    static const char *const common[] = {"systems",       "energy",   "logistics", "software",
                                         "consulting",    "partners", "media",     "health",
                                         "maschinenbau",  "finance",  "trading",   "foods",
                                         "international", "labs",     "networks",  "solutions"};
    enum {
        SYLLABLES = sizeof syllables / sizeof *syllables,
        COMMON = sizeof common / sizeof *common
    };
    for (uint64_t count = 2 + random_next(seed) % 3; count > 0; count--)
        buffer_printf(text, "%s", syllables[random_next(seed) % SYLLABLES]);
    for (uint64_t count = 1 + random_next(seed) % 2; count > 0; count--)
        buffer_printf(text, " %s", common[random_next(seed) % COMMON]);
}

static struct policy_table *make_accounts(struct arena *arena)
{
    struct buffer text;
    uint64_t seed = 3;
    buffer_init(&text, (size_t)ACCOUNTS * 256);
    buffer_printf(&text, "domain,name\n");
    for (int i = 0; i < ACCOUNTS; i++) {
        buffer_printf(&text, "account-%d.example,", i);
        append_name(&text, &seed);
        buffer_printf(&text, " GmbH\n");
    }
    struct policy_table *table = read_table(buffer_bytes(&text), arena);
    buffer_release(&text);
    return table;
}

/* The names of accounts with one letter left out, and as many names that nobody has. */
static struct bytes *make_queries(const struct policy_table *table, struct arena *arena)
{
    struct bytes *queries = arena_array(arena, QUERIES, sizeof *queries);
    uint64_t seed = 4;
    for (int i = 0; i < QUERIES; i++) {
        struct buffer text;
        buffer_init(&text, 256);
        uint64_t random = random_next(&seed);
        struct bytes name = policy_table_cell(table, (uint32_t)(random % ACCOUNTS), 1).string;
        size_t left_out = random / ACCOUNTS % (name.size - 5);
        if (i % 2 == 0) {
            buffer_append(&text, name.data, left_out);
            buffer_append(&text, name.data + left_out + 1, name.size - left_out - 1);
        } else {
            append_name(&text, &seed);
        }
        queries[i] = arena_copy(arena, buffer_bytes(&text));
        buffer_release(&text);
    }
    return queries;
}

struct account_result {
    double index_s, domain_us, name_us, name_p99_us, matched;
};

static double measure_domains(const struct policy_accounts *accounts, struct arena *arena)
{
    struct bytes *addresses = arena_array(arena, QUERIES, sizeof *addresses);
    for (int i = 0; i < QUERIES; i++)
        addresses[i] =
            bytes_of(arena_printf(arena, "someone@mail.account-%d.example", i * 37 % ACCOUNTS));
    double start = now_ns();
    for (int i = 0; i < QUERIES; i++)
        if (policy_account_find(accounts, &addresses[i], 1, NULL, 0).kind != POLICY_MATCH_DOMAIN)
            measure_fail("lookup: an account's domain is not found");
    return (now_ns() - start) / QUERIES / 1e3;
}

static struct account_result measure_accounts(void)
{
    struct arena arena;
    arena_init(&arena);
    struct policy_table *table = make_accounts(&arena);
    struct policy_accounts_options options = {table, 0, 1, threshold};
    double start = now_ns();
    const struct policy_accounts *accounts = policy_accounts_new(&options, &arena);
    struct account_result result = {.index_s = (now_ns() - start) / 1e9};
    struct bytes *queries = make_queries(table, &arena);
    double *taken = arena_array(&arena, QUERIES, sizeof *taken);
    for (int i = 0; i < QUERIES; i++) {
        start = now_ns();
        struct policy_account_match match = policy_account_find(accounts, NULL, 0, &queries[i], 1);
        taken[i] = (now_ns() - start) / 1e3;
        result.matched += match.kind != POLICY_MATCH_NONE ? 1.0 / QUERIES : 0;
    }
    result.domain_us = measure_domains(accounts, &arena);
    result.name_us = measure_percentile(taken, QUERIES, 0.5);
    result.name_p99_us = measure_percentile(taken, QUERIES, 0.99);
    arena_release(&arena);
    return result;
}

int main(int argc, char **argv)
{
    int rounds = measure_options(argc, argv) ? ROUNDS_QUICK : ROUNDS;
    struct row_result rows = measure_rows(rounds);
    struct account_result accounts = measure_accounts();
    printf("lookup ns_per_lookup_1000000=%.1f control_ns=%.1f control_ratio=%.2f load_s=%.2f "
           "bytes_per_row=%.1f account_index_s=%.2f account_domain_us=%.2f account_name_us=%.1f "
           "account_name_p99_us=%.1f account_names_matched=%.2f\n",
           rows.find_ns, rows.control_ns, rows.control_ns / rows.find_ns, rows.load_s,
           rows.bytes_per_row, accounts.index_s, accounts.domain_us, accounts.name_us,
           accounts.name_p99_us, accounts.matched);
    return 0;
}
