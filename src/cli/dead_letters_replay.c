/* meshline dead-letters replay: page by page until nothing is left that was not tried. */
#include "base/json_writer.h"
#include "cli/dead_letters.h"
#include "cli/table.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    PAGE_MAX = 1000,   /* of the server */
    REPORTED_MAX = 20, /* refusals that are printed */
    STALLS_MAX = 30,   /* the server may be too busy for so many seconds */
};

static struct dead_letters_options *const given = &dead_letters_options;

struct replay_run {
    struct client *client;
    char **ids;
    size_t id_count;
    struct json_object *cluster; /* the filter of --cluster; NULL: none */
    char after[64];              /* where the next page goes on */
    uint64_t total;              /* to be tried, for the progress; 0: unknown */
    uint64_t tried, leads, touchpoints, refused, skipped, gone, failed;
    uint64_t reported;
    unsigned stalls;
    struct progress progress;
};

bool dead_letters_replay_usage(int ids)
{
    bool filtered =
        given->source != NULL || given->violation != NULL || given->contract != UINT64_MAX;
    int ways = (ids > 0) + (given->cluster != 0) + given->all +
               (filtered && given->cluster == 0 && !given->all);
    if (ways == 1 && !(filtered && (ids > 0 || given->all)))
        return true;
    usage_refuse(&dead_letters_usage,
                 "say once what to replay: IDs, --cluster N, --all, or by --source, --contract "
                 "and --violation");
    return false;
}

/* ---- what is asked for */

static void write_filter(const struct replay_run *run, struct json_writer *json)
{
    if (run->cluster != NULL) {
        json_object_object_foreach(run->cluster, name, value)
        {
            json_key_bytes(json, bytes_of(name));
            json_raw(json, bytes_of(json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN)));
        }
        return;
    }
    if (given->all)
        json_member_bool(json, "all", true);
    if (given->source != NULL)
        json_member(json, "source", bytes_of(given->source));
    if (given->violation != NULL)
        json_member(json, "violation", bytes_of(given->violation));
    if (given->contract != UINT64_MAX)
        json_member_unsigned(json, "contract", given->contract);
}

static void write_body(const struct replay_run *run, struct buffer *body)
{
    struct json_writer json;
    json_begin(&json, body);
    json_object_open(&json);
    if (run->id_count > 0) {
        json_key(&json, "ids");
        json_array_open(&json);
        for (size_t i = run->tried; i < run->id_count && i < run->tried + PAGE_MAX; i++)
            json_string(&json, bytes_of(run->ids[i]));
        json_array_close(&json);
    } else {
        write_filter(run, &json);
        if (run->after[0] != '\0')
            json_member(&json, "after", bytes_of(run->after));
    }
    if (given->read_as != 0)
        json_member_unsigned(&json, "read_as", given->read_as);
    if (given->dry_run)
        json_member_bool(&json, "dry_run", true);
    json_object_close(&json);
}

/* ---- what became of them */

static void report(struct replay_run *run, struct json_object *result)
{
    struct arena arena;
    struct bytes outcome = json_member_text(result, "outcome");
    struct json_object *problem = json_object_object_get(result, "problem");
    struct json_object *errors = json_object_object_get(problem, "errors");
    size_t count = errors != NULL ? json_object_array_length(errors) : 0;
    bool refused = bytes_is(outcome, "refused");
    if ((!refused && !bytes_is(outcome, "failed")) || run->reported++ >= REPORTED_MAX)
        return;
    arena_init(&arena);
    progress_clear(&run->progress);
    fprintf(stderr, "%s %s%s\n", printable(&arena, json_member_text(result, "dead_letter")),
            refused ? "is refused again" : "was not tried: ",
            printable(&arena, json_member_text(result, "message")));
    for (size_t i = 0; i < count; i++)
        dead_letters_print_mistake(stderr, json_object_array_get_idx(errors, i));
    arena_release(&arena);
}

static void add_counts(struct replay_run *run, struct json_object *answer)
{
    const struct {
        const char *name;
        uint64_t *count;
    } counts[] = {
        {"leads", &run->leads},     {"touchpoints", &run->touchpoints},
        {"refused", &run->refused}, {"skipped", &run->skipped},
        {"gone", &run->gone},       {"failed", &run->failed},
    };
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        *counts[i].count += (uint64_t)json_member_int(answer, counts[i].name, 0);
}

