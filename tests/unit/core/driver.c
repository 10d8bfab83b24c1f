/* The hand-driven core of the tests. */
#include "driver.h"

#include <stdio.h>
#include <stdlib.h>

static const char mesh_yaml[] = "name: testing\nowners:\n  - {name: ops, role: routing}\n";
static const char lead_schema[] =
    "{\"type\":\"object\",\"properties\":{\"email\":{\"type\":\"string\"},"
    "\"phone\":{\"type\":\"string\"},\"external_id\":{\"type\":\"string\"},"
    "\"country\":{\"type\":\"string\"},\"form\":{\"type\":\"string\"},"
    "\"employees\":{\"type\":\"integer\"},\"tags\":{\"type\":\"array\",\"items\":{\"type\":"
    "\"string\"}}}}";
static const char people_yaml[] = "defaults: {capacity: 2}\nreps:\n"
                                  "  - {id: ana, name: Ana}\n"
                                  "  - {id: ben, name: Ben}\n"
                                  "  - {id: cem, name: Cem}\n";
static const char pools_yaml[] =
    "pools:\n"
    "  - {id: dach, title: DACH, strategy: round_robin, members: [ana, ben]}\n"
    "  - {id: all, title: All, strategy: least_loaded, members: [ana, ben, cem]}\n";
static const char source_yaml[] = "source: web\ntitle: Web\nowner: ops\n";
static const char pipeline_yaml[] =
    "pipeline: inbound\nowner: ops\nclasses:\n"
    "  - {name: hot, when: 'lead.form == \"demo\"', objectives: {assigned: 60s, contacted: 5m},"
    " return_after: 10m}\n"
    "  - {name: standard, objectives: {assigned: 5m, contacted: 4h}}\n"
    "score: 'lead.employees * 2'\n"
    "routes:\n"
    "  - {name: big, when: 'lead.employees > 1000', to: {rep: cem}}\n"
    "  - {name: dach, when: 'lead.country in [\"DE\", \"AT\"]', to: {pool: dach}}\n"
    "  - {name: everyone, to: {pool: all}}\n";

static struct policy_release *compile(const struct policy_file *files, size_t count)
{
    struct policy_diagnostics diagnostics;
    policy_diagnostics_init(&diagnostics);
    struct policy_release *release = NULL;
    struct error err = {0};
    if (policy_release_compile(files, count, &diagnostics, &release, &err) < 0)
        for (size_t i = 0; i < diagnostics.count; i++)
            fprintf(stderr, "%s:%u: %s\n", diagnostics.items[i].file, diagnostics.items[i].line,
                    diagnostics.items[i].message);
    assert_non_null(release);
    policy_diagnostics_release(&diagnostics);
    return release;
}

struct policy_release *driver_release_of(const char *people, const char *pools,
                                         const char *pipeline)
{
    const struct policy_file files[] = {
        {"mesh.yaml", bytes_of(mesh_yaml)},
        {"lead.schema.json", bytes_of(lead_schema)},
        {"people.yaml", bytes_of(people ? people : people_yaml)},
        {"pools.yaml", bytes_of(pools ? pools : pools_yaml)},
        {"sources/web.yaml", bytes_of(source_yaml)},
        {"pipelines/inbound.yaml", bytes_of(pipeline ? pipeline : pipeline_yaml)},
    };
    return compile(files, sizeof files / sizeof *files);
}

struct policy_release *driver_release_with(const struct policy_file *files, size_t count)
{
    enum { OWN = 6, MORE_MAX = 16 };
    struct policy_file all[OWN + MORE_MAX] = {
        {"mesh.yaml", bytes_of(mesh_yaml)},
        {"lead.schema.json", bytes_of(lead_schema)},
        {"people.yaml", bytes_of(people_yaml)},
        {"pools.yaml", bytes_of(pools_yaml)},
        {"sources/web.yaml", bytes_of(source_yaml)},
        {"pipelines/inbound.yaml", bytes_of(pipeline_yaml)},
    };
    size_t total = OWN;
    assert_true(count <= MORE_MAX);
    for (size_t i = 0; i < count; i++) {
        size_t at = 0;
        while (at < total && strcmp(all[at].path, files[i].path) != 0)
            at++;
        all[at] = files[i];
        total += at == total;
    }
    return compile(all, total);
}

