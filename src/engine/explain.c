/* Why a lead got its class, its score, its route: the conditions are tried again on what was
 * captured, under the release that decided it. */
#include "engine/explain.h"

#include "base/id.h"

static const char *const outcomes[] = {[POLICY_MATCHED] = "matched",
                                       [POLICY_FALSE] = "false",
                                       [POLICY_FAILED] = "failed",
                                       [POLICY_NOT_SAMPLED] = "not_sampled"};

struct explanation {
    const struct explain_lead *lead;
    struct policy_inputs *inputs;
    struct arena *arena;
    struct json_writer *json;
};

/* ---- conditions */

static void write_steps(struct json_writer *json, const struct policy_trial *trial)
{
    if (trial->step_count == 0)
        return;
    json_key(json, "values");
    json_array_open(json);
    for (size_t i = 0; i < trial->step_count; i++) {
        json_object_open(json);
        json_member(json, "expression", bytes_of(trial->steps[i].text));
        json_member(json, "value", bytes_of(trial->steps[i].value));
        json_object_close(json);
    }
    json_array_close(json);
}

static void write_trial(struct json_writer *json, const struct policy_trial *trial,
                        const char *when)
{
    json_member(json, "outcome", bytes_of(outcomes[trial->outcome]));
    json_member_if(json, "when", bytes_of(when));
    json_member_if(json, "error", bytes_of(trial->message));
    write_steps(json, trial);
}

/* ---- class and score */

static const struct policy_class *class_of(struct explanation *e,
                                           const struct policy_decision *made)
{
    const struct policy_release *release = e->lead->release;
    if (e->lead->class_name.size == 0)
        return &release->classes[made->class_index];
    for (size_t i = 0; i < release->class_count; i++)
        if (bytes_is(e->lead->class_name, release->classes[i].name))
            return &release->classes[i];
    return &release->classes[release->class_count - 1];
}

static void write_classes(struct explanation *e)
{
    const struct policy_release *release = e->lead->release;
    struct policy_trial trial = {.outcome = POLICY_FALSE};
    json_key(e->json, "classes");
    json_array_open(e->json);
    for (uint32_t i = 0; i < release->class_count && trial.outcome != POLICY_MATCHED; i++) {
        policy_class_try(e->inputs, i, e->arena, &trial);
        json_object_open(e->json);
        json_member(e->json, "class", bytes_of(release->classes[i].name));
        write_trial(e->json, &trial, release->classes[i].when_text);
        json_object_close(e->json);
    }
    json_array_close(e->json);
}

static void write_class(struct explanation *e, const struct policy_decision *made)
{
    const struct policy_class *class = class_of(e, made);
    json_key(e->json, "class");
    json_object_open(e->json);
    json_member(e->json, "name", bytes_of(class->name));
    json_member_if(e->json, "when", bytes_of(class->when_text));
    json_object_close(e->json);
    write_classes(e);
}

static void write_score(struct explanation *e, const struct policy_decision *made)
{
    bool known = e->lead->class_name.size > 0;
    struct policy_trial trial;
    policy_score_try(e->inputs, e->arena, &trial);
    json_key(e->json, "score");
    json_object_open(e->json);
    json_member_integer(e->json, "value", known ? e->lead->score : made->score);
    json_member_if(e->json, "expression", bytes_of(e->lead->release->score_text));
    json_member_if(e->json, "error", bytes_of(trial.message));
    write_steps(e->json, &trial);
    json_object_close(e->json);
}

/* ---- account and routes */

static void write_account(struct explanation *e)
{
    static const char *const kinds[] = {[POLICY_MATCH_NONE] = "none",
                                        [POLICY_MATCH_DOMAIN] = "domain",
                                        [POLICY_MATCH_NAME] = "name",
                                        [POLICY_MATCH_SIMILAR] = "similar"};
    const struct policy_inputs *inputs = e->inputs;
    if (e->lead->release->accounts == NULL)
        return;
    json_key(e->json, "account");
    json_object_open(e->json);
    json_member(e->json, "match", bytes_of(kinds[inputs->match]));
    if (inputs->match != POLICY_MATCH_NONE) {
        json_key(e->json, "score");
        json_double(e->json, inputs->match_score);
        if (inputs->account[0].kind == CEL_STRING) /* the key of its row */
            json_member(e->json, "key", inputs->account[0].string);
    }
    json_object_close(e->json);
}

