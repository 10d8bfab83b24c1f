/* Two-way systems: what a change made over there does here. I5 to I9 are looked at after every
 * event. */
#include "sending.h"

#include <stdio.h>
#include <string.h>

#define CRM(owner, status, country)                                                    \
    "destination: crm\nkind: rest\n"                                                   \
    "events: [lead.assigned, lead.contacted, lead.enriched, lead.qualified,"           \
    " lead.disqualified, sync.applied, sync.refused]\n"                                \
    "create: {url: '\"https://crm.example/leads\"', id: response.body.id}\n"           \
    "sync:\n  webhook: true\n  lead: record.lead\n  time: timestamp(record.changed)\n" \
    "  fields:\n    owner: {from: record.owner, authority: " owner "}\n"               \
    "    status: {from: record.status, authority: " status "}\n"                       \
    "    country: {from: record.country, authority: " country "}\n"                    \
    "    employees: {from: record.employees, authority: " country "}\n"                \
    "writes: {owner: true, status: true}\n"

static const char people[] = "defaults: {capacity: 100}\n"
                             "teams: [{id: abm, manager: ana}, {id: desk}]\n"
                             "reps:\n"
                             "  - {id: ana, name: Ana, team: abm, external: {crm: \"7\"}}\n"
                             "  - {id: ben, name: Ben, team: desk, external: {crm: \"8\"}}\n"
                             "  - {id: cem, name: Cem, team: desk}\n";
static const char pipeline[] =
    "pipeline: inbound\nowner: ops\nclasses:\n"
    "  - {name: big, when: 'has(lead.employees) && lead.employees > 500',"
    " objectives: {enriched: 10m, contacted: 30m}}\n"
    "  - {name: standard, objectives: {enriched: 10m, contacted: 4h}}\n"
    "routes:\n"
    "  - {name: bot, when: 'lead.form == \"bot\"', to: {exception: fraud_suspected}}\n"
    "  - {name: everyone, to: {pool: all}}\n";
static const char other[] = "destination: other\nkind: ndjson\npath: other.ndjson\n"
                            "events: [lead.assigned, lead.contacted, lead.disqualified]\n";

static struct driver *synced_by(const char *crm)
{
    const struct policy_file files[] = {{"people.yaml", bytes_of(people)},
                                        {"pipelines/inbound.yaml", bytes_of(pipeline)},
                                        {"destinations/crm.yaml", bytes_of(crm)},
                                        {"destinations/other.yaml", bytes_of(other)}};
    return outbox_driver(files, sizeof files / sizeof *files);
}

static struct driver *theirs(void)
{
    return synced_by(CRM("theirs", "theirs", "theirs"));
}

static struct driver *ours(void)
{
    return synced_by(CRM("ours", "ours", "ours"));
}

static struct driver *newest(void)
{
    return synced_by(CRM("newest", "newest", "newest"));
}

/* ---- what they say */

struct record {
    const char *owner, *status, *country;
    int64_t employees;  /* 0: it does not say */
    int64_t changed_us; /* 0: unknown */
    uint64_t lead;
};

static bool fill(const struct record *record, const struct policy_sync_field *field,
                 struct cel_value *ret)
{
    const char *text = strcmp(field->name, "owner") == 0     ? record->owner
                       : strcmp(field->name, "status") == 0  ? record->status
                       : strcmp(field->name, "country") == 0 ? record->country
                                                             : NULL;
    if (text != NULL)
        *ret = cel_string(bytes_of(text));
    else if (strcmp(field->name, "employees") == 0 && record->employees != 0)
        *ret = cel_int(record->employees);
    else
        return false;
    return true;
}

