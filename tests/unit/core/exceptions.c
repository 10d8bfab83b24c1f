/* What tests of exceptions share. */
#include "exceptions.h"

#include <json-c/json.h>
#include <string.h>

static const char mesh[] = "name: testing\nowners:\n  - {name: ops, role: routing}\n"
                           "causes: [{name: bad_data}, {name: vendor_outage}]\n";
static const char people[] = "defaults: {capacity: 2}\n"
                             "teams: [{id: abm, manager: ana}, {id: desk}]\n"
                             "reps:\n"
                             "  - {id: ana, name: Ana, team: abm}\n"
                             "  - {id: ben, name: Ben, team: desk}\n"
                             "  - {id: cem, name: Cem, team: desk}\n";

struct driver *exceptions_driver_with(const char *pipeline)
{
    struct driver *d = driver_new_empty();
    const struct policy_file files[] = {{"mesh.yaml", bytes_of(mesh)},
                                        {"people.yaml", bytes_of(people)},
                                        {"pipelines/inbound.yaml", bytes_of(pipeline)}};
    struct policy_release *release = driver_release_with(files, sizeof files / sizeof *files);
    assert_int_equal(driver_activate(d, release), CORE_OK);
    policy_release_unref(release);
    return d;
}

struct driver *exceptions_driver(void)
{
    return exceptions_driver_with(PIPELINE(""));
}

/* ---- what people do */

struct core_command exceptions_command(enum core_command_type type, uint64_t number)
{
    return (struct core_command){.type = type, .actor = BYTES_LITERAL("mia"), .entity = number};
}

struct core_command exceptions_resolution(uint64_t number, enum core_resolution action)
{
    struct core_command command = exceptions_command(CORE_RESOLVE, number);
    command.resolve.action = action;
    command.resolve.cause = BYTES_LITERAL("bad_data");
    command.resolve.remediation = BYTES_LITERAL("asked them to mend the form");
    return command;
}

enum core_status exceptions_resolve(struct driver *d, uint64_t number, enum core_resolution action)
{
    enum core_status status = driver_run(d, exceptions_resolution(number, action));
    driver_tick(d);
    return status;
}

enum core_status exceptions_assign(struct driver *d, uint64_t number, const char *rep)
{
    struct core_command command = exceptions_resolution(number, CORE_RESOLVED_ASSIGN);
    command.resolve.rep = bytes_of(rep);
    return driver_run(d, command);
}

enum core_status exceptions_merge(struct driver *d, uint64_t number, uint64_t into)
{
    struct core_command command = exceptions_resolution(number, CORE_RESOLVED_MERGE);
    command.resolve.into = into;
    return driver_run(d, command);
}

enum core_status exceptions_claim(struct driver *d, uint64_t number, const char *who)
{
    struct core_command command = exceptions_command(CORE_CLAIM, number);
    command.actor = bytes_of(who);
    return driver_run(d, command);
}

uint64_t exceptions_open(struct driver *d, uint64_t lead, const char *kind)
{
    struct core_command command = {.type = CORE_OPEN_EXCEPTION, .lead = lead};
    command.open_exception.kind = bytes_of(kind);
    command.open_exception.note = BYTES_LITERAL("look at this");
    assert_int_equal(driver_run(d, command), CORE_OK);
    return d->decision.entity;
}

/* ---- what there is */

struct search {
    uint64_t lead;
    enum core_about about;
    struct core_exception found;
    size_t count;
};

static void visit(void *context, const struct core_exception *exception)
{
    struct search *search = context;
    if (exception->about != search->about || exception->lead != search->lead)
        return;
    search->found = *exception;
    search->count++;
}

struct core_exception exceptions_one(const struct driver *d, enum core_about about, uint64_t lead)
{
    struct search search = {.lead = lead, .about = about};
    core_exceptions_each(d->core, visit, &search);
    assert_int_equal(search.count, 1);
    return search.found;
}

size_t exceptions_count(const struct driver *d, enum core_about about, uint64_t lead)
{
    struct search search = {.lead = lead, .about = about};
    core_exceptions_each(d->core, visit, &search);
    return search.count;
}

uint64_t exceptions_submit(struct driver *d, const char *email, const char *form)
{
    uint64_t lead = driver_submit(d, email, "DE", form);
    return exceptions_one(d, CORE_ABOUT_LEAD, lead).number;
}

enum core_place exceptions_place(const struct driver *d, uint64_t lead)
{
    const struct core_lead *found = core_lead_find(d->core, lead);
    return found != NULL ? (enum core_place)found->place : CORE_PLACE_CLOSED;
}

void exceptions_assert_newest(const struct driver *d, enum core_event_type type, const char *key,
                              const char *value)
{
    struct json_object *event = driver_newest(d, type), *member;
    assert_true(json_object_object_get_ex(event, key, &member));
    assert_string_equal(json_object_get_string(member), value);
    json_object_put(event);
}

void exceptions_assert_refused(struct driver *d, struct core_command command,
                               enum core_status status, const char *part)
{
    size_t before = d->count;
    assert_int_equal(driver_run(d, command), status);
    if (strstr(d->decision.message, part) == NULL)
        fail_msg("\"%s\" is not in: %s", part, d->decision.message);
    assert_int_equal(d->count, before);
}

void exceptions_finish(struct driver *d)
{
    driver_check_replay(d);
    driver_free(d);
}