static void write_target(struct explanation *e, uint32_t index)
{
    const struct policy_release *release = e->lead->release;
    const struct policy_route *route = &release->routes[index];
    switch (route->target) {
    case POLICY_TO_POOL:
        json_member(e->json, "pool", bytes_of(release->pools[route->target_index].id));
        break;
    case POLICY_TO_REP:
        json_member_if(e->json, "rep_expression", bytes_of(route->rep_text));
        if (route->target_index != POLICY_NONE)
            json_member(e->json, "rep", bytes_of(release->reps[route->target_index].id));
        break;
    case POLICY_TO_EXCEPTION:
        json_member(e->json, "exception", bytes_of(route->kind));
        json_member_if(e->json, "team", bytes_of(route->team));
        break;
    case POLICY_TO_NURTURE: json_member(e->json, "nurture", bytes_of(route->kind)); break;
    }
}

/* A route by expression that matched may still name nobody: then the routes below decide. */
static void write_named_rep(struct explanation *e, uint32_t index)
{
    const struct policy_release *release = e->lead->release;
    if (release->routes[index].rep == NULL)
        return;
    uint32_t rep = policy_route_rep(e->inputs, index);
    if (rep != POLICY_NONE)
        json_member(e->json, "rep", bytes_of(release->reps[rep].id));
    else
        json_member_bool(e->json, "names_nobody", true);
}

static void write_sample(struct explanation *e, const struct policy_route *route)
{
    enum { ALL = 10000 };
    if (route->sample == ALL)
        return;
    json_key(e->json, "percent");
    json_double(e->json, route->sample / 100.0);
}

static bool write_route(struct explanation *e, uint32_t index)
{
    const struct policy_route *route = &e->lead->release->routes[index];
    struct policy_trial trial;
    policy_route_try(e->inputs, index, e->arena, &trial);
    json_object_open(e->json);
    json_member(e->json, "route", bytes_of(route->name));
    json_member_if(e->json, "group", bytes_of(route->group));
    write_trial(e->json, &trial, route->when_text);
    write_sample(e, route);
    write_target(e, index);
    if (trial.outcome == POLICY_MATCHED)
        write_named_rep(e, index);
    json_object_close(e->json);
    return trial.outcome != POLICY_MATCHED;
}

static void write_routes(struct explanation *e)
{
    json_key(e->json, "routes");
    json_array_open(e->json);
    for (uint32_t i = 0; i < e->lead->release->route_count; i++)
        if (!write_route(e, i))
            break;
    json_array_close(e->json);
}

void explain_write_lead(const struct explain_lead *lead, struct arena *arena,
                        struct json_writer *json)
{
    const struct policy_release *release = lead->release;
    struct explanation e = {.lead = lead, .arena = arena, .json = json};
    struct policy_decision made;
    e.inputs = arena_alloc(arena, sizeof *e.inputs);
    policy_inputs_init(e.inputs, release, &lead->subject);
    policy_decide(e.inputs, &made);
    json_member(json, "release", bytes_of(release->id_text));
    json_member_bool(json, "release_active", lead->active);
    json_member_time(json, "captured_at",
                     lead->captured_us != 0 ? lead->captured_us : lead->subject.time_us);
    json_member(json, "source", bytes_of(release->sources[lead->subject.source].name));
    write_class(&e, &made);
    write_score(&e, &made);
    json_key(json, "attributes");
    policy_record_write_json(&release->schema, lead->subject.values, json);
    write_account(&e);
    write_routes(&e);
}

/* ---- decisions */

bool explain_is_decision(struct bytes type)
{
    static const enum core_event_type types[] = {CORE_LEAD_ASSIGNED, CORE_LEAD_QUEUED,
                                                 CORE_LEAD_RETURNED, CORE_LEAD_EXCEPTED,
                                                 CORE_LEAD_NURTURED};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (bytes_is(type, core_event_type_name(types[i])))
            return true;
    return false;
}

static void copy_member(struct json_writer *json, struct json_object *object, const char *name)
{
    struct json_object *value = json_object_object_get(object, name);
    if (value == NULL)
        return;
    json_key(json, name);
    json_raw(json, bytes_of(json_object_to_json_string_ext(
                       value, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)));
}