static enum core_status sync_to(struct driver *d, const char *destination, struct record record)
{
    struct policy_release *release = core_release(d->core);
    const uint32_t at = policy_destination_find(release, BYTES_LITERAL("crm"));
    const struct policy_sync *sync = &release->destinations[at].sync;
    struct core_sync_value *values = arena_array(&d->arena, POLICY_SYNC_FIELDS_MAX, sizeof *values);
    for (size_t i = 0; i < sync->field_count; i++)
        values[i].given = fill(&record, &sync->fields[i], &values[i].value);
    enum core_status status =
        driver_run(d, (struct core_command){.type = CORE_SYNC,
                                            .lead = record.lead,
                                            .sync = {.destination = bytes_of(destination),
                                                     .change = BYTES_LITERAL("v7"),
                                                     .external_id = BYTES_LITERAL("crm-1"),
                                                     .changed_us = record.changed_us,
                                                     .values = values,
                                                     .count = sync->field_count,
                                                     .release = release,
                                                     .arena = &d->arena}});
    driver_tick(d);
    return status;
}

#define SYNC(d, ...) sync_to(d, "crm", (struct record){__VA_ARGS__})

/* Everything that is due there is written: they have what we have. */
static void write_all(struct driver *d, const char *owner, const char *status)
{
    for (uint64_t number; (number = outbox_take(d, "crm")) != 0;) {
        const struct core_receipt receipt = {.outcome = CORE_OUTCOME_OK,
                                             .status = 200,
                                             .external_id = BYTES_LITERAL("crm-1"),
                                             .owner = bytes_of(owner),
                                             .status_there = bytes_of(status)};
        assert_int_equal(outbox_receive(d, number, &receipt), CORE_OK);
    }
}

static size_t pending(const struct driver *d, const char *destination)
{
    return outbox_state(d, destination)->pending;
}

/* The lead, owned by ana, which they know. */
static uint64_t written(struct driver *d)
{
    uint64_t lead = driver_submit(d, "jo@x.example", "FR", NULL);
    assert_string_equal(driver_owner(d, lead), "ana");
    write_all(d, "ana", "assigned");
    driver_pass(d, MINUTE);
    return lead;
}

static uint64_t value_known(const struct driver *d, uint64_t lead, const char *name)
{
    const struct core_link *link = core_link_find(d->core, lead, outbox_destination(d, "crm"));
    for (uint32_t i = 0; link != NULL && i < link->value_count; i++)
        if (strcmp(link->values[i].name, name) == 0)
            return link->values[i].value;
    return 0;
}

/* ---- what says nothing */

static void what_we_wrote_ourselves_is_an_echo(void **state)
{
    (void)state;
    struct driver *d = theirs();
    uint64_t lead = written(d);
    size_t before = d->count;
    assert_int_equal(SYNC(d, "ana", "assigned", "FR", .lead = lead), CORE_UNCHANGED);
    assert_int_equal(d->count, before);
    /* Nor is it one when we have gone on, and they have not heard of it yet. */
    driver_assign(d, lead, "ben");
    before = d->count;
    assert_int_equal(SYNC(d, "ana", NULL, NULL, .lead = lead), CORE_UNCHANGED);
    assert_int_equal(d->count, before);
    assert_string_equal(driver_owner(d, lead), "ben");
    exceptions_finish(d);
}

/* They have it, but its receipt is not here yet, and here it has gone on. */
static void what_is_on_its_way_is_an_echo(void **state)
{
    (void)state;
    struct driver *d = theirs();
    uint64_t lead = written(d);
    driver_assign(d, lead, "ben");
    uint64_t number = outbox_take(d, "crm");
    assert_string_equal(outbox_known(d, number).owner, "ben");
    driver_contact(d, lead);
    driver_assign(d, lead, "cem");
    assert_int_equal(SYNC(d, "8", "assigned", .lead = lead), CORE_UNCHANGED);
    assert_int_equal(SYNC(d, "ben", "contacted", .lead = lead), CORE_UNCHANGED);
    assert_string_equal(driver_owner(d, lead), "cem");
    /* Nobody asked for ana again: they have her still. */
    assert_int_equal(SYNC(d, "ana", .lead = lead), CORE_UNCHANGED);
    write_all(d, "cem", "contacted");
    const struct core_receipt receipt = {.outcome = CORE_OUTCOME_OK, .owner = BYTES_LITERAL("ben")};
    assert_int_equal(outbox_receive(d, number, &receipt), CORE_OK);
    write_all(d, "cem", "contacted");
    assert_int_equal(pending(d, "crm"), 0);
    assert_int_equal(SYNC(d, "8", .lead = lead), CORE_OK); /* now it is a change of theirs */
    assert_string_equal(driver_owner(d, lead), "ben");
    exceptions_finish(d);
}

