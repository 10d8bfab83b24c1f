/* The company of the tests. */
#include "commands.h"

#include "base/id.h"
#include "base/json.h"

#include <dirent.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char mesh_yaml[] = "name: testing\nowners:\n  - {name: ops, role: routing}\n"
                                "dead_letters: {keep: 30d}\n";
#define PARTNER "source: partner\ntitle: Partner\nowner: ops\n"
static const struct {
    const char *yaml; /* NULL: the source is not there */
    const char *versions;
} partners[WORLD_PARTNERS] = {
    {PARTNER
     "mapping: {email: payload.email}\n"
     "versions: [{version: 1}, {version: 2}, {version: 3}]\ncontract: 1\n"
     "candidate: {version: 2, fall_back: {percent: 50, records: 2, within: 1h}}\n"
     "notify: {webhook: \"https://partner.example/hook\", emails: [it@partner.example], every: "
     "6h}\n",
     "123"},
    {PARTNER "mapping: {email: payload.email}\n"
             "versions: [{version: 2}, {version: 3}]\ncontract: 3\n"
             "candidate: {version: 2, mode: canary, percent: 50}\n",
     "23"},
    {PARTNER "notify: {emails: [it@partner.example], every: 1h}\n", ""},
    {NULL, ""},
};
static const char lead_schema[] =
    "{\"type\":\"object\",\"properties\":{\"email\":{\"type\":\"string\"},"
    "\"phone\":{\"type\":\"string\"},\"country\":{\"type\":\"string\"},"
    "\"form\":{\"type\":\"string\"},\"employees\":{\"type\":\"integer\"},"
    "\"tags\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}}}}";
const char world_people[] = "defaults: {capacity: 2}\nreps:\n"
                            "  - {id: ana, name: Ana, team: north, country: DE}\n"
                            "  - {id: ben, name: Ben}\n"
                            "  - {id: cem, name: Cem}\n";
const char world_pools[] =
    "pools:\n"
    "  - {id: dach, title: DACH, strategy: round_robin, members: [ana, ben]}\n"
    "  - {id: all, title: Everybody, strategy: least_loaded, members: [ana, ben, cem]}\n";
static const char pipeline_format[] =
    "pipeline: inbound\nowner: ops\nclasses:\n"
    "  - {name: hot, when: 'lead.form == \"demo\"', objectives: {assigned: 60s, contacted: 5m},"
    " return_after: 10m}\n"
    "  - {name: standard, objectives: {assigned: 5m, contacted: 4h}}\n"
    "score: 'lead.employees * 2'\n"
    "routes:\n"
    "  - {name: big, when: 'lead.employees > 1000', to: {rep: cem}}\n"
    "  - {name: dach, when: 'lead.country == \"DE\"', to: {pool: %s}}\n"
    "  - {name: everyone, to: {pool: all}}\n";

struct policy_release *world_release(const char *people, const char *pools)
{
    return world_release_of(people, pools, 0);
}

struct policy_release *world_release_of(const char *people, const char *pools, unsigned partner)
{
    static const char *const paths[] = {"contracts/partner/1.json", "contracts/partner/2.json",
                                        "contracts/partner/3.json"};
    enum { FILES = 7, FILES_MAX = FILES + 4 };
    char pipeline[1000];
    snprintf(pipeline, sizeof pipeline, pipeline_format,
             strstr(pools, "id: dach") != NULL ? "dach" : "all");
    struct policy_file files[FILES_MAX] = {
        {"mesh.yaml", bytes_of(mesh_yaml)},
        {"lead.schema.json", bytes_of(lead_schema)},
        {"people.yaml", bytes_of(people)},
        {"pools.yaml", bytes_of(pools)},
        {"sources/web.yaml", bytes_of("source: web\ntitle: Web\nowner: ops\n")},
        {"sources/csv.yaml", bytes_of("source: csv\ntitle: Files\nowner: ops\n")},
        {"pipelines/inbound.yaml", bytes_of(pipeline)},
    };
    size_t count = FILES;
    if (partners[partner].yaml != NULL)
        files[count++] =
            (struct policy_file){"sources/partner.yaml", bytes_of(partners[partner].yaml)};
    for (const char *version = partners[partner].versions; *version != '\0'; version++)
        files[count++] = (struct policy_file){paths[*version - '1'], BYTES_LITERAL("true")};
    struct policy_diagnostics diagnostics;
    policy_diagnostics_init(&diagnostics);
    struct policy_release *release = NULL;
    if (policy_release_compile(files, count, &diagnostics, &release, NULL) < 0)
        for (size_t i = 0; i < diagnostics.count; i++)
            print_error("%s:%u: %s\n", diagnostics.items[i].file, diagnostics.items[i].line,
                        diagnostics.items[i].message);
    policy_diagnostics_release(&diagnostics);
    assert_non_null(release);
    return release;
}

