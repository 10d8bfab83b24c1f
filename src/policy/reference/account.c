/* Matching a lead with an account: the three indexes and the order in which they are asked. */
#include "policy/reference/account.h"

#include "base/buffer.h"
#include "policy/reference/similar.h"
#include "policy/reference/text_index.h"

struct policy_accounts {
    bool by_domain;
    bool by_name;
    struct text_index domains;           /* registrable domain → row */
    struct text_index names;             /* normalised name → row */
    const struct similar_index *similar; /* NULL: exact names only */
};

/* ---- building */

/* Keys gathered before their index is made, one behind the other: row, size, text. */
struct key_list {
    struct buffer packed;
    size_t count;
    size_t text_bytes;
};

enum { KEYS_CEILING = 1 << 30 }; /* 500 bytes for each row of the largest table */

static void add_key(struct key_list *keys, uint32_t row, struct bytes text)
{
    uint16_t size = (uint16_t)text.size;
    buffer_append(&keys->packed, &row, sizeof row);
    buffer_append(&keys->packed, &size, sizeof size);
    buffer_append_bytes(&keys->packed, text);
    keys->count++;
    keys->text_bytes += text.size;
}

/* The first row that has a text keeps it. */
static void index_keys(const struct key_list *keys, struct text_index *index, struct arena *arena)
{
    ML_ASSERT(!keys->packed.overflow);
    struct arena work;
    struct text_builder builder;
    arena_init(&work);
    text_builder_init(&builder, keys->count, keys->text_bytes, &work);
    const char *at = keys->packed.data;
    for (size_t i = 0; i < keys->count; i++) {
        uint32_t row, earlier;
        uint16_t size;
        memcpy(&row, at, sizeof row);
        memcpy(&size, at + sizeof row, sizeof size);
        at += sizeof row + sizeof size;
        text_builder_put(&builder, (struct bytes){at, size}, row, 0, &earlier);
        at += size;
    }
    text_builder_finish(&builder, arena, index);
    arena_release(&work);
}

static bool is_company_domain(struct bytes domain)
{
    return domain.size > 0 && !policy_domain_is_free_mail(domain) &&
           !policy_domain_is_disposable(domain);
}

/* A cell may list several. */
static void add_domains(struct key_list *keys, uint32_t row, struct bytes cell)
{
    static const char separators[] = " ;,\t\n\r";
    for (size_t at = 0; at < cell.size;) {
        size_t end = at;
        while (end < cell.size && strchr(separators, cell.data[end]) == NULL)
            end++;
        char text[POLICY_DOMAIN_SIZE];
        struct bytes domain =
            policy_domain_registrable((struct bytes){cell.data + at, end - at}, text);
        if (is_company_domain(domain))
            add_key(keys, row, domain);
        at = end + 1;
    }
}

static void add_name(struct key_list *keys, uint32_t row, struct bytes cell)
{
    char text[POLICY_COMPANY_SIZE];
    struct bytes name = policy_company_normalize(cell, text);
    if (name.size > 0)
        add_key(keys, row, name);
}

static void index_column(const struct policy_table *table, uint32_t column,
                         void (*add)(struct key_list *keys, uint32_t row, struct bytes cell),
                         struct text_index *index, struct arena *arena)
{
    struct key_list keys = {0};
    buffer_init(&keys.packed, KEYS_CEILING);
    for (uint32_t row = 0; row < table->row_count; row++) {
        struct cel_value cell = policy_table_cell(table, row, column);
        if (cell.kind == CEL_STRING)
            add(&keys, row, cell.string);
    }
    index_keys(&keys, index, arena);
    buffer_release(&keys.packed);
}

static const struct similar_index *index_similar(const struct text_index *names, double threshold,
                                                 struct arena *arena)
{
    struct arena work;
    arena_init(&work);
    struct similar_name *list = arena_array(&work, names->count, sizeof *list);
    for (size_t i = 0; i < names->count; i++) {
        struct text_record record = text_index_at(names, i);
        list[i] = (struct similar_name){record.text, record.number};
    }
    const struct similar_index *similar = similar_index_new(list, names->count, threshold, arena);
    arena_release(&work);
    return similar;
}

const struct policy_accounts *policy_accounts_new(const struct policy_accounts_options *options,
                                                  struct arena *arena)
{
    struct policy_accounts *accounts = arena_zalloc(arena, sizeof *accounts);
    accounts->by_domain = options->domain_column != POLICY_NONE;
    accounts->by_name = options->name_column != POLICY_NONE;
    if (accounts->by_domain)
        index_column(options->table, options->domain_column, add_domains, &accounts->domains,
                     arena);
    if (accounts->by_name)
        index_column(options->table, options->name_column, add_name, &accounts->names, arena);
    if (accounts->by_name && options->threshold < 1.0)
        accounts->similar = index_similar(&accounts->names, options->threshold, arena);
    return accounts;
}

/* ---- matching */

static bool match_domains(const struct policy_accounts *accounts, const struct bytes *domains,
                          size_t count, struct policy_account_match *match)
{
    for (size_t i = 0; i < count && accounts->by_domain; i++) {
        char text[POLICY_DOMAIN_SIZE];
        struct text_record record;
        struct bytes domain = policy_domain_registrable(domains[i], text);
        /* Free mail is not in the index. */
        if (domain.size == 0 || !text_index_find(&accounts->domains, domain, &record))
            continue;
        *match = (struct policy_account_match){POLICY_MATCH_DOMAIN, record.number, 1.0};
        return true;
    }
    return false;
}

static bool match_name(const struct policy_accounts *accounts, struct bytes name,
                       struct policy_account_match *match)
{
    struct text_record record;
    if (name.size == 0 || !text_index_find(&accounts->names, name, &record))
        return false;
    *match = (struct policy_account_match){POLICY_MATCH_NAME, record.number, 1.0};
    return true;
}

static void match_similar(const struct policy_accounts *accounts, struct bytes name,
                          struct policy_account_match *match)
{
    uint32_t row;
    double score;
    if (name.size > 0 && similar_index_find(accounts->similar, name, &row, &score) &&
        score > match->score)
        *match = (struct policy_account_match){POLICY_MATCH_SIMILAR, row, score};
}

struct policy_account_match policy_account_find(const struct policy_accounts *accounts,
                                                const struct bytes *domains, size_t domain_count,
                                                const struct bytes *names, size_t name_count)
{
    struct policy_account_match match = {POLICY_MATCH_NONE, POLICY_NONE, 0.0};
    char text[POLICY_COMPANY_SIZE];
    if (match_domains(accounts, domains, domain_count, &match) || !accounts->by_name)
        return match;
    for (size_t i = 0; i < name_count; i++)
        if (match_name(accounts, policy_company_normalize(names[i], text), &match))
            return match;
    for (size_t i = 0; i < name_count && accounts->similar != NULL; i++)
        match_similar(accounts, policy_company_normalize(names[i], text), &match);
    return match;
}
