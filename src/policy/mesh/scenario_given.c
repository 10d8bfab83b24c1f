/* What a test gives: when, from where, which leads, and how the reps are. */
#include "policy/mesh/scenario_internal.h"

#include "base/time.h"
#include "base/zone.h"
#include "policy/edge/edge.h"

#include <stdio.h>

/* A Monday, 10:00 UTC. */
#define AT_DEFAULT_US INT64_C(1795428000000000)
#define UNTIL_MAX_US (INT64_C(366) * TIME_US_PER_DAY)

/* ---- times */

static int number_at(struct bytes text, size_t at, size_t digits)
{
    int number = 0;
    for (size_t i = at; i < at + digits; i++) {
        if (i >= text.size || text.data[i] < '0' || text.data[i] > '9')
            return -1;
        number = number * 10 + (text.data[i] - '0');
    }
    return number;
}

/* "2026-11-23 10:00 Europe/Berlin", the clock on the wall there. */
static bool parse_local(struct bytes text, int64_t *ret_us)
{
    enum { CLOCK_SIZE = sizeof "2026-11-23 10:00 " - 1 };
    int year = number_at(text, 0, 4), month = number_at(text, 5, 2), day = number_at(text, 8, 2);
    int hour = number_at(text, 11, 2), minute = number_at(text, 14, 2);
    if (text.size <= CLOCK_SIZE || text.data[4] != '-' || text.data[7] != '-' ||
        text.data[10] != ' ' || text.data[13] != ':' || text.data[16] != ' ' || year < 1 ||
        month < 1 || month > 12 || day < 1 || hour < 0 || hour > 23 || minute < 0 || minute > 59)
        return false;
    const struct zone *zone =
        zone_find((struct bytes){text.data + CLOCK_SIZE, text.size - CLOCK_SIZE});
    int64_t days = time_days(year, (unsigned)month, (unsigned)day);
    int32_t same_year;
    uint8_t same_month, same_day;
    time_civil(days, &same_year, &same_month, &same_day);
    if (zone == NULL || same_month != month || same_day != day)
        return false;
    *ret_us = zone_instant(zone, days, hour * 3600 + minute * 60) * TIME_US_PER_SECOND;
    return true;
}

/* False when `node` says no time; a wrong one is reported. */
static bool read_time(struct policy_build *build, const struct policy_node *node, int64_t *ret_us)
{
    struct bytes text = policy_node_text(node);
    int64_t time_us;
    if (text.size == 0)
        return false;
    if ((time_parse(text, &time_us, NULL) == 0 || parse_local(text, &time_us)) && time_us > 0) {
        *ret_us = time_us;
        return true;
    }
    policy_report(build, node,
                  "a time must be like `2026-11-23 10:00 Europe/Berlin` or "
                  "2026-11-23T09:00:00Z, got `%.*s`",
                  POLICY_CLIP(text));
    return false;
}

static void build_times(struct policy_build *build, const struct policy_node *given,
                        const struct policy_node *defaults, struct policy_scenario *scenario)
{
    const struct policy_node *at = policy_node_get(given, "at");
    const struct policy_node *until = policy_node_get(given, "until");
    const struct policy_node *every = policy_node_get(given, "every");
    scenario->time_us = AT_DEFAULT_US;
    read_time(build, at != NULL ? at : policy_node_get(defaults, "at"), &scenario->time_us);
    scenario->every_us = every == NULL ? 0 : policy_build_duration(every);
    if (!read_time(build, until, &scenario->until_us))
        return;
    int64_t last_us =
        scenario->time_us + scenario->every_us * (int64_t)(scenario->lead_count * scenario->repeat);
    if (scenario->until_us < last_us)
        policy_report(build, until, "`until` lies before the last lead comes; give a later time");
    else if (scenario->until_us - scenario->time_us > UNTIL_MAX_US)
        policy_report(build, until,
                      "`until` lies more than a year behind `at`; give an earlier "
                      "time");
}

/* ---- sources and leads */

static bool find_source(struct policy_build *build, const struct policy_node *test,
                        const struct policy_node *node, uint32_t *ret)
{
    const struct policy_release *release = build->release;
    struct bytes name = policy_node_text(node);
    *ret = node == NULL && release->source_count == 1 ? 0 : policy_source_find(release, name);
    if (*ret != POLICY_NONE || release->source_count == 0 || policy_report_full(build))
        return *ret != POLICY_NONE;
    const char **names = arena_array(&build->scratch, release->source_count, sizeof *names);
    for (size_t i = 0; i < release->source_count; i++)
        names[i] = release->sources[i].name;
    if (node == NULL)
        policy_report(build, test, "say which `source` the lead comes from, such as `source: %s`",
                      names[0]);
    else if (name.size > 0)
        policy_report(build, node, "no source `%.*s` in sources/%s", POLICY_CLIP(name),
                      policy_hint(build, name, names, release->source_count));
    return false;
}