/* ---- life of a world */

struct world *world_new(void)
{
    struct world *world = calloc(1, sizeof *world);
    assert_non_null(world);
    world->core = core_new();
    world->now_us = WORLD_START_US;
    world->events = calloc(WORLD_EVENTS_MAX, sizeof *world->events);
    world->journal = calloc(WORLD_EVENTS_MAX, sizeof *world->journal);
    world->decision = calloc(1, sizeof *world->decision);
    assert_non_null(world->events);
    assert_non_null(world->journal);
    assert_non_null(world->decision);
    arena_init(&world->arena);
    snprintf(world->directory, sizeof world->directory, "/tmp/meshline-store-XXXXXX");
    assert_non_null(mkdtemp(world->directory));
    snprintf(world->path, sizeof world->path, "%s/state.db", world->directory);
    struct error err = {0};
    if (store_open(world->path, NULL, &world->store, &err) != 0)
        fail_msg("%s: %s", err.place, err.message);
    return world;
}

static void remove_directory(const char *path)
{
    DIR *directory = opendir(path);
    assert_non_null(directory);
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        char file[400];
        snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
        unlink(file);
    }
    closedir(directory);
    rmdir(path);
}

void world_free(struct world *world)
{
    store_reader_close(world->reader);
    store_close(world->store);
    for (size_t i = 0; i < world->count; i++)
        core_event_dispose(&world->events[i]);
    core_free(world->core);
    arena_release(&world->arena);
    remove_directory(world->directory);
    free(world->events);
    free(world->journal);
    free(world->decision);
    free(world);
}

int world_setup_empty(void **state)
{
    *state = world_new();
    return 0;
}

int world_setup(void **state)
{
    struct world *world = *state = world_new();
    world_activate(world, world_people, world_pools);
    world_project(world);
    return 0;
}

int world_teardown(void **state)
{
    world_free(*state);
    return 0;
}

/* ---- commands */

static void decode(const struct core *core, const struct core_event *event, struct bytes data,
                   struct arena *arena, struct core_event *ret)
{
    char subject[LEAD_ID_TEXT_SIZE] = "";
    core_event_subject(event, subject);
    struct error err = {0};
    const struct core_record stored = {event->seq, event->time_us,
                                       bytes_of(core_event_type_name(event->type)),
                                       bytes_of(subject), data};
    if (core_event_decode(core, &stored, arena, ret, &err) != 0)
        fail_msg("%s: %s", err.place, err.message);
}

/* Through the journal's form and back, applied, kept. */
static void record(struct world *world, const struct core_event *event)
{
    assert_true(world->count < WORLD_EVENTS_MAX);
    struct buffer encoded;
    buffer_init(&encoded, 1024 * 1024);
    core_event_encode(world->core, event, &encoded);
    struct bytes data = arena_copy(&world->arena, buffer_bytes(&encoded));
    buffer_release(&encoded);
    struct core_event *kept = &world->events[world->count];
    world->journal[world->count++] = data;
    decode(world->core, event, data, &world->arena, kept);
    core_apply(world->core, kept);
}

enum core_status world_run(struct world *world, struct core_command command)
{
    command.time_us = world->now_us;
    core_decide(world->core, &command, core_seq(world->core) + 1, world->decision);
    for (size_t i = 0; i < world->decision->event_count; i++)
        record(world, &world->decision->events[i]);
    return world->decision->status;
}

void world_activate(struct world *world, const char *people, const char *pools)
{
    struct policy_release *release = world_release(people, pools);
    struct core_command command = {.type = CORE_ACTIVATE, .activate.release = release};
    assert_int_equal(world_run(world, command), CORE_OK);
    policy_release_unref(release);
}

static void set(const struct policy_release *release, struct cel_value *values, const char *name,
                struct cel_value value)
{
    values[policy_field_find(&release->schema, bytes_of(name))] = value;
}

void world_command_key(struct core_command *command, uint64_t key)
{
    if (key == 0)
        return;
    command->idempotency = (struct hash128){key, key * 7919};
    command->fingerprint = key;
}

