/* Whatever happens to deliveries, in whatever order: each is in one place, order is kept, nothing
 * is handed out twice at once, and the journal tells the same story again (I2, I8). */
#include "sending.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LEADS_MAX = 40, HANDED_MAX = 64, STEPS = 900 };

struct life {
    struct driver *d;
    uint64_t random;
    uint64_t leads[LEADS_MAX];
    size_t lead_count;
    struct core_delivery handed[HANDED_MAX]; /* out now */
    size_t handed_count;
    uint64_t newest; /* delivery that was handed out */
};

static const struct policy_file files[] = {
    {"destinations/crm.yaml", BYTES_LITERAL(DESTINATION("crm", "[lead.*]", PATIENCE))},
    {"destinations/log.yaml",
     BYTES_LITERAL(DESTINATION("log", "[lead.*]", "when: 'lead.employees > 10'\n" STUBBORN))},
    {"destinations/mail.yaml",
     BYTES_LITERAL("destination: mail\nkind: email\nserver: \"smtp://mail.example:25\"\n"
                   "from: leads@acme.example\n" PATIENCE)},
    {"notifications.yaml", BYTES_LITERAL("channels: {reps: mail}\nmute: []\n")},
    {"providers/one.yaml", BYTES_LITERAL("provider: one\nkind: domain\n"
                                         "retry: {within: 30m}\nbreaker: {failures: 2}\n")},
    {"providers/two.yaml",
     BYTES_LITERAL("provider: two\nkind: domain\nper_day: 20\nretry: {within: 30m}\n")},
    {"pipelines/inbound.yaml",
     BYTES_LITERAL("pipeline: inbound\nowner: ops\n"
                   "classes: [{name: standard, objectives: {assigned: 5m}}]\n"
                   "escalation: []\nenrichment: {providers: [one, two]}\n"
                   "routes:\n  - {name: everyone, to: {pool: all}}\n")},
};
static const char *const names[] = {"crm", "log", "mail", "one", "two"};

/* SplitMix64 (Steele, Lea, Flood 2014). */
static uint64_t draw(struct life *l, uint64_t below)
{
    uint64_t z = l->random += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (z ^ z >> 31) % below;
}

static void submit(struct life *l)
{
    char email[32];
    snprintf(email, sizeof email, "p%u@x.example", (unsigned)draw(l, LEADS_MAX));
    uint64_t lead = driver_submit_sized(l->d, email, NULL, NULL, draw(l, 2) == 0 ? 5 : 500);
    size_t at = 0;
    while (at < l->lead_count && l->leads[at] != lead)
        at++;
    l->leads[at] = lead;
    l->lead_count += at == l->lead_count;
}

static void work_on_lead(struct life *l)
{
    if (l->lead_count == 0)
        return;
    uint64_t lead = l->leads[draw(l, l->lead_count)];
    switch (draw(l, 4)) {
    case 0: driver_contact(l->d, lead); break;
    case 1: driver_outcome(l->d, lead, draw(l, 3) == 0); break;
    case 2: driver_assign(l->d, lead, draw(l, 2) == 0 ? "ben" : "cem"); break;
    default: driver_hand_back(l->d, lead);
    }
}

static bool is_event(const struct core_delivery *delivery)
{
    return delivery->purpose == POLICY_DELIVER && delivery->lead != 0;
}

static void hand_out(struct life *l)
{
    uint32_t destination = outbox_destination(l->d, names[draw(l, 5)]);
    struct core_delivery *taken = &l->handed[l->handed_count];
    if (l->handed_count == HANDED_MAX || core_destination_is_closed(l->d->core, destination) ||
        !core_outbox_take(l->d->core, destination, l->d->now_us, taken))
        return;
    for (size_t i = 0; i < l->handed_count; i++) {
        const struct core_delivery *other = &l->handed[i];
        assert_false(is_event(taken) && is_event(other) && taken->lead == other->lead &&
                     taken->destination == other->destination);
    }
    l->newest = taken->number;
    l->handed_count++;
}

