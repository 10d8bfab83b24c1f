/* Enrichment as the core sees it: who is asked next, what an answer changes of a lead, and what it
 * may never change. I5 to I9 are looked at after every event. */
#include "driver.h"

#include <string.h>

#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)

/* clear is asked first, zen of those whose size nobody knows, shield looks for fraud. */
#define PIPELINE_WITH(more)                                                                   \
    "pipeline: inbound\nowner: ops\nclasses:\n"                                               \
    "  - {name: hot, when: 'has(lead.employees) && lead.employees > 500',"                    \
    " objectives: {enriched: 2m, assigned: 60s, contacted: 5m}}\n"                            \
    "  - {name: standard, objectives: {enriched: 2m, assigned: 5m, contacted: 4h}}\n"         \
    "score: 'has(lead.employees) ? lead.employees : 0'\nescalation: []\n"                     \
    "routes:\n"                                                                               \
    "  - {name: big, when: 'has(lead.employees) && lead.employees > 1000', to: {rep: cem}}\n" \
    "  - {name: dach, when: 'lead.country in [\"DE\", \"AT\"]', to: {pool: dach}}\n"          \
    "  - {name: everyone, to: {pool: all}}\n"                                                 \
    "enrichment:\n  providers:\n    - clear\n"                                                \
    "    - {provider: zen, when: '!has(lead.employees)'}\n"                                   \
    "    - {provider: shield, when: '!has(lead.tags)', hold: fraud_suspected}\n" more

static const char provider_clear[] =
    "provider: clear\nkind: http\nrequest: {url: '\"https://clear.example/\"'}\n"
    "map: {employees: response.body.employees, country: response.body.country}\nbreaker: off\n";
static const char provider_zen[] =
    "provider: zen\nkind: http\nrequest: {url: '\"https://zen.example/\"'}\n"
    "map: {employees: response.body.employees}\noverwrite: true\nbreaker: off\n";
static const char provider_shield[] =
    "provider: shield\nkind: http\nrequest: {url: '\"https://shield.example/\"'}\n"
    "verdict: response.body.verdict\nbreaker: off\n";

/* `count`: with so many of clear, shield and zen. */
static struct policy_release *release_of(const char *pipeline, size_t count)
{
    const struct policy_file files[] = {{"pipelines/inbound.yaml", bytes_of(pipeline)},
                                        {"providers/clear.yaml", bytes_of(provider_clear)},
                                        {"providers/shield.yaml", bytes_of(provider_shield)},
                                        {"providers/zen.yaml", bytes_of(provider_zen)}};
    return driver_release_with(files, count + 1);
}

static struct driver *driver_of(const char *pipeline, size_t count)
{
    struct driver *d = driver_new_empty();
    struct policy_release *release = release_of(pipeline, count);
    assert_int_equal(driver_activate(d, release), CORE_OK);
    policy_release_unref(release);
    return d;
}

static struct driver *enriching(void)
{
    return driver_of(PIPELINE_WITH("  reroute: {within: 10m, more_specific: true}\n"), 3);
}

