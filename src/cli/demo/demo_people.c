/* The reps of the demo. What they know of their leads comes from the bus only, as with any
 * subscriber. */
#include "cli/demo/demo_people.h"

#include "base/error.h"
#include "base/id.h"
#include "base/json.h"
#include "cli/cli.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    ACTIONS_MAX = 32, /* calls started in one step */
    RETRY_US = 500000,
    LEAVE_EVERY_US = 6000000,
    HAND_BACK_PERCENT = 4,
    QUALIFY_PERCENT = 55,
};

enum desk_step { DESK_CONTACT, DESK_OUTCOME };

/* A lead on somebody's desk. */
struct desk_lead {
    struct demo_people *people;
    uint64_t number, version;
    enum desk_step step;
    bool hot;
    bool acting; /* a call about it is open; it is not in the heap then */
    bool owned;
    bool gone; /* closed while the call was open */
    int64_t due_us;
    uint32_t position;
};

static bool is_before(const void *a, const void *b)
{
    const struct desk_lead *first = a, *second = b;
    return first->due_us != second->due_us ? first->due_us < second->due_us
                                           : first->number < second->number;
}

static uint32_t *position_of(void *item)
{
    return &((struct desk_lead *)item)->position;
}

static const struct heap_operations by_due = {is_before, position_of};

/* ---- desks */

static struct desk_lead *find(struct demo_people *people, uint64_t number)
{
    uint64_t *value = map_find(&people->leads, map_number_key(number));
    return value != NULL ? (struct desk_lead *)(uintptr_t)*value : NULL;
}

static struct desk_lead *find_or_add(struct demo_people *people, uint64_t number)
{
    struct desk_lead *lead = find(people, number);
    if (lead != NULL)
        return lead;
    lead = calloc(1, sizeof *lead);
    if (lead == NULL)
        panic("out of memory (demo)");
    lead->people = people;
    lead->number = number;
    lead->position = HEAP_NONE;
    map_put(&people->leads, map_number_key(number), (uintptr_t)lead);
    return lead;
}

static void forget(struct desk_lead *lead)
{
    lead->gone = true;
    heap_remove(&lead->people->due, lead);
    if (lead->acting)
        return;
    map_remove(&lead->people->leads, map_number_key(lead->number));
    free(lead);
}

static void schedule(struct desk_lead *lead, int64_t due_us)
{
    lead->due_us = due_us;
    if (lead->position == HEAP_NONE)
        heap_insert(&lead->people->due, lead);
    else
        heap_update(&lead->people->due, lead);
}

/* Hot ones first; the rest when there is time. */
static int64_t think_us(struct desk_lead *lead)
{
    uint32_t least = lead->step == DESK_CONTACT ? (lead->hot ? 1000 : 4000) : 4000;
    uint32_t spread = lead->step == DESK_CONTACT ? (lead->hot ? 4000 : 14000) : 16000;
    return (int64_t)(least + demo_random_below(&lead->people->random, spread)) * 1000;
}

/* ---- the feed */

static void take_step(struct desk_lead *lead, enum desk_step step, int64_t now_us)
{
    lead->step = step;
    lead->owned = true;
    if (!lead->acting)
        schedule(lead, now_us + think_us(lead));
}

static void take_back(struct desk_lead *lead)
{
    lead->owned = false;
    heap_remove(&lead->people->due, lead);
}

static void count_assigned(struct demo_people *people, struct bytes id)
{
    for (size_t i = 0; i < people->rep_count; i++)
        people->reps[i].assigned += bytes_is(id, people->reps[i].id);
}