struct policy_release *driver_release_edge(const char *source, const char *keep)
{
    static const char contract[] = "{\"type\":\"object\"}";
    struct arena arena;
    arena_init(&arena);
    const char *mesh = arena_printf(&arena, "%sdead_letters: {keep: %s}\n", mesh_yaml, keep);
    const char *edge = arena_printf(&arena,
                                    "%sversions:\n"
                                    "  - {version: 1, mapping: {email: payload.email}}\n"
                                    "  - {version: 2, mapping: {email: payload.email}}\n"
                                    "  - {version: 3, mapping: {email: payload.email}}\n"
                                    "%s",
                                    source_yaml, source);
    const struct policy_file files[] = {
        {"mesh.yaml", bytes_of(mesh)},
        {"lead.schema.json", bytes_of(lead_schema)},
        {"people.yaml", bytes_of(people_yaml)},
        {"pools.yaml", bytes_of(pools_yaml)},
        {"sources/web.yaml", bytes_of(edge)},
        {"sources/zoo.yaml", BYTES_LITERAL("source: zoo\nowner: ops\n")},
        {"contracts/web/1.json", bytes_of(contract)},
        {"contracts/web/2.json", bytes_of(contract)},
        {"contracts/web/3.json", bytes_of(contract)},
        {"pipelines/inbound.yaml", bytes_of(pipeline_yaml)},
    };
    struct policy_release *release = compile(files, sizeof files / sizeof *files);
    arena_release(&arena);
    return release;
}

struct policy_release *driver_release(const char *people, const char *pools)
{
    return driver_release_of(people, pools, NULL);
}

struct driver *driver_new_empty(void)
{
    struct driver *driver = calloc(1, sizeof *driver);
    assert_non_null(driver);
    driver->core = core_new();
    arena_init(&driver->arena);
    driver->now_us = INT64_C(1700000000) * SECOND;
    return driver;
}

struct driver *driver_new(void)
{
    struct driver *driver = driver_new_empty();
    struct policy_release *release = driver_release(NULL, NULL);
    assert_int_equal(driver_activate(driver, release), CORE_OK);
    policy_release_unref(release);
    return driver;
}

/* ---- what spec/events says of an event */

static struct contract_schema *schema_of(enum core_event_type type)
{
    char path[512];
    snprintf(path, sizeof path, "%s/events/%s.json", SPEC_DIRECTORY, core_event_type_name(type));
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char text[32 * 1024];
    size_t size = fread(text, 1, sizeof text, file);
    assert_true(size < sizeof text);
    fclose(file);
    struct contract_diagnostics diagnostics;
    contract_diagnostics_init(&diagnostics);
    const struct contract_options options = {.assert_format = true};
    struct contract_schema *schema = NULL;
    if (contract_schema_compile(bytes_of(path), (struct bytes){text, size}, &options, &schema,
                                &diagnostics) != 0)
        fail_msg("%s: %.*s", path, BYTES_ARG(diagnostics.items[0].message));
    contract_diagnostics_release(&diagnostics);
    return schema;
}

static void check_schema(const struct contract_schema *schema, const struct driver_event *event,
                         struct contract_scratch *scratch, struct arena *arena)
{
    const struct contract_instance *instance;
    struct contract_report report;
    struct error err = {0};
    if (contract_instance_parse(bytes_of(event->data), NULL, arena, &instance, &err) != 0)
        fail_msg("%s: %s in %s", err.place, err.message, event->data);
    contract_schema_report(schema, instance, scratch, arena, &report);
    if (!report.valid)
        fail_msg("%.*s: %.*s in %s", BYTES_ARG(report.errors[0].instance_location),
                 BYTES_ARG(report.errors[0].message), event->data);
    arena_reset(arena);
}

