/* destinations/ and providers/: what a release knows of systems outside, and what is refused. */
#include "mesh.h"

#include "base/time.h"

#include <stdio.h>

#define MINUTE (60 * TIME_US_PER_SECOND)
#define HOUR (60 * MINUTE)

#define HOOK "destinations/hook.yaml"
#define CRM "destinations/crm.yaml"
#define FIRM "providers/firm.yaml"

#define CRM_HEAD "destination: crm\nkind: rest\nevents: [lead.assigned]\n"
#define CRM_CREATE "create: {url: '\"https://crm.example/leads\"', id: response.body.id}\n"
#define FIRM_HEAD \
    "provider: firm\nkind: http\nrequest: {url: '\"https://firm.example/\" + lead.email'}\n"

static struct policy_release *compile_with(const char *path, const char *text)
{
    struct mesh mesh;
    mesh_init(&mesh);
    mesh_set(&mesh, path, text);
    return mesh_compile(&mesh);
}

static const struct policy_destination *only_destination(const struct policy_release *release)
{
    assert_int_equal(release->destination_count, 1);
    return &release->destinations[0];
}

/* ---- what is common */

static void a_mesh_may_have_none(void **state)
{
    (void)state;
    struct mesh mesh;
    mesh_init(&mesh);
    struct policy_release *release = mesh_compile(&mesh);
    assert_int_equal(release->destination_count, 0);
    assert_int_equal(release->enrichment.step_count, 0);
    assert_false(release->enrichment.reroute.allowed);
    for (int i = 0; i < POLICY_AUDIENCES; i++)
        assert_int_equal(release->notifications.channels[i].destination, POLICY_NONE);
    assert_int_equal(release->notifications.muted, 1u << POLICY_ASSIGNMENT);
    assert_string_equal(release->notifications.url, "");
    assert_null(release->reps[0].contact);
    policy_release_unref(release);
}

static void what_is_unstated_has_a_default(void **state)
{
    (void)state;
    struct policy_release *release = compile_with(
        HOOK,
        "destination: hook\nkind: webhook\nevents: [lead.assigned]\nurl: https://x.example/\n");
    const struct policy_destination *hook = only_destination(release);
    assert_string_equal(hook->name, "hook");
    assert_string_equal(hook->title, "hook");
    assert_string_equal(hook->owner, "");
    assert_string_equal(hook->team, "");
    assert_int_equal(hook->kind, POLICY_WEBHOOK);
    assert_false(hook->provider);
    assert_false(hook->private_network);
    assert_null(hook->when);
    assert_int_equal(hook->concurrency, 8);
    assert_int_equal(hook->rate, 0);
    assert_int_equal(hook->per_day, 0);
    assert_int_equal(hook->timeout_us, 10 * TIME_US_PER_SECOND);
    assert_int_equal(hook->retry.immediate, 1);
    assert_int_equal(hook->retry.short_count, 5);
    assert_int_equal(hook->retry.short_us, 2 * TIME_US_PER_SECOND);
    assert_int_equal(hook->retry.short_max_us, MINUTE);
    assert_int_equal(hook->retry.long_us, 5 * MINUTE);
    assert_int_equal(hook->retry.long_max_us, HOUR);
    assert_int_equal(hook->retry.within_us, 24 * HOUR);
    assert_int_equal(hook->breaker.failures, 5);
    assert_int_equal(hook->breaker.pause_us, 30 * TIME_US_PER_SECOND);
    assert_int_equal(hook->breaker.pause_max_us, 10 * MINUTE);
    assert_int_equal(hook->sync.field_count, 0);
    assert_true(bytes_is(hook->options, "{\"url\":\"https://x.example/\"}"));
    policy_release_unref(release);
}