static void what_we_have_too_says_nothing(void **state)
{
    (void)state;
    struct driver *d = theirs();
    uint64_t lead = driver_submit_sized(d, "jo@x.example", "FR", NULL, 10);
    driver_contact(d, lead);
    assert_int_equal(SYNC(d, "7", "contacted", "FR", 10, .lead = lead), CORE_UNCHANGED);
    exceptions_finish(d);
}

static void what_they_leave_empty_says_nothing(void **state)
{
    (void)state;
    struct driver *d = theirs();
    uint64_t lead = written(d);
    assert_int_equal(SYNC(d, "", "", .lead = lead), CORE_UNCHANGED);
    assert_int_equal(SYNC(d, .lead = lead), CORE_UNCHANGED);
    exceptions_finish(d);
}

/* ---- theirs */

static void another_owner_over_there_is_one_here(void **state)
{
    (void)state;
    struct driver *d = theirs();
    uint64_t lead = written(d);
    assert_int_equal(SYNC(d, "8", .lead = lead), CORE_OK); /* ben, by their id */
    assert_string_equal(driver_owner(d, lead), "ben");
    exceptions_assert_newest(d, CORE_SYNC_APPLIED, "field", "owner");
    exceptions_assert_newest(d, CORE_SYNC_APPLIED, "theirs", "ben");
    exceptions_assert_newest(d, CORE_SYNC_APPLIED, "ours", "ana");
    exceptions_assert_newest(d, CORE_SYNC_APPLIED, "change", "v7");
    exceptions_assert_newest(d, CORE_LEAD_ASSIGNED, "cause", "synced");
    assert_int_equal(SYNC(d, "cem", .lead = lead), CORE_OK); /* by ours */
    assert_string_equal(driver_owner(d, lead), "cem");
    exceptions_finish(d);
}

static void a_change_is_not_sent_back_to_where_it_came_from(void **state)
{
    (void)state;
    struct driver *d = theirs();
    uint64_t lead = written(d);
    size_t before = pending(d, "other");
    assert_int_equal(SYNC(d, "ben", "contacted", .lead = lead), CORE_OK);
    assert_int_equal(pending(d, "crm"), 0);
    assert_int_equal(pending(d, "other"), before + 2);
    /* And when they tell of it again, it is no change. */
    assert_int_equal(SYNC(d, "ben", "contacted", .lead = lead), CORE_UNCHANGED);
    assert_true(value_known(d, lead, "owner") == core_link_value(BYTES_LITERAL("ben")));
    exceptions_finish(d);
}

/* What is on its way there would undo it. */
static void a_change_is_written_behind_what_is_on_its_way_there(void **state)
{
    (void)state;
    struct driver *d = theirs();
    uint64_t lead = written(d);
    driver_assign(d, lead, "ben");
    uint64_t first = outbox_take(d, "crm");
    assert_int_equal(SYNC(d, "cem", .lead = lead), CORE_OK);
    assert_string_equal(driver_owner(d, lead), "cem");
    const struct core_receipt receipt = {.outcome = CORE_OUTCOME_OK, .owner = BYTES_LITERAL("ben")};
    assert_int_equal(outbox_receive(d, first, &receipt), CORE_OK);
    const char *last = "";
    for (uint64_t number; (number = outbox_take(d, "crm")) != 0;) {
        last = outbox_known(d, number).owner;
        assert_int_equal(SYNC(d, "ben", .lead = lead), CORE_UNCHANGED); /* as it is there now */
        const struct core_receipt written = {.outcome = CORE_OUTCOME_OK, .owner = bytes_of(last)};
        assert_int_equal(outbox_receive(d, number, &written), CORE_OK);
    }
    assert_string_equal(last, "cem");
    assert_string_equal(driver_owner(d, lead), "cem");
    exceptions_finish(d);
}