/* Every event that a test made is what its schema says. */
static void check_schemas(const struct driver *driver)
{
    struct arena arena;
    arena_init(&arena);
    struct contract_scratch *scratch = contract_scratch_new();
    for (int type = 1; type < CORE_EVENT_TYPES; type++) {
        struct contract_schema *schema = NULL;
        for (size_t i = 0; i < driver->count; i++) {
            if (driver->events[i].type != (enum core_event_type)type)
                continue;
            if (schema == NULL)
                schema = schema_of((enum core_event_type)type);
            check_schema(schema, &driver->events[i], scratch, &arena);
        }
        contract_schema_free(schema);
    }
    contract_scratch_free(scratch);
    arena_release(&arena);
}

void driver_free(struct driver *driver)
{
    check_schemas(driver);
    for (size_t i = 0; i < driver->count; i++)
        free(driver->events[i].data);
    core_free(driver->core);
    arena_release(&driver->arena);
    free(driver);
}

static void keep_event(struct driver *driver, const struct core_event *event)
{
    assert_true(driver->count < DRIVER_EVENTS_MAX);
    struct driver_event *kept = &driver->events[driver->count++];
    struct buffer text;
    buffer_init(&text, 1 << 20);
    core_event_encode(driver->core, event, &text);
    kept->data = strdup(buffer_string(&text));
    buffer_release(&text);
    kept->type = event->type;
    kept->time_us = event->time_us;
    core_event_subject(event, kept->subject);
    if (event->type == CORE_LEAD_ASSIGNED) {
        kept->load = event->placed.load;
        kept->capacity = event->placed.capacity;
        kept->overridden = event->placed.overridden;
    }
}

enum core_status driver_run(struct driver *driver, struct core_command command)
{
    command.time_us = driver->now_us;
    core_decide(driver->core, &command, core_seq(driver->core) + 1, &driver->decision);
    for (size_t i = 0; i < driver->decision.event_count; i++) {
        keep_event(driver, &driver->decision.events[i]);
        core_apply(driver->core, &driver->decision.events[i]);
        driver_check(driver);
    }
    return driver->decision.status;
}

void driver_tick(struct driver *driver)
{
    struct core_decision decision = driver->decision;
    while (core_due_us(driver->core) <= driver->now_us)
        driver_run(driver, (struct core_command){.type = CORE_TICK});
    driver->decision = decision;
}

void driver_look(struct driver *driver)
{
    struct core_decision decision = driver->decision;
    do
        driver_run(driver, (struct core_command){.type = CORE_WATCH});
    while (driver->decision.event_count > 0);
    driver->decision = decision;
}

void driver_pass(struct driver *driver, int64_t duration_us)
{
    int64_t end_us = driver->now_us + duration_us;
    while (core_due_us(driver->core) <= end_us) {
        int64_t due_us = core_due_us(driver->core);
        if (due_us > driver->now_us)
            driver->now_us = due_us;
        driver_tick(driver);
    }
    driver->now_us = end_us;
}

enum core_status driver_activate(struct driver *driver, struct policy_release *release)
{
    enum core_status status = driver_run(
        driver, (struct core_command){.type = CORE_ACTIVATE, .activate.release = release});
    driver_tick(driver);
    return status;
}

uint64_t driver_submit(struct driver *driver, const char *email, const char *country,
                       const char *form)
{
    return driver_submit_sized(driver, email, country, form, -1);
}