static void everything_can_be_said(void **state)
{
    (void)state;
    struct policy_release *release =
        compile_with(HOOK, "destination: hook\n"
                           "title: Data platform\n"
                           "owner: ops\n"
                           "team: north\n"
                           "kind: webhook\n"
                           "events: [lead.assigned]\n"
                           "when: 'lead.country == \"DE\"'\n"
                           "concurrency: 64\n"
                           "rate: 100\n"
                           "per_day: 1000000\n"
                           "timeout: 3s\n"
                           "retry:\n"
                           "  immediate: 0\n"
                           "  short: {times: 0, from: 1s, to: 10s}\n"
                           "  long: {from: 1m, to: 2m}\n"
                           "  within: 1h\n"
                           "breaker: off\n"
                           "private_network: true\n"
                           "url: http://10.0.0.7/hook?x=1\n"
                           "secrets: [{env: NEW}, {file: secrets/old}]\n"
                           "headers: {X-Tenant: acme, Authorization: {env: TOKEN}}\n");
    const struct policy_destination *hook = only_destination(release);
    assert_string_equal(hook->title, "Data platform");
    assert_string_equal(hook->owner, "ops");
    assert_string_equal(hook->team, "north");
    assert_string_equal(hook->when_text, "lead.country == \"DE\"");
    assert_non_null(hook->when);
    assert_int_equal(hook->concurrency, 64);
    assert_int_equal(hook->rate, 100);
    assert_int_equal(hook->per_day, 1000000);
    assert_int_equal(hook->timeout_us, 3 * TIME_US_PER_SECOND);
    assert_int_equal(hook->retry.immediate, 0);
    assert_int_equal(hook->retry.short_count, 0);
    assert_int_equal(hook->retry.long_max_us, 2 * MINUTE);
    assert_int_equal(hook->retry.within_us, HOUR);
    assert_int_equal(hook->breaker.failures, 0);
    assert_true(hook->private_network);
    assert_true(
        bytes_is(hook->options,
                 "{\"url\":\"http://10.0.0.7/hook?x=1\","
                 "\"secrets\":[{\"env\":\"NEW\"},{\"file\":\"secrets/old\"}],"
                 "\"headers\":{\"X-Tenant\":\"acme\",\"Authorization\":{\"env\":\"TOKEN\"}}}"));
    policy_release_unref(release);
}

static void expect_events(const char *list, const char *const *expected)
{
    struct mesh mesh;
    mesh_init(&mesh);
    char text[512];
    snprintf(text, sizeof text,
             "destination: hook\nkind: webhook\nurl: https://x.example/\nevents: %s\n", list);
    mesh_set(&mesh, HOOK, text);
    struct policy_release *release = mesh_compile(&mesh);
    const struct policy_destination *hook = only_destination(release);
    size_t count = 0;
    for (; expected[count] != NULL; count++)
        assert_true(count < hook->event_count && strcmp(hook->events[count], expected[count]) == 0);
    assert_int_equal(hook->event_count, count);
    policy_release_unref(release);
}

static void events_are_named_one_by_one_or_by_pattern(void **state)
{
    (void)state;
    expect_events("[lead.assigned, lead.captured]",
                  (const char *const[]){"lead.captured", "lead.assigned", NULL});
    expect_events("[surge.*, surge.ended]",
                  (const char *const[]){"surge.started", "surge.peaked", "surge.ended", NULL});
    expect_events("[\"*\"]", policy_event_types);
}

static void events_that_are_none_are_refused(void **state)
{
    (void)state;
    file_refused(HOOK,
                 "destination: hook\nkind: webhook\nurl: https://x.example/\n"
                 "events: [lead.asigned, delivery.failed, lead*, \"leads.*\",\n"
                 "         lead.assigned, lead.assigned]\n",
                 HOOK ":4:10: there is no event `lead.asigned`; did you mean `lead.assigned`?",
                 HOOK ":4:24: events about deliveries are not delivered themselves, there would be "
                      "no end of it; read `delivery.failed` in GET /v1/events",
                 HOOK ":4:41: there is no event `lead*`; write one such as lead.assigned, several "
                      "as lead.*, or \"*\" for all",
                 HOOK ":4:48: there is no event `leads.*`; write one such as lead.assigned, "
                      "several as lead.*, or \"*\" for all",
                 HOOK ":5:25: `lead.assigned` is listed twice; keep one");
}

static void names_are_unique_among_destinations_and_providers(void **state)
{
    (void)state;
    struct mesh mesh;
    mesh_init(&mesh);
    mesh_set(&mesh, "destinations/a.yaml", CRM_HEAD CRM_CREATE);
    mesh_set(&mesh, "destinations/b.yaml", CRM_HEAD CRM_CREATE);
    mesh_set(&mesh, "providers/c.yaml", "provider: crm\nkind: domain\n");
    mesh_refused(
        &mesh,
        "destinations/b.yaml:1:14: `crm` is a name twice, here and in destinations/a.yaml; "
        "give one of them another",
        "providers/c.yaml:1:11: `crm` is a name twice, here and in destinations/a.yaml; "
        "give one of them another");
}