/* A release may be without the source: then it is another one's record. */
static uint32_t find_source(const struct policy_release *release, const char *name)
{
    uint32_t source = policy_source_find(release, bytes_of(name));
    return source != POLICY_NONE ? source : policy_source_find(release, bytes_of("web"));
}

/* What the lead says is in `values`. */
static uint64_t submit_values(struct world *world, struct core_command command, const char *source,
                              const struct cel_value *values)
{
    struct policy_release *release = core_release(world->core);
    command.submit.release = release;
    command.submit.source = find_source(release, source);
    command.submit.values = values;
    command.submit.key_kind = policy_business_key(release, command.submit.source, values,
                                                  &world->arena, &command.submit.key);
    world_run(world, command);
    return world->decision->lead;
}

uint64_t world_submit_any(struct world *world, const char *source, const char *email,
                          const char *country, const char *form, int64_t employees, uint64_t key)
{
    struct policy_release *release = core_release(world->core);
    struct cel_value *values = arena_array(&world->arena, release->schema.count, sizeof *values);
    struct core_command command = {.type = CORE_SUBMIT};
    if (email != NULL)
        set(release, values, "email", cel_string(bytes_of(email)));
    if (country != NULL)
        set(release, values, "country", cel_string(bytes_of(country)));
    if (form != NULL)
        set(release, values, "form", cel_string(bytes_of(form)));
    if (employees != 0)
        set(release, values, "employees", cel_int(employees));
    world_command_key(&command, key);
    return submit_values(world, command, source, values);
}

uint64_t world_submit(struct world *world, const char *email, const char *country, const char *form)
{
    return world_submit_any(world, "web", email, country, form, 0, 0);
}

static uint64_t submit_read(struct world *world, uint64_t letter, const char *email,
                            uint32_t contract, const char *shadow)
{
    struct policy_release *release = core_release(world->core);
    struct cel_value *values = arena_array(&world->arena, release->schema.count, sizeof *values);
    struct core_command command = {
        .type = CORE_SUBMIT, .dead_letter = letter, .submit.contract = contract};
    if (email != NULL)
        set(release, values, "email", cel_string(bytes_of(email)));
    if (shadow != NULL)
        command.submit.shadow = arena_copy(&world->arena, bytes_of(shadow));
    return submit_values(world, command, "partner", values);
}

uint64_t world_submit_read(struct world *world, const char *email, uint32_t contract,
                           const char *shadow)
{
    return submit_read(world, 0, email, contract, shadow);
}

/* ---- records that are refused */

struct core_command world_refusal(struct world *world, const char *source, uint32_t contract,
                                  const char *violation)
{
    struct policy_release *release = core_release(world->core);
    struct core_command command = {.type = CORE_REFUSE, .refuse.contract = contract};
    command.refuse.release = release;
    command.refuse.source = find_source(release, source);
    command.refuse.violation = bytes_of(violation);
    command.refuse.message = bytes_of(arena_printf(&world->arena, "must not be %s", violation));
    command.refuse.errors = BYTES_LITERAL(
        "[{\"pointer\":\"/email\",\"rule\":\"/type\",\"message\":\"must be a string\"}]");
    command.refuse.media_type = BYTES_LITERAL("application/json");
    command.refuse.headers = BYTES_LITERAL("{\"user-agent\":\"them\"}");
    command.refuse.payload = BYTES_LITERAL("{\"email\": 7}");
    return command;
}

uint64_t world_refuse(struct world *world, const char *source, uint32_t contract,
                      const char *violation)
{
    assert_int_equal(world_run(world, world_refusal(world, source, contract, violation)), CORE_OK);
    return world->decision->dead_letter;
}

void world_refuse_again(struct world *world, uint64_t letter, uint32_t contract,
                        const char *violation)
{
    struct core_command command = world_refusal(world, "partner", contract, violation);
    command.dead_letter = letter;
    assert_int_equal(world_run(world, command), CORE_OK);
}

uint64_t world_replay(struct world *world, uint64_t letter, const char *email)
{
    return submit_read(world, letter, email, 1, NULL);
}

struct core_command world_discarding(uint64_t letter)
{
    return (struct core_command){.type = CORE_DISCARD,
                                 .dead_letter = letter,
                                 .discard.reason = BYTES_LITERAL("a test of theirs")};
}

void world_discard(struct world *world, uint64_t letter)
{
    assert_int_equal(world_run(world, world_discarding(letter)), CORE_OK);
}

struct core_command world_switching(enum core_switch_cause cause, uint32_t version)
{
    return (struct core_command){
        .type = CORE_SWITCH,
        .switch_ = {
            .source = BYTES_LITERAL("partner"), .cause = cause, .version = version, .share = 2500}};
}