/* It is back. */
static struct core_delivery take_back(struct life *l)
{
    size_t at = draw(l, l->handed_count);
    struct core_delivery delivery = l->handed[at];
    l->handed[at] = l->handed[--l->handed_count];
    return delivery;
}

static void answer(struct life *l)
{
    static const enum core_outcome outcomes[] = {
        CORE_OUTCOME_OK,        CORE_OUTCOME_OK,        CORE_OUTCOME_OK,  CORE_OUTCOME_TRANSIENT,
        CORE_OUTCOME_TRANSIENT, CORE_OUTCOME_PERMANENT, CORE_OUTCOME_GONE};
    if (l->handed_count == 0)
        return;
    struct core_delivery delivery = take_back(l);
    if (draw(l, 10) == 0)
        core_outbox_give_back(l->d->core, delivery.number);
    else
        outbox_answer(l->d, delivery.number, outcomes[draw(l, 7)]);
}

/* One that is out would be handed out a second time: people may do so, and this test would not
 * know. */
static bool is_out(const struct life *l, uint64_t number)
{
    for (size_t i = 0; i < l->handed_count; i++)
        if (l->handed[i].number == number)
            return true;
    return false;
}

static void meddle(struct life *l)
{
    const char *name = names[draw(l, 5)];
    switch (draw(l, 5)) {
    case 0: outbox_set(l->d, name, CORE_DESTINATION_PAUSED); break;
    case 1:
    case 2: outbox_set(l->d, name, CORE_DESTINATION_RESUMED); break;
    case 3:
        if (!is_out(l, l->newest))
            outbox_requeue(l->d, l->newest);
        break;
    default:
        if (!is_out(l, l->newest))
            outbox_drop(l->d, l->newest);
    }
}

static void resolve(void *context, const struct core_exception *exception)
{
    uint64_t *number = context;
    if (strcmp(exception->kind, "delivery_failed") == 0)
        *number = exception->number;
}

static void decide_about_one(struct life *l)
{
    uint64_t number = 0;
    core_exceptions_each(l->d->core, resolve, &number);
    if (number != 0)
        exceptions_resolve(l->d, number,
                           draw(l, 3) == 0 ? CORE_RESOLVED_DISMISS : CORE_RESOLVED_RETRY);
}

static void step(struct life *l)
{
    uint64_t what = draw(l, 20);
    if (what < 2)
        submit(l);
    else if (what < 4)
        work_on_lead(l);
    else if (what < 10)
        hand_out(l);
    else if (what < 16)
        answer(l);
    else if (what < 17)
        meddle(l);
    else if (what < 18)
        decide_about_one(l);
    else
        driver_pass(l->d, (int64_t)draw(l, 60) * SECOND);
}

/* Behind all that everything is well again: whatever is pending can be delivered. */
static void settle(struct life *l)
{
    while (l->handed_count > 0)
        outbox_answer(l->d, take_back(l).number, CORE_OUTCOME_OK);
    for (size_t i = 0; i < 5; i++)
        outbox_set(l->d, names[i], CORE_DESTINATION_RESUMED);
    for (int turn = 0; turn < 40; turn++) {
        driver_pass(l->d, MINUTE);
        for (size_t i = 0; i < 5; i++)
            outbox_drain(l->d, names[i]);
    }
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(outbox_state(l->d, names[i])->pending, 0);
}

static void live(uint64_t seed)
{
    struct life l = {.d = outbox_driver(files, sizeof files / sizeof *files), .random = seed};
    for (int i = 0; i < STEPS; i++)
        step(&l);
    driver_check_replay(l.d);
    settle(&l);
    assert_in_range(l.d->count, STEPS / 2, DRIVER_EVENTS_MAX);
    exceptions_finish(l.d);
}

static void whatever_happens_each_delivery_is_in_one_place_and_none_is_lost(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 8; seed++)
        live(seed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_happens_each_delivery_is_in_one_place_and_none_is_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