static void the_kind_says_which_keys_there_are(void **state)
{
    (void)state;
    file_refused(HOOK, "destination: hook\nkind: webhok\nevents: [lead.assigned]\n",
                 HOOK ":2:7: `kind` must be one of webhook, rest, slack, email, ndjson, nats, "
                      "postgres, got `webhok`; did you mean `webhook`?");
    file_refused(HOOK, "destination: hook\nevents: [lead.assigned]\n",
                 HOOK ":1:1: `kind` is missing in this file");
    file_refused(HOOK,
                 "destination: hook\nkind: webhook\nevents: [lead.assigned]\n"
                 "url: https://x.example/\nurls: [a]\n",
                 HOOK ":5:1: unknown key `urls` in this file; did you mean `url`?");
    file_refused(HOOK, "destination: hook\nkind: domain\nevents: [lead.assigned]\n",
                 HOOK ":2:7: `kind` must be one of webhook, rest, slack, email, ndjson, nats, "
                      "postgres, got `domain`; did you mean `email`?");
    file_refused(FIRM, "provider: firm\nkind: webhook\n",
                 FIRM ":1:11: nobody asks the provider `firm`; name it under `enrichment: "
                      "{providers: [firm]}` in the pipeline, or remove the file",
                 FIRM ":2:7: `kind` must be one of http, domain, table, got `webhook`");
    file_refused(FIRM, "destination: firm\nkind: domain\n",
                 FIRM ":1:1: `provider` is missing in this file",
                 FIRM ":1:1: unknown key `destination` in this file; the keys here are provider, "
                      "title, owner, kind, concurrency, rate, per_day, timeout, cache, retry, "
                      "breaker, private_network, overwrite, from, map, verdict");
    file_refused(HOOK, "destination: hook\nkind: ndjson\nevents: [\"*\"]\n",
                 HOOK ":1:1: `path` is missing in this file");
}

static void limits_are_bounded(void **state)
{
    (void)state;
    file_refused(
        HOOK,
        "destination: hook\nkind: ndjson\npath: a\nevents: [\"*\"]\n"
        "concurrency: 0\n"
        "rate: -1\n"
        "retry: {immediate: 4, short: {from: 2m}, long: {from: 2h, to: 1h}, within: 10ms}\n"
        "breaker: {failures: 0, pause: 1h, longest: 1m}\n",
        HOOK ":5:14: `concurrency` must be between 1 and 256, got `0`",
        HOOK ":6:7: `rate` must be between 1 and 1000000, got `-1`",
        HOOK ":7:20: `immediate` must be between 0 and 3, got `4`",
        HOOK ":7:30: `from` must not be longer than `to`",
        HOOK ":7:48: `from` must not be longer than `to`",
        HOOK ":7:76: `within` must be at least 1s, which is what timers keep, got `10ms`",
        HOOK ":8:10: `pause` must not be longer than `longest`",
        HOOK ":8:21: `failures` must be between 1 and 1000, got `0`");
    file_refused(HOOK,
                 "destination: hook\nkind: ndjson\npath: a\nevents: [\"*\"]\nbreaker: never\n",
                 HOOK ":5:10: `breaker` must be off, got `never`");
}

static void owners_and_teams_are_known(void **state)
{
    (void)state;
    file_refused(HOOK,
                 "destination: hook\nkind: ndjson\npath: a\nevents: [\"*\"]\nowner: opps\n"
                 "team: nord\n",
                 HOOK ":5:8: the owner `opps` is not named in mesh.yaml; did you mean `ops`?",
                 HOOK ":6:7: `nord` is neither an owner in mesh.yaml nor a team in people.yaml; "
                      "did you mean `north`?");
}

static void what_nothing_is_sent_to_is_a_mistake(void **state)
{
    (void)state;
    file_refused(HOOK, "destination: hook\nkind: ndjson\npath: a\n",
                 HOOK ":1:14: nothing is ever sent to `hook`: list `events` such as lead.assigned, "
                      "or make it a channel in notifications.yaml");
    file_refused(FIRM, FIRM_HEAD,
                 FIRM ":1:11: nobody asks the provider `firm`; name it under `enrichment: "
                      "{providers: [firm]}` in the pipeline, or remove the file");
}

/* ---- secrets and addresses */