void world_switch(struct world *world, enum core_switch_cause cause, uint32_t version)
{
    assert_int_equal(world_run(world, world_switching(cause, version)), CORE_OK);
}

struct core_command world_contacting(uint64_t lead)
{
    return (struct core_command){
        .type = CORE_CONTACT, .lead = lead, .contact.channel = BYTES_LITERAL("phone")};
}

void world_contact(struct world *world, uint64_t lead)
{
    assert_int_equal(world_run(world, world_contacting(lead)), CORE_OK);
}

void world_outcome(struct world *world, uint64_t lead, bool qualified)
{
    struct core_command command = {
        .type = CORE_OUTCOME, .lead = lead, .outcome = {qualified, BYTES_LITERAL("said so")}};
    assert_int_equal(world_run(world, command), CORE_OK);
}

void world_hand_back(struct world *world, uint64_t lead)
{
    struct core_command command = {
        .type = CORE_HAND_BACK, .lead = lead, .hand_back.reason = BYTES_LITERAL("not mine")};
    assert_int_equal(world_run(world, command), CORE_OK);
}

struct core_command world_assignment(uint64_t lead, const char *rep)
{
    return (struct core_command){
        .type = CORE_ASSIGN,
        .lead = lead,
        .assign = {bytes_of(rep), BYTES_LITERAL("known account"), BYTES_LITERAL("tell the team")}};
}

void world_assign(struct world *world, uint64_t lead, const char *rep)
{
    assert_int_equal(world_run(world, world_assignment(lead, rep)), CORE_OK);
}

void world_set_rep(struct world *world, const char *rep, int available, int64_t capacity)
{
    struct core_command command = {.type = CORE_SET_REP,
                                   .set_rep = {bytes_of(rep), available, capacity}};
    assert_int_equal(world_run(world, command), CORE_OK);
}

void world_tick(struct world *world)
{
    while (core_due_us(world->core) <= world->now_us)
        world_run(world, (struct core_command){.type = CORE_TICK});
}

void world_pass(struct world *world, int64_t duration_us)
{
    int64_t end_us = world->now_us + duration_us;
    world_tick(world);
    for (int64_t due_us; (due_us = core_due_us(world->core)) <= end_us;) {
        world->now_us = due_us > world->now_us ? due_us : world->now_us;
        world_tick(world);
    }
    world->now_us = end_us;
}

/* ---- the view */

void world_project_some(struct world *world, size_t count)
{
    const struct core_event **events = calloc(count + 1, sizeof *events);
    assert_non_null(events);
    for (size_t i = 0; i < count; i++)
        events[i] = &world->events[world->projected + i];
    struct error err = {0};
    if (store_apply(world->store, world->core, events, count, &err) != 0)
        fail_msg("%s: %s", err.place, err.message);
    free(events);
    world->projected += count;
    if (world->projected > 0)
        assert_int_equal(store_applied_seq(world->store), world->events[world->projected - 1].seq);
}

void world_project(struct world *world)
{
    world_project_some(world, world->count - world->projected);
}

struct hash256 world_digest(struct world *world)
{
    struct hash256 digest;
    assert_int_equal(store_digest(world->store, &digest, NULL), 0);
    return digest;
}

struct hash256 world_rebuild(struct world *world, size_t size)
{
    const char *path = world_path(world, "again.db");
    struct core *core = core_new();
    struct store *store;
    assert_int_equal(store_open(path, NULL, &store, NULL), 0);
    struct core_event *events = calloc(size, sizeof *events);
    const struct core_event **pointers = calloc(size, sizeof *pointers);
    struct arena arena;
    struct error err = {0};
    arena_init(&arena);
    assert_non_null(events);
    assert_non_null(pointers);
    for (size_t at = 0; at < world->count;) {
        size_t count = 0;
        for (; count < size && at < world->count; count++, at++) {
            decode(core, &world->events[at], world->journal[at], &arena, &events[count]);
            core_apply(core, &events[count]);
            pointers[count] = &events[count];
        }
        if (store_apply(store, core, pointers, count, &err) != 0)
            fail_msg("%s: %s", err.place, err.message);
        for (size_t i = 0; i < count; i++)
            core_event_dispose(&events[i]);
    }
    struct hash256 digest;
    assert_int_equal(store_digest(store, &digest, NULL), 0);
    store_close(store);
    core_free(core);
    arena_release(&arena);
    free(events);
    free(pointers);
    assert_int_equal(remove(path), 0);
    return digest;
}