/* One field of a lead, over what was there. */
static void put_field(struct scenario_reading *reading, const struct policy_item *item,
                      const struct policy_source *source, struct cel_value *values)
{
    struct policy_build *build = reading->build;
    uint32_t at = policy_build_field(build, item->key);
    if (at == POLICY_NONE || item->value->kind == POLICY_NODE_OBJECT)
        return;
    const struct policy_field *field = &build->release->schema.fields[at];
    struct cel_value value = {.kind = CEL_ABSENT};
    if (item->value->kind != POLICY_NODE_NULL &&
        !policy_build_value(build, reading->arena, field, item->value, &value))
        return;
    if (source->constants[at].kind == CEL_ABSENT)
        values[at] = value;
    else if (!policy_value_equal(&source->constants[at], &value))
        policy_report(build, item->key,
                      "the field `%s` is set by the source `%s`; leave it out of the lead",
                      field->name, source->name);
}

static void put_fields(struct scenario_reading *reading, const struct policy_node *lead,
                       const struct policy_source *source, struct cel_value *values)
{
    for (const struct policy_item *item = policy_node_items(lead, POLICY_NODE_OBJECT); item != NULL;
         item = item->next)
        put_field(reading, item, source, values);
}

/* A lead that its source would refuse proves nothing. */
static void check_required(struct policy_build *build, const struct policy_node *place,
                           const struct cel_value *values)
{
    const struct policy_schema *schema = &build->release->schema;
    for (size_t i = 0; i < schema->count; i++)
        if (schema->fields[i].required && values[i].kind == CEL_ABSENT)
            policy_report(build, place,
                          "the lead lacks `%s`, which lead.schema.json requires; give it here or "
                          "under `defaults`",
                          schema->fields[i].name);
}

static const struct cel_value *build_lead(struct scenario_reading *reading,
                                          const struct policy_node *place,
                                          const struct policy_node *const *layers,
                                          const struct policy_source *source)
{
    size_t count = reading->build->release->schema.count;
    struct cel_value *values = arena_array(reading->arena, count, sizeof *values);
    memcpy(values, source->constants, count * sizeof *values);
    for (size_t i = 0; i < 3; i++)
        put_fields(reading, layers[i], source, values);
    check_required(reading->build, place, values);
    reading->lead_total++;
    return values;
}

static uint32_t read_repeat(const struct policy_node *given)
{
    const struct policy_node *repeat = policy_node_get(given, "repeat");
    bool good = repeat != NULL && repeat->kind == POLICY_NODE_INTEGER && repeat->integer > 0 &&
                repeat->integer <= POLICY_SCENARIO_REPEAT_MAX;
    return good ? (uint32_t)repeat->integer : 1;
}

/* The version that reads a test's payload; 0 for a source without a contract. */
static bool find_contract(struct policy_build *build, const struct policy_node *given,
                          const struct policy_source *source, uint32_t *ret)
{
    const struct policy_node *node = policy_node_get(given, "contract");
    *ret = source->rollout.active;
    if (node == NULL || node->kind != POLICY_NODE_INTEGER)
        return true;
    *ret = (uint32_t)node->integer;
    if (node->integer <= POLICY_VERSION_MAX && policy_contract_find(source, *ret) != NULL)
        return true;
    policy_report(build, node, "the source `%s` has no version %.*s of a contract", source->name,
                  POLICY_CLIP(node->text));
    return false;
}

static void report_refusal(struct policy_build *build, const struct policy_node *payload,
                           const struct policy_edge_result *result)
{
    if (result->outcome == POLICY_EDGE_SKIPPED)
        policy_report(build, payload, "the source passes over this payload: %s",
                      result->skip_reason);
    for (size_t i = 0; i < result->problems.count; i++) {
        const struct policy_problem *problem = &result->problems.items[i];
        bool named = problem->pointer[0] == '\0' || problem->message[0] == '`';
        policy_report(build, payload, "the source refuses this payload: %s%s%s%s", named ? "" : "`",
                      named ? "" : problem->pointer, named ? "" : "` ", problem->message);
    }
}