static void somebody_without_room_may_be_given_the_lead(void **state)
{
    (void)state;
    struct driver *d = theirs();
    uint64_t lead = written(d);
    driver_set_rep(d, "ben", 0, -1);
    assert_int_equal(SYNC(d, "ben", .lead = lead), CORE_OK);
    assert_string_equal(driver_owner(d, lead), "ben");
    exceptions_assert_newest(d, CORE_LEAD_ASSIGNED, "override", "true");
    exceptions_finish(d);
}

static void a_contact_over_there_keeps_the_promise_here(void **state)
{
    (void)state;
    struct driver *d = theirs();
    uint64_t lead = written(d);
    assert_int_equal(SYNC(d, .status = "contacted", .lead = lead), CORE_OK);
    exceptions_assert_newest(d, CORE_LEAD_CONTACTED, "channel", "sync");
    assert_int_not_equal(core_lead_find(d->core, lead)->promises.reached_us[POLICY_CONTACTED], 0);
    exceptions_finish(d);
}

static void an_outcome_over_there_closes_the_lead(void **state)
{
    (void)state;
    struct driver *d = theirs();
    uint64_t lead = written(d), lost = driver_submit(d, "mo@x.example", "FR", NULL);
    exceptions_open(d, lead, "manual");
    assert_int_equal(SYNC(d, "ben", "qualified", "DE", .lead = lead), CORE_OK);
    assert_string_equal(driver_owner(d, lead), "closed");
    assert_int_equal(driver_count(d, CORE_LEAD_CONTACTED), 1); /* or how do they know? */
    assert_int_equal(driver_count(d, CORE_LEAD_QUALIFIED), 1);
    exceptions_assert_newest(d, CORE_EXCEPTION_RESOLVED, "action", "overtaken");
    assert_int_equal(SYNC(d, .status = "disqualified", .lead = lost), CORE_OK);
    assert_int_equal(driver_count(d, CORE_LEAD_DISQUALIFIED), 1);
    exceptions_finish(d);
}

static void fields_are_merged_and_the_class_follows(void **state)
{
    (void)state;
    struct driver *d = theirs();
    uint64_t lead = written(d);
    assert_int_equal(SYNC(d, .country = "DE", .employees = 700, .lead = lead), CORE_OK);
    assert_int_equal(driver_count(d, CORE_SYNC_APPLIED), 2);
    assert_int_equal(driver_count(d, CORE_LEAD_ENRICHED), 1);
    exceptions_assert_newest(d, CORE_LEAD_ENRICHED, "provider", "crm");
    exceptions_assert_newest(d, CORE_LEAD_ENRICHED, "class", "big");
    exceptions_assert_newest(d, CORE_SYNC_APPLIED, "theirs", "700");
    /* It is no answer of enrichment. */
    assert_int_equal(core_lead_find(d->core, lead)->promises.reached_us[POLICY_ENRICHED], 0);
    assert_int_equal(SYNC(d, .country = "DE", .employees = 700, .lead = lead), CORE_UNCHANGED);
    exceptions_finish(d);
}

static void an_owner_over_there_ends_what_holds_the_lead(void **state)
{
    (void)state;
    struct driver *d = theirs();
    uint64_t lead = driver_submit(d, "jo@x.example", "FR", "bot");
    assert_int_equal(exceptions_place(d, lead), CORE_PLACE_EXCEPTION);
    assert_int_equal(SYNC(d, "ben", "disqualified", .lead = lead), CORE_OK);
    assert_int_equal(driver_count(d, CORE_EXCEPTION_RESOLVED), 1);
    assert_int_equal(driver_count(d, CORE_LEAD_ASSIGNED), 1);
    assert_int_equal(exceptions_place(d, lead), CORE_PLACE_CLOSED);
    exceptions_finish(d);
}

/* ---- ours */

