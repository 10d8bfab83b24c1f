/* One incident on the terminal: what broke, the postmortem, what is to be done, the timeline. */
#include "base/time.h"
#include "cli/cli.h"
#include "cli/incidents.h"
#include "cli/spans.h"
#include "cli/table.h"

#include <inttypes.h>
#include <stdio.h>

static void print_line(struct arena *arena, const char *title, struct bytes value)
{
    if (value.size > 0)
        printf("  %-12s %s\n", title, printable(arena, value));
}

static void print_causes(struct arena *arena, struct json_object *causes)
{
    size_t count = causes != NULL ? json_object_array_length(causes) : 0;
    for (size_t i = 0; i < count; i++)
        print_line(arena, i == 0 ? "causes" : "", json_text(json_object_array_get_idx(causes, i)));
}

static void print_items(struct json_object *items)
{
    static const struct table_column columns[] = {
        {"    N", true}, {"STATE"}, {"OWNER"}, {"DUE"}, {"WHAT"}};
    size_t count = items != NULL ? json_object_array_length(items) : 0;
    char span[SPAN_TEXT_SIZE], due[TIME_TEXT_SIZE];
    struct table table;
    if (count == 0)
        return;
    puts("\n  to do");
    table_init(&table, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < count; i++) {
        struct json_object *item = json_object_array_get_idx(items, i);
        bool done = json_object_get_boolean(json_object_object_get(item, "done"));
        span_left_print(json_member_time_us(item, "due"), clock_utc_us(), span);
        table_addf(&table, "%" PRId64, json_member_int(item, "n", (int64_t)i + 1));
        table_add(&table, done ? BYTES_LITERAL("done") : bytes_of(span));
        table_add(&table, json_member_text(item, "owner"));
        time_print(json_member_time_us(item, "due") - 1, due); /* midnight ends the day before */
        table_add(&table, (struct bytes){due, 10});
        table_add(&table, json_member_text(item, "title"));
    }
    table_print(&table, stdout);
    table_release(&table);
}

static void print_timeline(struct json_object *timeline)
{
    static const struct table_column columns[] = {{"    TIME (UTC)"}, {"WHAT"}, {"WHO"}};
    size_t count = timeline != NULL ? json_object_array_length(timeline) : 0;
    struct table table;
    if (count == 0)
        return;
    puts("\n  timeline");
    table_init(&table, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < count; i++) {
        struct json_object *entry = json_object_array_get_idx(timeline, i);
        table_addf(&table, "    %.*s", BYTES_ARG(short_time(json_member_text(entry, "time"))));
        table_add(&table, json_member_text(entry, "what"));
        table_add(&table, json_member_text(entry, "by"));
    }
    table_print(&table, stdout);
    table_release(&table);
}

void incidents_print_one(struct json_object *incident)
{
    static const char *const members[][2] = {
        {"title", "title"}, {"class", "class"}, {"objective", "objective"},
        {"alert", "alert"}, {"team", "team"},   {"by", "opened_by"},
    };
    static const char *const shares[][2] = {{"attained", "attained"}, {"norm", "norm"}};
    struct arena arena;
    arena_init(&arena);
    printf("%s, %s, version %" PRId64 "\n", printable(&arena, json_member_text(incident, "id")),
           printable(&arena, json_member_text(incident, "state")),
           json_member_int(incident, "version", 0));
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        print_line(&arena, members[i][0], json_member_text(incident, members[i][1]));
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
        int64_t share = json_member_int(incident, shares[i][1], -1); /* hundredths of a percent */
        if (share > 0)
            printf("  %-12s %.1f %%\n", shares[i][0], (double)share / 100.0);
    }
    print_line(&arena, "opened (UTC)", short_time(json_member_text(incident, "opened_at")));
    print_line(&arena, "closed (UTC)",
               json_member_text(incident, "closed_at").size > 0
                   ? short_time(json_member_text(incident, "closed_at"))
                   : (struct bytes){0});
    print_line(&arena, "what happened", json_member_text(incident, "text"));
    print_causes(&arena, json_object_object_get(incident, "causes"));
    print_items(json_object_object_get(incident, "items"));
    print_timeline(json_object_object_get(incident, "timeline"));
    arena_release(&arena);
}
