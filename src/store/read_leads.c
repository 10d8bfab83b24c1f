/* Pages of leads, and searches. */
#include "store/lead_select.h"
#include "store/lead_walk.h"

#include "base/id.h"

#include <stdlib.h>

enum { QUESTION_MAX = 200 }; /* bytes of what a person types */

/* The hash under which a lead with this address is known. */
static struct hash128 email_key(struct bytes email)
{
    /* A release with nothing but an e-mail field: the one rule for keys stays in the policy. */
    const struct policy_field field = {.name = "email", .type = POLICY_STRING};
    const struct policy_release release = {.schema = {.fields = &field,
                                                      .count = 1,
                                                      .email = 0,
                                                      .phone = POLICY_NONE,
                                                      .external_id = POLICY_NONE}};
    const struct cel_value value = cel_string(email);
    struct hash128 key;
    struct arena arena;
    arena_init(&arena);
    policy_business_key(&release, 0, &value, &arena, &key);
    arena_release(&arena);
    return key;
}

/* ---- where to look */

/* A question that is a page's worth of work. */
struct question {
    struct store_reader *reader;
    const struct store_lead_filter *filter;
    struct store_hunt hunt;
    struct store_span *spans;
    size_t span_count;
    struct store_span one; /* room for the only lead that it can be */
    struct arena arena;
};

static void ask_only(struct question *question, uint64_t number)
{
    question->one = (struct store_span){number, number};
    question->spans = &question->one;
    question->span_count = number != 0 ? 1 : 0;
}

/* "L12", as people write it; 0 when it is no lead's. */
static int find_id(struct store_reader *reader, struct bytes text, uint64_t *ret, struct error *err)
{
    STORE_QUERY_AUTO *row = NULL;
    char id[LEAD_ID_TEXT_SIZE];
    uint64_t number;
    *ret = 0;
    if (text.size == 0 || text.size >= sizeof id)
        return 0;
    memcpy(id, text.data, text.size);
    id[0] = id[0] == 'l' ? 'L' : id[0];
    if (!lead_id_parse((struct bytes){id, text.size}, &number))
        return 0;
    int code = store_query_number(reader, STORE_QUERY_REFERENCE, number, &row, err);
    if (code == 1)
        *ret = number;
    return code < 0 ? code : 0;
}

static void fill_hunt(struct question *question)
{
    const struct store_lead_filter *filter = question->filter;
    struct store_hunt *hunt = &question->hunt;
    hunt->source = filter->source;
    hunt->campaign = store_text_cut(filter->campaign);
    hunt->partner = store_text_cut(filter->partner);
    hunt->from_us = filter->from_us;
    hunt->to_us = filter->to_us != 0 ? filter->to_us : INT64_MAX;
    /* Nothing turns out before it came. */
    if (filter->turned_to_us != 0 && filter->turned_to_us < hunt->to_us)
        hunt->to_us = filter->turned_to_us;
}

static bool is_blank(const struct store_hunt *hunt)
{
    return hunt->words.count == 0 && hunt->source.size == 0 && hunt->campaign.size == 0 &&
           hunt->partner.size == 0 && hunt->from_us == 0 && hunt->to_us == INT64_MAX;
}

static int find_spans(struct question *question, struct error *err)
{
    static struct store_span all = {1, INT64_MAX};
    const struct store_lead_filter *filter = question->filter;
    uint64_t number = 0;
    int code = find_id(question->reader, filter->q, &number, err);
    if (code == 0 && number == 0)
        code = store_words_read(filter->q, &question->hunt.words, err);
    if (code == 0 && filter->email.size > 0 && number == 0)
        code = store_read_key(question->reader, email_key(filter->email), &number, err);
    if (code != 0)
        return code;
    fill_hunt(question);
    if (number != 0 || filter->email.size > 0) {
        ask_only(question, number);
        return 0;
    }
    if (!is_blank(&question->hunt))
        return store_hunt_spans(question->reader, &question->hunt, &question->arena,
                                &question->spans, &question->span_count, err);
    question->spans = &all;
    question->span_count = 1;
    return 0;
}

static struct store_walk walk_of(const struct question *question)
{
    const struct store_lead_filter *filter = question->filter;
    return (struct store_walk){.reader = question->reader,
                               .filter = filter,
                               .words = &question->hunt.words,
                               .rising = filter->sort == STORE_OLDEST,
                               .deadlines = filter->sort == STORE_DUE,
                               .cursor = filter->sort == STORE_DUE ? 0 : filter->cursor};
}

/* Where a walk that got tired was, as a time of capture. */
static int find_reached(const struct store_walk *walk, int64_t *ret_us, struct error *err)
{
    STORE_STATEMENT_AUTO *row = NULL;
    const char *sql =
        walk->rising
            ? "SELECT captured_us FROM leads WHERE number <= ?1 ORDER BY number DESC LIMIT 1"
            : "SELECT captured_us FROM leads WHERE number >= ?1 ORDER BY number LIMIT 1";
    int code = store_sqlite_prepare(walk->reader->db, walk->reader->path, sql, &row, err);
    if (code != 0)
        return code;
    sqlite3_bind_int64(row, 1, (int64_t)walk->reached);
    code = store_sqlite_step(row, walk->reader->path, err);
    if (code == 1)
        *ret_us = sqlite3_column_int64(row, 0);
    return code < 0 ? code : 0;
}