void demo_people_take(struct demo_people *people, struct json_object *event, uint64_t seq,
                      int64_t now_us)
{
    uint64_t number;
    struct bytes type = json_member_text(event, "type");
    /* An event of an exception names the lead that it is about, and makes a version of it; one of a
     * delivery does not. */
    static const char exception[] = "meshline.exception.";
    struct json_object *data = json_object_object_get(event, "data");
    bool excepted =
        type.size > sizeof exception - 1 && memcmp(type.data, exception, sizeof exception - 1) == 0;
    if (!lead_id_parse(json_member_text(event, "subject"), &number) &&
        !(excepted && lead_id_parse(json_member_text(data, "lead"), &number)))
        return;
    struct desk_lead *lead = find_or_add(people, number);
    lead->version = seq;
    lead->gone = false;
    if (bytes_is(type, "meshline.lead.captured")) {
        lead->hot = bytes_is(json_member_text(data, "class"), "hot");
    } else if (bytes_is(type, "meshline.lead.assigned")) {
        count_assigned(people, json_member_text(data, "rep"));
        take_step(lead, DESK_CONTACT, now_us);
    } else if (bytes_is(type, "meshline.lead.contacted")) {
        people->contacted++;
        take_step(lead, DESK_OUTCOME, now_us);
    } else if (bytes_is(type, "meshline.lead.queued")) {
        take_back(lead);
    } else if (bytes_is(type, "meshline.lead.returned")) {
        people->returned++;
        take_back(lead);
    } else if (bytes_is(type, "meshline.lead.qualified") ||
               bytes_is(type, "meshline.lead.disqualified")) {
        forget(lead);
    }
}

/* ---- acting */

static void acted(void *context, const struct demo_reply *reply)
{
    struct desk_lead *lead = context;
    lead->acting = false;
    lead->people->stale += reply->status == 412;
    if (lead->gone) {
        forget(lead);
        return;
    }
    /* When it was taken, its event says what comes next; until then, and otherwise, look again. */
    if (lead->owned)
        schedule(lead, clock_monotonic_us() + RETRY_US + think_us(lead));
}

static void act(struct desk_lead *lead, const char *what, const char *body)
{
    char path[96], if_match[64];
    snprintf(path, sizeof path, "/v1/leads/L%" PRIu64 "/%s", lead->number, what);
    snprintf(if_match, sizeof if_match, "If-Match: \"%" PRIu64 "\"", lead->version);
    const struct demo_call call = {.method = "POST",
                                   .path = path,
                                   .body = bytes_of(body),
                                   .headers = {if_match},
                                   .done = acted,
                                   .context = lead};
    heap_remove(&lead->people->due, lead);
    lead->acting = true;
    demo_http_start(lead->people->http, &call);
}

static void work_on(struct desk_lead *lead)
{
    static const char *const channels[] = {"{\"channel\":\"phone\"}", "{\"channel\":\"email\"}",
                                           "{\"channel\":\"video\"}"};
    struct demo_people *people = lead->people;
    if (lead->step == DESK_CONTACT && demo_random_chance(&people->random, HAND_BACK_PERCENT))
        act(lead, "hand-back", "{\"reason\":\"speaks another language\"}");
    else if (lead->step == DESK_CONTACT)
        act(lead, "contacts", channels[demo_random_below(&people->random, 3)]);
    else if (demo_random_chance(&people->random, QUALIFY_PERCENT))
        act(lead, "outcome", "{\"outcome\":\"qualified\"}");
    else
        act(lead, "outcome", "{\"outcome\":\"disqualified\",\"reason\":\"no budget this year\"}");
}

static void work(struct demo_people *people, int64_t now_us)
{
    for (int i = 0; i < ACTIONS_MAX; i++) {
        struct desk_lead *lead = heap_first(&people->due);
        if (lead == NULL || lead->due_us > now_us)
            return;
        work_on(lead);
    }
}

/* ---- going away and coming back */

static void reps_arrived(void *context, const struct demo_reply *reply)
{
    struct demo_people *people = context;
    JSON_AUTO *answer = NULL;
    if (reply->status != 200 || json_parse(reply->body, &answer, NULL) < 0) {
        people->reps_asked = false;
        return;
    }
    struct json_object *reps = json_object_object_get(answer, "reps");
    for (size_t i = 0; i < json_object_array_length(reps) && i < DEMO_REPS_MAX; i++) {
        struct bytes id = json_member_text(json_object_array_get_idx(reps, i), "id");
        if (id.size == 0 || id.size >= DEMO_REP_ID_SIZE)
            continue;
        struct demo_rep *rep = &people->reps[people->rep_count++];
        *rep = (struct demo_rep){.people = people};
        memcpy(rep->id, id.data, id.size);
        snprintf(rep->team, sizeof rep->team, "%.*s",
                 BYTES_ARG(json_member_text(json_object_array_get_idx(reps, i), "team")));
    }
}