/* What the source makes of a payload; NULL, reported, when that is no lead. */
static const struct cel_value *build_payload(struct scenario_reading *reading,
                                             const struct policy_node *given,
                                             const struct policy_node *payload, uint32_t source)
{
    struct policy_build *build = reading->build;
    const struct policy_release *release = build->release;
    struct policy_payload record = {0};
    struct policy_edge_result result = {0};
    struct json_writer writer;
    struct buffer text;
    struct error err;
    uint32_t version;
    if (!reading->sound || !find_contract(build, given, &release->sources[source], &version))
        return NULL; /* a mistaken source would refuse it for other reasons */
    buffer_init(&text, POLICY_FILE_MAX);
    json_begin(&writer, &text);
    policy_node_write(payload, &writer);
    struct bytes kept = arena_copy(reading->arena, buffer_bytes(&text));
    buffer_release(&text);
    if (contract_instance_parse(kept, NULL, reading->arena, &record.data, &err) != 0) {
        policy_report(build, payload, "the source cannot read this payload: %s", err.message);
        return NULL;
    }
    struct policy_edge_scratch *scratch = policy_edge_scratch_new();
    policy_edge_read(release, source, version, &record, scratch, reading->arena, &result);
    policy_edge_scratch_free(scratch);
    if (result.outcome != POLICY_EDGE_LEAD) {
        report_refusal(build, payload, &result);
        return NULL;
    }
    reading->lead_total++;
    return result.values;
}

static bool build_from_payload(struct scenario_reading *reading, const struct policy_node *given,
                               struct policy_scenario *scenario)
{
    static const char *const others[] = {"lead", "leads"};
    const struct policy_node *payload = policy_node_get(given, "payload");
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (policy_node_get(given, others[i]) != NULL)
            policy_report(reading->build, policy_node_get(given, others[i]),
                          "a test gives a `payload`, as the sender writes it, or `%s`, as the "
                          "contract gives it; not both",
                          others[i]);
    const struct cel_value **leads = arena_array(reading->arena, 1, sizeof *leads);
    leads[0] = build_payload(reading, given, payload, scenario->source);
    scenario->leads = leads;
    scenario->lead_count = 1;
    scenario->repeat = read_repeat(given);
    return leads[0] != NULL;
}

static bool build_leads(struct scenario_reading *reading, const struct policy_node *test,
                        const struct policy_node *given, const struct policy_node *defaults,
                        struct policy_scenario *scenario)
{
    struct policy_build *build = reading->build;
    const struct policy_source *source = &build->release->sources[scenario->source];
    const struct policy_node *lead = policy_node_get(given, "lead");
    const struct policy_node *list = policy_node_get(given, "leads");
    const struct policy_node *repeat = policy_node_get(given, "repeat");
    const struct policy_item *item = policy_node_items(list, POLICY_NODE_LIST);
    if (policy_node_get(given, "payload") != NULL)
        return build_from_payload(reading, given, scenario);
    if (policy_node_get(given, "contract") != NULL)
        policy_report(build, policy_node_get(given, "contract"),
                      "`contract` goes with `payload`: the version that reads it");
    size_t count = item == NULL || list == NULL ? 1 : list->count;
    if (reading->lead_total + count > POLICY_SCENARIO_LEADS_MAX) {
        policy_report(build, test, "the tests of a mesh have at most %d leads; use `repeat`",
                      POLICY_SCENARIO_LEADS_MAX);
        return false;
    }
    if (repeat != NULL && item != NULL)
        policy_report(build, repeat, "`repeat` goes with one `lead`, and this test has `leads`");
    const struct cel_value **leads = arena_array(reading->arena, count, sizeof *leads);
    for (size_t i = 0; i < count; i++) {
        const struct policy_node *own = item == NULL ? NULL : item->value;
        const struct policy_node *layers[] = {policy_node_get(defaults, "lead"), lead, own};
        leads[i] = build_lead(reading,
                              own != NULL    ? own
                              : lead != NULL ? lead
                                             : test,
                              layers, source);
        item = item == NULL ? NULL : item->next;
    }
    scenario->leads = leads;
    scenario->lead_count = count;
    scenario->repeat = list == NULL ? read_repeat(given) : 1;
    return true;
}

static void build_before(struct scenario_reading *reading, const struct policy_node *given,
                         struct policy_scenario *scenario)
{
    struct policy_build *build = reading->build;
    const struct policy_node *before = policy_node_get(given, "before");
    scenario->before = POLICY_NONE;
    if (before == NULL)
        return;
    scenario->before = scenario_find_rep(build, before);
    struct hash128 key;
    for (size_t i = 0; i < scenario->lead_count; i++)
        if (policy_business_key(build->release, scenario->source, scenario->leads[i],
                                &build->scratch, &key) == POLICY_KEY_NONE) {
            policy_report(build, before,
                          "`before` is about people who are recognised; give the lead an `email`, "
                          "a `phone` or an `external_id`");
            return;
        }
}

