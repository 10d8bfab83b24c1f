/* Asking the server how it is. */
#include "cli/demo/demo_watch.h"

#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>

enum { ASK_EVERY_US = 1000000 };

static const char *const paths[DEMO_SUBJECTS] = {
    [DEMO_IDENTITY] = "/v1/reconciliation",
    [DEMO_POOLS] = "/v1/pools",
    [DEMO_DESTINATIONS] = "/v1/destinations",
    [DEMO_SURGES] = "/v1/surges?limit=20",
    [DEMO_EXCEPTIONS] = "/v1/exceptions/clusters",
    [DEMO_DEAD_LETTERS] = "/v1/dead-letters/clusters",
    [DEMO_PARTNER] = "/v1/sources/partner-portal",
    [DEMO_REPS] = "/v1/reps",
};

void demo_watch_init(struct demo_watch *watch, struct demo_http *http)
{
    *watch = (struct demo_watch){.http = http};
    for (size_t i = 0; i < DEMO_SUBJECTS; i++)
        watch->topics[i].watch = watch;
}

void demo_watch_release(struct demo_watch *watch)
{
    for (size_t i = 0; i < DEMO_SUBJECTS; i++) {
        json_object_put(watch->topics[i].answer);
        watch->topics[i].answer = NULL;
    }
}

/* ---- answers */

static void take_identity(struct demo_watch *watch, struct json_object *answer)
{
    watch->identity = (struct demo_identity){
        .accepted = json_member_int(answer, "accepted", 0),
        .owned = json_member_int(answer, "owned", 0),
        .waiting = json_member_int(answer, "waiting", 0),
        .in_exception = json_member_int(answer, "in_exception", 0),
        .nurture = json_member_int(answer, "nurture", 0),
        .closed = json_member_int(answer, "closed", 0),
        .dead_lettered = json_member_int(answer, "dead_lettered", 0),
        .settled = json_member_int(answer, "settled", 0),
        .seq = json_member_int(answer, "seq", 0),
        .balanced = json_object_get_boolean(json_object_object_get(answer, "balanced")),
    };
    const struct demo_identity *now = &watch->identity;
    /* Added up here as well: the server's word alone is no proof. */
    bool adds_up = now->accepted == now->owned + now->waiting + now->in_exception + now->nurture +
                                        now->closed + now->dead_lettered + now->settled;
    watch->checks++;
    watch->balanced += now->balanced && adds_up;
    watch->checked_us = clock_utc_us();
}

static void answered(void *context, const struct demo_reply *reply)
{
    struct demo_topic *topic = context;
    struct json_object *answer = NULL;
    int64_t asked_us = topic->asking_us;
    topic->asking_us = 0;
    if (reply->status != 200 || json_parse(reply->body, &answer, NULL) < 0)
        return;
    json_object_put(topic->answer);
    topic->answer = answer;
    topic->asked_us = asked_us;
    if (topic == &topic->watch->topics[DEMO_IDENTITY])
        take_identity(topic->watch, answer);
}

/* ---- metrics */

/* The value of the line that begins with `name`. */
static double metric(const char *text, const char *name)
{
    size_t size = strlen(name);
    for (const char *line = text; line != NULL && *line != '\0';) {
        if (strncmp(line, name, size) == 0 && line[size] == ' ')
            return strtod(line + size, NULL);
        line = strchr(line, '\n');
        line = line != NULL ? line + 1 : NULL;
    }
    return 0;
}

/* The quantile of a Prometheus histogram in milliseconds, interpolated within its bucket. */
static double histogram_ms(const char *text, const char *name, double share)
{
    char prefix[96], count_name[96];
    double before = 0, lower = 0;
    int size = snprintf(prefix, sizeof prefix, "%s_bucket{le=\"", name);
    snprintf(count_name, sizeof count_name, "%s_count", name);
    double wanted = metric(text, count_name) * share;
    for (const char *line = strstr(text, prefix); line != NULL;
         line = strstr(line + size, prefix)) {
        char *end;
        double upper = strtod(line + size, &end), count = strtod(end + strlen("\"} "), NULL);
        if (count >= wanted && count > before && upper < 1e9)
            return 1000 * (lower + (upper - lower) * (wanted - before) / (count - before));
        before = count;
        lower = upper;
    }
    return 0;
}

static void metrics_arrived(void *context, const struct demo_reply *reply)
{
    struct demo_watch *watch = context;
    watch->asking_metrics = false;
    char *text = reply->status == 200 ? strndup(reply->body.data, reply->body.size) : NULL;
    if (text == NULL)
        return;
    watch->server_p50_ms = histogram_ms(text, "meshline_assignment_seconds", 0.5);
    watch->server_p99_ms = histogram_ms(text, "meshline_assignment_seconds", 0.99);
    free(text);
}

/* ---- asking */

void demo_watch_step(struct demo_watch *watch, int64_t now_us)
{
    if (now_us < watch->next_ask_us)
        return;
    watch->next_ask_us = now_us + ASK_EVERY_US;
    for (size_t i = 0; i < DEMO_SUBJECTS; i++) {
        struct demo_topic *topic = &watch->topics[i];
        if (topic->asking_us != 0)
            continue;
        topic->asking_us = now_us;
        const struct demo_call call = {
            .method = "GET", .path = paths[i], .done = answered, .context = topic};
        demo_http_start(watch->http, &call);
    }
    if (watch->asking_metrics)
        return;
    watch->asking_metrics = true;
    const struct demo_call call = {
        .method = "GET", .path = "/metrics", .done = metrics_arrived, .context = watch};
    demo_http_start(watch->http, &call);
}

/* ---- looking */

struct json_object *demo_watch_answer(const struct demo_watch *watch, enum demo_subject subject,
                                      int64_t since_us)
{
    const struct demo_topic *topic = &watch->topics[subject];
    return topic->asked_us >= since_us ? topic->answer : NULL;
}

bool demo_watch_destination(const struct demo_watch *watch, const char *name, int64_t since_us,
                            struct demo_destination *ret)
{
    struct json_object *list = json_object_object_get(
        demo_watch_answer(watch, DEMO_DESTINATIONS, since_us), "destinations");
    for (size_t i = 0; list != NULL && i < json_object_array_length(list); i++) {
        struct json_object *item = json_object_array_get_idx(list, i);
        struct json_object *deliveries = json_object_object_get(item, "deliveries");
        if (!bytes_is(json_member_text(item, "name"), name))
            continue;
        *ret = (struct demo_destination){
            .pending = json_member_int(deliveries, "pending", 0),
            .delivered = json_member_int(deliveries, "delivered", 0),
            .failed = json_member_int(deliveries, "failed", 0),
            .openings = json_member_int(item, "openings", 0),
            .open = !bytes_is(json_member_text(item, "breaker"), "closed"),
        };
        return true;
    }
    return false;
}

int64_t demo_watch_exceptions(const struct demo_watch *watch, const char *kind, int64_t since_us)
{
    struct json_object *answer = demo_watch_answer(watch, DEMO_EXCEPTIONS, since_us);
    struct json_object *list = json_object_object_get(answer, "clusters");
    int64_t sum = 0;
    if (answer == NULL)
        return -1;
    for (size_t i = 0; list != NULL && i < json_object_array_length(list); i++) {
        struct json_object *item = json_object_array_get_idx(list, i);
        if (bytes_is(json_member_text(item, "kind"), kind))
            sum += json_member_int(item, "count", json_member_int(item, "open", 0));
    }
    return sum;
}
