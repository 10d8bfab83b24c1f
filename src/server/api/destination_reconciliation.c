/* POST /v1/destinations/{name}/reconciliation: what was delivered, by our receipts, compared with
 * what the destination says that it has; what is missing there can be sent again.
 *
 * The question may take as long as the destination likes, and its answers come on another thread:
 * what they are compared with belongs to both sides, and goes with the last of them. */
#include "server/api/destinations.h"

#include "base/id.h"
#include "base/map.h"
#include "effect/effect.h"
#include "server/api/members.h"
#include "server/api/requeue.h"
#include "server/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

enum {
    PATIENCE_S = 60,
    LISTED_MAX = 1000, /* ids that are told */
    OTHERS_MAX = 1000 * 1000,
};

/* Something delivered: a delivery, or for systems that keep one record of a lead the lead, with its
 * newest delivery. */
struct expected {
    uint64_t number; /* of the delivery */
    bool there;
};

struct comparison {
    pthread_mutex_t lock;
    pthread_cond_t turned;
    unsigned owners; /* the question and the answers */
    bool by_lead;
    bool done;
    struct error error;   /* of the listing */
    struct map positions; /* delivery or lead → place in `expected` */
    struct expected *expected;
    size_t count, capacity;
    uint64_t listed, matched;
    uint64_t late; /* of those matched: delivered while it was listed */
    /* Ours by their looks, and not expected: what they are is asked of the view afterwards. */
    uint64_t *others;
    size_t other_count, other_capacity;
    uint64_t foreign_count;
    const char *foreign[LISTED_MAX]; /* in `arena` */
    struct arena arena;
};

static struct comparison *comparison_new(bool by_lead)
{
    struct comparison *comparison = calloc(1, sizeof *comparison);
    pthread_condattr_t attributes;
    if (comparison == NULL)
        panic("out of memory (comparison)");
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&comparison->turned, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&comparison->lock, NULL);
    map_init(&comparison->positions);
    arena_init(&comparison->arena);
    comparison->by_lead = by_lead;
    comparison->owners = 1;
    return comparison;
}

/* Called with the lock, which is gone after. */
static void comparison_leave(struct comparison *comparison)
{
    bool last = --comparison->owners == 0;
    pthread_mutex_unlock(&comparison->lock);
    if (!last)
        return;
    pthread_mutex_destroy(&comparison->lock);
    pthread_cond_destroy(&comparison->turned);
    map_release(&comparison->positions);
    arena_release(&comparison->arena);
    free(comparison->expected);
    free(comparison->others);
    free(comparison);
}

static void *grow(void *items, size_t *capacity, size_t size)
{
    *capacity = *capacity == 0 ? 1024 : 2 * *capacity;
    items = reallocarray(items, *capacity, size);
    if (items == NULL)
        panic("out of memory (comparison)");
    return items;
}

/* ---- what should be there */

static void expect(void *context, uint64_t number, uint64_t lead, struct bytes external_id)
{
    (void)external_id;
    struct comparison *comparison = context;
    struct hash128 key = map_number_key(comparison->by_lead ? lead : number);
    if (comparison->by_lead && lead == 0)
        return;
    uint64_t *position = map_find(&comparison->positions, key);
    if (position != NULL) {
        if (comparison->expected[*position].number < number)
            comparison->expected[*position].number = number;
        return;
    }
    if (comparison->count == comparison->capacity)
        comparison->expected =
            grow(comparison->expected, &comparison->capacity, sizeof *comparison->expected);
    map_put(&comparison->positions, key, comparison->count);
    comparison->expected[comparison->count++] = (struct expected){.number = number};
}

/* ---- what is there, told on another thread */

static void add_foreign(struct comparison *comparison, struct bytes key, struct bytes external_id)
{
    enum { SHOWN_MAX = 200 };
    struct bytes shown = external_id.size > 0 ? external_id : key;
    if (shown.size > SHOWN_MAX)
        shown.size = SHOWN_MAX;
    if (comparison->foreign_count < LISTED_MAX)
        comparison->foreign[comparison->foreign_count] =
            arena_string(&comparison->arena, bytes_is_utf8(shown) ? shown : BYTES_LITERAL("?"));
    comparison->foreign_count++;
}

static void add_other(struct comparison *comparison, uint64_t number)
{
    if (comparison->other_count == comparison->other_capacity)
        comparison->others =
            grow(comparison->others, &comparison->other_capacity, sizeof *comparison->others);
    comparison->others[comparison->other_count++] = number;
}