static void private_addresses_are_meant(void **state)
{
    (void)state;
    static const char *const private[] = {"http://10.1.2.3/x",   "http://127.0.0.1:8080/",
                                          "https://172.31.0.1/", "http://192.168.0.1",
                                          "http://[::1]:80/",    "http://[fd00::1]/"};
    static const char *const public[] = {"http://172.32.0.1/", "http://11.0.0.1/",
                                         "https://[2606:4700::1]/", "https://10.example/"};
    char text[256];
    for (size_t i = 0; i < sizeof private / sizeof *private; i++) {
        snprintf(text, sizeof text,
                 "destination: hook\nkind: webhook\nevents: [lead.assigned]\nurl: \"%s\"\n",
                 private[i]);
        file_refused(HOOK, text,
                     HOOK ":4:6: `url` is an address of a private network; if that is meant, add "
                          "`private_network: true`");
    }
    for (size_t i = 0; i < sizeof public / sizeof *public; i++) {
        snprintf(text, sizeof text,
                 "destination: hook\nkind: webhook\nevents: [lead.assigned]\nurl: \"%s\"\n",
                 public[i]);
        policy_release_unref(compile_with(HOOK, text));
    }
    file_refused("destinations/crm.yaml",
                 "destination: crm\nkind: rest\nevents: [lead.assigned]\n"
                 "create: {url: '\"http://10.0.0.7/\" + meta.id'}\n",
                 "destinations/crm.yaml:4:15: `create/url` is an address of a private network; if "
                 "that is meant, add `private_network: true`");
}

static void a_webhook_has_the_headers_of_the_standard(void **state)
{
    (void)state;
    file_refused(HOOK,
                 "destination: hook\nkind: webhook\nevents: [lead.assigned]\n"
                 "url: https://x.example/\nheaders: {Webhook-Id: x}\n",
                 HOOK ":5:11: a key of `headers` is a header that the request sets itself; remove "
                      "it, got `Webhook-Id`");
}

static void secrets_do_not_stand_in_a_mesh(void **state)
{
    (void)state;
    file_refused(
        HOOK,
        "destination: hook\nkind: webhook\nevents: [lead.assigned]\nurl: https://x.example/\n"
        "secret: whsec_c2VjcmV0\n",
        HOOK ":5:9: `secret` is a secret, which must not stand in a mesh; write {env: NAME} for a "
             "variable of the environment, or {file: secrets/name} for a file");
    file_refused(
        HOOK,
        "destination: hook\nkind: webhook\nevents: [lead.assigned]\nurl: https://x.example/\n"
        "secret: {env: A, file: b}\n"
        "headers: {authorization: Bearer abc}\n",
        HOOK ":5:9: `secret` is a secret: give it one of {env: NAME}, a variable of the "
             "environment, and {file: secrets/name}",
        HOOK ":6:26: the header `authorization` is a secret, which must not stand in a mesh; write "
             "{env: NAME} for a variable of the environment, or {file: secrets/name} for a file");
    file_refused(
        "destinations/bus.yaml",
        "destination: bus\nkind: nats\nevents: [lead.*]\nservers: [\"nats://a:b@x.example\"]\n"
        "token: {}\n",
        "destinations/bus.yaml:4:11: an item of `servers` must not name a user or a password; "
        "those are options of their own, as secrets",
        "destinations/bus.yaml:5:8: `token` is a secret: give it one of {env: NAME}, a variable of "
        "the environment, and {file: secrets/name}");
    file_refused("destinations/db.yaml",
                 "destination: db\nkind: postgres\nevents: [lead.*]\n"
                 "connection: postgresql://me:secret@db.example/leads\n",
                 "destinations/db.yaml:4:13: `connection` must not have a password in it; put the "
                 "whole connection into {env: …} or {file: …}, or the password into ~/.pgpass");
}

