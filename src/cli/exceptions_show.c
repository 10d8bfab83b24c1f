/* One exception on the terminal: what it is about, who decides until when, what is recommended,
 * what happens by itself, and what has happened. */
#include "base/time.h"
#include "cli/exceptions.h"
#include "cli/spans.h"
#include "cli/table.h"

#include <inttypes.h>
#include <stdio.h>

static void print_line(struct arena *arena, const char *title, struct bytes value)
{
    if (value.size > 0)
        printf("  %-13s %s\n", title, printable(arena, value));
}

static void print_time(const char *title, struct json_object *object, const char *name, bool left)
{
    char span[SPAN_TEXT_SIZE];
    struct bytes time = json_member_text(object, name);
    int64_t time_us = json_member_time_us(object, name);
    if (time.size == 0)
        return;
    if (left)
        span_left_print(time_us, clock_utc_us(), span);
    else
        span_age_print(time_us, clock_utc_us(), span);
    printf("  %-13s %.*s UTC, %s%s\n", title, BYTES_ARG(short_time(time)), span,
           left ? "" : " ago");
}

/* "requeue", "team enterprise", "pool emea": the fallback as the policy says it. */
static void print_fallback(struct arena *arena, struct json_object *exception)
{
    struct json_object *fallback = json_object_object_get(exception, "fallback");
    struct bytes action = json_text(fallback);
    if (action.size == 0)
        action = json_member_text(fallback, "action");
    struct bytes pool = json_member_text(fallback, "pool");
    struct bytes team = json_member_text(fallback, "team");
    if (action.size == 0)
        return;
    struct bytes target = pool.size > 0 ? pool : team;
    bool repeats = target.size == 0 || bytes_is(action, "remind");
    printf("  %-13s %s%s%s at the deadline\n", "by itself", printable(arena, action),
           repeats ? "" : " ", repeats ? "" : printable(arena, target));
}

static void print_lead(struct arena *arena, struct json_object *lead)
{
    static const char *const members[][2] = {
        {"name", "name"},         {"company", "company"},   {"class", "class"},
        {"score", "score"},       {"source", "source"},     {"place", "place"},
        {"owner", "owner"},       {"campaign", "campaign"}, {"captured", "captured_at"},
        {"missed", "late_count"},
    };
    if (lead == NULL)
        return;
    puts("\n  lead");
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        struct json_object *value = json_object_object_get(lead, members[i][1]);
        if (value == NULL)
            continue;
        struct bytes text = json_text(value);
        if (text.data == NULL)
            text = bytes_of(json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN));
        printf("    %-11s %s\n", members[i][0], printable(arena, text));
    }
}

static void print_history(struct json_object *history)
{
    static const struct table_column columns[] = {{"    TIME (UTC)"}, {"WHAT"}, {"WHO"}, {"NOTE"}};
    struct table table;
    size_t count = history != NULL ? json_object_array_length(history) : 0;
    if (count == 0)
        return;
    puts("\n  history");
    table_init(&table, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < count; i++) {
        struct json_object *entry = json_object_array_get_idx(history, i);
        struct bytes actor = json_member_text(entry, "actor");
        table_addf(&table, "    %.*s", BYTES_ARG(short_time(json_member_text(entry, "time"))));
        table_add(&table, json_member_text(entry, "what"));
        table_add(&table, actor.size > 0 ? actor : BYTES_LITERAL("by itself"));
        table_add(&table, json_member_text(entry, "note"));
    }
    table_print(&table, stdout);
    table_release(&table);
}

void exceptions_print_one(struct json_object *exception)
{
    struct arena arena;
    arena_init(&arena);
    printf("%s, %s, version %" PRId64 "\n", printable(&arena, json_member_text(exception, "id")),
           printable(&arena, json_member_text(exception, "state")),
           json_member_int(exception, "version", 0));
    print_line(&arena, "kind", json_member_text(exception, "kind"));
    print_line(&arena, "about", exceptions_subject(exception));
    print_line(&arena, "context", json_member_text(exception, "context"));
    print_line(&arena, "queue", json_member_text(exception, "queue"));
    print_line(&arena, "team", json_member_text(exception, "team"));
    print_line(&arena, "claimed by", json_member_text(exception, "claimed_by"));
    print_time("opened", exception, "opened_at", false);
    bool open = !bytes_is(json_member_text(exception, "state"), "resolved");
    if (open) {
        print_time("decision due", exception, "due_at", true);
        print_line(&arena, "recommended", json_member_text(exception, "recommended"));
        print_fallback(&arena, exception);
    } else {
        print_time("resolved", exception, "resolved_at", false);
        print_line(&arena, "action", json_member_text(exception, "action"));
        print_line(&arena, "by", json_member_text(exception, "resolved_by"));
        print_line(&arena, "merged into", json_member_text(exception, "into"));
        print_line(&arena, "cause", json_member_text(exception, "cause"));
        print_line(&arena, "remediation", json_member_text(exception, "remediation"));
    }
    print_lead(&arena, json_object_object_get(exception, "summary"));
    print_history(json_object_object_get(exception, "history"));
    arena_release(&arena);
}
