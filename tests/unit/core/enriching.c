/* What tests of enrichment share. */
#include "enriching.h"

#include <string.h>

static const char provider_clear[] =
    "provider: clear\nkind: http\nrequest: {url: '\"https://clear.example/\"'}\n"
    "map: {employees: response.body.employees, country: response.body.country}\nbreaker: off\n";
static const char provider_zen[] =
    "provider: zen\nkind: http\nrequest: {url: '\"https://zen.example/\"'}\n"
    "map: {employees: response.body.employees}\noverwrite: true\nbreaker: off\n";
static const char provider_shield[] =
    "provider: shield\nkind: http\nrequest: {url: '\"https://shield.example/\"'}\n"
    "verdict: response.body.verdict\nbreaker: off\n";

struct policy_release *enriching_release(const char *pipeline, size_t count)
{
    const struct policy_file files[] = {{"pipelines/inbound.yaml", bytes_of(pipeline)},
                                        {"providers/clear.yaml", bytes_of(provider_clear)},
                                        {"providers/shield.yaml", bytes_of(provider_shield)},
                                        {"providers/zen.yaml", bytes_of(provider_zen)}};
    return driver_release_with(files, count + 1);
}

struct driver *enriching_driver(const char *pipeline, size_t count)
{
    struct driver *d = driver_new_empty();
    struct policy_release *release = enriching_release(pipeline, count);
    assert_int_equal(driver_activate(d, release), CORE_OK);
    policy_release_unref(release);
    return d;
}

struct driver *enriching_usual(void)
{
    return enriching_driver(PIPELINE_WITH("  reroute: {within: 10m, more_specific: true}\n"), 3);
}

/* ---- who is asked, and what they answer */

struct search {
    uint64_t lead;
    struct core_delivery found;
    size_t count;
};

static void visit(void *context, const struct core_delivery *delivery)
{
    struct search *search = context;
    if (delivery->lead != search->lead || delivery->purpose != POLICY_ENRICH ||
        delivery->state != CORE_DELIVERY_PENDING)
        return;
    search->found = *delivery;
    search->count++;
}

const char *enriching_asked(const struct driver *d, uint64_t lead, uint64_t *ret_delivery)
{
    struct search search = {.lead = lead};
    core_deliveries_each(d->core, visit, &search);
    assert_true(search.count <= 1);
    *ret_delivery = search.found.number;
    return search.count > 0 ? core_destination_id(d->core, search.found.destination) : "";
}

void enriching_assert_asked(const struct driver *d, uint64_t lead, const char *provider)
{
    uint64_t delivery;
    assert_string_equal(enriching_asked(d, lead, &delivery), provider);
}

enum core_status enriching_receive(struct driver *d, uint64_t delivery,
                                   const struct enriching_answer *answer)
{
    struct policy_release *release = core_release(d->core);
    struct cel_value *values = arena_array(&d->arena, POLICY_FIELDS_MAX, sizeof *values);
    if (answer->employees > 0)
        values[policy_field_find(&release->schema, BYTES_LITERAL("employees"))] =
            cel_int(answer->employees);
    if (answer->country != NULL)
        values[policy_field_find(&release->schema, BYTES_LITERAL("country"))] =
            cel_string(bytes_of(answer->country));
    const struct core_receipt receipt = {
        .outcome = answer->outcome,
        .status = 200,
        .started_us = d->now_us - SECOND,
        .took_us = SECOND,
        .values = values,
        .release = release,
        .verdict = bytes_of(answer->verdict != NULL ? answer->verdict : ""),
        .arena = &d->arena};
    enum core_status status = driver_run(
        d, (struct core_command){.type = CORE_RECEIPT, .entity = delivery, .receipt = receipt});
    driver_tick(d);
    return status;
}

void enriching_answer(struct driver *d, uint64_t lead, struct enriching_answer answer)
{
    uint64_t delivery;
    assert_string_not_equal(enriching_asked(d, lead, &delivery), "");
    assert_int_equal(enriching_receive(d, delivery, &answer), CORE_OK);
}

/* ---- what there is of a lead */

int64_t enriching_due_us(const struct driver *d, uint64_t lead, enum policy_objective objective)
{
    return core_lead_find(d->core, lead)->promises.due_us[objective];
}

bool enriching_is_done(const struct driver *d, uint64_t lead)
{
    return core_lead_find(d->core, lead)->promises.reached_us[POLICY_ENRICHED] != 0;
}

const char *enriching_class(const struct driver *d, uint64_t lead)
{
    const struct core_lead *found = core_lead_find(d->core, lead);
    return core_release_at(d->core, found->release)->classes[found->class_index].name;
}

void enriching_assert_says(const struct driver *d, const char *field, const char *json)
{
    struct json_object *event = driver_newest(d, CORE_LEAD_ENRICHED);
    struct json_object *attributes = json_object_object_get(event, "attributes");
    assert_string_equal(json_object_to_json_string(json_object_object_get(attributes, field)),
                        json);
    json_object_put(event);
}