static void addresses_are_web_addresses_without_passwords(void **state)
{
    (void)state;
    static const struct {
        const char *url, *message;
    } cases[] = {
        {"ftp://x.example/", "must be an address that begins with https:// or http://, got "
                             "`ftp://x.example/`"},
        {"x.example", "must be an address that begins with https:// or http://, got `x.example`"},
        {"https://", "must be an address that begins with https:// or http://, got `https://`"},
        {"https://a:b@x.example/", "must not name a user or a password; those are options of their "
                                   "own, as secrets"},
        {"https://x.example/#a", "must not have a #fragment, which is never sent, got "
                                 "`https://x.example/#a`"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[256], message[256];
        snprintf(text, sizeof text,
                 "destination: hook\nkind: webhook\nevents: [lead.assigned]\nurl: '%s'\n",
                 cases[i].url);
        snprintf(message, sizeof message, HOOK ":4:6: `url` %s", cases[i].message);
        file_refused(HOOK, text, message);
    }
}

static void headers_are_headers(void **state)
{
    (void)state;
    file_refused(HOOK,
                 "destination: hook\nkind: webhook\nevents: [lead.assigned]\n"
                 "url: https://x.example/\n"
                 "headers:\n  \"X A\": b\n  Content-Length: \"5\"\n  X-B: \"a\\nX-C: d\"\n",
                 HOOK ":6:3: a key of `headers` must be the name of a header, such as "
                      "X-Api-Version, got `X A`",
                 HOOK ":7:3: a key of `headers` is a header that the request sets itself; remove "
                      "it, got `Content-Length`",
                 HOOK ":8:8: `X-B` must be one line without control characters, got `a`");
}

static void files_stay_in_the_data_directory(void **state)
{
    (void)state;
    static const char *const paths[] = {"/etc/passwd", "../up", "a/../../b", "a//b", "./a"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        char text[256], message[256];
        snprintf(text, sizeof text, "destination: hook\nkind: ndjson\nevents: [\"*\"]\npath: %s\n",
                 paths[i]);
        snprintf(message, sizeof message,
                 HOOK ":4:7: `path` must be a path below the data directory, such as "
                      "leads.ndjson: relative, and without `..`, got `%s`",
                 paths[i]);
        file_refused(HOOK, text, message);
    }
    file_refused(HOOK, "destination: hook\nkind: ndjson\nevents: [\"*\"]\npath: state.db-wal\n",
                 HOOK ":4:7: `path` must not be named like a file of the server's own, such as "
                      "state.db, got `state.db-wal`");
    file_refused(HOOK,
                 "destination: hook\nkind: ndjson\nevents: [\"*\"]\npath: a\n"
                 "rotate: {size: 100 MB, every: daily}\n",
                 HOOK ":5:16: `size` must be a size such as 500kB, 100MB or 2GB, got `100 MB`",
                 HOOK ":5:31: `every` must be a duration such as 60s, 5m, 4h or 1h30m, got "
                      "`daily`");
}

/* ---- expressions */

static void expressions_are_compiled_and_listed_by_path(void **state)
{
    (void)state;
    struct policy_release *release =
        compile_with(CRM, CRM_HEAD "headers: {X-Version: meta.version}\n"
                                   "find:\n"
                                   "  url: '\"https://crm.example/leads?ref=\" + meta.id'\n"
                                   "  id: response.body.id\n"
                                   "create:\n"
                                   "  url: '\"https://crm.example/leads\"'\n"
                                   "  body: '{\"email\": lead.email, \"by\": event.id}'\n"
                                   "  id: response.body.id\n"
                                   "  ok: response.status == 201\n"
                                   "  error: response.body.message\n");
    const struct policy_destination *crm = only_destination(release);
    static const char *const paths[] = {"headers/X-Version", "find/url",    "find/id",
                                        "create/url",        "create/body", "create/id",
                                        "create/ok",         "create/error"};
    assert_int_equal(crm->expression_count, sizeof paths / sizeof *paths);
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        const struct policy_expression *found = policy_destination_expression(crm, paths[i]);
        assert_non_null(found);
        assert_non_null(found->program);
    }
    assert_string_equal(policy_destination_expression(crm, "create/ok")->text,
                        "response.status == 201");
    assert_null(policy_destination_expression(crm, "update/url"));
    policy_release_unref(release);
}

static void expressions_are_checked(void **state)
{
    (void)state;
    file_refused(CRM,
                 CRM_HEAD "create:\n"
                          "  url: https://crm.example/leads\n"
                          "  body: '{\"mail\": lead.emial}'\n"
                          "  ok: '\"yes\"'\n"
                          "  id: '[lead.email]'\n"
                          "update:\n"
                          "  url: 5 + 5\n"
                          "  error: 'true'\n",
                 CRM ":5:8: `create/url` is an expression, in which a text has quotes of its own: "
                     "'\"https://crm.example/leads\"'",
                 CRM ":6:24: no such field `lead.emial`, did you mean `lead.email`?",
                 CRM ":7:7: `create/ok` must give true or false, and this gives something else",
                 CRM ":8:7: `create/id` must give a string (`string(…)` makes one), and this gives "
                     "something else",
                 CRM ":10:8: `update/url` must give a string (`string(…)` makes one), and this "
                     "gives something else",
                 CRM ":11:10: `update/error` must give a string (`string(…)` makes one), and this "
                     "gives something else");
}

