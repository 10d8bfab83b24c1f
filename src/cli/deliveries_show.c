/* One delivery on the terminal: where it goes and why, and the receipt of every attempt. */
#include "base/time.h"
#include "cli/deliveries.h"
#include "cli/spans.h"
#include "cli/table.h"

#include <inttypes.h>
#include <stdio.h>

static void print_line(struct arena *arena, const char *title, struct bytes value)
{
    if (value.size > 0)
        printf("  %-13s %s\n", title, printable(arena, value));
}

static void print_time(const char *title, struct json_object *object, const char *name)
{
    char span[SPAN_TEXT_SIZE];
    int64_t time_us = json_member_time_us(object, name), now_us = clock_utc_us();
    if (time_us == 0)
        return;
    span_print(time_us > now_us ? time_us - now_us : now_us - time_us, span);
    printf("  %-13s %.*s UTC, %s%s%s\n", title,
           BYTES_ARG(short_time(json_member_text(object, name))), time_us > now_us ? "in " : "",
           span, time_us > now_us ? "" : " ago");
}

/* "12.3 ms"; "-" when nobody was asked. */
static void add_took(struct table *table, struct json_object *attempt)
{
    int64_t took_us = json_member_int(attempt, "took_us", -1);
    if (took_us <= 0)
        table_add(table, BYTES_LITERAL("-"));
    else
        table_addf(table, "%" PRId64 ".%" PRId64 " ms", took_us / 1000, took_us % 1000 / 100);
}

static void add_status(struct table *table, struct json_object *attempt)
{
    int64_t status = json_member_int(attempt, "status", 0);
    if (json_object_get_boolean(json_object_object_get(attempt, "cached")))
        table_add(table, BYTES_LITERAL("cached"));
    else if (status == 0)
        table_add(table, BYTES_LITERAL("-"));
    else
        table_addf(table, "%" PRId64, status);
}

/* Why it failed, and what was answered. */
static void add_told(struct table *table, struct json_object *attempt, struct arena *arena)
{
    struct bytes reason = json_member_text(attempt, "reason"),
                 answer = json_member_text(attempt, "excerpt");
    if (answer.size == 0)
        answer = json_member_text(attempt, "response_id");
    if (reason.size > 0 && answer.size > 0)
        table_add(table, bytes_of(arena_printf(arena, "%.*s: %.*s", BYTES_ARG(reason),
                                               BYTES_ARG(answer))));
    else
        table_add(table, reason.size > 0 ? reason : answer);
}

static void print_attempts(struct json_object *attempts, struct arena *arena)
{
    static const struct table_column columns[] = {{"    N", true},  {"TIME (UTC)"}, {"OUTCOME"},
                                                  {"STATUS", true}, {"TOOK", true}, {"TOLD"}};
    size_t count = attempts != NULL ? json_object_array_length(attempts) : 0;
    struct table table;
    if (count == 0)
        return;
    puts("\n  attempts");
    table_init(&table, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < count; i++) {
        struct json_object *attempt = json_object_array_get_idx(attempts, i);
        table_addf(&table, "%" PRId64, json_member_int(attempt, "attempt", (int64_t)i + 1));
        table_add(&table, short_time(json_member_text(attempt, "at")));
        table_add(&table, json_member_text(attempt, "outcome"));
        add_status(&table, attempt);
        add_took(&table, attempt);
        add_told(&table, attempt, arena);
    }
    table_print(&table, stdout);
    table_release(&table);
}

void deliveries_print_one(struct json_object *delivery)
{
    static const char *const lines[][2] = {
        {"destination", "destination"}, {"purpose", "purpose"},
        {"target", "target"},           {"lead", "lead"},
        {"about", "subject"},           {"event", "event"},
        {"reason", "reason"},           {"their id", "external_id"},
    };
    struct arena arena;
    arena_init(&arena);
    printf("%s, %s\n", printable(&arena, json_member_text(delivery, "id")),
           printable(&arena, json_member_text(delivery, "state")));
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        print_line(&arena, lines[i][0], json_member_text(delivery, lines[i][1]));
    printf("  %-13s %" PRId64 "\n", "event's seq", json_member_int(delivery, "seq", 0));
    print_time("decided", delivery, "created_at");
    print_time("next attempt", delivery, "due_at");
    print_time("settled", delivery, "settled_at");
    print_attempts(json_object_object_get(delivery, "receipts"), &arena);
    arena_release(&arena);
}