static void where_ours_counts_it_is_written_there_again(void **state)
{
    (void)state;
    struct driver *d = ours();
    uint64_t lead = written(d);
    assert_int_equal(SYNC(d, "ben", .lead = lead), CORE_OK);
    assert_string_equal(driver_owner(d, lead), "ana");
    exceptions_assert_newest(d, CORE_SYNC_REFUSED, "field", "owner");
    exceptions_assert_newest(d, CORE_SYNC_REFUSED, "ours", "ana");
    assert_int_equal(pending(d, "crm"), 1);
    uint64_t number = outbox_take(d, "crm");
    assert_string_equal(outbox_about(d, number), "sync.refused");
    const struct core_receipt receipt = {.outcome = CORE_OUTCOME_OK,
                                         .owner = BYTES_LITERAL("ana"),
                                         .status_there = BYTES_LITERAL("assigned")};
    outbox_receive(d, number, &receipt);
    assert_int_equal(SYNC(d, "ana", .lead = lead), CORE_UNCHANGED);
    exceptions_finish(d);
}

static void a_refused_change_that_is_told_again_is_no_new_one(void **state)
{
    (void)state;
    struct driver *d = ours();
    uint64_t lead = written(d);
    assert_int_equal(SYNC(d, "ben", "disqualified", "DE", .lead = lead), CORE_OK);
    assert_int_equal(driver_count(d, CORE_SYNC_REFUSED), 3);
    assert_int_equal(SYNC(d, "ben", "disqualified", "DE", .lead = lead), CORE_UNCHANGED);
    assert_int_equal(driver_count(d, CORE_SYNC_REFUSED), 3);
    assert_int_equal(pending(d, "crm"), 3);
    exceptions_finish(d);
}

/* ---- whichever is newest */

static void the_newest_change_counts(void **state)
{
    (void)state;
    struct driver *d = newest();
    uint64_t lead = written(d);
    int64_t assigned_us = core_lead_find(d->core, lead)->assigned_us;
    assert_int_equal(SYNC(d, "ben", .changed_us = assigned_us, .lead = lead), CORE_OK);
    assert_string_equal(driver_owner(d, lead), "ana");
    assert_int_equal(driver_count(d, CORE_SYNC_REFUSED), 1);
    assert_int_equal(SYNC(d, "cem", .changed_us = assigned_us + 1, .lead = lead), CORE_OK);
    assert_string_equal(driver_owner(d, lead), "cem");
    write_all(d, "cem", "assigned");
    assert_int_equal(SYNC(d, "ana", .lead = lead), CORE_OK); /* nobody knows when: just now */
    assert_string_equal(driver_owner(d, lead), "ana");
    exceptions_finish(d);
}

static void changes_there_are_in_the_order_in_which_they_were_made(void **state)
{
    (void)state;
    struct driver *d = newest();
    uint64_t lead = written(d);
    int64_t first_us = d->now_us + SECOND, second_us = d->now_us + 2 * SECOND;
    driver_pass(d, MINUTE);
    assert_int_equal(SYNC(d, "ben", .changed_us = second_us, .lead = lead), CORE_OK);
    assert_int_equal(SYNC(d, "cem", .changed_us = first_us, .lead = lead), CORE_OK);
    assert_string_equal(driver_owner(d, lead), "ben"); /* whichever came first */
    uint64_t next = driver_submit(d, "mo@x.example", "FR", NULL);
    driver_assign(d, next, "ana");
    write_all(d, "ana", "assigned");
    first_us = d->now_us + SECOND;
    driver_pass(d, MINUTE);
    assert_int_equal(SYNC(d, "cem", .changed_us = first_us, .lead = next), CORE_OK);
    assert_int_equal(SYNC(d, "ben", .changed_us = first_us + 1, .lead = next), CORE_OK);
    assert_string_equal(driver_owner(d, next), "ben"); /* though both came later than made */
    exceptions_finish(d);
}

static void a_contact_here_is_newer_than_an_older_outcome_there(void **state)
{
    (void)state;
    struct driver *d = newest();
    uint64_t lead = written(d);
    int64_t before_us = d->now_us;
    driver_pass(d, MINUTE);
    driver_contact(d, lead);
    assert_int_equal(SYNC(d, .status = "disqualified", .changed_us = before_us, .lead = lead),
                     CORE_OK);
    assert_int_equal(driver_count(d, CORE_LEAD_DISQUALIFIED), 0);
    assert_int_equal(driver_count(d, CORE_SYNC_REFUSED), 1);
    exceptions_finish(d);
}