struct store_reader *world_reader(struct world *world)
{
    struct error err = {0};
    if (world->reader == NULL && store_reader_open(world->path, NULL, &world->reader, &err) != 0)
        fail_msg("%s: %s", err.place, err.message);
    return world->reader;
}

const char *world_value(struct world *world, const char *sql)
{
    static char value[400];
    sqlite3 *db;
    sqlite3_stmt *row;
    assert_int_equal(sqlite3_open_v2(world->path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    if (sqlite3_prepare_v2(db, sql, -1, &row, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    bool found = sqlite3_step(row) == SQLITE_ROW && sqlite3_column_text(row, 0) != NULL;
    snprintf(value, sizeof value, "%s", found ? (const char *)sqlite3_column_text(row, 0) : "NULL");
    sqlite3_finalize(row);
    sqlite3_close(db);
    return value;
}

const char *world_plan(struct world *world, const char *sql)
{
    sqlite3 *db;
    sqlite3_stmt *row;
    const char *plan = "";
    assert_int_equal(sqlite3_open_v2(world->path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    sql = arena_printf(&world->arena, "EXPLAIN QUERY PLAN %s", sql);
    if (sqlite3_prepare_v2(db, sql, -1, &row, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    while (sqlite3_step(row) == SQLITE_ROW)
        plan =
            arena_printf(&world->arena, "%s%s\n", plan, (const char *)sqlite3_column_text(row, 3));
    sqlite3_finalize(row);
    sqlite3_close(db);
    return plan;
}

struct json_object *world_answer(struct world *world,
                                 int (*read)(struct store_reader *, const void *context,
                                             struct json_writer *, struct error *),
                                 const void *context)
{
    struct json_object *answer = NULL;
    struct buffer out;
    struct json_writer json;
    struct error err = {0};
    buffer_init(&out, 16 * 1024 * 1024);
    json_begin(&json, &out);
    if (read(world_reader(world), context, &json, &err) != 0)
        fail_msg("%s: %s", err.place, err.message);
    if (json_parse(buffer_bytes(&out), &answer, &err) != 0)
        fail_msg("%s: %s", err.message, buffer_string(&out));
    buffer_release(&out);
    return answer;
}

static int read_lead(struct store_reader *reader, const void *context, struct json_writer *json,
                     struct error *err)
{
    return store_read_lead(reader, *(const uint64_t *)context, json, err);
}

struct json_object *world_lead(struct world *world, uint64_t number)
{
    static struct json_object *shown;
    json_object_put(shown);
    shown = number != 0 ? world_answer(world, read_lead, &number) : NULL;
    return shown;
}

const char *world_path(struct world *world, const char *name)
{
    return arena_printf(&world->arena, "%s/%s", world->directory, name);
}

void world_execute(const char *path, const char *sql)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    sqlite3_close(db);
}

void world_copy_file(const char *from, const char *to)
{
    char block[65536];
    FILE *input = fopen(from, "rb"), *output = fopen(to, "wb");
    assert_non_null(input);
    assert_non_null(output);
    for (size_t size; (size = fread(block, 1, sizeof block, input)) > 0;)
        assert_int_equal(fwrite(block, 1, size, output), size);
    fclose(input);
    assert_int_equal(fclose(output), 0);
}

void assert_same(const struct hash256 *a, const struct hash256 *b)
{
    char x[HASH256_TEXT_SIZE], y[HASH256_TEXT_SIZE];
    hash256_print(a, x);
    hash256_print(b, y);
    assert_string_equal(x, y);
}

void world_check_reload(struct world *world)
{
    struct core *loaded = core_new();
    struct error err = {0};
    if (store_load_core(world->store, loaded, &err) != 0)
        fail_msg("%s: %s", err.place, err.message);
    struct hash256 expected = core_digest(world->core), got = core_digest(loaded);
    char text[256];
    const char *wrong = core_check(loaded, text, sizeof text);
    if (wrong != NULL)
        fail_msg("%s", wrong);
    core_free(loaded);
    assert_memory_equal(&expected, &got, sizeof got);
}

void world_reopen(struct world *world)
{
    store_close(world->store);
    assert_int_equal(store_open(world->path, NULL, &world->store, NULL), 0);
    assert_int_equal(store_applied_seq(world->store), core_seq(world->core));
    struct core *loaded = core_new();
    assert_int_equal(store_load_core(world->store, loaded, NULL), 0);
    core_free(world->core);
    world->core = loaded;
}