/* Whether there is something left to try. */
static bool take_answer(struct replay_run *run, struct json_object *answer)
{
    struct json_object *results = json_object_object_get(answer, "results");
    struct bytes next = json_member_text(answer, "next");
    size_t count = json_object_array_length(results);
    for (size_t i = 0; !given->as_json && i < count; i++)
        report(run, json_object_array_get_idx(results, i));
    add_counts(run, answer);
    run->tried += count;
    run->stalls = count > 0 ? 0 : run->stalls;
    if (next.size > 0)
        snprintf(run->after, sizeof run->after, "%.*s", BYTES_ARG(next));
    if (run->total > 0)
        progress_bar(&run->progress, "replaying", run->tried, run->total);
    else
        progress_line(&run->progress, "replaying: %" PRIu64 " tried", run->tried);
    return run->id_count > 0 ? run->tried < run->id_count
                             : json_object_get_boolean(json_object_object_get(answer, "more"));
}

static int take_page(struct replay_run *run, bool *ret_more, struct error *err)
{
    struct buffer body;
    struct client_answer answer = {0};
    JSON_AUTO *tree = NULL;
    buffer_init(&body, 64 * 1024);
    write_body(run, &body);
    const struct client_call call = {.method = "POST",
                                     .path = "/v1/dead-letters/replay",
                                     .content_type = "application/json",
                                     .body = buffer_bytes(&body)};
    int code = client_call(run->client, &call, &answer, err);
    *ret_more = true;
    if (code == 0 && answer.status == 503 && run->stalls++ < STALLS_MAX) {
        sleep(answer.retry_after > 0 ? (unsigned)answer.retry_after : 1);
    } else {
        if (code == 0)
            code = client_check(&answer, err);
        if (code == 0)
            code = json_parse(buffer_bytes(&answer.body), &tree, err);
        if (code == 0 && given->as_json)
            printf("%s\n", buffer_string(&answer.body));
        if (code == 0)
            *ret_more = take_answer(run, tree);
    }
    client_answer_release(&answer);
    buffer_release(&body);
    return code;
}

/* ---- which cluster */

static int find_cluster(struct replay_run *run, struct json_object **ret_tree, struct error *err)
{
    struct client_answer answer = {0};
    int code = dead_letters_get_clusters(run->client, given->cluster, &answer, ret_tree, err);
    client_answer_release(&answer);
    if (code != 0)
        return code;
    struct json_object *clusters = json_object_object_get(*ret_tree, "clusters");
    size_t count = json_object_array_length(clusters);
    if (given->cluster > count)
        return error_set(err, ML_ENOTFOUND, "--cluster",
                         "there are %zu; `meshline dead-letters clusters` lists them", count);
    struct json_object *cluster = json_object_array_get_idx(clusters, (size_t)given->cluster - 1);
    run->cluster = json_object_object_get(cluster, "replay");
    run->total = (uint64_t)json_member_int(cluster, "count", 0);
    return 0;
}

static void print_summary(const struct replay_run *run)
{
    if (run->reported > REPORTED_MAX)
        cli_note("and %" PRIu64 " more; `meshline dead-letters clusters` says what is wrong",
                 run->reported - REPORTED_MAX);
    printf("%s: %" PRIu64 " lead%s, %" PRIu64 " touchpoint%s, %" PRIu64 " refused again",
           given->dry_run ? "would become" : "replayed", run->leads, run->leads == 1 ? "" : "s",
           run->touchpoints, run->touchpoints == 1 ? "" : "s", run->refused);
    if (run->skipped > 0)
        printf(", %" PRIu64 " skipped", run->skipped);
    if (run->gone > 0)
        printf(", %" PRIu64 " no longer open", run->gone);
    if (run->failed > 0)
        printf(", %" PRIu64 " could not be tried", run->failed);
    puts("");
}

int dead_letters_replay(struct client *client, char **ids, int count, int *ret_exit,
                        struct error *err)
{
    JSON_AUTO *tree = NULL;
    struct replay_run run = {
        .client = client, .ids = ids, .id_count = (size_t)count, .total = (uint64_t)count};
    bool more = true;
    int code = given->cluster != 0 ? find_cluster(&run, &tree, err) : 0;
    progress_init(&run.progress);
    while (code == 0 && more)
        code = take_page(&run, &more, err);
    progress_clear(&run.progress);
    if (!given->as_json && (code == 0 || run.tried > 0))
        print_summary(&run);
    *ret_exit = run.refused + run.failed > 0 ? CLI_FAILED : CLI_OK;
    return code;
}