/* ---- what cannot be */

static void an_owner_whom_nobody_knows_is_refused(void **state)
{
    (void)state;
    struct driver *d = theirs();
    uint64_t lead = written(d);
    assert_int_equal(SYNC(d, "nobody", .lead = lead), CORE_OK);
    assert_string_equal(driver_owner(d, lead), "ana");
    exceptions_assert_newest(
        d, CORE_SYNC_REFUSED, "reason",
        "no rep of the active release is \"nobody\", here or by the ids in `external`");
    assert_int_equal(SYNC(d, "nobody", .lead = lead), CORE_UNCHANGED);
    exceptions_finish(d);
}

static void a_move_that_the_life_cycle_has_not_is_refused(void **state)
{
    (void)state;
    struct driver *d = theirs();
    for (int i = 0; i < 3; i++)
        driver_set_rep(d, ((const char *const[]){"ana", "ben", "cem"})[i], 0, -1);
    uint64_t lead = driver_submit(d, "jo@x.example", "FR", NULL);
    assert_int_equal(SYNC(d, .status = "qualified", .lead = lead), CORE_OK);
    char reason[64];
    snprintf(reason, sizeof reason, "lead L%llu is captured here and cannot become qualified",
             (unsigned long long)lead);
    exceptions_assert_newest(d, CORE_SYNC_REFUSED, "reason", reason);
    assert_int_equal(SYNC(d, .status = "parked", .lead = lead), CORE_OK);
    exceptions_assert_newest(d, CORE_SYNC_REFUSED, "reason",
                             "a status here is contacted, qualified or disqualified");
    uint64_t held = driver_submit(d, "mo@x.example", "FR", "bot");
    assert_int_equal(SYNC(d, .status = "disqualified", .lead = held), CORE_OK);
    assert_int_equal(exceptions_place(d, held), CORE_PLACE_EXCEPTION);
    assert_int_equal(driver_count(d, CORE_SYNC_REFUSED), 3);
    exceptions_finish(d);
}

static void of_one_record_a_part_may_count(void **state)
{
    (void)state;
    struct driver *d = theirs();
    uint64_t lead = written(d);
    assert_int_equal(SYNC(d, "nobody", "contacted", "DE", .lead = lead), CORE_OK);
    assert_int_equal(driver_count(d, CORE_SYNC_REFUSED), 1);
    assert_int_equal(driver_count(d, CORE_SYNC_APPLIED), 2);
    assert_int_equal(core_lead_find(d->core, lead)->state, CORE_CONTACTED);
    assert_int_equal(pending(d, "crm"), 1); /* so that they have our owner again */
    uint64_t number = outbox_take(d, "crm");
    assert_string_equal(outbox_about(d, number), "sync.refused");
    /* The contact that they told us of is in it: nothing of the lead is newer. */
    assert_int_equal(number / CORE_DUES_OF_EVENT_MAX, core_lead_find(d->core, lead)->last_seq);
    exceptions_finish(d);
}

static void an_outcome_of_theirs_is_not_undone_by_what_is_refused(void **state)
{
    (void)state;
    struct driver *d = theirs();
    uint64_t lead = written(d);
    assert_int_equal(SYNC(d, "nobody", "disqualified", .lead = lead), CORE_OK);
    assert_string_equal(driver_owner(d, lead), "closed");
    const char *last = "";
    bool written_again = false;
    for (uint64_t number; (number = outbox_take(d, "crm")) != 0;) {
        last = outbox_about(d, number);
        written_again = written_again || strcmp(last, "sync.refused") == 0;
        outbox_answer(d, number, CORE_OUTCOME_OK);
    }
    assert_true(written_again);
    assert_string_equal(last, "lead.disqualified");
    exceptions_finish(d);
}