static const struct policy_pool *pool_of(const struct policy_release *release,
                                         struct json_object *data)
{
    struct bytes through = json_member_text(data, "through");
    uint32_t index =
        policy_pool_find(release, through.size > 0 ? through : json_member_text(data, "pool"));
    return index == POLICY_NONE ? NULL : &release->pools[index];
}

/* Those who could have had it too: the event only counts them. Nothing when somebody gave the lead
 * back, who may be in the counts or not. */
static void write_others(struct json_writer *json, struct json_object *data,
                         enum policy_strategy strategy)
{
    static const char *const reasons[] = {
        [POLICY_ROUND_ROBIN] = "not next in turn",
        [POLICY_WEIGHTED] = "not next in turn",
        [POLICY_LEAST_LOADED] = "more loaded, or as loaded and had a lead more recently",
        [POLICY_SCORE_ORDERED] = "of another tier, or had a lead more recently",
        [POLICY_STICKY] = "it was another one's person, or not their turn",
    };
    static const char *const unable[] = {"full", "away", "off_duty", "limited"};
    struct json_object *candidates = json_object_object_get(data, "candidates");
    int64_t others = json_member_int(candidates, "members", 0) - 1;
    for (size_t i = 0; i < sizeof unable / sizeof *unable; i++)
        others -= json_member_int(candidates, unable[i], 0);
    struct json_object *passed = json_object_object_get(candidates, "passed_over");
    for (size_t i = 0; passed != NULL && i < json_object_array_length(passed); i++)
        if (bytes_is(json_member_text(json_object_array_get_idx(passed, i), "why"),
                     core_readiness_name(CORE_REP_RETURNED_IT)))
            others = 0;
    if (others <= 0)
        return;
    json_key(json, "others");
    json_object_open(json);
    json_member_integer(json, "count", others);
    json_member(json, "why", bytes_of(reasons[strategy]));
    json_object_close(json);
}

static void write_strategy(const struct policy_release *release, const struct explain_event *event,
                           struct json_object *data, struct json_writer *json)
{
    const struct policy_pool *pool = pool_of(release, data);
    if (pool == NULL || bytes_is(json_member_text(data, "cause"), "manual"))
        return;
    json_member(json, "strategy", bytes_of(policy_strategy_name(pool->strategy)));
    if (pool->strategy == POLICY_STICKY)
        json_member(json, "otherwise", bytes_of(policy_strategy_name(pool->otherwise)));
    if (bytes_is(event->type, core_event_type_name(CORE_LEAD_ASSIGNED)) &&
        json_object_object_get(data, "on_call") == NULL)
        write_others(json, data, pool->strategy);
}

void explain_write_decision(const struct policy_release *release, const struct explain_event *event,
                            struct json_writer *json)
{
    static const char *const members[] = {
        "rep",         "pool", "through",   "route",   "cause",      "kind",
        "team",        "load", "capacity",  "on_call", "override",   "reason",
        "remediation", "held", "kept_from", "actor",   "candidates", "due_at"};
    JSON_AUTO *data = NULL;
    if (json_parse(event->data, &data, NULL) != 0)
        return;
    json_object_open(json);
    if (event->seq != 0)
        json_member_unsigned(json, "seq", event->seq);
    json_member_time(json, "at", event->time_us);
    json_member(json, "event", event->type);
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        copy_member(json, data, members[i]);
    write_strategy(release, event, data, json);
    if (event->members.size > 0) {
        json_key(json, "members");
        json_raw(json, event->members);
    }
    json_object_close(json);
}

void explain_write_hypothesis(const struct explain_lead *lead, uint64_t known,
                              const struct explain_event *placed, struct arena *arena,
                              struct json_writer *json)
{
    json_object_open(json);
    json_member_bool(json, "hypothetical", true);
    if (known != 0) {
        char id[LEAD_ID_TEXT_SIZE];
        lead_id_print(known, id);
        json_member(json, "known_lead", bytes_of(id));
    }
    explain_write_lead(lead, arena, json);
    json_key(json, "decisions");
    json_array_open(json);
    if (explain_is_decision(placed->type))
        explain_write_decision(lead->release, placed, json);
    json_array_close(json);
    json_object_close(json);
}