/* ---- the reps */

struct scenario_names scenario_rep_names(struct policy_build *build)
{
    const struct policy_release *release = build->release;
    struct scenario_names names = {.count = release->rep_count};
    names.items = arena_array(&build->scratch, names.count + 1, sizeof *names.items);
    for (size_t i = 0; i < names.count; i++)
        names.items[i] = release->reps[i].id;
    return names;
}

uint32_t scenario_find_rep(struct policy_build *build, const struct policy_node *node)
{
    struct bytes id = policy_node_text(node);
    uint32_t rep = policy_rep_find(build->release, id);
    if (rep != POLICY_NONE || id.size == 0 || build->release->rep_count == 0 ||
        policy_report_full(build))
        return rep;
    struct scenario_names names = scenario_rep_names(build);
    policy_report(build, node, "no rep `%.*s` in people.yaml%s", POLICY_CLIP(id),
                  policy_hint(build, id, names.items, names.count));
    return POLICY_NONE;
}

/* The reps of a test, growing within the room there is. */
struct situation {
    struct scenario_reading *reading;
    struct policy_scenario_rep *reps;
    size_t count;
};

static struct policy_scenario_rep *rep_of(struct situation *situation, uint32_t rep)
{
    struct scenario_slot *slot = &situation->reading->slots[rep];
    if (slot->test != situation->reading->test) {
        *slot = (struct scenario_slot){situation->reading->test, (uint32_t)situation->count};
        situation->reps[situation->count++] =
            (struct policy_scenario_rep){.rep = rep, .capacity = -1};
    }
    return &situation->reps[slot->at];
}

static void put_away(struct policy_build *build, const struct policy_node *list,
                     struct situation *situation)
{
    for (const struct policy_item *item = policy_node_items(list, POLICY_NODE_LIST); item != NULL;
         item = item->next) {
        uint32_t rep = scenario_find_rep(build, item->value);
        if (rep != POLICY_NONE)
            rep_of(situation, rep)->away = true;
    }
}

/* What `defaults` and then the test itself say about some reps' load or capacity. */
static void put_numbers(struct policy_build *build, const struct policy_node *numbers, bool load,
                        struct situation *situation)
{
    for (const struct policy_item *item = policy_node_items(numbers, POLICY_NODE_OBJECT);
         item != NULL; item = item->next) {
        uint32_t rep = scenario_find_rep(build, item->key);
        const struct policy_node *number = item->value;
        if (rep == POLICY_NONE || number->kind != POLICY_NODE_INTEGER || number->integer < 0 ||
            number->integer > POLICY_CAPACITY_MAX)
            continue; /* reported */
        if (load)
            rep_of(situation, rep)->load = (uint32_t)number->integer;
        else
            rep_of(situation, rep)->capacity = number->integer;
    }
}

static size_t count_items(const struct policy_node *node)
{
    return node == NULL ? 0 : node->count;
}

static void build_situation(struct scenario_reading *reading, const struct policy_node *given,
                            const struct policy_node *defaults, struct policy_scenario *scenario)
{
    struct policy_build *build = reading->build;
    const struct policy_node *layers[] = {defaults, given};
    const struct policy_node *own = policy_node_get(given, "away");
    const struct policy_node *away = own != NULL ? own : policy_node_get(defaults, "away");
    size_t most = count_items(away);
    for (size_t i = 0; i < 2; i++)
        most += count_items(policy_node_get(layers[i], "capacity")) +
                count_items(policy_node_get(layers[i], "load"));
    struct situation situation = {reading,
                                  arena_array(reading->arena, most, sizeof *situation.reps), 0};
    reading->test++;
    put_away(build, away, &situation);
    for (size_t i = 0; i < 2; i++) {
        put_numbers(build, policy_node_get(layers[i], "capacity"), false, &situation);
        put_numbers(build, policy_node_get(layers[i], "load"), true, &situation);
    }
    scenario->reps = situation.reps;
    scenario->rep_count = situation.count;
}

/* ---- */

bool scenario_build_given(struct scenario_reading *reading, const struct policy_node *test,
                          const struct policy_node *defaults, struct policy_scenario *scenario)
{
    const struct policy_node *given = policy_node_get(test, "given");
    struct policy_build *build = reading->build;
    const struct policy_node *source = policy_node_get(given, "source");
    if (source == NULL)
        source = policy_node_get(defaults, "source");
    if (!find_source(build, test, source, &scenario->source) ||
        !build_leads(reading, test, given, defaults, scenario))
        return false;
    build_times(build, given, defaults, scenario);
    build_before(reading, given, scenario);
    build_situation(reading, given, defaults, scenario);
    return true;
}