struct core_command driver_submission(struct driver *driver, const char *email, const char *country,
                                      const char *form, int64_t employees)
{
    struct policy_release *release = core_release(driver->core);
    struct cel_value *values = arena_array(&driver->arena, POLICY_FIELDS_MAX, sizeof *values);
    const char *const names[] = {"email", "country", "form"};
    const char *const texts[] = {email, country, form};
    for (size_t i = 0; i < 3; i++)
        if (texts[i] != NULL)
            values[policy_field_find(&release->schema, bytes_of(names[i]))] =
                cel_string(bytes_of(texts[i]));
    if (employees >= 0)
        values[policy_field_find(&release->schema, BYTES_LITERAL("employees"))] =
            cel_int(employees);
    struct core_command command = {
        .type = CORE_SUBMIT, .submit.release = release, .submit.values = values};
    command.submit.key_kind =
        policy_business_key(release, 0, values, &driver->arena, &command.submit.key);
    return command;
}

uint64_t driver_submit_sized(struct driver *driver, const char *email, const char *country,
                             const char *form, int64_t employees)
{
    driver_run(driver, driver_submission(driver, email, country, form, employees));
    driver_tick(driver);
    return driver->decision.lead;
}

struct core_command driver_refusal(struct driver *driver, uint32_t contract, const char *violation)
{
    return (struct core_command){
        .type = CORE_REFUSE,
        .refuse.release = core_release(driver->core),
        .refuse.contract = contract,
        .refuse.violation = bytes_of(violation),
        .refuse.message = BYTES_LITERAL("must be a string, got a number"),
        .refuse.errors =
            BYTES_LITERAL("[{\"pointer\":\"/email\",\"rule\":\"/properties/email/type\","
                          "\"message\":\"must be a string, got a number\"}]"),
        .refuse.media_type = BYTES_LITERAL("application/json"),
        .refuse.headers = BYTES_LITERAL("{\"user-agent\":\"form/1\"}"),
        .refuse.payload = BYTES_LITERAL("{\"bad\":true}"),
    };
}

uint64_t driver_refuse(struct driver *driver, uint32_t contract, const char *violation)
{
    driver_run(driver, driver_refusal(driver, contract, violation));
    return driver->decision.dead_letter;
}

enum core_status driver_set_rep(struct driver *driver, const char *rep, int available,
                                int64_t capacity)
{
    enum core_status status =
        driver_run(driver, (struct core_command){.type = CORE_SET_REP,
                                                 .set_rep.rep = bytes_of(rep),
                                                 .set_rep.available = available,
                                                 .set_rep.capacity = capacity});
    driver_tick(driver);
    return status;
}

enum core_status driver_contact(struct driver *driver, uint64_t lead)
{
    return driver_run(driver, (struct core_command){.type = CORE_CONTACT,
                                                    .lead = lead,
                                                    .contact.channel = BYTES_LITERAL("phone")});
}

enum core_status driver_outcome(struct driver *driver, uint64_t lead, bool qualified)
{
    enum core_status status = driver_run(
        driver,
        (struct core_command){.type = CORE_OUTCOME, .lead = lead, .outcome.qualified = qualified});
    driver_tick(driver);
    return status;
}

enum core_status driver_hand_back(struct driver *driver, uint64_t lead)
{
    enum core_status status =
        driver_run(driver, (struct core_command){.type = CORE_HAND_BACK,
                                                 .lead = lead,
                                                 .hand_back.reason = BYTES_LITERAL("not mine")});
    driver_tick(driver);
    return status;
}

enum core_status driver_assign(struct driver *driver, uint64_t lead, const char *rep)
{
    return driver_run(driver,
                      (struct core_command){.type = CORE_ASSIGN,
                                            .lead = lead,
                                            .assign.rep = bytes_of(rep),
                                            .assign.cause = BYTES_LITERAL("vip"),
                                            .assign.remediation = BYTES_LITERAL("add a route")});
}

enum core_status driver_acknowledge(struct driver *driver, uint64_t lead)
{
    enum core_status status =
        driver_run(driver, (struct core_command){.type = CORE_ACKNOWLEDGE, .lead = lead});
    driver_tick(driver);
    return status;
}