static void ask_reps(struct demo_people *people)
{
    const struct demo_call call = {
        .method = "GET", .path = "/v1/reps", .done = reps_arrived, .context = people};
    people->reps_asked = true;
    demo_http_start(people->http, &call);
}

static void rep_changed(void *context, const struct demo_reply *reply)
{
    struct demo_rep *rep = context;
    rep->changing = false;
    if (reply->status >= 200 && reply->status < 300)
        rep->told_away = !rep->told_away;
    else
        rep->again_us = clock_monotonic_us() + RETRY_US;
}

static void tell(struct demo_rep *rep)
{
    char path[128];
    snprintf(path, sizeof path, "/v1/reps/%s", rep->id);
    const struct demo_call call = {.method = "PATCH",
                                   .path = path,
                                   .body = rep->told_away ? BYTES_LITERAL("{\"available\":true}")
                                                          : BYTES_LITERAL("{\"available\":false}"),
                                   .done = rep_changed,
                                   .context = rep};
    rep->changing = true;
    demo_http_start(rep->people->http, &call);
}

static void come_and_go(struct demo_people *people, int64_t now_us)
{
    people->away = 0;
    for (size_t i = 0; i < people->rep_count; i++) {
        struct demo_rep *rep = &people->reps[i];
        if (rep->back_us <= now_us)
            rep->back_us = 0;
        if ((rep->back_us != 0) != rep->told_away && !rep->changing && rep->again_us <= now_us)
            tell(rep);
        people->away += rep->back_us != 0;
    }
    if (now_us < people->next_leave_us || people->rep_count == 0)
        return;
    people->next_leave_us = now_us + LEAVE_EVERY_US;
    struct demo_rep *rep =
        &people->reps[demo_random_below(&people->random, (uint32_t)people->rep_count)];
    if (rep->back_us == 0)
        rep->back_us = now_us + (8 + (int64_t)demo_random_below(&people->random, 12)) * 1000000;
}

void demo_people_send_away(struct demo_people *people, const char *team)
{
    for (size_t i = 0; i < people->rep_count; i++)
        if (strcmp(people->reps[i].team, team) == 0)
            people->reps[i].back_us = DEMO_AWAY_UNTIL_CALLED;
}

void demo_people_call_back(struct demo_people *people, const char *team)
{
    for (size_t i = 0; i < people->rep_count; i++)
        if (strcmp(people->reps[i].team, team) == 0)
            people->reps[i].back_us = 0;
}

struct demo_team demo_people_team(const struct demo_people *people, const char *team)
{
    struct demo_team sum = {0};
    for (size_t i = 0; i < people->rep_count; i++) {
        const struct demo_rep *rep = &people->reps[i];
        if (strcmp(rep->team, team) != 0)
            continue;
        sum.members++;
        sum.away += rep->told_away;
        sum.assigned += rep->assigned;
    }
    return sum;
}

/* ---- */

void demo_people_init(struct demo_people *people, struct demo_http *http, uint64_t seed)
{
    *people = (struct demo_people){.http = http, .random = {seed}};
    map_init(&people->leads);
    heap_init(&people->due, &by_due);
    people->next_leave_us = clock_monotonic_us() + LEAVE_EVERY_US;
}

void demo_people_release(struct demo_people *people)
{
    for (size_t i = 0; i < people->leads.capacity; i++)
        if (!hash128_is_none(people->leads.entries[i].key))
            free((void *)(uintptr_t)people->leads.entries[i].value);
    map_release(&people->leads);
    heap_release(&people->due);
}

void demo_people_step(struct demo_people *people, int64_t now_us)
{
    if (!people->reps_asked)
        ask_reps(people);
    work(people, now_us);
    come_and_go(people, now_us);
}
