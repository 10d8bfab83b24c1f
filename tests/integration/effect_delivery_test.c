/* Deliveries from an event to the receipt, with the real engine, the real effect thread and a web
 * server that does as it is told: what arrives, how it is signed, what comes of each answer. */
#include "hostile_server.h"

#include "base/json.h"
#include "effect/effect.h"

#include <ftw.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define SECRET "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

struct world {
    char directory[64];
    struct hostile *server;
    struct engine *engine;
    struct effects *effects;
    struct policy_release *release;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct engine_listener listener;
    unsigned complaints;
    char complaint[512];
};

static int64_t now_us(void *context)
{
    struct timespec now;
    (void)context;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int64_t free_bytes(void *context)
{
    (void)context;
    return INT64_C(1) << 40;
}

static void fatal(void *context, const struct error *err)
{
    (void)context;
    fprintf(stderr, "fatal: %s\n", err->message);
    abort();
}

static void on_durable(struct engine_listener *listener, uint64_t seq)
{
    struct world *world = listener->context;
    (void)seq;
    pthread_mutex_lock(&world->lock);
    pthread_cond_broadcast(&world->changed);
    pthread_mutex_unlock(&world->lock);
}

static void complain(void *context, const char *destination, const struct error *err)
{
    struct world *world = context;
    pthread_mutex_lock(&world->lock);
    world->complaints++;
    snprintf(world->complaint, sizeof world->complaint, "%s: %s", destination, err->message);
    pthread_cond_broadcast(&world->changed);
    pthread_mutex_unlock(&world->lock);
}

/* ---- commands */

struct decision {
    struct world *world;
    bool is_done;
};

static void on_complete(struct engine_request *request)
{
    struct decision *decision = request->context;
    struct world *world = decision->world;
    pthread_mutex_lock(&world->lock);
    decision->is_done = true;
    pthread_cond_broadcast(&world->changed);
    pthread_mutex_unlock(&world->lock);
}

static struct engine_result decide(struct world *world, struct core_command *command)
{
    struct engine_result result = {0};
    struct decision decision = {.world = world};
    struct error err;
    struct engine_request request = {.commands = command,
                                     .results = &result,
                                     .count = 1,
                                     .complete = on_complete,
                                     .context = &decision};
    assert_int_equal(engine_submit(world->engine, &request, &err), 0);
    pthread_mutex_lock(&world->lock);
    while (!decision.is_done)
        pthread_cond_wait(&world->changed, &world->lock);
    pthread_mutex_unlock(&world->lock);
    return result;
}

static uint64_t submit(struct world *world, const char *email)
{
    struct arena arena;
    arena_init(&arena);
    struct cel_value *values = arena_array(&arena, world->release->schema.count, sizeof *values);
    values[world->release->schema.email] = cel_string(bytes_of(email));
    struct core_command command = {
        .type = CORE_SUBMIT, .submit.release = world->release, .submit.values = values};
    command.submit.key_kind =
        policy_business_key(world->release, 0, values, &arena, &command.submit.key);
    struct engine_result result = decide(world, &command);
    arena_release(&arena);
    assert_int_equal(result.status, CORE_OK);
    return result.lead;
}

/* The starter mesh with a destination or provider, and perhaps more at the end of its pipeline. */
static void activate_with(struct world *world, const char *path, const char *written,
                          const char *pipeline)
{
    const struct policy_file *starter;
    struct policy_file files[32];
    struct policy_diagnostics diagnostics;
    struct error err;
    char text[2048], inbound[16 * 1024];
    size_t count;
    policy_starter_files(&starter, &count);
    memcpy(files, starter, count * sizeof *files);
    snprintf(text, sizeof text, written, hostile_port(world->server));
    files[count] = (struct policy_file){path, bytes_of(text)};
    for (size_t i = 0; i < count; i++)
        if (strcmp(files[i].path, "pipelines/inbound.yaml") == 0) {
            snprintf(inbound, sizeof inbound, "%.*s\n%s", BYTES_ARG(files[i].content), pipeline);
            files[i].content = bytes_of(inbound);
        }
    policy_release_unref(world->release); /* the engine has its own of the one before */
    policy_diagnostics_init(&diagnostics);
    if (policy_release_compile(files, count + 1, &diagnostics, &world->release, &err) < 0)
        fail_msg("%s: %s", diagnostics.count > 0 ? diagnostics.items[0].file : "",
                 diagnostics.count > 0 ? diagnostics.items[0].message : err.message);
    policy_diagnostics_release(&diagnostics);
    struct core_command command = {.type = CORE_ACTIVATE, .activate.release = world->release};
    assert_int_equal(decide(world, &command).status, CORE_OK);
}

static void activate(struct world *world, const char *destination)
{
    activate_with(world, "destinations/hook.yaml", destination, "");
}

/* ---- life */

static void start_engine(struct world *world)
{
    const struct engine_options options = {.directory = world->directory,
                                           .world = {world, now_us, free_bytes, fatal}};
    struct error err;
    assert_int_equal(engine_open(&options, NULL, NULL, &world->engine, &err), 0);
    world->listener = (struct engine_listener){.notify = on_durable, .context = world};
    engine_listen(world->engine, &world->listener);
    const struct effect_options effect_options = {.engine = world->engine,
                                                  .data_directory = world->directory,
                                                  .mesh_directory = world->directory,
                                                  .complain = complain,
                                                  .context = world};
    assert_int_equal(effects_open(&effect_options, &world->effects, &err), 0);
    assert_int_equal(engine_start(world->engine, &err), 0);
    assert_int_equal(effects_start(world->effects, &err), 0);
}

static void stop_engine(struct world *world)
{
    effects_close(world->effects, 100000);
    engine_unlisten(world->engine, &world->listener);
    engine_close(world->engine);
}

static int open_world(void **state)
{
    struct world *world = test_calloc(1, sizeof *world);
    snprintf(world->directory, sizeof world->directory, "/tmp/meshline-effect-XXXXXX");
    assert_non_null(mkdtemp(world->directory));
    pthread_mutex_init(&world->lock, NULL);
    pthread_cond_init(&world->changed, NULL);
    world->server = hostile_open();
    start_engine(world);
    *state = world;
    return 0;
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

static int close_world(void **state)
{
    struct world *world = *state;
    stop_engine(world);
    policy_release_unref(world->release);
    hostile_close(world->server);
    nftw(world->directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    pthread_cond_destroy(&world->changed);
    pthread_mutex_destroy(&world->lock);
    test_free(world);
    return 0;
}

static void write_secret(struct world *world, const char *name, const char *text, mode_t mode)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", world->directory, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "%s\n", text);
    fclose(file);
    assert_int_equal(chmod(path, mode), 0);
}

/* ---- the journal, as far as it came */

struct search {
    const char *type;
    unsigned left; /* how many come before */
    struct json_object *data;
};

static int look(void *context, const struct journal_record *record, struct error *err)
{
    struct search *search = context;
    if (!bytes_is(record->type, search->type) || search->data != NULL || search->left-- > 0)
        return 0;
    return json_parse(record->data, &search->data, err);
}

/* Waits for the event number `index` (from 0) of that type. */
static struct json_object *wait_event(struct world *world, const char *type, unsigned index)
{
    struct journal_reader *reader;
    struct error err;
    struct search search = {0};
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 20;
    assert_int_equal(journal_reader_open(engine_journal(world->engine), &reader, &err), 0);
    pthread_mutex_lock(&world->lock);
    while (search.data == NULL) {
        pthread_mutex_unlock(&world->lock);
        search = (struct search){.type = type, .left = index};
        assert_int_equal(engine_read(world->engine, reader, 1, 0, look, &search, &err), 0);
        pthread_mutex_lock(&world->lock);
        if (search.data == NULL) {
            struct timespec soon;
            clock_gettime(CLOCK_REALTIME, &soon);
            if (soon.tv_sec > until.tv_sec)
                break;
            soon.tv_sec++;
            pthread_cond_timedwait(&world->changed, &world->lock, &soon);
        }
    }
    pthread_mutex_unlock(&world->lock);
    journal_reader_close(reader);
    if (search.data == NULL)
        fail_msg("no event %s number %u came", type, index);
    return search.data;
}

static void assert_event(struct world *world, const char *type, unsigned index, const char *member,
                         const char *part)
{
    struct json_object *data = wait_event(world, type, index);
    const char *text = json_object_get_string(json_object_object_get(data, member));
    if (text == NULL || strstr(text, part) == NULL)
        fail_msg("%s: %s is \"%s\", without \"%s\"", type, member, text != NULL ? text : "", part);
    json_object_put(data);
}

/* ---- what arrives */

#define HOOK                                                            \
    "destination: hook\nkind: webhook\nurl: http://127.0.0.1:%u/hook\n" \
    "private_network: true\nevents: [lead.assigned]\ntimeout: 2s\n"

static void a_lead_that_is_assigned_is_told_once_and_the_receipt_is_kept(void **state)
{
    struct world *world = *state;
    activate(world, HOOK);
    uint64_t lead = submit(world, "ann@corp.example");
    assert_true(hostile_wait(world->server, 1));
    JSON_AUTO *body = NULL;
    const struct hostile_request *request = hostile_request(world->server, 0);
    assert_int_equal(json_parse(bytes_of(request->body), &body, NULL), 0);
    char id[LEAD_ID_TEXT_SIZE];
    lead_id_print(lead, id);
    struct json_object *told = json_object_object_get(body, "lead");
    assert_true(bytes_is(json_member_text(body, "type"), "lead.assigned"));
    assert_true(bytes_is(json_member_text(body, "subject"), id));
    assert_true(bytes_is(json_member_text(body, "id"), hostile_header(request, "webhook-id")));
    assert_null(json_object_object_get(json_object_object_get(body, "data"), "dues"));
    assert_true(bytes_is(json_member_text(told, "id"), id));
    assert_true(bytes_is(json_member_text(told, "state"), "assigned"));
    assert_true(bytes_is(json_member_text(told, "place"), "owned"));
    assert_true(bytes_is(json_member_text(told, "source"), "website"));
    assert_true(json_member_text(json_object_object_get(told, "owner"), "id").size > 0);
    assert_true(bytes_is(json_member_text(json_object_object_get(told, "attributes"), "email"),
                         "ann@corp.example"));

    assert_event(world, "delivery.delivered", 0, "status", "200");
    assert_event(world, "delivery.delivered", 0, "excerpt", "ok");
    assert_int_equal(hostile_count(world->server), 1);
}

/* By the specification: over "ID.TIMESTAMP.BODY". */
static void assert_hmac(const struct hostile_request *request, const char *signature)
{
    unsigned char secret[64], mac[crypto_auth_hmacsha256_BYTES];
    char text[HOSTILE_TEXT_MAX + 128], timestamp[64], expected[128] = "v1,";
    crypto_auth_hmacsha256_state hmac;
    size_t size;
    assert_int_equal(sodium_base642bin(secret, sizeof secret, SECRET, strlen(SECRET), NULL, &size,
                                       NULL, sodium_base64_VARIANT_ORIGINAL),
                     0);
    snprintf(timestamp, sizeof timestamp, "%s", hostile_header(request, "webhook-timestamp"));
    snprintf(text, sizeof text, "%s.%s.%s", hostile_header(request, "webhook-id"), timestamp,
             request->body);
    crypto_auth_hmacsha256_init(&hmac, secret, size);
    crypto_auth_hmacsha256_update(&hmac, (const unsigned char *)text, strlen(text));
    crypto_auth_hmacsha256_final(&hmac, mac);
    sodium_bin2base64(expected + 3, sizeof expected - 3, mac, sizeof mac,
                      sodium_base64_VARIANT_ORIGINAL);
    assert_string_equal(signature, expected);
}

static void assert_ed25519(const struct hostile_request *request, const unsigned char *public,
                           const char *signature)
{
    unsigned char bytes[crypto_sign_BYTES];
    char text[HOSTILE_TEXT_MAX + 128], timestamp[64];
    size_t size;
    assert_int_equal(strncmp(signature, "v1a,", 4), 0);
    assert_int_equal(sodium_base642bin(bytes, sizeof bytes, signature + 4, strlen(signature + 4),
                                       NULL, &size, NULL, sodium_base64_VARIANT_ORIGINAL),
                     0);
    snprintf(timestamp, sizeof timestamp, "%s", hostile_header(request, "webhook-timestamp"));
    snprintf(text, sizeof text, "%s.%s.%s", hostile_header(request, "webhook-id"), timestamp,
             request->body);
    assert_int_equal(
        crypto_sign_verify_detached(bytes, (const unsigned char *)text, strlen(text), public), 0);
}

static void every_secret_signs_the_newest_first(void **state)
{
    struct world *world = *state;
    unsigned char public[crypto_sign_PUBLICKEYBYTES], private[crypto_sign_SECRETKEYBYTES];
    char key[128] = "whsk_", signatures[512];
    crypto_sign_keypair(public, private);
    sodium_bin2base64(key + 5, sizeof key - 5, private, sizeof private,
                      sodium_base64_VARIANT_ORIGINAL);
    write_secret(world, "new", key, 0600);
    write_secret(world, "old", "whsec_" SECRET, 0600);
    activate(world, HOOK "secrets: [{file: new}, {file: old}]\nheaders: {X-Key: {file: old}}\n");
    submit(world, "ann@corp.example");
    assert_true(hostile_wait(world->server, 1));
    const struct hostile_request *request = hostile_request(world->server, 0);
    assert_string_equal(hostile_header(request, "x-key"), "whsec_" SECRET);
    snprintf(signatures, sizeof signatures, "%s", hostile_header(request, "webhook-signature"));
    char *second = strchr(signatures, ' ');
    assert_non_null(second);
    *second++ = '\0';
    assert_ed25519(request, public, signatures);
    assert_hmac(request, second);
}

/* ---- what comes of answers */

static void a_failure_is_tried_again_under_the_same_id(void **state)
{
    struct world *world = *state;
    hostile_answer(world->server, "/hook",
                   "HTTP/1.1 500 Oops\r\nContent-Length: 6\r\nConnection: close\r\n\r\nbroken");
    activate(world,
             HOOK "retry: {immediate: 1, short: {times: 2, from: 1ms, to: 2ms}, within: 1h}\n"
                  "breaker: off\n");
    submit(world, "ann@corp.example");
    assert_true(hostile_wait(world->server, 3));
    char id[64];
    snprintf(id, sizeof id, "%s", hostile_header(hostile_request(world->server, 0), "webhook-id"));
    for (size_t i = 1; i < 3; i++) {
        const struct hostile_request *request = hostile_request(world->server, i);
        assert_string_equal(hostile_header(request, "webhook-id"), id);
        assert_string_equal(request->body, hostile_request(world->server, 0)->body);
    }
    assert_event(world, "delivery.retried", 0, "reason", "the answer was 500");
    assert_event(world, "delivery.retried", 1, "excerpt", "broken");
}

static void a_destination_that_is_gone_is_disabled(void **state)
{
    struct world *world = *state;
    hostile_answer(world->server, "/hook",
                   "HTTP/1.1 410 Gone\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    activate(world, HOOK);
    submit(world, "ann@corp.example");
    assert_event(world, "destination.changed", 0, "change", "disabled");
    submit(world, "bob@corp.example");
    assert_int_equal(hostile_count(world->server), 1);
}

static void what_was_refused_is_not_tried_again(void **state)
{
    struct world *world = *state;
    hostile_answer(
        world->server, "/hook",
        "HTTP/1.1 422 No\r\nContent-Length: 9\r\nConnection: close\r\n\r\nno \x01\xff{ok}");
    activate(world, HOOK);
    submit(world, "ann@corp.example");
    assert_event(world, "delivery.failed", 0, "reason", "the answer was 422");
    assert_event(world, "delivery.failed", 0, "excerpt", "no  ?{ok}");
    assert_int_equal(hostile_count(world->server), 1);
}

static void a_private_address_is_not_reached_unless_the_mesh_says_so(void **state)
{
    struct world *world = *state;
    activate(world, "destination: hook\nkind: webhook\nurl: http://localhost:%u/hook\n"
                    "events: [lead.assigned]\n");
    submit(world, "ann@corp.example");
    assert_event(world, "delivery.retried", 0, "reason", "set `private_network: true`");
    assert_int_equal(hostile_count(world->server), 0);
}

static void a_secret_that_is_missing_is_complained_of_once_and_nothing_is_lost(void **state)
{
    struct world *world = *state;
    activate(world,
             HOOK "secret: {file: secret}\n"
                  "retry: {immediate: 0, short: {times: 5, from: 1ms, to: 2ms}, within: 1h}\n"
                  "breaker: off\n");
    submit(world, "ann@corp.example");
    assert_event(world, "delivery.retried", 0, "reason", "the secret cannot be opened");
    assert_event(world, "delivery.retried", 1, "reason", "the secret cannot be opened");
    pthread_mutex_lock(&world->lock);
    assert_int_equal(world->complaints, 1);
    assert_non_null(strstr(world->complaint, "hook: the file with the secret"));
    pthread_mutex_unlock(&world->lock);
    assert_int_equal(hostile_count(world->server), 0);
}

/* As servers for tests do, and some proxies: the journal would keep it for ever. */
static void an_answer_that_repeats_a_secret_is_not_kept(void **state)
{
    struct world *world = *state;
    write_secret(world, "key", "Bearer open-sesame", 0600);
    hostile_answer(world->server, "/hook",
                   "HTTP/1.1 422 No\r\nContent-Length: 35\r\nX-Request-Id: open-sesame\r\n"
                   "Connection: close\r\n\r\n{\"you\":{\"x-key\":\"Bearer open-sesame\"");
    activate(world, HOOK "headers: {X-Key: {file: key}}\n");
    submit(world, "ann@corp.example");
    assert_event(world, "delivery.failed", 0, "excerpt", "left out: it repeats a secret");
    assert_event(world, "delivery.failed", 0, "response_id", "left out: it repeats a secret");
    assert_event(world, "delivery.failed", 0, "reason", "the answer was 422");
}

static void a_secret_that_changed_is_read_when_asked(void **state)
{
    struct world *world = *state;
    write_secret(world, "key", "one", 0600);
    activate(world, HOOK "headers: {X-Key: {file: key}}\n");
    submit(world, "ann@corp.example");
    assert_true(hostile_wait(world->server, 1));
    assert_string_equal(hostile_header(hostile_request(world->server, 0), "x-key"), "one");
    write_secret(world, "key", "two", 0600);
    effects_reread(world->effects);
    submit(world, "bob@corp.example");
    assert_true(hostile_wait(world->server, 2));
    assert_string_equal(hostile_header(hostile_request(world->server, 1), "x-key"), "two");
    assert_event(world, "delivery.delivered", 1, "status", "200");
}

/* ---- providers */

static void an_answer_that_is_known_is_not_asked_for_again(void **state)
{
    struct world *world = *state;
    hostile_answer(world->server, "/facts",
                   "HTTP/1.1 200 OK\r\nContent-Length: 18\r\nConnection: close\r\n\r\n"
                   "{\"company\":\"Acme\"}");
    activate_with(world, "providers/facts.yaml",
                  "provider: facts\nkind: http\nprivate_network: true\ncache: 1h\n"
                  "request: {method: GET, url: '\"http://127.0.0.1:%u/facts\"'}\n"
                  "map: {company: response.body.company}\n",
                  "enrichment:\n  providers: [facts]\n");
    submit(world, "ann@corp.example");
    assert_event(world, "lead.enriched", 0, "attributes", "Acme");
    submit(world, "bob@corp.example");
    assert_event(world, "lead.enriched", 1, "attributes", "Acme");
    assert_event(world, "delivery.delivered", 1, "cached", "true");
    assert_int_equal(hostile_count(world->server), 1);
}

static void what_was_for_a_destination_is_not_told_to_a_provider_of_that_name(void **state)
{
    struct world *world = *state;
    activate(world, "destination: facts\nkind: webhook\nurl: http://127.0.0.1:%u/reset\n"
                    "private_network: true\nevents: [lead.assigned]\n"
                    "retry: {immediate: 0, short: {times: 9, from: 300ms, to: 300ms}}\n"
                    "breaker: off\n");
    submit(world, "ann@corp.example");
    assert_event(world, "delivery.retried", 0, "destination", "facts");
    activate_with(world, "providers/facts.yaml",
                  "provider: facts\nkind: http\nprivate_network: true\n"
                  "request: {method: GET, url: '\"http://127.0.0.1:%u/facts\"'}\n"
                  "map: {company: response.body.company}\n",
                  "enrichment:\n  providers: [facts]\n");
    assert_event(world, "delivery.failed", 0, "reason", "this is a provider now");
}

/* ---- polls */

/* More records than are looked at in one go, which one cursor does not tell apart. */
static void a_poll_that_gets_no_further_is_complained_of_and_waits(void **state)
{
    enum { RECORDS = 5000, RECORD_SIZE = 10, HEAD_SIZE = 128 };
    struct world *world = *state;
    char *answer = test_malloc(HEAD_SIZE + RECORDS * RECORD_SIZE);
    int at = snprintf(answer, HEAD_SIZE,
                      "HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n[",
                      RECORDS * RECORD_SIZE + 1);
    for (int i = 0; i < RECORDS; i++)
        at +=
            snprintf(answer + at, RECORD_SIZE + 1, "{\"c\":\"7\"}%c", i + 1 < RECORDS ? ',' : ']');
    hostile_answer(world->server, "/changes", answer);
    test_free(answer);
    activate_with(world, "destinations/crm.yaml",
                  "destination: crm\nkind: rest\nprivate_network: true\nevents: [lead.assigned]\n"
                  "create: {url: '\"http://localhost/\"'}\n"
                  "sync:\n  poll: {every: 1h, url: '\"http://127.0.0.1:%u/changes\"',"
                  " records: response.body, cursor: record.c}\n"
                  "  lead: 'has(record.lead) ? record.lead : \"\"'\n"
                  "  fields: {owner: {from: record.owner, authority: theirs}}\n",
                  "");
    pthread_mutex_lock(&world->lock);
    while (world->complaints == 0)
        pthread_cond_wait(&world->changed, &world->lock);
    assert_non_null(strstr(world->complaint, "no poll gets behind them"));
    pthread_mutex_unlock(&world->lock);
    assert_int_equal(hostile_count(world->server), 3); /* pages; the first poll came further */
}

/* ---- life */

static void what_was_under_way_at_the_end_goes_out_again_after_the_next_start(void **state)
{
    struct world *world = *state;

    activate(world, "destination: hook\nkind: webhook\nurl: http://127.0.0.1:%u/silent\n"
                    "private_network: true\nevents: [lead.assigned]\ntimeout: 60s\n");
    submit(world, "ann@corp.example");
    assert_true(hostile_wait(world->server, 1));
    char id[64];
    snprintf(id, sizeof id, "%s", hostile_header(hostile_request(world->server, 0), "webhook-id"));
    stop_engine(world);
    start_engine(world);
    assert_true(hostile_wait(world->server, 2));
    assert_string_equal(hostile_header(hostile_request(world->server, 1), "webhook-id"), id);
}

static void many_go_out_at_once_and_each_arrives_once(void **state)
{
    enum { LEADS = 60 }; /* as many as the starter mesh has room for, and some left */
    struct world *world = *state;
    activate(world, HOOK "concurrency: 16\n");
    char email[64];
    for (int i = 0; i < LEADS; i++) {
        snprintf(email, sizeof email, "lead-%d@corp.example", i);
        submit(world, email);
    }
    assert_event(world, "delivery.delivered", LEADS - 1, "status", "200");
    assert_int_equal(hostile_count(world->server), LEADS);
}

#define WORLD(test) cmocka_unit_test_setup_teardown(test, open_world, close_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD(a_lead_that_is_assigned_is_told_once_and_the_receipt_is_kept),
        WORLD(every_secret_signs_the_newest_first),
        WORLD(a_failure_is_tried_again_under_the_same_id),
        WORLD(a_destination_that_is_gone_is_disabled),
        WORLD(what_was_refused_is_not_tried_again),
        WORLD(a_private_address_is_not_reached_unless_the_mesh_says_so),
        WORLD(a_secret_that_is_missing_is_complained_of_once_and_nothing_is_lost),
        WORLD(an_answer_that_repeats_a_secret_is_not_kept),
        WORLD(a_secret_that_changed_is_read_when_asked),
        WORLD(an_answer_that_is_known_is_not_asked_for_again),
        WORLD(what_was_for_a_destination_is_not_told_to_a_provider_of_that_name),
        WORLD(a_poll_that_gets_no_further_is_complained_of_and_waits),
        WORLD(what_was_under_way_at_the_end_goes_out_again_after_the_next_start),
        WORLD(many_go_out_at_once_and_each_arrives_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