static void a_closed_lead_stays_as_it_is(void **state)
{
    (void)state;
    struct driver *d = theirs();
    uint64_t lead = written(d);
    driver_outcome(d, lead, false);
    assert_int_equal(SYNC(d, "ana", "disqualified", "DE", .lead = lead), CORE_UNCHANGED);
    assert_int_equal(SYNC(d, "ben", "contacted", .lead = lead), CORE_OK);
    assert_int_equal(driver_count(d, CORE_SYNC_REFUSED), 2);
    char reason[64];
    snprintf(reason, sizeof reason, "lead L%llu is closed (disqualified)",
             (unsigned long long)lead);
    exceptions_assert_newest(d, CORE_SYNC_REFUSED, "reason", reason);
    assert_string_equal(driver_owner(d, lead), "closed");
    /* A poll that tells of it again and again says nothing new. */
    assert_int_equal(SYNC(d, "ben", "contacted", .lead = lead), CORE_UNCHANGED);
    assert_int_equal(driver_count(d, CORE_SYNC_REFUSED), 2);
    exceptions_finish(d);
}

/* What is kept of a text from outside ends with a whole character: the journal is UTF-8. */
static void a_long_name_that_nobody_has_is_told_in_whole_characters(void **state)
{
    (void)state;
    char name[401];
    struct driver *d = theirs();
    uint64_t lead = written(d);
    name[0] = 'x';
    for (size_t i = 1; i + 4 < sizeof name; i += 4)
        memcpy(name + i, "\xf0\x9f\x99\x82", 5);
    assert_int_equal(SYNC(d, name, .lead = lead), CORE_OK);
    assert_int_equal(driver_count(d, CORE_SYNC_REFUSED), 1);
    exceptions_finish(d);
}

static void without_a_two_way_destination_or_a_lead_there_is_nothing_to_do(void **state)
{
    (void)state;
    struct driver *d = theirs();
    uint64_t lead = written(d);
    size_t before = d->count;
    assert_int_equal(sync_to(d, "nowhere", (struct record){"ben", .lead = lead}), CORE_NOT_FOUND);
    assert_int_equal(sync_to(d, "other", (struct record){"ben", .lead = lead}), CORE_NOT_FOUND);
    assert_int_equal(SYNC(d, "ben", .lead = 999), CORE_NOT_FOUND);
    assert_int_equal(d->count, before);
    exceptions_finish(d);
}

int main(void)
{
#define TEST(name) cmocka_unit_test(name)
    const struct CMUnitTest tests[] = {
        TEST(what_we_wrote_ourselves_is_an_echo),
        TEST(what_is_on_its_way_is_an_echo),
        TEST(what_we_have_too_says_nothing),
        TEST(what_they_leave_empty_says_nothing),
        TEST(another_owner_over_there_is_one_here),
        TEST(a_change_is_not_sent_back_to_where_it_came_from),
        TEST(a_change_is_written_behind_what_is_on_its_way_there),
        TEST(somebody_without_room_may_be_given_the_lead),
        TEST(a_contact_over_there_keeps_the_promise_here),
        TEST(an_outcome_over_there_closes_the_lead),
        TEST(fields_are_merged_and_the_class_follows),
        TEST(an_owner_over_there_ends_what_holds_the_lead),
        TEST(where_ours_counts_it_is_written_there_again),
        TEST(a_refused_change_that_is_told_again_is_no_new_one),
        TEST(the_newest_change_counts),
        TEST(changes_there_are_in_the_order_in_which_they_were_made),
        TEST(a_contact_here_is_newer_than_an_older_outcome_there),
        TEST(an_owner_whom_nobody_knows_is_refused),
        TEST(a_move_that_the_life_cycle_has_not_is_refused),
        TEST(of_one_record_a_part_may_count),
        TEST(an_outcome_of_theirs_is_not_undone_by_what_is_refused),
        TEST(a_closed_lead_stays_as_it_is),
        TEST(a_long_name_that_nobody_has_is_told_in_whole_characters),
        TEST(without_a_two_way_destination_or_a_lead_there_is_nothing_to_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
