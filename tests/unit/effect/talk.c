/* Conversations played by hand. */
#include "talk.h"

#include "base/json.h"

#include <stdio.h>

static const char mesh_yaml[] =
    "name: testing\nowners: [{name: ops, role: routing, email: ops@example.com}]\n";
static const char lead_schema[] =
    "{\"type\":\"object\",\"properties\":{\"email\":{\"type\":\"string\"},"
    "\"name\":{\"type\":\"string\"},\"company\":{\"type\":\"string\"},"
    "\"phone\":{\"type\":\"string\"},"
    "\"country\":{\"type\":\"string\",\"enum\":[\"DE\",\"FR\"]},"
    "\"employees\":{\"type\":\"integer\",\"minimum\":0,\"maximum\":1000},"
    "\"free\":{\"type\":\"boolean\"},"
    "\"tags\":{\"type\":\"array\",\"items\":{\"type\":\"string\"}}}}";
static const char people_yaml[] =
    "defaults: {capacity: 7}\n"
    "teams: [{id: sdr, title: SDR, email: sdr@example.com}]\n"
    "reps:\n"
    "  - {id: ana, name: Ana Reyes, email: ana@example.com, time_zone: Europe/Berlin}\n"
    "  - {id: ben, name: Ben}\n";
static const char pools_yaml[] = "pools:\n  - {id: all, members: [ana, ben]}\n";
static const char source_yaml[] = "source: web\nowner: ops\n";
static const char pipeline_yaml[] =
    "pipeline: inbound\nowner: ops\n"
    "classes:\n"
    "  - {name: hot, when: 'lead.employees > 500', objectives: {contacted: 5m}}\n"
    "  - {name: standard, objectives: {contacted: 4h}}\n"
    "routes:\n  - {name: everyone, to: {pool: all}}\n";
static const char regions_csv[] = "country,region:string,size:int\nDE,dach,40\nFR,west,\n";

static void compile(struct talk *talk, const struct policy_file *files, size_t count)
{
    struct policy_diagnostics diagnostics;
    struct error err = {0};
    policy_diagnostics_init(&diagnostics);
    policy_release_compile(files, count, &diagnostics, &talk->release, &err);
    for (size_t i = 0; i < diagnostics.count; i++)
        print_message("# %s:%u: %s\n", diagnostics.items[i].file, diagnostics.items[i].line,
                      diagnostics.items[i].message);
    policy_diagnostics_release(&diagnostics);
    assert_non_null(talk->release);
}

static void make_message(struct talk *talk, size_t i)
{
    struct cel_value *values =
        arena_array(&talk->arena, talk->release->schema.count, sizeof *values);
    policy_record_from_canonical(&talk->release->schema, talk->attributes, &talk->arena, values);
    struct effect_message *message = &talk->messages[i];
    *message = (struct effect_message){.number = 64 * (20 + i),
                                       .purpose = POLICY_DELIVER,
                                       .attempt = 1,
                                       .seq = 20 + i,
                                       .time_us = TALK_NOW,
                                       .type = CORE_LEAD_ASSIGNED,
                                       .subject = BYTES_LITERAL("L12"),
                                       .data = BYTES_LITERAL("{\"rep\":\"ana\"}"),
                                       .lead = 12,
                                       .attributes = BYTES_LITERAL(TALK_LEAD),
                                       .values = values,
                                       .state = BYTES_LITERAL("assigned"),
                                       .place = BYTES_LITERAL("owned"),
                                       .class_name = BYTES_LITERAL("standard"),
                                       .source = BYTES_LITERAL("web"),
                                       .rep = BYTES_LITERAL("ana"),
                                       .version = 20,
                                       .captured_us = TALK_NOW,
                                       .assigned_us = TALK_NOW};
    entity_id_print(ID_DELIVERY, message->number, message->id);
    talk->said[i] = message;
}

/* A provider that nobody asks is a mistake. */
static const char *pipeline_of(struct talk *talk, const char *provider)
{
    return provider == NULL ? pipeline_yaml
                            : arena_printf(&talk->arena, "%senrichment: {providers: [%s]}\n",
                                           pipeline_yaml, provider);
}

static void make(struct talk *talk, const char *provider, const struct policy_file *more,
                 size_t more_count)
{
    *talk = (struct talk){.secrets = {.mesh_directory = ""}};
    arena_init(&talk->arena);
    struct policy_file files[16] = {
        {"mesh.yaml", bytes_of(mesh_yaml)},
        {"lead.schema.json", bytes_of(lead_schema)},
        {"people.yaml", bytes_of(people_yaml)},
        {"pools.yaml", bytes_of(pools_yaml)},
        {"sources/web.yaml", bytes_of(source_yaml)},
        {"pipelines/inbound.yaml", bytes_of(pipeline_of(talk, provider))},
        {"tables/regions.csv", bytes_of(regions_csv)},
    };
    size_t count = 7;
    for (size_t i = 0; i < more_count; i++)
        if (more[i].path != NULL)
            files[count++] = more[i];
    compile(talk, files, count);
    assert_int_equal(json_parse(BYTES_LITERAL(TALK_LEAD), &talk->attributes, NULL), 0);
    for (size_t i = 0; i < TALK_MESSAGES_MAX; i++)
        make_message(talk, i);
}