static void misspelt_members_are_found(void **state)
{
    (void)state;
    file_refused(CRM,
                 CRM_HEAD
                 "create:\n"
                 "  url: '\"https://crm.example/\" + meta.ID + owner[\"nmae\"]'\n"
                 "  body: >-\n"
                 "    {\"time\": event.tiem, \"x\": \"meta.nothing\",\n"
                 "     \"y\": event.data.anything, \"z\": response.size(),\n"
                 "     \"a\": response.body.map(owner, owner.anything), \"b\": meta.what}\n",
                 CRM ":5:39: there is no `meta.ID`; there are id, version, state, place, class, "
                     "score, route, pool, source, owner, url, captured_at, assigned_at, "
                     "contacted_at, due_at",
                 CRM ":5:51: there is no `owner.nmae`; did you mean `name`?",
                 CRM ":7:20: there is no `event.tiem`; did you mean `time`?",
                 CRM ":9:63: there is no `meta.what`; there are id, version, state, place, class, "
                     "score, route, pool, source, owner, url, captured_at, assigned_at, "
                     "contacted_at, due_at");
}

static void one_kind_of_credentials_is_enough(void **state)
{
    (void)state;
    file_refused(
        CRM, CRM_HEAD CRM_CREATE "auth: {bearer: {env: A}, basic: {user: b, password: {env: C}}}\n",
        CRM ":5:7: `auth` takes one of bearer, basic and header, got 2");
}

static void what_goes_together_is_given_together(void **state)
{
    (void)state;
    file_refused(HOOK,
                 "destination: hook\nkind: webhook\nevents: [lead.assigned]\nsecret: {env: A}\n"
                 "secrets: [{env: B}]\n",
                 HOOK ":3:9: events need an address to go to; add `url`",
                 HOOK ":5:10: `secret` is one and `secrets` are several; keep one of the two keys");
    file_refused("destinations/mail.yaml",
                 "destination: mail\nkind: email\nevents: [lead.assigned]\n"
                 "server: smtp://mail.example\nfrom: a@b.example\n",
                 "destinations/mail.yaml:3:9: events need somebody to go to; add `to`, an address "
                 "or an expression such as owner.email");
    file_refused(CRM,
                 CRM_HEAD "create: {url: '\"https://crm.example/\"'}\n"
                          "update: {url: '\"https://crm.example/\" + external_id'}\n",
                 CRM ":5:9: nothing tells the id of what is to be updated; add `id` to `create`, "
                     "or `find`");
}

static void a_text_with_quotes_is_an_expression(void **state)
{
    (void)state;
    struct policy_release *release =
        compile_with("destinations/bus.yaml",
                     "destination: bus\nkind: nats\nevents: [lead.*]\n"
                     "servers: [nats://bus.example:4222]\nsubject: '\"leads.\" + meta.route'\n");
    assert_non_null(policy_destination_expression(only_destination(release), "subject"));
    policy_release_unref(release);
    release = compile_with("destinations/bus.yaml",
                           "destination: bus\nkind: nats\nevents: [lead.*]\n"
                           "servers: [nats://bus.example:4222]\nsubject: leads.{type}\n");
    assert_null(policy_destination_expression(only_destination(release), "subject"));
    policy_release_unref(release);
    file_refused("destinations/bus.yaml",
                 "destination: bus\nkind: nats\nevents: [lead.*]\n"
                 "servers: [nats://bus.example:4222]\nsubject: leads.>\n",
                 "destinations/bus.yaml:5:10: `subject` must be a subject such as "
                 "meshline.{type}, without blanks and wildcards, or an expression with a text in "
                 "quotes, got `leads.>`");
}

