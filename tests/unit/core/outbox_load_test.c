/* A core filled from what another one remembers of its deliveries is that core, and hands out the
 * same (I2). */
#include "sending.h"

#include <stdlib.h>
#include <string.h>

struct list {
    struct core_delivery items[64];
    size_t count;
};

static void collect(void *context, const struct core_delivery *delivery)
{
    struct list *list = context;
    assert_in_range(list->count, 0, 63);
    list->items[list->count++] = *delivery;
}

static int by_number(const void *a, const void *b)
{
    const struct core_delivery *x = a, *y = b;
    return x->number < y->number ? -1 : x->number > y->number;
}

struct copying {
    const struct driver *d;
    struct core *copy;
    struct arena arena;
};

static void copy_lead(void *context, const struct core_lead *lead)
{
    struct copying *c = context;
    const struct policy_schema *schema = &core_release_at(c->d->core, lead->release)->schema;
    struct cel_value values[POLICY_FIELDS_MAX];
    policy_record_unpack(schema, (struct bytes){lead->packed, lead->packed_size}, &c->arena,
                         values);
    core_load_lead(c->copy, &(struct core_lead_load){*lead, values});
}

static void copy_exception(void *context, const struct core_exception *exception)
{
    struct copying *c = context;
    const char *subject = exception->about == CORE_ABOUT_DESTINATION
                              ? core_destination_id(c->d->core, exception->index)
                              : "";
    core_load_exception(c->copy, exception, bytes_of(subject));
}

static void copy_series(void *context, enum core_series_kind kind, struct bytes name, bool hours,
                        int64_t start_us, uint32_t count, bool surged)
{
    struct copying *c = context;
    core_load_series(c->copy, kind, name, hours, start_us, count, surged);
}

static void copy_link(void *context, const struct core_link *link)
{
    struct copying *c = context;
    core_load_link(c->copy, link, bytes_of(core_destination_id(c->d->core, link->destination)));
}

static void copy_roster(struct copying *c)
{
    const struct core *core = c->d->core;
    for (uint32_t i = 0; i < core_release_count(core); i++)
        core_load_release(c->copy, (struct policy_release *)core_release_at(core, i),
                          core_release_at(core, i) == core_release(core));
    for (uint32_t i = 0; i < core_rep_count(core); i++)
        core_load_rep(c->copy, bytes_of(core_rep_id(core, i)), core_rep_at(core, i));
    for (uint32_t i = 0; i < core_pool_count(core); i++) {
        struct core_pool pool = core_pool_at(core, i);
        const char *last = pool.last_rep != CORE_NONE ? core_rep_id(core, pool.last_rep) : "";
        core_load_pool(c->copy, bytes_of(pool.id), bytes_of(last), pool.turn);
    }
    for (uint32_t i = 0; i < core_source_count(core); i++)
        core_load_source(c->copy, bytes_of(core_source_id(core, i)), core_source_at(core, i));
}

static void copy_outbox(struct copying *c)
{
    const struct core *core = c->d->core;
    struct list list = {.count = 0};
    core_deliveries_each(core, collect, &list);
    qsort(list.items, list.count, sizeof list.items[0], by_number);
    for (size_t i = 0; i < list.count; i++)
        core_load_delivery(c->copy, &list.items[i],
                           bytes_of(core_destination_id(core, list.items[i].destination)));
    core_links_each(core, copy_link, c);
}

/* `closed`: the only lead that is, of that address; 0: none is. */
static struct core *reload(struct driver *d, uint64_t closed, const char *email)
{
    const struct core *core = d->core;
    struct copying c = {.d = d, .copy = core_new()};
    arena_init(&c.arena);
    copy_roster(&c);
    core_leads_each(core, copy_lead, &c);
    if (closed != 0) {
        uint64_t seq = d->count;
        while (d->events[seq - 1].type != CORE_LEAD_QUALIFIED)
            seq--;
        core_load_closed(c.copy, closed, driver_submission(d, email, NULL, NULL, -1).submit.key,
                         seq, true, core_rep_find(core, BYTES_LITERAL("ana")));
    }
    for (uint32_t i = 0; i < core_destination_count(core); i++)
        core_load_destination(c.copy, bytes_of(core_destination_id(core, i)),
                              core_destination_at(core, i));
    core_exceptions_each(core, copy_exception, &c);
    core_series_each(core, copy_series, &c);
    copy_outbox(&c);
    struct core_counts counts = core_counts(core);
    core_load_finish(c.copy, core_seq(core), core_time_us(core), counts.touchpoints, counts.late,
                     0);
    arena_release(&c.arena);
    return c.copy;
}