void talk_release(struct talk *talk, const char *path, const char *text)
{
    const struct policy_file file = {path, bytes_of(text)};
    make(talk, NULL, &file, 1);
}

void talk_open(struct talk *talk, const char *name, const char *path, const char *text,
               const char *more_path, const char *more_text)
{
    const struct policy_file files[] = {{path, bytes_of(text)}, {more_path, bytes_of(more_text)}};
    struct error err = {0};
    make(talk, strncmp(path, "providers/", 10) == 0 ? name : NULL, files, 2);
    uint32_t at = policy_destination_find(talk->release, bytes_of(name));
    assert_int_not_equal(at, POLICY_NONE);
    talk->place = (struct effect_place){.release = talk->release,
                                        .declared = &talk->release->destinations[at],
                                        .secrets = &talk->secrets,
                                        .data_directory = "."};
    assert_int_equal(json_parse(talk->place.declared->options, &talk->place.options, NULL), 0);
    talk->kind = effect_kinds[talk->place.declared->kind];
    assert_non_null(talk->kind);
    if (talk->kind->open != NULL && talk->kind->open(&talk->place, &talk->state, &err) != 0)
        fail_msg("%s", err.message);
}

void talk_close(struct talk *talk)
{
    if (talk->kind != NULL && talk->kind->close != NULL)
        talk->kind->close(talk->state);
    json_object_put(talk->place.options);
    json_object_put(talk->attributes);
    policy_release_unref(talk->release);
    arena_release(&talk->arena);
    json_thread_release();
}

static enum effect_step turn(struct talk *talk, const struct effect_answer *answer)
{
    talk->request = (struct effect_request){0};
    talk->receipt = (struct core_receipt){0};
    talk->step = talk->kind->converse(talk->state, &talk->place, &talk->attempt, answer,
                                      &talk->request, &talk->receipt);
    return talk->step;
}

static void take_found(void *context, struct bytes key, struct bytes id)
{
    struct talk *talk = context;
    size_t at = talk->record_count++;
    assert_true(at < TALK_RECORDS_MAX);
    snprintf(talk->records[at].key, sizeof talk->records[at].key, "%.*s", BYTES_ARG(key));
    snprintf(talk->records[at].id, sizeof talk->records[at].id, "%.*s", BYTES_ARG(id));
}

static void take_record(void *context, struct cel_value record, struct bytes cursor)
{
    struct talk *talk = context;
    size_t at = talk->record_count++;
    assert_true(at < TALK_RECORDS_MAX);
    talk->records[at].record = record;
    snprintf(talk->records[at].cursor, sizeof talk->records[at].cursor, "%.*s", BYTES_ARG(cursor));
}

enum effect_step talk_begin_task(struct talk *talk, enum effect_task task, const char *cursor)
{
    size_t count = talk->attempt.count > 0 ? talk->attempt.count : 1;
    talk->record_count = 0;
    talk->attempt = (struct effect_attempt){.task = task,
                                            .messages = talk->said,
                                            .count = count,
                                            .arena = &talk->arena,
                                            .now_us = TALK_NOW,
                                            .cursor = bytes_of(cursor),
                                            .context = talk,
                                            .found = take_found,
                                            .record = take_record};
    return turn(talk, NULL);
}

enum effect_step talk_begin(struct talk *talk)
{
    return talk_begin_task(talk, EFFECT_DELIVER, "");
}

enum effect_step talk_answer(struct talk *talk, uint32_t status, const char *body)
{
    static const struct effect_header headers[] = {{{"content-type", 12}, {"application/json", 16}},
                                                   {{"x-request-id", 12}, {"req-7", 5}}};
    assert_int_equal(talk->step, EFFECT_ASK);
    const struct effect_answer answer = {
        .status = status, .headers = headers, .header_count = 2, .body = bytes_of(body)};
    return turn(talk, &answer);
}

/* ---- looking */

const char *talk_text(const struct talk *talk, struct bytes text)
{
    return arena_string((struct arena *)&talk->arena, text);
}

bool talk_has(struct bytes text, const char *part)
{
    return text.size > 0 && memmem(text.data, text.size, part, strlen(part)) != NULL;
}

const char *talk_header(const struct talk *talk, const char *name)
{
    for (size_t i = 0; i < talk->request.header_count; i++)
        if (bytes_is(talk->request.headers[i].name, name))
            return talk_text(talk, talk->request.headers[i].value);
    return NULL;
}

void talk_expect(const struct talk *talk, const char *method, const char *url, const char *body)
{
    if (talk->step != EFFECT_ASK)
        fail_msg("it ended: %s", talk_text(talk, talk->receipt.reason));
    assert_string_equal(talk->request.method, method);
    assert_string_equal(talk->request.url, url);
    assert_string_equal(talk_text(talk, talk->request.body), body);
}

void talk_expect_receipt(const struct talk *talk, enum core_outcome outcome, const char *reason)
{
    assert_int_equal(talk->step, EFFECT_DONE);
    assert_string_equal(talk_text(talk, talk->receipt.reason), reason);
    assert_int_equal(talk->receipt.outcome, outcome);
}