static void finish(struct driver *d)
{
    driver_check_replay(d);
    driver_free(d);
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

/* The provider that is being asked of the lead; "": nobody is. */
static const char *asked(const struct driver *d, uint64_t lead, uint64_t *ret_delivery)
{
    struct search search = {.lead = lead};
    core_deliveries_each(d->core, visit, &search);
    assert_true(search.count <= 1);
    *ret_delivery = search.found.number;
    return search.count > 0 ? core_destination_id(d->core, search.found.destination) : "";
}

static void assert_asked(const struct driver *d, uint64_t lead, const char *provider)
{
    uint64_t delivery;
    assert_string_equal(asked(d, lead, &delivery), provider);
}

struct answer {
    enum core_outcome outcome;
    const char *country, *verdict;
    int64_t employees; /* 0: unknown */
};

static enum core_status receive(struct driver *d, uint64_t delivery, const struct answer *answer)
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

/* By whoever is asked just now. */
static void answer(struct driver *d, uint64_t lead, struct answer answer)
{
    uint64_t delivery;
    assert_string_not_equal(asked(d, lead, &delivery), "");
    assert_int_equal(receive(d, delivery, &answer), CORE_OK);
}

#define KNOWS(number) ((struct answer){.employees = (number)})
#define KNOWS_COUNTRY(name) ((struct answer){.country = (name)})
#define KNOWS_NOTHING ((struct answer){0})
#define CANNOT ((struct answer){.outcome = CORE_OUTCOME_PERMANENT})
#define SUSPECTS(why) ((struct answer){.verdict = (why)})

/* ---- what there is of a lead */

static int64_t due_us(const struct driver *d, uint64_t lead, enum policy_objective objective)
{
    return core_lead_find(d->core, lead)->promises.due_us[objective];
}

static bool is_enriched(const struct driver *d, uint64_t lead)
{
    return core_lead_find(d->core, lead)->promises.reached_us[POLICY_ENRICHED] != 0;
}

static const char *class_of(const struct driver *d, uint64_t lead)
{
    const struct core_lead *found = core_lead_find(d->core, lead);
    return core_release_at(d->core, found->release)->classes[found->class_index].name;
}

static void assert_newest(const struct driver *d, enum core_event_type type, const char *key,
                          const char *value)
{
    struct json_object *event = driver_newest(d, type);
    if (!bytes_is(json_member_text(event, key), value))
        fail_msg("`%s` is not \"%s\" in %s", key, value, json_object_to_json_string(event));
    json_object_put(event);
}

static void assert_says(const struct driver *d, const char *field, const char *json)
{
    struct json_object *event = driver_newest(d, CORE_LEAD_ENRICHED);
    struct json_object *attributes = json_object_object_get(event, "attributes");
    assert_string_equal(json_object_to_json_string(json_object_object_get(attributes, field)),
                        json);
    json_object_put(event);
}

/* ---- the waterfall */

static void a_lead_is_assigned_at_once_and_enriched_later(void **state)
{
    (void)state;
    struct driver *d = enriching();
    uint64_t lead = driver_submit(d, "jo@x.example", "FR", NULL);
    assert_string_not_equal(driver_owner(d, lead), "");
    assert_false(is_enriched(d, lead));
    assert_asked(d, lead, "clear");
    answer(d, lead, KNOWS(200));
    assert_int_equal(core_lead_find(d->core, lead)->score, 200);
    assert_newest(d, CORE_LEAD_ENRICHED, "provider", "clear");
    assert_says(d, "employees", "200");
    assert_says(d, "country", "\"FR\"");
    finish(d);
}

static void who_is_asked_next_depends_on_what_is_known_by_then(void **state)
{
    (void)state;
    struct driver *d = enriching();
    uint64_t lead = driver_submit(d, "jo@x.example", "FR", NULL);
    answer(d, lead, KNOWS(200));
    assert_asked(d, lead, "shield");
    uint64_t other = driver_submit(d, "mo@x.example", "FR", NULL);
    answer(d, other, KNOWS_NOTHING);
    assert_asked(d, other, "zen");
    finish(d);
}

static void the_promise_is_kept_with_the_last_answer_only(void **state)
{
    (void)state;
    struct driver *d = enriching();
    uint64_t lead = driver_submit(d, "jo@x.example", "FR", NULL);
    answer(d, lead, KNOWS(200));
    assert_false(is_enriched(d, lead));
    answer(d, lead, KNOWS_NOTHING);
    assert_true(is_enriched(d, lead));
    assert_asked(d, lead, "");
    assert_int_equal(driver_count(d, CORE_LEAD_ENRICHED), 2);
    driver_pass(d, 3 * MINUTE);
    assert_int_equal(driver_count(d, CORE_LEAD_LATE), 0);
    finish(d);
}

static void when_one_cannot_answer_the_next_is_asked(void **state)
{
    (void)state;
    struct driver *d = enriching();
    uint64_t lead = driver_submit(d, "jo@x.example", "FR", NULL);
    answer(d, lead, CANNOT);
    assert_asked(d, lead, "zen");
    assert_int_equal(driver_count(d, CORE_LEAD_ENRICHED), 0);
    answer(d, lead, KNOWS(70));
    answer(d, lead, CANNOT);
    assert_true(is_enriched(d, lead)); /* with what is known */
    assert_says(d, "employees", "70");
    assert_int_equal(driver_count(d, CORE_DELIVERY_FAILED), 2);
    assert_int_equal(driver_count(d, CORE_EXCEPTION_OPENED), 0);
    finish(d);
}

static void an_answer_without_news_is_remembered_as_an_answer(void **state)
{
    (void)state;
    struct driver *d = enriching();
    uint64_t lead = driver_submit(d, "jo@x.example", "FR", NULL);
    answer(d, lead, KNOWS_NOTHING);
    answer(d, lead, CANNOT);
    answer(d, lead, CANNOT);
    assert_true(is_enriched(d, lead));
    finish(d);
}

static void when_nobody_answers_the_promise_runs_late_and_a_person_sees_to_it(void **state)
{
    (void)state;
    struct driver *d = enriching();
    uint64_t lead = driver_submit(d, "jo@x.example", "FR", NULL);
    for (int i = 0; i < 3; i++)
        answer(d, lead, CANNOT);
    assert_asked(d, lead, "");
    assert_false(is_enriched(d, lead));
    driver_pass(d, 2 * MINUTE);
    assert_newest(d, CORE_LEAD_LATE, "objective", "enriched");
    assert_newest(d, CORE_EXCEPTION_OPENED, "kind", "enrichment_timeout");
    assert_string_not_equal(driver_owner(d, lead), "");
    finish(d);
}

static void an_answer_behind_the_deadline_ends_the_exception(void **state)
{
    (void)state;
    struct driver *d = enriching();
    uint64_t lead = driver_submit(d, "jo@x.example", "FR", NULL);
    driver_pass(d, 3 * MINUTE);
    assert_int_equal(driver_count(d, CORE_EXCEPTION_OPENED), 1);
    answer(d, lead, KNOWS(200));
    assert_int_equal(driver_count(d, CORE_EXCEPTION_RESOLVED), 0); /* shield is asked yet */
    answer(d, lead, KNOWS_NOTHING);
    assert_newest(d, CORE_EXCEPTION_RESOLVED, "action", "overtaken");
    finish(d);
}

static void a_provider_that_is_closed_is_passed_over(void **state)
{
    (void)state;
    struct driver *d = enriching();
    driver_run(d, (struct core_command){.type = CORE_SET_DESTINATION,
                                        .set_destination = {.destination = BYTES_LITERAL("clear"),
                                                            .change = CORE_DESTINATION_PAUSED,
                                                            .reason = BYTES_LITERAL("costs")}});
    uint64_t lead = driver_submit(d, "jo@x.example", "FR", NULL);
    driver_tick(d);
    assert_asked(d, lead, "zen");
    assert_newest(d, CORE_DELIVERY_FAILED, "outcome", "skipped");
    finish(d);
}

static void a_lead_is_asked_about_by_its_own_release(void **state)
{
    (void)state;
    struct driver *d = enriching();
    uint64_t lead = driver_submit(d, "jo@x.example", "FR", NULL);
    struct policy_release *reversed =
        release_of("pipeline: inbound\nowner: ops\nclasses: [{name: all}]\n"
                   "routes: [{name: everyone, to: {pool: all}}]\n"
                   "enrichment: {providers: [shield, zen, clear]}\n",
                   3);
    driver_activate(d, reversed);
    uint64_t other = driver_submit(d, "mo@x.example", "FR", NULL);
    assert_asked(d, other, "shield");
    assert_asked(d, lead, "clear");
    answer(d, lead, CANNOT);
    assert_asked(d, lead, "zen");
    policy_release_unref(reversed);
    finish(d);
}

static void without_providers_the_last_one_is_waited_for(void **state)
{
    (void)state;
    struct driver *d = enriching();
    uint64_t lead = driver_submit(d, "jo@x.example", "FR", NULL);
    struct policy_release *without = driver_release(NULL, NULL);
    struct policy_release *with = policy_release_ref(core_release(d->core));
    driver_activate(d, without); /* the others are passed over */
    assert_asked(d, lead, "shield");
    driver_activate(d, with);
    answer(d, lead, KNOWS_NOTHING);
    assert_true(is_enriched(d, lead));
    policy_release_unref(without);
    policy_release_unref(with);
    finish(d);
}

/* ---- what is merged */

static void answers_fill_gaps_and_do_not_contradict_the_person(void **state)
{
    (void)state;
    struct driver *d = enriching();
    uint64_t lead = driver_submit(d, "jo@x.example", "FR", NULL);
    answer(d, lead, (struct answer){.employees = 30, .country = "DE"});
    assert_says(d, "country", "\"FR\"");
    assert_says(d, "employees", "30");
    finish(d);
}

static void a_provider_may_be_allowed_to_overwrite(void **state)
{
    (void)state;
    struct driver *d = enriching();
    uint64_t lead = driver_submit(d, "jo@x.example", "FR", NULL);
    answer(d, lead, KNOWS_NOTHING);
    answer(d, lead, (struct answer){.employees = 30, .country = "DE"}); /* zen */
    assert_says(d, "country", "\"DE\"");
    finish(d);
}

/* ---- another class */

static void a_hotter_class_makes_promises_sooner(void **state)
{
    (void)state;
    struct driver *d = enriching();
    uint64_t lead = driver_submit(d, "jo@x.example", "FR", NULL);
    int64_t captured_us = d->now_us;
    driver_pass(d, MINUTE);
    answer(d, lead, KNOWS(700));
    assert_string_equal(class_of(d, lead), "hot");
    assert_newest(d, CORE_LEAD_ENRICHED, "class", "hot");
    assert_true(due_us(d, lead, POLICY_CONTACTED) == captured_us + 5 * MINUTE);
    driver_pass(d, 4 * MINUTE);
    assert_newest(d, CORE_LEAD_LATE, "objective", "contacted");
    finish(d);
}

static void nobody_is_late_the_moment_a_promise_is_made(void **state)
{
    (void)state;
    struct driver *d = enriching();
    uint64_t lead = driver_submit(d, "jo@x.example", "FR", NULL);
    driver_pass(d, HOUR);
    answer(d, lead, KNOWS(700));
    assert_true(due_us(d, lead, POLICY_CONTACTED) == d->now_us + 150 * SECOND);
    finish(d);
}

static void a_cooler_class_makes_no_promise_later(void **state)
{
    (void)state;
    struct driver *d = enriching();
    uint64_t lead = driver_submit_sized(d, "jo@x.example", "FR", NULL, 700);
    int64_t promised_us = due_us(d, lead, POLICY_CONTACTED);
    answer(d, lead, KNOWS_NOTHING);
    driver_enrich(d, lead, 10);
    assert_string_equal(class_of(d, lead), "standard");
    assert_true(due_us(d, lead, POLICY_CONTACTED) == promised_us);
    finish(d);
}

static void a_hotter_class_comes_first_where_leads_wait(void **state)
{
    (void)state;
    struct driver *d = enriching();
    for (int i = 0; i < 3; i++)
        driver_set_rep(d, ((const char *const[]){"ana", "ben", "cem"})[i], 0, -1);
    uint64_t first = driver_submit_sized(d, "a@x.example", "FR", NULL, 400);
    uint64_t second = driver_submit(d, "b@x.example", "FR", NULL);
    answer(d, second, KNOWS(600));
    driver_set_rep(d, "ana", 1, 1);
    assert_string_equal(driver_owner(d, second), "ana");
    assert_string_equal(driver_owner(d, first), "");
    finish(d);
}

static void a_lead_before_a_person_changes_its_class_and_stays_there(void **state)
{
    (void)state;
    struct driver *d = driver_of(PIPELINE_WITH("exceptions: {manual: {within: 8h}}\n"), 3);
    uint64_t lead = driver_submit(d, "jo@x.example", "FR", NULL);
    answer(d, lead, KNOWS(20));
    answer(d, lead, SUSPECTS("a disposable address"));
    assert_int_equal(core_lead_find(d->core, lead)->place, CORE_PLACE_EXCEPTION);
    driver_enrich(d, lead, 700);
    assert_string_equal(class_of(d, lead), "hot");
    assert_int_equal(core_lead_find(d->core, lead)->place, CORE_PLACE_EXCEPTION);
    driver_pass(d, 6 * MINUTE);
    assert_newest(d, CORE_LEAD_LATE, "objective", "contacted");
    finish(d);
}

/* ---- another route */

static void a_more_specific_route_gives_the_lead_another_owner(void **state)
{
    (void)state;
    struct driver *d = enriching();
    uint64_t lead = driver_submit(d, "jo@x.example", "DE", NULL);
    assert_string_equal(driver_owner(d, lead), "ana");
    answer(d, lead, KNOWS(2000));
    assert_string_equal(driver_owner(d, lead), "cem");
    assert_newest(d, CORE_LEAD_RETURNED, "cause", "enriched");
    assert_newest(d, CORE_LEAD_ASSIGNED, "cause", "enriched");
    assert_newest(d, CORE_LEAD_ASSIGNED, "route", "big");
    finish(d);
}

static void a_lead_that_waits_is_rerouted_too(void **state)
{
    (void)state;
    struct driver *d = enriching();
    driver_set_rep(d, "ana", 0, -1);
    driver_set_rep(d, "ben", 0, -1);
    uint64_t lead = driver_submit(d, "jo@x.example", "DE", NULL);
    assert_string_equal(driver_owner(d, lead), "");
    answer(d, lead, KNOWS(2000));
    assert_string_equal(driver_owner(d, lead), "cem");
    assert_int_equal(driver_count(d, CORE_LEAD_RETURNED), 0);
    finish(d);
}

static void whom_somebody_talks_to_is_not_rerouted(void **state)
{
    (void)state;
    struct driver *d = enriching();
    uint64_t lead = driver_submit(d, "jo@x.example", "DE", NULL);
    driver_contact(d, lead);
    answer(d, lead, KNOWS(2000));
    assert_string_equal(driver_owner(d, lead), "ana");
    assert_string_equal(class_of(d, lead), "hot");
    finish(d);
}

static void after_its_time_a_lead_is_not_rerouted(void **state)
{
    (void)state;
    struct driver *d = enriching();
    uint64_t in_time = driver_submit(d, "jo@x.example", "DE", NULL);
    driver_pass(d, 10 * MINUTE);
    answer(d, in_time, KNOWS(2000));
    assert_string_equal(driver_owner(d, in_time), "cem");
    uint64_t late = driver_submit(d, "mo@x.example", "DE", NULL);
    const struct core_lead *found = core_lead_find(d->core, late);
    uint32_t owner = found->rep;
    driver_pass(d, 10 * MINUTE + 1);
    answer(d, late, KNOWS(2000));
    assert_int_equal(core_lead_find(d->core, late)->rep, owner);
    finish(d);
}

static void a_less_specific_route_changes_nothing(void **state)
{
    (void)state;
    struct driver *d = enriching();
    uint64_t lead = driver_submit_sized(d, "jo@x.example", "FR", NULL, 2000);
    assert_string_equal(driver_owner(d, lead), "cem");
    driver_enrich(d, lead, 10);
    assert_string_equal(driver_owner(d, lead), "cem");
    finish(d);
}

static void by_the_mesh_any_other_route_may_do(void **state)
{
    (void)state;
    struct driver *d =
        driver_of(PIPELINE_WITH("  reroute: {within: 10m, more_specific: false}\n"), 3);
    uint64_t lead = driver_submit_sized(d, "jo@x.example", "DE", NULL, 2000);
    assert_string_equal(driver_owner(d, lead), "cem");
    driver_enrich(d, lead, 10);
    assert_string_equal(driver_owner(d, lead), "ana");
    finish(d);
}

static void without_leave_nothing_is_rerouted(void **state)
{
    (void)state;
    struct driver *d = driver_of(PIPELINE_WITH("  reroute: off\n"), 3);
    uint64_t lead = driver_submit(d, "jo@x.example", "DE", NULL);
    answer(d, lead, KNOWS(2000));
    assert_string_equal(driver_owner(d, lead), "ana");
    finish(d);
}

static void enrichment_changes_an_owner_once(void **state)
{
    (void)state;
    struct driver *d = enriching();
    driver_set_rep(d, "ana", 0, -1);
    driver_set_rep(d, "ben", 0, -1);
    uint64_t lead = driver_submit(d, "jo@x.example", "FR", NULL);
    assert_string_equal(driver_owner(d, lead), "cem");
    driver_set_rep(d, "ana", 1, -1);
    answer(d, lead, KNOWS_NOTHING);
    answer(d, lead, KNOWS_COUNTRY("DE")); /* zen overwrites: to the pool dach */
    assert_string_equal(driver_owner(d, lead), "ana");
    driver_enrich(d, lead, 2000);
    assert_string_equal(driver_owner(d, lead), "ana"); /* not back to cem */
    assert_string_equal(class_of(d, lead), "hot");
    finish(d);
}

static void whom_a_person_gave_the_lead_to_keeps_it(void **state)
{
    (void)state;
    struct driver *d = enriching();
    uint64_t lead = driver_submit(d, "jo@x.example", "DE", NULL);
    assert_int_equal(driver_assign(d, lead, "ben"), CORE_OK);
    answer(d, lead, KNOWS(2000));
    assert_string_equal(driver_owner(d, lead), "ben");
    finish(d);
}

static void an_owner_who_is_in_the_other_pool_keeps_the_lead(void **state)
{
    (void)state;
    struct driver *d = enriching();
    uint64_t lead = driver_submit(d, "jo@x.example", NULL, NULL);
    assert_string_equal(driver_owner(d, lead), "ana"); /* of pool all */
    answer(d, lead, KNOWS_COUNTRY("DE"));
    assert_string_equal(driver_owner(d, lead), "ana"); /* of pool dach, too */
    assert_int_equal(driver_count(d, CORE_LEAD_RETURNED), 0);
    finish(d);
}

static void a_route_to_somebody_without_room_is_none(void **state)
{
    (void)state;
    struct driver *d = enriching();
    driver_set_rep(d, "cem", 0, -1);
    uint64_t lead = driver_submit(d, "jo@x.example", "DE", NULL);
    answer(d, lead, KNOWS(2000));
    assert_string_equal(driver_owner(d, lead), "ana");
    assert_int_equal(driver_count(d, CORE_LEAD_RETURNED), 0);
    finish(d);
}

/* ---- checks */

static void a_verdict_takes_the_lead_before_a_person(void **state)
{
    (void)state;
    struct driver *d = enriching();
    uint64_t lead = driver_submit(d, "jo@x.example", "FR", NULL);
    answer(d, lead, KNOWS(20));
    answer(d, lead, SUSPECTS("a disposable address"));
    assert_string_equal(driver_owner(d, lead), "");
    assert_int_equal(core_lead_find(d->core, lead)->place, CORE_PLACE_EXCEPTION);
    assert_newest(d, CORE_LEAD_EXCEPTED, "kind", "fraud_suspected");
    assert_newest(d, CORE_LEAD_EXCEPTED, "reason", "a disposable address");
    assert_newest(d, CORE_LEAD_RETURNED, "reason", "a disposable address");
    assert_true(is_enriched(d, lead));
    finish(d);
}

static void a_lead_that_waits_is_held_likewise(void **state)
{
    (void)state;
    struct driver *d = enriching();
    driver_set_rep(d, "ana", 0, -1);
    driver_set_rep(d, "ben", 0, -1);
    uint64_t lead = driver_submit(d, "jo@x.example", "DE", NULL);
    answer(d, lead, KNOWS(20));
    answer(d, lead, SUSPECTS("a bot"));
    assert_int_equal(core_lead_find(d->core, lead)->place, CORE_PLACE_EXCEPTION);
    assert_int_equal(driver_count(d, CORE_LEAD_RETURNED), 0);
    finish(d);
}

static void whom_somebody_talks_to_stays_and_a_person_is_told(void **state)
{
    (void)state;
    struct driver *d = enriching();
    uint64_t lead = driver_submit(d, "jo@x.example", "DE", NULL);
    driver_contact(d, lead);
    answer(d, lead, KNOWS(20));
    answer(d, lead, SUSPECTS("a bot"));
    assert_string_equal(driver_owner(d, lead), "ana");
    assert_newest(d, CORE_EXCEPTION_OPENED, "kind", "fraud_suspected");
    assert_newest(d, CORE_EXCEPTION_OPENED, "context", "a bot");
    finish(d);
}

static void nobody_else_is_asked_of_a_lead_that_is_held(void **state)
{
    (void)state;
    struct driver *d = driver_of("pipeline: inbound\nowner: ops\n"
                                 "classes: [{name: all, objectives: {enriched: 2m}}]\n"
                                 "routes: [{name: everyone, to: {pool: all}}]\n"
                                 "enrichment:\n  providers:\n"
                                 "    - {provider: shield, hold: fraud_suspected}\n    - clear\n",
                                 2);
    uint64_t fine = driver_submit(d, "a@x.example", NULL, NULL);
    answer(d, fine, KNOWS_NOTHING);
    assert_asked(d, fine, "clear");
    uint64_t held = driver_submit(d, "b@x.example", NULL, NULL);
    answer(d, held, SUSPECTS("a bot"));
    assert_asked(d, held, "");
    finish(d);
}

/* ---- what comes late, or twice */

static void an_answer_that_comes_twice_changes_nothing(void **state)
{
    (void)state;
    struct driver *d = enriching();
    uint64_t lead = driver_submit(d, "jo@x.example", "DE", NULL), delivery;
    asked(d, lead, &delivery);
    assert_int_equal(receive(d, delivery, &KNOWS(2000)), CORE_OK);
    size_t before = d->count;
    assert_int_equal(receive(d, delivery, &KNOWS(2000)), CORE_UNCHANGED);
    assert_int_equal(receive(d, delivery, &KNOWS(5)), CORE_UNCHANGED);
    assert_int_equal(receive(d, delivery, &CANNOT), CORE_UNCHANGED);
    assert_int_equal(d->count, before);
    assert_asked(d, lead, "shield");
    finish(d);
}

static void an_answer_of_one_that_was_given_up_does_not_begin_the_waterfall_anew(void **state)
{
    (void)state;
    struct driver *d = enriching();
    uint64_t lead = driver_submit(d, "jo@x.example", "DE", NULL), delivery;
    asked(d, lead, &delivery);
    assert_int_equal(receive(d, delivery, &CANNOT), CORE_OK);
    assert_asked(d, lead, "zen");
    receive(d, delivery, &KNOWS(2000));
    assert_asked(d, lead, "zen");
    assert_int_equal(driver_count(d, CORE_LEAD_ENRICHED), 0);
    assert_string_equal(driver_owner(d, lead), "ana");
    finish(d);
}

static void a_closed_lead_is_left_alone(void **state)
{
    (void)state;
    struct driver *d = enriching();
    uint64_t lead = driver_submit(d, "jo@x.example", "DE", NULL), delivery;
    asked(d, lead, &delivery);
    assert_int_equal(driver_run(d, (struct core_command){.type = CORE_OUTCOME, .lead = lead}),
                     CORE_OK);
    receive(d, delivery, &KNOWS(2000)); /* before the next tick, and behind it */
    receive(d, delivery, &KNOWS(2000));
    assert_asked(d, lead, "");
    assert_int_equal(driver_count(d, CORE_LEAD_ENRICHED), 0);
    finish(d);
}

static void who_comes_again_is_asked_about_anew(void **state)
{
    (void)state;
    struct driver *d = enriching();
    uint64_t lead = driver_submit(d, "jo@x.example", "DE", NULL), delivery;
    asked(d, lead, &delivery);
    driver_outcome(d, lead, false);
    driver_pass(d, MINUTE);
    assert_int_equal(driver_submit(d, "jo@x.example", "DE", NULL), lead);
    assert_int_equal(receive(d, delivery, &KNOWS(2000)), CORE_UNCHANGED);
    assert_asked(d, lead, "clear");
    answer(d, lead, KNOWS(2000));
    assert_string_equal(driver_owner(d, lead), "cem");
    finish(d);
}

/* ---- what people say */

static void what_a_person_says_counts_at_once_and_moves_the_lead_likewise(void **state)
{
    (void)state;
    struct driver *d = enriching();
    uint64_t lead = driver_submit_sized(d, "jo@x.example", "DE", NULL, 10);
    assert_int_equal(driver_enrich(d, lead, 2000), CORE_OK);
    assert_true(is_enriched(d, lead));
    assert_says(d, "employees", "2000");
    assert_string_equal(driver_owner(d, lead), "cem");
    finish(d);
}

int main(void)
{
#define TEST(name) cmocka_unit_test(name)
    const struct CMUnitTest tests[] = {
        TEST(a_lead_is_assigned_at_once_and_enriched_later),
        TEST(who_is_asked_next_depends_on_what_is_known_by_then),
        TEST(the_promise_is_kept_with_the_last_answer_only),
        TEST(when_one_cannot_answer_the_next_is_asked),
        TEST(an_answer_without_news_is_remembered_as_an_answer),
        TEST(when_nobody_answers_the_promise_runs_late_and_a_person_sees_to_it),
        TEST(an_answer_behind_the_deadline_ends_the_exception),
        TEST(a_provider_that_is_closed_is_passed_over),
        TEST(a_lead_is_asked_about_by_its_own_release),
        TEST(without_providers_the_last_one_is_waited_for),
        TEST(answers_fill_gaps_and_do_not_contradict_the_person),
        TEST(a_provider_may_be_allowed_to_overwrite),
        TEST(a_hotter_class_makes_promises_sooner),
        TEST(nobody_is_late_the_moment_a_promise_is_made),
        TEST(a_cooler_class_makes_no_promise_later),
        TEST(a_hotter_class_comes_first_where_leads_wait),
        TEST(a_lead_before_a_person_changes_its_class_and_stays_there),
        TEST(a_more_specific_route_gives_the_lead_another_owner),
        TEST(a_lead_that_waits_is_rerouted_too),
        TEST(whom_somebody_talks_to_is_not_rerouted),
        TEST(after_its_time_a_lead_is_not_rerouted),
        TEST(a_less_specific_route_changes_nothing),
        TEST(by_the_mesh_any_other_route_may_do),
        TEST(without_leave_nothing_is_rerouted),
        TEST(enrichment_changes_an_owner_once),
        TEST(whom_a_person_gave_the_lead_to_keeps_it),
        TEST(an_owner_who_is_in_the_other_pool_keeps_the_lead),
        TEST(a_route_to_somebody_without_room_is_none),
        TEST(a_verdict_takes_the_lead_before_a_person),
        TEST(a_lead_that_waits_is_held_likewise),
        TEST(whom_somebody_talks_to_stays_and_a_person_is_told),
        TEST(nobody_else_is_asked_of_a_lead_that_is_held),
        TEST(an_answer_that_comes_twice_changes_nothing),
        TEST(an_answer_of_one_that_was_given_up_does_not_begin_the_waterfall_anew),
        TEST(a_closed_lead_is_left_alone),
        TEST(who_comes_again_is_asked_about_anew),
        TEST(what_a_person_says_counts_at_once_and_moves_the_lead_likewise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