static void found(void *context, struct bytes key, struct bytes external_id)
{
    struct comparison *comparison = context;
    uint64_t number = 0;
    bool ours = comparison->by_lead ? lead_id_parse(key, &number)
                                    : entity_id_parse(ID_DELIVERY, key, &number);
    pthread_mutex_lock(&comparison->lock);
    uint64_t *position = ours ? map_find(&comparison->positions, map_number_key(number)) : NULL;
    comparison->listed++;
    if (position != NULL) {
        comparison->matched += !comparison->expected[*position].there;
        comparison->expected[*position].there = true;
    } else if (ours && comparison->other_count < OTHERS_MAX) {
        add_other(comparison, number);
    } else {
        add_foreign(comparison, key, external_id);
    }
    pthread_mutex_unlock(&comparison->lock);
}

static void listed(void *context, const struct error *err)
{
    struct comparison *comparison = context;
    pthread_mutex_lock(&comparison->lock);
    comparison->done = true;
    if (err != NULL)
        comparison->error = *err;
    pthread_cond_signal(&comparison->turned);
    comparison_leave(comparison);
}

/* Until it is done, the patience is over or the server stops; the lock is held. False: the request
 * has been refused. */
static bool wait_until_done(struct request *request, struct comparison *comparison)
{
    struct error err;
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    for (int second = 0; !comparison->done && second < PATIENCE_S; second++) {
        until.tv_sec++;
        while (!comparison->done &&
               pthread_cond_timedwait(&comparison->turned, &comparison->lock, &until) != ETIMEDOUT)
            continue;
        if (request_go_on(request, &err) != 0) {
            request_refuse(request, PROBLEM_STOPPING, "%s", err.message);
            return false;
        }
    }
    if (!comparison->done)
        request_refuse(request, PROBLEM_OUTSIDE,
                       "\"%.*s\" has not told within %d seconds what it has; nothing was done",
                       BYTES_ARG(request->segments[0]), PATIENCE_S);
    else if (comparison->error.code != 0)
        request_refuse(request, PROBLEM_OUTSIDE, "\"%.*s\" did not tell what it has: %s",
                       BYTES_ARG(request->segments[0]), comparison->error.message);
    return request->answer.status == 0;
}

/* ---- the answer */

/* The first that are not there, to be sent again. */
static void choose_missing(const struct comparison *comparison, struct requeue *requeue)
{
    requeue->items = arena_array(&requeue->request->arena, REQUEUE_MAX + 1, sizeof *requeue->items);
    for (size_t i = 0; i < comparison->count && requeue->count < REQUEUE_MAX; i++)
        if (!comparison->expected[i].there)
            requeue->items[requeue->count++] =
                (struct requeue_item){.number = comparison->expected[i].number};
}

static void write_missing(const struct requeue *requeue, struct json_writer *json)
{
    char id[LEAD_ID_TEXT_SIZE];
    json_key(json, "missing_ids");
    json_array_open(json);
    for (size_t i = 0; i < requeue->count; i++) {
        entity_id_print(ID_DELIVERY, requeue->items[i].number, id);
        json_string(json, bytes_of(id));
    }
    json_array_close(json);
}

/* What the view knows of one that was not expected. */
enum other { OTHER_FOREIGN, OTHER_UNCONFIRMED, OTHER_DELIVERED };

static enum other judge_other(struct request *request, const struct comparison *comparison,
                              uint64_t number)
{
    struct store_reader *store = request->reader->store;
    struct store_lead_reference lead;
    struct store_delivery_reference delivery;
    if (comparison->by_lead)
        return store_read_lead_reference(store, number, &lead, NULL) == 0 ? OTHER_UNCONFIRMED
                                                                          : OTHER_FOREIGN;
    if (store_fetch_delivery(store, number, &request->arena, &delivery, NULL) != 0 ||
        !bytes_equal(delivery.destination, request->segments[0]))
        return OTHER_FOREIGN;
    return bytes_is(delivery.state, core_delivery_state_name(CORE_DELIVERY_IS_DELIVERED))
               ? OTHER_DELIVERED /* while it was listed */
               : OTHER_UNCONFIRMED;
}

static const char *print_id(struct request *request, const struct comparison *comparison,
                            uint64_t number)
{
    char id[LEAD_ID_TEXT_SIZE];
    if (comparison->by_lead)
        lead_id_print(number, id);
    else
        entity_id_print(ID_DELIVERY, number, id);
    return arena_string(&request->arena, bytes_of(id));
}

/* Keeps of the others only those that are there, and ours, though no receipt says so. */
static void sort_others(struct request *request, struct comparison *comparison)
{
    size_t kept = 0;
    for (size_t i = 0; i < comparison->other_count; i++) {
        uint64_t number = comparison->others[i];
        switch (judge_other(request, comparison, number)) {
        case OTHER_UNCONFIRMED: comparison->others[kept++] = number; break;
        case OTHER_DELIVERED: comparison->matched++, comparison->late++; break;
        case OTHER_FOREIGN:
            add_foreign(comparison, bytes_of(print_id(request, comparison, number)),
                        (struct bytes){0});
            break;
        }
    }
    comparison->other_count = kept;
}