static void an_address_is_no_expression(void **state)
{
    (void)state;
    static const struct {
        const char *to;
        bool expression;
    } cases[] = {{"sales@example.com", false},
                 {"owner.email", true},
                 {"'lead.country == \"DE\" ? \"de@x.example\" : \"us@x.example\"'", true},
                 {"'[\"a@x.example\", owner.email]'", true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[512];
        snprintf(text, sizeof text,
                 "destination: mail\nkind: email\nevents: [lead.assigned]\n"
                 "server: smtps://mail.example\nfrom: Leads <a@b.example>\nto: %s\n",
                 cases[i].to);
        struct policy_release *release = compile_with("destinations/mail.yaml", text);
        assert_int_equal(policy_destination_expression(only_destination(release), "to") != NULL,
                         cases[i].expression);
        policy_release_unref(release);
    }
}

/* ---- two-way */

#define SYNC                                                              \
    CRM_HEAD CRM_CREATE "sync:\n"                                         \
                        "  poll:\n"                                       \
                        "    every: 30s\n"                                \
                        "    url: '\"https://crm.example/?\" + cursor'\n" \
                        "    records: response.body\n"                    \
                        "    cursor: record.changed\n"

static void a_two_way_system_says_what_is_watched(void **state)
{
    (void)state;
    struct policy_release *release =
        compile_with(CRM, SYNC "  webhook: true\n"
                               "  lead: record.reference\n"
                               "  change: string(record.version)\n"
                               "  time: timestamp(record.changed)\n"
                               "  fields:\n"
                               "    owner: {from: record.owner, authority: theirs}\n"
                               "    status: {from: record.state, authority: newest}\n"
                               "    employees: {from: int(record.size), authority: ours}\n");
    const struct policy_sync *sync = &only_destination(release)->sync;
    assert_int_equal(sync->poll_us, 30 * TIME_US_PER_SECOND);
    assert_true(sync->webhook);
    assert_non_null(sync->lead);
    assert_non_null(sync->change);
    assert_non_null(sync->time);
    assert_int_equal(sync->field_count, 3);
    assert_int_equal(sync->fields[0].kind, POLICY_SYNC_OWNER);
    assert_int_equal(sync->fields[0].authority, POLICY_THEIRS);
    assert_int_equal(sync->fields[1].kind, POLICY_SYNC_STATUS);
    assert_int_equal(sync->fields[1].authority, POLICY_NEWEST);
    assert_int_equal(sync->fields[2].kind, POLICY_SYNC_FIELD);
    assert_string_equal(release->schema.fields[sync->fields[2].field].name, "employees");
    for (size_t i = 0; i < sync->field_count; i++)
        assert_non_null(sync->fields[i].from);
    assert_non_null(policy_destination_expression(only_destination(release), "sync/poll/records"));
    policy_release_unref(release);
}

static void what_is_watched_makes_sense(void **state)
{
    (void)state;
    file_refused(CRM,
                 SYNC "  lead: record.reference\n"
                      "  fields:\n"
                      "    owner: {from: record.owner, authority: newest}\n"
                      "    contry: {from: record.country, authority: ours}\n"
                      "    employees: {from: string(record.size), authority: mine}\n",
                 CRM ":13:44: whose change of `owner` is the newest can only be told by `time` of "
                     "`sync`: add when a record was changed, or write `ours` or `theirs`",
                 CRM ":14:5: lead.schema.json has no field `contry`; did you mean `country`?",
                 CRM ":15:23: `employees` must give an int, and this gives something else",
                 CRM ":15:55: `authority` must be one of ours, theirs, newest, got `mine`");
    file_refused(CRM,
                 CRM_HEAD CRM_CREATE "sync:\n  fields:\n"
                                     "    owner: {from: record.owner, authority: theirs}\n",
                 CRM ":6:3: a record cannot be matched with a lead: say by `lead` where our id of "
                     "it stands, or by `id` what the record's own is",
                 CRM ":6:3: nothing tells us of changes: give `sync` a `poll`, or `webhook: true`");
}

static void whose_lead_it_is_there_is_one_person_here(void **state)
{
    (void)state;
    static const char people[] = "reps:\n  - {id: ana, team: north, external: {crm: \"7\"}}\n"
                                 "  - {id: ben, external: {crm: \"8\"}}\n"
                                 "  - {id: cleo, external: {crm: \"7\"}}\n";
    struct mesh mesh;
    mesh_init(&mesh);
    mesh_set(&mesh, "people.yaml", people);
    mesh_set(&mesh, CRM,
             SYNC "  lead: record.reference\n"
                  "  fields:\n    owner: {from: record.owner, authority: theirs}\n");
    mesh_refused(&mesh,
                 "people.yaml:4:32: the rep `ana` is `7` in `crm` too; who owns a lead there "
                 "has to be one person here");
    mesh_set(&mesh, CRM,
             SYNC "  lead: record.reference\n"
                  "  fields:\n    country: {from: record.country, authority: theirs}\n");
    policy_release_unref(mesh_compile(&mesh)); /* where nothing comes back, some may share one */
}

static void only_rest_is_two_way(void **state)
{
    (void)state;
    file_refused(HOOK,
                 "destination: hook\nkind: webhook\nevents: [lead.assigned]\n"
                 "url: https://x.example/\nsync: {webhook: true}\n",
                 HOOK ":5:1: unknown key `sync` in this file; the keys here are destination, "
                      "title, owner, team, kind, events, when, concurrency, rate, per_day, "
                      "timeout, retry, breaker, private_network, url, secret, secrets, headers, "
                      "ca_file");
}

/* ---- in the release */

/* Compiled again from its canonical form, it is the same. */
static void a_release_keeps_them(void **state)
{
    (void)state;
    struct policy_release *release =
        compile_with(CRM, SYNC "  lead: record.reference\n"
                               "  fields: {owner: {from: record.owner, authority: theirs}}\n"
                               "rate: 20\n"
                               "when: 'lead.employees > 5'\n"
                               "auth: {bearer: {env: TOKEN}}\n");
    struct policy_release *again = NULL;
    struct error error = {0};
    assert_int_equal(policy_release_from_canonical(release->canonical, &again, &error), 0);
    assert_string_equal(again->id_text, release->id_text);
    const struct policy_destination *a = only_destination(release), *b = only_destination(again);
    assert_string_equal(a->name, b->name);
    assert_int_equal(b->kind, POLICY_REST);
    assert_int_equal(b->rate, 20);
    assert_memory_equal(&a->retry, &b->retry, sizeof a->retry);
    assert_memory_equal(&a->breaker, &b->breaker, sizeof a->breaker);
    assert_int_equal(b->event_count, 1);
    assert_string_equal(a->when_text, b->when_text);
    assert_true(bytes_equal(a->options, b->options));
    assert_int_equal(a->expression_count, b->expression_count);
    for (size_t i = 0; i < a->expression_count; i++) {
        assert_string_equal(a->expressions[i].path, b->expressions[i].path);
        assert_string_equal(a->expressions[i].text, b->expressions[i].text);
    }
    assert_int_equal(b->sync.field_count, 1);
    assert_int_equal(b->sync.poll_us, a->sync.poll_us);
    policy_release_unref(again);
    policy_release_unref(release);
}

static void their_number_is_bounded(void **state)
{
    (void)state;
    struct mesh mesh;
    struct arena arena;
    mesh_init(&mesh);
    arena_init(&arena);
    for (int i = 0; i <= POLICY_DESTINATIONS_MAX; i++)
        mesh_set(&mesh, arena_printf(&arena, "destinations/d%02d.yaml", i),
                 arena_printf(&arena,
                              "destination: d%02d\nkind: ndjson\nevents: [\"*\"]\npath: a\n", i));
    mesh_refused(&mesh,
                 "destinations/:0:0: 33 destinations and providers are too many; 32 are the most");
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mesh_may_have_none),
        cmocka_unit_test(what_is_unstated_has_a_default),
        cmocka_unit_test(everything_can_be_said),
        cmocka_unit_test(events_are_named_one_by_one_or_by_pattern),
        cmocka_unit_test(events_that_are_none_are_refused),
        cmocka_unit_test(names_are_unique_among_destinations_and_providers),
        cmocka_unit_test(the_kind_says_which_keys_there_are),
        cmocka_unit_test(limits_are_bounded),
        cmocka_unit_test(owners_and_teams_are_known),
        cmocka_unit_test(what_nothing_is_sent_to_is_a_mistake),
        cmocka_unit_test(private_addresses_are_meant),
        cmocka_unit_test(a_webhook_has_the_headers_of_the_standard),
        cmocka_unit_test(secrets_do_not_stand_in_a_mesh),
        cmocka_unit_test(addresses_are_web_addresses_without_passwords),
        cmocka_unit_test(headers_are_headers),
        cmocka_unit_test(files_stay_in_the_data_directory),
        cmocka_unit_test(expressions_are_compiled_and_listed_by_path),
        cmocka_unit_test(expressions_are_checked),
        cmocka_unit_test(misspelt_members_are_found),
        cmocka_unit_test(one_kind_of_credentials_is_enough),
        cmocka_unit_test(what_goes_together_is_given_together),
        cmocka_unit_test(a_text_with_quotes_is_an_expression),
        cmocka_unit_test(an_address_is_no_expression),
        cmocka_unit_test(a_two_way_system_says_what_is_watched),
        cmocka_unit_test(what_is_watched_makes_sense),
        cmocka_unit_test(whose_lead_it_is_there_is_one_person_here),
        cmocka_unit_test(only_rest_is_two_way),
        cmocka_unit_test(a_release_keeps_them),
        cmocka_unit_test(their_number_is_bounded),
    };
    return cmocka_run_group_tests_name("policy_destinations", tests, NULL, NULL);
}