enum core_status driver_enrich(struct driver *driver, uint64_t lead, int64_t employees)
{
    const struct policy_schema *schema = &core_release(driver->core)->schema;
    struct cel_value *values = arena_array(&driver->arena, POLICY_FIELDS_MAX, sizeof *values);
    if (employees >= 0)
        values[policy_field_find(schema, BYTES_LITERAL("employees"))] = cel_int(employees);
    enum core_status status =
        driver_run(driver, (struct core_command){.type = CORE_ENRICH,
                                                 .lead = lead,
                                                 .enrich.provider = BYTES_LITERAL("firmographics"),
                                                 .enrich.values = values,
                                                 .enrich.arena = &driver->arena});
    driver_tick(driver);
    return status;
}

const char *driver_owner(struct driver *driver, uint64_t lead)
{
    const struct core_lead *found = core_lead_find(driver->core, lead);
    if (found == NULL)
        return "closed";
    return found->rep == CORE_NONE ? "" : core_rep_id(driver->core, found->rep);
}

size_t driver_count(const struct driver *driver, enum core_event_type type)
{
    size_t count = 0;
    for (size_t i = 0; i < driver->count; i++)
        count += driver->events[i].type == type;
    return count;
}

struct json_object *driver_newest(const struct driver *driver, enum core_event_type type)
{
    struct json_object *object = NULL;
    for (size_t i = driver->count; i > 0 && object == NULL; i--)
        if (driver->events[i - 1].type == type)
            assert_int_equal(json_parse(bytes_of(driver->events[i - 1].data), &object, NULL), 0);
    assert_non_null(object);
    return object;
}

void driver_check_replay(const struct driver *driver)
{
    struct core *copy = driver_replay(driver);
    const struct hash256 here = core_digest(driver->core), there = core_digest(copy);
    assert_memory_equal(&here, &there, sizeof here);
    core_free(copy);
}

void driver_mirror(const struct core *core, const struct core_event *event, struct core *mirror)
{
    struct buffer text;
    buffer_init(&text, 1 << 20);
    core_event_encode(core, event, &text);
    char subject[LEAD_ID_TEXT_SIZE] = "";
    core_event_subject(event, subject);
    const struct core_record record = {event->seq, event->time_us,
                                       bytes_of(core_event_type_name(event->type)),
                                       bytes_of(subject), buffer_bytes(&text)};
    struct arena arena;
    arena_init(&arena);
    struct core_event copy;
    struct error err = {0};
    if (core_event_decode(mirror, &record, &arena, &copy, &err) < 0)
        fail_msg("%s: %s", err.place, err.message);
    core_apply(mirror, &copy);
    core_event_dispose(&copy);
    arena_release(&arena);
    buffer_release(&text);
}

struct core *driver_replay(const struct driver *driver)
{
    struct core *core = core_new();
    struct arena arena;
    arena_init(&arena);
    for (size_t i = 0; i < driver->count; i++) {
        const struct driver_event *kept = &driver->events[i];
        struct core_event event;
        struct error err = {0};
        const struct core_record stored = {i + 1, kept->time_us,
                                           bytes_of(core_event_type_name(kept->type)),
                                           bytes_of(kept->subject), bytes_of(kept->data)};
        int code = core_event_decode(core, &stored, &arena, &event, &err);
        if (code < 0)
            fail_msg("%s: %s in %s", err.place, err.message, kept->data);
        core_apply(core, &event);
        core_event_dispose(&event);
        arena_reset(&arena);
    }
    arena_release(&arena);
    return core;
}

void driver_check(struct driver *driver)
{
    char text[256];
    const char *broken = core_check(driver->core, text, sizeof text);
    if (broken != NULL)
        fail_msg("after seq %llu: %s", (unsigned long long)core_seq(driver->core), broken);
}
