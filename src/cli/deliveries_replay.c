/* meshline deliveries retry and replay: in groups, each with its own result, so that one that
 * cannot be sent again stops nothing. */
#include "cli/deliveries.h"
#include "cli/table.h"
#include "cli/talk.h"

#include <inttypes.h>
#include <stdio.h>

enum { GROUP_MAX = 1000, REPORTED_MAX = 20 };

static struct deliveries_options *const given = &deliveries_options;

/* What is going on; one command, one at a time. */
static struct {
    char **ids;
    size_t id_count;
    char after[32]; /* where the next group of a filter begins */
    uint64_t tried, queued, failed;
    struct progress progress;
} group;

static void write_filter(void *context, const char *name, const char *value)
{
    json_member(context, name, bytes_of(value));
}

static void write_group(struct json_writer *json)
{
    if (group.id_count > 0) {
        json_key(json, "ids");
        json_array_open(json);
        for (size_t i = group.tried; i < group.id_count && i < group.tried + GROUP_MAX; i++)
            json_string(json, bytes_of(group.ids[i]));
        json_array_close(json);
    } else {
        json_key(json, "filter");
        json_object_open(json);
        deliveries_each_filter(write_filter, json);
        json_object_close(json);
        if (group.after[0] != '\0')
            json_member(json, "after", bytes_of(group.after));
    }
    talk_member(json, "reason", given->reason);
}

static void take_result(struct json_object *result)
{
    struct arena arena;
    if (bytes_is(json_member_text(result, "outcome"), "queued")) {
        group.queued++;
        return;
    }
    if (group.failed++ >= REPORTED_MAX || given->as_json)
        return;
    arena_init(&arena);
    progress_clear(&group.progress);
    fprintf(stderr, "%s is not sent again: %s\n",
            printable(&arena, json_member_text(result, "delivery")),
            printable(&arena, json_member_text(result, "message")));
    arena_release(&arena);
}

/* Whether there is something left to try. */
static bool take_answer(struct json_object *answer)
{
    struct json_object *results = json_object_object_get(answer, "results");
    size_t count = results != NULL ? json_object_array_length(results) : 0;
    for (size_t i = 0; i < count; i++)
        take_result(json_object_array_get_idx(results, i));
    group.tried += count;
    snprintf(group.after, sizeof group.after, "%.*s", BYTES_ARG(json_member_text(answer, "next")));
    progress_line(&group.progress, "queueing: %" PRIu64 " tried", group.tried);
    if (count == 0)
        return false;
    return group.id_count > 0 ? group.tried < group.id_count
                              : json_object_get_boolean(json_object_object_get(answer, "more"));
}

static void print_sum(void)
{
    if (group.failed > REPORTED_MAX)
        cli_note("and %" PRIu64 " more", group.failed - REPORTED_MAX);
    printf("queued %" PRIu64, group.queued);
    if (group.failed > 0)
        printf(", %" PRIu64 " could not be", group.failed);
    puts("");
}

int deliveries_replay(struct client *client, char **ids, int count, int *ret_exit,
                      struct error *err)
{
    const struct talk_order order = {.base = "/v1/deliveries/replay", .write = write_group};
    bool more = true;
    int code = 0;
    group.ids = ids;
    group.id_count = (size_t)count;
    progress_init(&group.progress);
    while (code == 0 && more) {
        JSON_AUTO *answer = NULL;
        code = talk_tell(client, &order, given->as_json, &answer, err);
        more = code == 0 && take_answer(answer);
    }
    progress_clear(&group.progress);
    if (!given->as_json && (code == 0 || group.tried > 0))
        print_sum();
    *ret_exit = group.failed > 0 ? CLI_FAILED : CLI_OK;
    return code;
}
