/* meshline exceptions resolve: one, some or all that a filter selects. Several go in groups, each
 * with its own result, so that one that is no longer open stops nothing. */
#include "base/id.h"
#include "cli/exceptions.h"
#include "cli/pages.h"
#include "cli/talk.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { GROUP_MAX = 1000, REPORTED_MAX = 20 };

static struct exceptions_options *const given = &exceptions_options;

/* What is going on; one command, one at a time. */
static struct {
    char **ids;
    size_t id_count;
    char after[32]; /* where the next group of a filter begins */
    uint64_t tried, resolved, failed;
    struct progress progress;
} group;

bool exceptions_resolve_usage(int ids)
{
    static const struct {
        const char *action, *option;
        const char **value;
    } needs[] = {{"assign", "rep", &exceptions_options.rep},
                 {"merge", "into", &exceptions_options.into}};
    bool filtered = given->kind != NULL || given->queue != NULL || given->team != NULL ||
                    given->claimed != NULL || given->lead != NULL;
    int ignored;
    if ((ids > 0) == given->all || (ids > 0 && filtered) || (given->all && !filtered)) {
        usage_refuse(&exceptions_usage, "say once what to resolve: IDs, or --all with --kind, "
                                        "--queue, --team, --claimed or --lead");
        return false;
    }
    for (size_t i = 0; i < sizeof needs / sizeof *needs; i++)
        if (given->action != NULL && strcmp(given->action, needs[i].action) == 0 &&
            !usage_require(&exceptions_usage, needs[i].option, *needs[i].value, &ignored))
            return false;
    return usage_require(&exceptions_usage, "action", given->action, &ignored) &&
           usage_require(&exceptions_usage, "cause", given->cause, &ignored) &&
           usage_require(&exceptions_usage, "remediation", given->remediation, &ignored);
}

static void write_decision(struct json_writer *json)
{
    talk_member(json, "action", given->action);
    talk_member(json, "cause", given->cause);
    talk_member(json, "remediation", given->remediation);
    talk_member(json, "rep", given->rep);
    talk_member(json, "pool", given->pool);
    talk_member(json, "into", given->into);
}

static int resolve_one(struct client *client, const char *id, struct error *err)
{
    JSON_AUTO *answer = NULL;
    const struct talk_order order = {.base = "/v1/exceptions",
                                     .id = id,
                                     .verb = "/resolve",
                                     .version = given->version,
                                     .write = write_decision};
    int code = talk_tell(client, &order, given->as_json, &answer, err);
    if (code == 0 && !given->as_json)
        printf("%s is resolved: %s\n", id, given->action);
    return code;
}

/* ---- groups */

static void write_group(struct json_writer *json)
{
    if (group.id_count > 0) {
        json_key(json, "ids");
        json_array_open(json);
        for (size_t i = group.tried; i < group.id_count && i < group.tried + GROUP_MAX; i++)
            json_string(json, bytes_of(group.ids[i]));
        json_array_close(json);
    } else {
        talk_member(json, "kind", given->kind);
        talk_member(json, "queue", given->queue);
        talk_member(json, "team", given->team);
        talk_member(json, "claimed", given->claimed);
        talk_member(json, "lead", given->lead);
        if (group.after[0] != '\0')
            json_member(json, "after", bytes_of(group.after));
    }
    write_decision(json);
}

static void take_result(struct json_object *result)
{
    struct bytes message = json_member_text(result, "message");
    struct arena arena;
    if (bytes_is(json_member_text(result, "outcome"), "resolved")) {
        group.resolved++;
        return;
    }
    if (group.failed++ >= REPORTED_MAX || given->as_json)
        return;
    arena_init(&arena);
    progress_clear(&group.progress);
    fprintf(stderr, "%s is not resolved: %s\n",
            printable(&arena, json_member_text(result, "exception")), printable(&arena, message));
    arena_release(&arena);
}

/* Whether there is something left to try. */
static bool take_answer(struct json_object *answer)
{
    struct json_object *results = json_object_object_get(answer, "results");
    struct bytes next = json_member_text(answer, "next");
    size_t count = results != NULL ? json_object_array_length(results) : 0;
    for (size_t i = 0; i < count; i++)
        take_result(json_object_array_get_idx(results, i));
    group.tried += count;
    snprintf(group.after, sizeof group.after, "%.*s", BYTES_ARG(next));
    progress_line(&group.progress, "resolving: %" PRIu64 " tried", group.tried);
    if (count == 0)
        return false;
    return group.id_count > 0 ? group.tried < group.id_count
                              : json_object_get_boolean(json_object_object_get(answer, "more"));
}

static int resolve_groups(struct client *client, struct error *err)
{
    const struct talk_order order = {.base = "/v1/exceptions/resolve", .write = write_group};
    bool more = true;
    int code = 0;
    progress_init(&group.progress);
    while (code == 0 && more) {
        JSON_AUTO *answer = NULL;
        code = talk_tell(client, &order, given->as_json, &answer, err);
        more = code == 0 && take_answer(answer);
    }
    progress_clear(&group.progress);
    if (given->as_json || (code != 0 && group.tried == 0))
        return code;
    if (group.failed > REPORTED_MAX)
        cli_note("and %" PRIu64 " more", group.failed - REPORTED_MAX);
    printf("resolved %" PRIu64, group.resolved);
    if (group.failed > 0)
        printf(", %" PRIu64 " could not be", group.failed);
    puts("");
    return code;
}

int exceptions_resolve(struct client *client, char **ids, int count, int *ret_exit,
                       struct error *err)
{
    if (count == 1)
        return resolve_one(client, ids[0], err);
    group.ids = ids;
    group.id_count = (size_t)count;
    int code = resolve_groups(client, err);
    *ret_exit = group.failed > 0 ? CLI_FAILED : CLI_OK;
    return code;
}
