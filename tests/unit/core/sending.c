/* What tests of deliveries share. */
#include "sending.h"

#include <string.h>

static const char people[] = "defaults: {capacity: 100}\n"
                             "teams: [{id: abm, manager: ana}, {id: desk}]\n"
                             "reps:\n"
                             "  - {id: ana, name: Ana, team: abm}\n"
                             "  - {id: ben, name: Ben, team: desk}\n"
                             "  - {id: cem, name: Cem, team: desk}\n";
static const char mesh[] = "name: testing\nowners:\n  - {name: ops, role: routing}\n"
                           "causes: [{name: bad_data}, {name: vendor_outage}]\n";
static const char pipeline[] = "pipeline: inbound\nowner: ops\n"
                               "classes: [{name: standard, objectives: {assigned: 5m}}]\n"
                               "escalation: []\n"
                               "routes:\n  - {name: everyone, to: {pool: all}}\n";

struct policy_release *outbox_release(const struct policy_file *files, size_t count)
{
    struct policy_file all[16] = {{"mesh.yaml", bytes_of(mesh)},
                                  {"people.yaml", bytes_of(people)},
                                  {"pipelines/inbound.yaml", bytes_of(pipeline)}};
    size_t total = 3;
    for (size_t i = 0; i < count; i++) {
        size_t at = 0;
        while (at < total && strcmp(all[at].path, files[i].path) != 0)
            at++;
        all[at] = files[i];
        total += at == total;
    }
    return driver_release_with(all, total);
}

void outbox_activate_files(struct driver *d, const struct policy_file *files, size_t count)
{
    struct policy_release *release = outbox_release(files, count);
    assert_int_equal(driver_activate(d, release), CORE_OK);
    policy_release_unref(release);
}

struct driver *outbox_driver(const struct policy_file *files, size_t count)
{
    struct driver *d = driver_new_empty();
    outbox_activate_files(d, files, count);
    return d;
}

struct driver *outbox_driver_of(const char *events, const char *more)
{
    struct arena arena;
    arena_init(&arena);
    const struct policy_file crm = {
        "destinations/crm.yaml",
        bytes_of(arena_printf(&arena, DESTINATION("crm", "%s", "%s"), events, more))};
    struct driver *d = outbox_driver(&crm, 1);
    arena_release(&arena);
    return d;
}

uint32_t outbox_destination(const struct driver *d, const char *name)
{
    uint32_t destination = core_destination_find(d->core, bytes_of(name));
    assert_int_not_equal(destination, CORE_NONE);
    return destination;
}

const struct core_destination *outbox_state(const struct driver *d, const char *name)
{
    return core_destination_at(d->core, outbox_destination(d, name));
}

uint64_t outbox_take(struct driver *d, const char *name)
{
    struct core_delivery delivery;
    uint32_t destination = outbox_destination(d, name);
    bool taken = core_outbox_take(d->core, destination, d->now_us, &delivery);
    driver_check(d);
    if (!taken)
        return 0;
    assert_int_equal(delivery.destination, destination);
    return delivery.number;
}

enum core_status outbox_receive(struct driver *d, uint64_t number,
                                const struct core_receipt *receipt)
{
    struct core_command command = {.type = CORE_RECEIPT, .entity = number, .receipt = *receipt};
    command.receipt.arena = &d->arena;
    enum core_status status = driver_run(d, command);
    driver_tick(d);
    return status;
}

enum core_status outbox_answer(struct driver *d, uint64_t number, enum core_outcome outcome)
{
    bool ok = outcome == CORE_OUTCOME_OK;
    const struct core_receipt receipt = {.outcome = outcome,
                                         .status = ok ? 200 : 503,
                                         .started_us = d->now_us - SECOND,
                                         .took_us = SECOND,
                                         .reason = ok ? (struct bytes){0}
                                                      : BYTES_LITERAL("it answered 503")};
    return outbox_receive(d, number, &receipt);
}

uint64_t outbox_attempt(struct driver *d, const char *name, enum core_outcome outcome)
{
    uint64_t number = outbox_take(d, name);
    assert_int_not_equal(number, 0);
    assert_int_equal(outbox_answer(d, number, outcome), CORE_OK);
    return number;
}

size_t outbox_drain(struct driver *d, const char *name)
{
    size_t count = 0;
    for (uint64_t number; (number = outbox_take(d, name)) != 0; count++)
        assert_int_equal(outbox_answer(d, number, CORE_OUTCOME_OK), CORE_OK);
    return count;
}

enum core_status outbox_requeue(struct driver *d, uint64_t number)
{
    const struct core_command command = {.type = CORE_REQUEUE,
                                         .actor = BYTES_LITERAL("mia"),
                                         .entity = number,
                                         .requeue.reason = BYTES_LITERAL("they are back")};
    return driver_run(d, command);
}

enum core_status outbox_drop(struct driver *d, uint64_t number)
{
    const struct core_command command = {.type = CORE_DROP,
                                         .actor = BYTES_LITERAL("mia"),
                                         .entity = number,
                                         .drop.reason = BYTES_LITERAL("they have it")};
    return driver_run(d, command);
}

enum core_status outbox_set(struct driver *d, const char *name, enum core_destination_change change)
{
    const struct core_command command = {.type = CORE_SET_DESTINATION,
                                         .actor = BYTES_LITERAL("mia"),
                                         .set_destination.destination = bytes_of(name),
                                         .set_destination.change = change,
                                         .set_destination.reason = BYTES_LITERAL("maintenance")};
    enum core_status status = driver_run(d, command);
    driver_tick(d);
    return status;
}

bool outbox_knows(const struct driver *d, uint64_t number)
{
    struct core_delivery delivery;
    return core_delivery_find(d->core, number, &delivery);
}

struct core_delivery outbox_known(const struct driver *d, uint64_t number)
{
    struct core_delivery delivery;
    assert_true(core_delivery_find(d->core, number, &delivery));
    return delivery;
}

const char *outbox_about(const struct driver *d, uint64_t number)
{
    uint64_t seq = core_delivery_event(number);
    assert_in_range(seq, 1, d->count);
    return core_event_type_name(d->events[seq - 1].type);
}
