/* Round trips of events through their JSON. */
#include "trip.h"

#include <stdio.h>

static bool seen[CORE_EVENT_TYPES];

/* ---- a core that knows destinations */

void trip_open(struct trip *trip)
{
    static const struct policy_file files[] = {
        {"destinations/crm.yaml",
         BYTES_LITERAL("destination: crm\nkind: ndjson\nowner: ops\nevents: [silence.set]\n"
                       "path: crm.ndjson\n")},
        {"destinations/mail.yaml",
         BYTES_LITERAL("destination: mail\nkind: email\nowner: ops\nevents: [silence.set]\n"
                       "server: \"smtp://mail.example:25\"\n"
                       "from: leads@acme.example\nto: ops@acme.example\n")},
        {"pipelines/inbound.yaml",
         BYTES_LITERAL(
             "pipeline: inbound\nowner: ops\nclasses:\n"
             "  - {name: hot, when: 'lead.form == \"demo\"', objectives: {assigned: 60s}}\n"
             "  - {name: standard, objectives: {assigned: 5m, contacted: 4h}}\n"
             "enrichment: {providers: [domains]}\n"
             "routes:\n  - {name: everyone, to: {pool: all}}\n")},
        {"providers/domains.yaml", BYTES_LITERAL("provider: domains\nkind: domain\nowner: ops\n")},
    };
    struct policy_release *release = driver_release_with(files, sizeof files / sizeof *files);
    trip->driver = driver_new_empty();
    assert_int_equal(driver_activate(trip->driver, release), CORE_OK);
    policy_release_unref(release);
    trip->lead = driver_submit(trip->driver, "ada@x.example", NULL, NULL);
}

void trip_close(struct trip *trip)
{
    driver_free(trip->driver);
}

struct core_event trip_of_lead(const struct trip *trip, enum core_event_type type)
{
    return (struct core_event){.type = type,
                               .lead = trip->lead,
                               .previous =
                                   core_lead_find(trip->driver->core, trip->lead)->last_seq};
}

struct core_event trip_of_entity(enum core_event_type type)
{
    return (struct core_event){.type = type, .entity = 12};
}

/* ---- there and back */

const char *trip_encode(struct trip *trip, const struct core_event *event)
{
    struct buffer text;
    buffer_init(&text, 1 << 20);
    core_event_encode(trip->driver->core, event, &text);
    const char *copy = arena_string(&trip->driver->arena, buffer_bytes(&text));
    buffer_release(&text);
    return copy;
}

int trip_decode(struct trip *trip, enum core_event_type type, const char *subject, const char *data,
                struct core_event *ret, struct error *err)
{
    struct driver *driver = trip->driver;
    const struct core_record record = {core_seq(driver->core) + 1, T,
                                       bytes_of(core_event_type_name(type)), bytes_of(subject),
                                       bytes_of(data)};
    return core_event_decode(driver->core, &record, &driver->arena, ret, err);
}

void trip_check_damaged(struct trip *trip, enum core_event_type type, const char *subject,
                        const char *data, const char *member)
{
    struct core_event event;
    struct error err = {0};
    assert_int_equal(trip_decode(trip, type, subject, data, &event, &err), ML_ECORRUPT);
    if (strstr(err.message, member) == NULL)
        fail_msg("%s is not in: %s", member, err.message);
}

/* What is to be done outside, of each kind. */
static uint32_t fill_dues(const struct trip *trip, struct core_due dues[static 4])
{
    const struct core *core = trip->driver->core;
    dues[0] = (struct core_due){.destination = core_destination_find(core, BYTES_LITERAL("crm"))};
    dues[1] = (struct core_due){.destination = core_destination_find(core, BYTES_LITERAL("mail")),
                                .purpose = POLICY_REMINDER,
                                .target = BYTES_LITERAL("rep:ana"),
                                .due_us = T + SECOND,
                                .digest = true};
    dues[2] =
        (struct core_due){.destination = core_destination_find(core, BYTES_LITERAL("domains")),
                          .purpose = POLICY_ENRICH,
                          .step = 3};
    dues[3] = (struct core_due){.destination = CORE_NONE,
                                .purpose = POLICY_NOTICE,
                                .target = BYTES_LITERAL("mailto:\"ops\"@partner.example")};
    for (int i = 0; i < 3; i++)
        assert_int_not_equal(dues[i].destination, CORE_NONE);
    return 4;
}

static void check_dues(const struct core_event *read, const struct core_due *dues, uint32_t count)
{
    assert_int_equal(read->due_count, count);
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(read->dues[i].destination, dues[i].destination);
        assert_int_equal(read->dues[i].purpose, dues[i].purpose);
        assert_true(bytes_equal(read->dues[i].target, dues[i].target));
        assert_int_equal(read->dues[i].due_us, dues[i].due_us);
        assert_int_equal(read->dues[i].step, dues[i].step);
        assert_int_equal(read->dues[i].digest, dues[i].digest);
    }
}

static struct core_event there_and_back(struct trip *trip, const struct core_event *event)
{
    char subject[LEAD_ID_TEXT_SIZE];
    struct error err = {0};
    struct core_event read;
    core_event_subject(event, subject);
    const char *written = trip_encode(trip, event);
    if (trip_decode(trip, event->type, subject, written, &read, &err) != 0)
        fail_msg("%s in %s", err.message, written);
    assert_string_equal(trip_encode(trip, &read), written);
    assert_int_equal(read.lead, event->lead);
    assert_int_equal(read.entity, event->entity);
    check_dues(&read, event->dues, event->due_count);
    struct driver_event *kept = &trip->driver->events[trip->driver->count++];
    kept->type = event->type;
    kept->data = strdup(written);
    return read;
}

/* Of those that never have any, their schema says so. */
static bool may_have_dues(enum core_event_type type)
{
    return type != CORE_DELIVERY_RETRIED && type != CORE_DELIVERY_REQUEUED &&
           type != CORE_DELIVERY_DISCARDED && type != CORE_DESTINATION_CHANGED;
}

struct core_event trip_check(struct trip *trip, struct core_event event)
{
    struct core_due dues[4];
    event.seq = core_seq(trip->driver->core) + 1;
    event.time_us = T;
    if (event.type != CORE_REP_SHIFTED) /* which nobody asks for */
        event.actor = BYTES_LITERAL("ana");
    seen[event.type] = true;
    if (may_have_dues(event.type)) {
        event.dues = dues;
        event.due_count = fill_dues(trip, dues);
        there_and_back(trip, &event);
    }
    event.due_count = 0;
    return there_and_back(trip, &event);
}

void trip_check_kept(struct trip *trip, const struct driver_event *kept)
{
    struct core_event event;
    struct error err = {0};
    struct core_due dues[4];
    if (trip_decode(trip, kept->type, kept->subject, kept->data, &event, &err) != 0)
        fail_msg("%s in %s", err.message, kept->data);
    assert_string_equal(trip_encode(trip, &event), kept->data);
    seen[kept->type] = true;
    event.dues = dues;
    event.due_count = fill_dues(trip, dues);
    struct core_event read = there_and_back(trip, &event);
    core_event_dispose(&read);
    core_event_dispose(&event);
}

bool trip_has_seen(enum core_event_type type)
{
    return seen[type];
}