/* ---- by number */

struct page {
    struct json_writer *json;
    uint32_t limit, count;
    uint64_t last;
};

static bool take_lead(void *context, sqlite3_stmt *row)
{
    struct page *page = context;
    if (page->count == page->limit)
        return false;
    store_print_lead(row, page->json);
    page->last = (uint64_t)sqlite3_column_int64(row, 0);
    page->count++;
    return true;
}

static int read_page(struct question *question, struct page *page, struct store_page_end *ret,
                     struct error *err)
{
    struct store_walk walk = walk_of(question);
    walk.take = take_lead;
    walk.context = page;
    json_array_open(page->json);
    int code = store_walk(&walk, question->spans, question->span_count, err);
    json_array_close(page->json);
    if (code != 0)
        return code;
    *ret = (struct store_page_end){.next = walk.full    ? page->last
                                           : walk.tired ? walk.reached
                                                        : 0,
                                   .complete = !walk.tired};
    return walk.tired ? find_reached(&walk, &ret->reached_us, err) : 0;
}

/* ---- by deadline: gathered, put in order, and the page read out of that */

struct deadline {
    int64_t due_us;
    uint64_t lead;
};

struct deadlines {
    struct deadline *items; /* STORE_DUE_MAX */
    size_t count;
};

static bool take_deadline(void *context, sqlite3_stmt *row)
{
    struct deadlines *deadlines = context;
    if (deadlines->count == STORE_DUE_MAX)
        return false;
    deadlines->items[deadlines->count++] =
        (struct deadline){sqlite3_column_int64(row, 1), (uint64_t)sqlite3_column_int64(row, 0)};
    return true;
}

static int by_deadline(const void *a, const void *b)
{
    const struct deadline *x = a, *y = b;
    if (x->due_us != y->due_us)
        return x->due_us < y->due_us ? -1 : 1;
    return x->lead < y->lead ? -1 : x->lead > y->lead;
}

static int print_ordered(struct store_reader *reader, const struct deadlines *deadlines,
                         uint64_t from, struct page *page, struct error *err)
{
    int code = 0;
    json_array_open(page->json);
    for (uint64_t i = from; code == 0 && i < deadlines->count && page->count < page->limit; i++) {
        STORE_QUERY_AUTO *row = NULL;
        code = store_query_number(reader, STORE_QUERY_LEAD, deadlines->items[i].lead, &row, err);
        if (code == 1)
            take_lead(page, row);
        code = code < 0 ? code : 0;
    }
    json_array_close(page->json);
    return code;
}

static int read_due(struct question *question, struct page *page, struct store_page_end *ret,
                    struct error *err)
{
    struct deadlines deadlines = {
        .items = arena_array(&question->arena, STORE_DUE_MAX, sizeof *deadlines.items)};
    struct store_walk walk = walk_of(question);
    walk.take = take_deadline;
    walk.context = &deadlines;
    int code = store_walk(&walk, question->spans, question->span_count, err);
    if (code != 0)
        return code;
    qsort(deadlines.items, deadlines.count, sizeof *deadlines.items, by_deadline);
    uint64_t from = question->filter->cursor; /* how many came before */
    code = print_ordered(question->reader, &deadlines, from, page, err);
    if (code != 0)
        return code;
    *ret = (struct store_page_end){.complete = !walk.tired && !walk.full};
    if (from < deadlines.count && deadlines.count - from > page->limit)
        ret->next = from + page->limit;
    return ret->complete ? 0 : find_reached(&walk, &ret->reached_us, err);
}

/* ---- the whole */

static int check(const struct store_lead_filter *filter, uint32_t limit, struct error *err)
{
    if (limit < 1 || limit > STORE_PAGE_MAX)
        return error_set(err, ML_EINVAL, "limit", "a page has 1 to %d leads", STORE_PAGE_MAX);
    if (filter->q.size > QUESTION_MAX)
        return error_set(err, ML_EINVAL, "q", "a search has at most %d bytes; leave some words out",
                         QUESTION_MAX);
    return store_lead_filter_check(filter, err);
}

int store_read_leads(struct store_reader *reader, const struct store_lead_filter *filter,
                     uint32_t limit, struct json_writer *json, struct store_page_end *ret_end,
                     struct error *err)
{
    int code = check(filter, limit, err);
    if (code == 0)
        code = store_read_begin(reader, err);
    if (code != 0)
        return code;
    /* One snapshot for the search of spans and the page itself. */
    struct question question = {.reader = reader, .filter = filter};
    struct page page = {.json = json, .limit = limit};
    arena_init(&question.arena);
    code = find_spans(&question, err);
    if (code == 0)
        code = filter->sort == STORE_DUE ? read_due(&question, &page, ret_end, err)
                                         : read_page(&question, &page, ret_end, err);
    arena_release(&question.arena);
    return store_read_end(reader, code, err);
}