static void assert_equal(const struct driver *d, const struct core *copy)
{
    const struct hash256 here = core_digest(d->core), there = core_digest(copy);
    char text[256];
    assert_memory_equal(&here, &there, sizeof here);
    const char *broken = core_check(copy, text, sizeof text);
    if (broken != NULL)
        fail_msg("%s", broken);
    assert_int_equal(core_due_us(copy), core_due_us(d->core));
}

/* Both hand out the same, in the same order, when nothing was handed out before. */
static void assert_hands_out_alike(struct driver *d, struct core *copy, const char *name)
{
    uint32_t here = outbox_destination(d, name);
    uint32_t there = core_destination_find(copy, bytes_of(name));
    struct core_delivery ours, theirs;
    bool more;
    do {
        assert_int_equal(core_outbox_due_us(d->core, here), core_outbox_due_us(copy, there));
        more = core_outbox_take(d->core, here, INT64_MAX, &ours);
        assert_int_equal(core_outbox_take(copy, there, INT64_MAX, &theirs), more);
        assert_true(!more || ours.number == theirs.number);
    } while (more);
}

static void a_reloaded_core_is_the_one_that_was_left(void **state)
{
    (void)state;
    const struct policy_file files[] = {
        {"destinations/crm.yaml", BYTES_LITERAL(DESTINATION("crm", "[lead.*]", PATIENCE))},
        {"destinations/log.yaml", BYTES_LITERAL(DESTINATION("log", "[lead.*]", STUBBORN))},
        {"providers/facts.yaml", BYTES_LITERAL("provider: facts\nkind: domain\n")},
        {"pipelines/inbound.yaml",
         BYTES_LITERAL("pipeline: inbound\nowner: ops\n"
                       "classes: [{name: standard, objectives: {assigned: 5m}}]\n"
                       "escalation: []\n"
                       "enrichment: {providers: [facts]}\n"
                       "routes:\n  - {name: everyone, to: {rep: ana}}\n")}};
    struct driver *d = outbox_driver(files, 4);
    uint64_t closed = driver_submit(d, "a@x.example", NULL, NULL);
    driver_submit(d, "b@x.example", NULL, NULL);
    driver_submit(d, "c@x.example", NULL, NULL);
    const struct core_receipt known = {.outcome = CORE_OUTCOME_OK,
                                       .external_id = BYTES_LITERAL("00Q1"),
                                       .owner = BYTES_LITERAL("ana")};
    uint64_t taken = outbox_take(d, "log");
    outbox_attempt(d, "crm", CORE_OUTCOME_TRANSIENT);
    outbox_receive(d, outbox_take(d, "crm"), &known);
    uint64_t failed = outbox_attempt(d, "crm", CORE_OUTCOME_PERMANENT);
    outbox_attempt(d, "crm", CORE_OUTCOME_PERMANENT);
    outbox_attempt(d, "log", CORE_OUTCOME_PERMANENT);
    driver_contact(d, closed);
    driver_outcome(d, closed, true);
    d->now_us += SECOND;
    outbox_requeue(d, failed);
    outbox_attempt(d, "log", CORE_OUTCOME_PERMANENT);
    outbox_set(d, "log", CORE_DESTINATION_PAUSED);
    assert_true(outbox_state(d, "crm")->pending > 2 && outbox_state(d, "crm")->failed > 0);

    struct core *copy = reload(d, closed, "a@x.example");
    assert_equal(d, copy);
    core_outbox_give_back(d->core, taken); /* who was handed out is forgotten */
    assert_hands_out_alike(d, copy, "crm");
    assert_hands_out_alike(d, copy, "log");
    assert_hands_out_alike(d, copy, "facts");
    core_free(copy);
    exceptions_finish(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reloaded_core_is_the_one_that_was_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