static void write_others(struct request *request, const struct comparison *comparison,
                         struct json_writer *json)
{
    json_member_unsigned(json, "unconfirmed", comparison->other_count);
    json_key(json, "unconfirmed_ids");
    json_array_open(json);
    for (size_t i = 0; i < comparison->other_count && i < LISTED_MAX; i++)
        json_string(json, bytes_of(print_id(request, comparison, comparison->others[i])));
    json_array_close(json);
    json_member_unsigned(json, "foreign", comparison->foreign_count);
    json_key(json, "foreign_ids");
    json_array_open(json);
    for (size_t i = 0; i < comparison->foreign_count && i < LISTED_MAX; i++)
        json_string(json, bytes_of(comparison->foreign[i]));
    json_array_close(json);
}

static void answer(struct comparison *comparison, struct requeue *requeue, bool repair)
{
    struct error err;
    struct request *request = requeue->request;
    uint64_t missing = comparison->count - comparison->matched;
    sort_others(request, comparison);
    choose_missing(comparison, requeue);
    int code = repair ? requeue_run(requeue, &err) : 0;
    if (code != 0 && requeue->done == 0) {
        request_refuse_error(request, code, &err);
        return;
    }
    struct json_writer *json = request_answer_json(request, 200);
    json_object_open(json);
    json_member(json, "destination", request->segments[0]);
    json_member(json, "compared", bytes_of(comparison->by_lead ? "leads" : "deliveries"));
    json_member_unsigned(json, "delivered", comparison->count + comparison->late);
    json_member_unsigned(json, "listed", comparison->listed);
    json_member_unsigned(json, "matched", comparison->matched);
    json_member_unsigned(json, "missing", missing);
    write_missing(requeue, json);
    write_others(request, comparison, json);
    if (repair) {
        requeue_write(requeue, json);
        json_member_unsigned(json, "seq", engine_durable_seq(request->server->engine));
    }
    json_member_bool(json, "more", missing > (repair ? requeue->done : requeue->count));
    json_object_close(json);
}

/* ---- asking */

/* Of systems of record there is one record of a lead, whatever was sent about it. */
static bool keeps_leads(struct request *request)
{
    struct policy_release *release = engine_release_ref(request->server->engine);
    uint32_t found =
        release != NULL ? policy_destination_find(release, request->segments[0]) : POLICY_NONE;
    bool keeps = found != POLICY_NONE && release->destinations[found].kind == POLICY_REST;
    policy_release_unref(release);
    return keeps;
}

static bool begin(struct request *request, struct comparison *comparison)
{
    struct error err;
    const struct effect_listing listing = {.context = comparison, .found = found, .done = listed};
    const char *name = arena_string(&request->arena, request->segments[0]);
    comparison->owners++;
    int code = effects_list(request->server->effects, name, &listing, &err);
    if (code == 0)
        return true;
    comparison->owners--;
    if (code == ML_EINVAL)
        request_refuse(request, PROBLEM_WRONG_STATE, "%s", err.message);
    else
        request_refuse_error(request, code, &err);
    return false;
}

static void compare(struct requeue *requeue, bool repair)
{
    struct error err;
    struct request *request = requeue->request;
    struct comparison *comparison = comparison_new(keeps_leads(request));
    gate_wait_view(&requeue->gate, request->server->engine);
    int code = store_each_delivered(request->reader->store, request->segments[0], expect,
                                    comparison, &err);
    if (code != 0)
        request_refuse_error(request, code, &err);
    bool begun = code == 0 && begin(request, comparison);
    pthread_mutex_lock(&comparison->lock);
    if (begun && wait_until_done(request, comparison))
        answer(comparison, requeue, repair);
    comparison_leave(comparison);
}

bool destination_compare_retraces(const struct request *request)
{
    (void)request;
    return true;
}

void destination_compare_run(struct request *request)
{
    enum { REPAIR, REASON, MEMBERS };
    static const struct member members[MEMBERS] = {
        [REPAIR] = {"repair", MEMBER_BOOLEAN},
        [REASON] = {"reason", MEMBER_TEXT, .most = CORE_TEXT_MAX},
    };
    struct member_value values[MEMBERS];
    struct requeue requeue = {.request = request};
    if (!request_key(request, &requeue.key) || !members_read(request, members, MEMBERS, values))
        return;
    if (request->server->effects == NULL) {
        request_refuse(request, PROBLEM_OUTSIDE, "this server sends nothing, and can ask nobody");
        return;
    }
    requeue.reason = values[REASON].text.size > 0
                         ? values[REASON].text
                         : BYTES_LITERAL("a reconciliation did not find it there");
    gate_init(&requeue.gate);
    compare(&requeue, values[REPAIR].boolean);
    gate_release(&requeue.gate);
}
