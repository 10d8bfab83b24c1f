/* Sources with contracts: what a release holds of them, and every way a person can get one wrong.
 */
#include "mesh.h"

#include "base/time.h"
#include "policy/edge/kind.h"
#include "policy/internal.h"

#include <stdio.h>

#define SCHEMA                                                                \
    "{\"type\": \"object\", \"required\": [\"mail\"], \"properties\": {\n"    \
    "  \"mail\": {\"type\": \"string\", \"format\": \"email\"},\n"            \
    "  \"id\": {\"type\": \"integer\"}, \"kind\": {\"type\": \"string\"},\n"  \
    "  \"contact\": {\"properties\": {\"phone\": {\"type\": \"string\"}}},\n" \
    "  \"extra\": {\"properties\": {}, \"additionalProperties\": true}}}"
#define SOURCE_OF(rest) "source: web\nowner: ops\n" rest
#define ONE "versions: [{version: 1}]\n"
#define TWO "versions: [{version: 1}, {version: 2}]\n"
#define MAPPING "mapping: {email: normalize_email(payload.mail)}\n"

static void set(struct mesh *mesh, const char *source)
{
    mesh_init(mesh);
    mesh_set(mesh, "sources/web.yaml", source);
    if (strstr(source, "version: 1") != NULL)
        mesh_set(mesh, "contracts/web/1.json", SCHEMA);
    if (strstr(source, "version: 2") != NULL)
        mesh_set(mesh, "contracts/web/2.json", SCHEMA);
}

static struct policy_release *compile(const char *source)
{
    struct mesh mesh;
    set(&mesh, source);
    return mesh_compile(&mesh);
}

#define assert_refused(source, ...)          \
    do {                                     \
        struct mesh refused;                 \
        set(&refused, (source));             \
        mesh_refused(&refused, __VA_ARGS__); \
    } while (0)

/* ---- what a release holds */

static void a_version_has_a_schema_and_a_mapping(void **state)
{
    (void)state;
    struct policy_release *release = compile(SOURCE_OF(ONE MAPPING));
    const struct policy_source *source = &release->sources[0];
    assert_int_equal(source->contract_count, 1);
    const struct policy_contract *contract = policy_contract_find(source, 1);
    assert_non_null(contract);
    assert_non_null(contract->schema);
    assert_true(bytes_is(contract->schema_text, SCHEMA));
    assert_int_equal(contract->mapping_count, 1);
    assert_string_equal(release->schema.fields[contract->mappings[0].field].name, "email");
    assert_string_equal(contract->mappings[0].text, "normalize_email(payload.mail)");
    assert_non_null(contract->mappings[0].program);
    assert_null(contract->key);
    assert_null(contract->skip);
    assert_null(source->split);
    struct policy_rollout rollout = {.active = 1};
    assert_memory_equal(&source->rollout, &rollout, sizeof rollout);
    policy_release_unref(release);
}

static void a_source_without_a_contract_is_as_it_was(void **state)
{
    (void)state;
    struct policy_release *release = compile(SOURCE_OF("map: {phone: tel}\n"));
    const struct policy_source *source = &release->sources[0];
    struct policy_rollout rollout = {0};
    assert_int_equal(source->contract_count, 0);
    assert_null(source->kind);
    assert_memory_equal(&source->rollout, &rollout, sizeof rollout);
    assert_int_equal(source->rename_count, 1);
    assert_int_equal(source->rate, 0);
    assert_false(source->open);
    assert_string_equal(source->honeypot, "");
    assert_string_equal(source->redirect, "");
    assert_string_equal(source->redirect_error, "");
    assert_string_equal(source->notify.webhook, "");
    assert_true(release->keep_dead_letters_us == 90 * TIME_US_PER_DAY);
    policy_release_unref(release);
}

static void versions_write_over_what_the_source_says_for_all(void **state)
{
    (void)state;
    struct policy_release *release =
        compile(SOURCE_OF("contract: 1\n"
                          "mapping: {email: payload.mail, phone: payload.contact.phone}\n"
                          "key: string(payload.id)\n"
                          "skip: 'payload.kind == \"ping\"'\n"
                          "versions:\n"
                          "  - {version: 2, mapping: {phone: null, external_id: payload.id},\n"
                          "     key: payload.mail, skip: null}\n"
                          "  - {version: 1}\n"));
    const struct policy_source *source = &release->sources[0];
    const struct policy_contract *first = &source->contracts[0], *second = &source->contracts[1];
    assert_int_equal(source->contract_count, 2);
    assert_int_equal(first->version, 1); /* in order, whatever that of the file */
    assert_int_equal(first->mapping_count, 2);
    assert_string_equal(first->mappings[1].text, "payload.contact.phone");
    assert_string_equal(first->key_text, "string(payload.id)");
    assert_string_equal(first->skip_text, "payload.kind == \"ping\"");
    assert_int_equal(second->version, 2);
    assert_int_equal(second->mapping_count, 2);
    assert_int_equal(second->mappings[0].field, release->schema.email);
    assert_int_equal(second->mappings[1].field, release->schema.external_id);
    assert_string_equal(second->key_text, "payload.mail");
    assert_null(second->skip);
    policy_release_unref(release);
}

static void a_candidate_is_a_shadow_or_a_canary(void **state)
{
    (void)state;
    struct policy_release *release =
        compile(SOURCE_OF("contract: 1\ncandidate: {version: 2}\n" TWO MAPPING));
    struct policy_rollout shadow = {.active = 1, .candidate = 2, .mode = POLICY_SHADOW};
    const struct policy_source *source = &release->sources[0];
    assert_memory_equal(&source->rollout, &shadow, sizeof shadow);
    assert_int_equal(source->fall_back.violations, 500);
    assert_int_equal(source->fall_back.records, 20);
    assert_true(source->fall_back.window_us == 600 * TIME_US_PER_SECOND);
    policy_release_unref(release);

    release =
        compile(SOURCE_OF("contract: 2\n"
                          "candidate:\n"
                          "  version: 1\n"
                          "  mode: canary\n"
                          "  percent: 2.5\n"
                          "  fall_back: {percent: 0.5, records: 3, within: 1h}\n" TWO MAPPING));
    struct policy_rollout canary = {
        .active = 2, .candidate = 1, .mode = POLICY_CANARY, .share = 250};
    source = &release->sources[0];
    assert_memory_equal(&source->rollout, &canary, sizeof canary);
    assert_int_equal(source->fall_back.violations, 50);
    assert_int_equal(source->fall_back.records, 3);
    assert_true(source->fall_back.window_us == 3600 * TIME_US_PER_SECOND);
    policy_release_unref(release);

    release =
        compile(SOURCE_OF("contract: 1\ncandidate: {version: 2, fall_back: never}\n" TWO MAPPING));
    assert_int_equal(release->sources[0].fall_back.violations, 0);
    policy_release_unref(release);
}

static void a_source_says_how_it_receives(void **state)
{
    (void)state;
    struct policy_release *release =
        compile(SOURCE_OF("honeypot: website_url\n"
                          "redirect: https://www.acme.example/thanks\n"
                          "redirect_error: https://www.acme.example/sorry?x=1\n"
                          "origins: ['https://www.acme.example', 'http://localhost:8080']\n"
                          "open: true\n"
                          "rate: {per_second: 50, burst: 100}\n"
                          "notify: {webhook: 'https://partner.example/hook', emails: "
                          "[ops@partner.example], every: 1h}\n"));
    const struct policy_source *source = &release->sources[0];
    assert_string_equal(source->honeypot, "website_url");
    assert_string_equal(source->redirect, "https://www.acme.example/thanks");
    assert_string_equal(source->redirect_error, "https://www.acme.example/sorry?x=1");
    assert_int_equal(source->origin_count, 2);
    assert_string_equal(source->origins[1], "http://localhost:8080");
    assert_true(source->open);
    assert_int_equal(source->rate, 50);
    assert_int_equal(source->burst, 100);
    assert_string_equal(source->notify.webhook, "https://partner.example/hook");
    assert_int_equal(source->notify.email_count, 1);
    assert_string_equal(source->notify.emails[0], "ops@partner.example");
    assert_true(source->notify.every_us == 3600 * TIME_US_PER_SECOND);
    policy_release_unref(release);
}

static void rate_and_digest_have_defaults(void **state)
{
    (void)state;
    struct policy_release *release =
        compile(SOURCE_OF("rate: {per_second: 7}\nnotify: {emails: [a@b.example]}\n"));
    assert_int_equal(release->sources[0].burst, 7);
    assert_true(release->sources[0].notify.every_us == TIME_US_PER_DAY);
    policy_release_unref(release);
}

static void the_mesh_says_how_long_dead_letters_are_kept(void **state)
{
    (void)state;
    struct mesh mesh;
    mesh_init(&mesh);
    mesh_set(&mesh, "mesh.yaml", MESH_NAME "dead_letters: {keep: 14d}\n");
    struct policy_release *release = mesh_compile(&mesh);
    assert_true(release->keep_dead_letters_us == 14 * TIME_US_PER_DAY);
    policy_release_unref(release);
}

/* ---- what expressions see */

static void expressions_see_record_event_source_params_and_tables(void **state)
{
    (void)state;
    struct mesh mesh;
    set(&mesh, SOURCE_OF(ONE "mapping:\n"
                             "  email: normalize_email(payload.mail)\n"
                             "  phone: 'normalize_phone(payload.contact.phone, \"DE\")'\n"
                             "  external_id: event.id + source\n"
                             "  employees: params.least\n"
                             "  consent: '\"DE\" in territory.dach'\n"
                             "  tags: '[registrable_domain(payload.mail)]'\n"));
    mesh_set(&mesh, "territories/dach.csv", "country\nDE\nAT\n");
    mesh_set(&mesh, "pipelines/inbound.yaml", MESH_PIPELINE "params: {least: 5}\n");
    struct policy_release *release = mesh_compile(&mesh);
    assert_int_equal(release->sources[0].contracts[0].mapping_count, 6);
    assert_string_equal(release->contract_environment.variables[POLICY_CONTRACT_PAYLOAD].name,
                        "payload");
    assert_string_equal(release->contract_environment.variables[POLICY_CONTRACT_TABLES_FROM].name,
                        "territory.dach");
    assert_false(policy_block_of(release)->used_table_count > 0); /* no decision asks for it */
    policy_release_unref(release);
}

static void mistakes_in_expressions_are_at_their_place(void **state)
{
    (void)state;
    assert_refused(
        SOURCE_OF(ONE "mapping:\n"
                      "  email: normalise_email(payload.mail)\n"
                      "  phone: lead.phone\n"
                      "  employees: payload.id +\n"
                      "key: size(payload.mail)\n"
                      "skip: 1 + 2\n"),
        "sources/web.yaml:5:10: no such function `normalise_email`, did you mean "
        "`normalize_email`?",
        "sources/web.yaml:6:10: no such variable `lead` (there is no lead yet: the "
        "record is `payload`)",
        "sources/web.yaml:7:26: the expression ends where a value, a field or `(` is needed",
        "sources/web.yaml:8:6: `key` must give a string (`string(…)` makes one), and "
        "this gives something else",
        "sources/web.yaml:9:7: `skip` must give a bool, or a string with the reason, "
        "and this gives something else");
}

static void results_fit_their_fields(void **state)
{
    (void)state;
    assert_refused(SOURCE_OF(ONE "mapping:\n"
                                 "  email: '[payload.mail]'\n"
                                 "  employees: 'optional.of(\"many\")'\n"
                                 "  consent: 1\n"
                                 "  tags: payload.mail + \"x\"\n"),
                   "sources/web.yaml:5:10: the mapping of `email` (string) must give a string (an "
                   "int and a timestamp are made one), and this gives something else",
                   "sources/web.yaml:6:14: the mapping of `employees` (integer) must give an int, "
                   "and this gives something else",
                   "sources/web.yaml:7:12: `consent` must be a text, or null to take it away, got "
                   "the number `1`; put it in quotes",
                   "sources/web.yaml:8:9: the mapping of `tags` (array) must give a list of "
                   "strings, and this gives something else");
}

static void fields_are_those_of_the_lead(void **state)
{
    (void)state;
    assert_refused(SOURCE_OF(ONE "mapping: {emial: payload.mail, email: payload.mail}\n"),
                   "sources/web.yaml:4:11: lead.schema.json has no field `emial`; did you mean "
                   "`email`?");
}

static void what_is_read_is_declared(void **state)
{
    (void)state;
    assert_refused(SOURCE_OF(ONE "mapping:\n"
                                 "  email: payload.mial\n"
                                 "  phone: payload.contact.fone\n"
                                 "  external_id: string(payload[\"ID\"])\n"
                                 "  country: payload.extra.land\n"),
                   "sources/web.yaml:5:18: the schema declares no `mial` in what is read here; "
                   "did you mean `mail`?",
                   "sources/web.yaml:6:26: the schema declares no `fone` in what is read here; "
                   "did you mean `phone`?",
                   "sources/web.yaml:7:32: the schema declares no `ID` in what is read here");
    policy_release_unref(
        compile(SOURCE_OF(ONE "mapping: {email: 'payload.mail // payload.mial', phone: "
                              "'\"payload.x\" + payload.mail.lowerAscii()'}\n")));
}

static void a_member_of_one_version_may_be_read_for_all(void **state)
{
    (void)state;
    struct mesh mesh;
    set(&mesh,
        SOURCE_OF("contract: 1\n" TWO "mapping: {email: payload.mail, phone: payload.tel}\n"));
    mesh_set(&mesh, "contracts/web/2.json", "{\"properties\": {\"tel\": {\"type\": \"string\"}}}");
    policy_release_unref(mesh_compile(&mesh));
    set(&mesh, SOURCE_OF("contract: 1\nmapping: {email: payload.mail}\nversions:\n  - version: 1\n"
                         "  - {version: 2, mapping: {phone: payload.mail}}\n"));
    mesh_set(&mesh, "contracts/web/2.json", "{\"properties\": {\"tel\": {\"type\": \"string\"}}}");
    mesh_refused(&mesh, "sources/web.yaml:7:43: the schema declares no `mail` in what is "
                        "read here");
}

static void what_every_lead_must_have_is_given(void **state)
{
    (void)state;
    struct mesh mesh;
    set(&mesh, SOURCE_OF(ONE MAPPING));
    mesh_set(&mesh, "lead.schema.json",
             "{\"type\": \"object\", \"required\": [\"country\"], \"properties\": {\"email\": "
             "{\"type\": \"string\"}, \"country\": {\"type\": \"string\"}, \"employees\": "
             "{\"type\": \"integer\"}}}");
    mesh_refused(&mesh, "sources/web.yaml:3:12: version 1 never gives `country`, which "
                        "lead.schema.json requires; add it to `mapping` or to `constants`");
    mesh_set(&mesh, "sources/web.yaml", SOURCE_OF(ONE MAPPING "constants: {country: DE}\n"));
    policy_release_unref(mesh_compile(&mesh));
}

/* ---- schemas */

static void mistakes_in_schemas_are_at_their_place(void **state)
{
    (void)state;
    struct mesh mesh;
    set(&mesh, SOURCE_OF(ONE MAPPING));
    mesh_set(&mesh, "contracts/web/1.json",
             "{\n"
             "  \"properties\": {\n"
             "    \"mail\": {\"type\": \"strnig\"},\n"
             "    \"a/b\": {\"minLength\": -1}\n"
             "  }\n"
             "}\n");
    mesh_refused(
        &mesh,
        "contracts/web/1.json:3:22: `/properties/mail/type` must be one of \"string\", \"number\", "
        "\"integer\", \"boolean\", \"object\", \"array\" and \"null\", or a list of them, got the "
        "text \"strnig\"",
        "contracts/web/1.json:4:26: `/properties/a~1b/minLength` must be a whole number from 0 on");
    mesh_set(&mesh, "contracts/web/1.json", "{\n  \"type\": \"object\",\n}\n");
    mesh_refused(&mesh, "contracts/web/1.json:3:1: the schema is not readable: expected the "
                        "name of a member in double quotes");
}

static void schemas_share_definitions(void **state)
{
    (void)state;
    static const char *const references[] = {
        "{\"properties\": {\"mail\": {\"$ref\": \"shared/mail.json\"}}}",
        "{\"properties\": {\"mail\": {\"$ref\": \"../shared/mail.json\"}}}",
        "{\"$id\": \"https://acme.example/contracts/web/1\", \"properties\": {\"mail\": {\"$ref\": "
        "\"shared/mail.json\"}}}",
        "{\"$id\": \"https://acme.example/contracts/web/1\", \"properties\": {\"mail\": {\"$ref\": "
        "\"../shared/mail.json#/$defs/plain\"}}}",
        "{\"properties\": {\"mail\": {\"$ref\": \"https://acme.example/mail\"}}}",
    };
    for (size_t i = 0; i < sizeof references / sizeof *references; i++) {
        struct mesh mesh;
        set(&mesh, SOURCE_OF(ONE MAPPING));
        mesh_set(&mesh, "contracts/web/1.json", references[i]);
        mesh_set(&mesh, "contracts/shared/mail.json",
                 i == 4 ? "{\"$id\": \"https://acme.example/mail\", \"type\": \"string\"}"
                        : "{\"$ref\": \"text.json\", \"$defs\": {\"plain\": true}}");
        mesh_set(&mesh, "contracts/shared/text.json", "{\"type\": \"string\"}");
        policy_release_unref(mesh_compile(&mesh));
    }
}

static void a_reference_to_nothing_is_a_mistake(void **state)
{
    (void)state;
    struct mesh mesh;
    set(&mesh, SOURCE_OF(ONE MAPPING));
    mesh_set(&mesh, "contracts/web/1.json",
             "{\"properties\": {\"mail\": {\"$ref\": \"shared/mial.json\"}}}");
    mesh_set(&mesh, "contracts/shared/mail.json", "{\"type\": 5}");
    mesh_refused(
        &mesh,
        "contracts/shared/mail.json:1:10: `/type` must be one of \"string\", \"number\", "
        "\"integer\", \"boolean\", \"object\", \"array\" and \"null\", or a list of them, got the "
        "number 5",
        "contracts/web/1.json:1:34: `/properties/mail/$ref` refers to "
        "\"contracts/web/shared/mial.json\", which is not among the schemas given (nothing is "
        "fetched)");
}

static void files_and_versions_belong_together(void **state)
{
    (void)state;
    struct mesh mesh;
    set(&mesh, SOURCE_OF(ONE MAPPING));
    mesh_set(&mesh, "contracts/web/1.json", NULL);
    mesh_set(&mesh, "contracts/web/3.json", SCHEMA);
    mesh_set(&mesh, "contracts/wbe/1.json", SCHEMA);
    mesh_set(&mesh, "contracts/web/first.json", SCHEMA);
    mesh_set(&mesh, "contracts/web/4.yaml", "");
    mesh_set(&mesh, "contracts/5.json", SCHEMA);
    mesh_refused(
        &mesh,
        "contracts/5.json:0:0: this file is not read; `contracts` holds a folder for each source, "
        "with files named *.json",
        "contracts/wbe/1.json:0:0: no source names this version; list it under `versions` of the "
        "source `wbe`, or delete the file",
        "contracts/web/3.json:0:0: no source names this version; list it under `versions` of the "
        "source `web`, or delete the file",
        "contracts/web/4.yaml:0:0: this file is not read; `contracts` holds a folder for each "
        "source, with files named *.json",
        "contracts/web/first.json:0:0: this file is not read; the schema of version 1 of a source "
        "is contracts/SOURCE/1.json, and what several have in common is "
        "contracts/shared/NAME.json",
        "sources/web.yaml:3:12: there is no contracts/web/1.json, which holds the JSON Schema of "
        "version 1; `meshline contract infer` makes one from samples");
}

/* ---- which version */

static void the_version_in_force_is_said_and_there(void **state)
{
    (void)state;
    assert_refused(SOURCE_OF(TWO MAPPING),
                   "sources/web.yaml:3:11: there are 2 versions; say which one is in force: "
                   "`contract: 2`");
    assert_refused(SOURCE_OF("contract: 3\n" TWO MAPPING),
                   "sources/web.yaml:3:11: `web` has no version 3; `versions` lists 1, 2");
    assert_refused(SOURCE_OF("versions: [{version: 1}, {version: 1}]\n" MAPPING),
                   "sources/web.yaml:3:36: version 1 is listed twice; keep one");
}

static void a_candidate_is_another_version(void **state)
{
    (void)state;
    assert_refused(SOURCE_OF("contract: 1\ncandidate: {version: 1}\n" TWO MAPPING),
                   "sources/web.yaml:4:22: version 1 is in force already; a candidate is another "
                   "one");
    assert_refused(SOURCE_OF("contract: 1\ncandidate: {version: 7}\n" TWO MAPPING),
                   "sources/web.yaml:4:22: `web` has no version 7; `versions` lists 1, 2");
    assert_refused(SOURCE_OF("contract: 1\ncandidate: {version: 2, percent: 5}\n" TWO MAPPING),
                   "sources/web.yaml:4:34: `percent` goes with `mode: canary`; a shadow reads "
                   "every record");
    assert_refused(SOURCE_OF("contract: 1\ncandidate: {version: 2, mode: canary}\n" TWO MAPPING),
                   "sources/web.yaml:4:31: say which part of the records the canary takes: "
                   "`percent: 10`");
    assert_refused(
        SOURCE_OF("contract: 1\ncandidate: {version: 2, mode: canary, percent: 0}\n" TWO MAPPING),
        "sources/web.yaml:4:48: `percent` must be from 0.01 to 100 with at most two decimals, got "
        "`0`");
    assert_refused(
        SOURCE_OF("contract: 1\ncandidate: {version: 2, fall_back: nevr}\n" TWO MAPPING),
        "sources/web.yaml:4:36: `fall_back` must be never, or a mapping such as {percent: 5, "
        "records: 20, within: 10m}, got `nevr`");
}

static void map_and_mapping_do_not_mix(void **state)
{
    (void)state;
    assert_refused(SOURCE_OF(ONE MAPPING "map: {phone: tel}\n"),
                   "sources/web.yaml:5:6: `map` is for sources without a contract; with one, write "
                   "`mapping` with expressions, such as `phone: payload.phone_number`");
    assert_refused(SOURCE_OF("mapping: {email: payload.mail}\n"),
                   "sources/web.yaml:3:10: `mapping` goes with a contract; add `versions: "
                   "[{version: 1}]` and the schema as contracts/web/1.json, or name a `kind`");
    assert_refused(SOURCE_OF(ONE),
                   "sources/web.yaml:3:12: version 1 has no `mapping`; say which fields come of a "
                   "record, such as `mapping: {email: payload.email}`");
}

/* ---- receiving */

static void addresses_are_whole(void **state)
{
    (void)state;
    assert_refused(SOURCE_OF("redirect: /thanks\n"
                             "redirect_error: 'javascript:alert(1)'\n"
                             "notify: {webhook: partner.example}\n"),
                   "sources/web.yaml:3:11: `redirect` must be an address that begins with https:// "
                   "or http://, got `/thanks`",
                   "sources/web.yaml:4:17: `redirect_error` must be an address that begins with "
                   "https:// or http://, got `javascript:alert(1)`",
                   "sources/web.yaml:5:19: `webhook` must be an address that begins with https:// "
                   "or http://, got `partner.example`");
}

static void origins_have_nothing_behind_them(void **state)
{
    (void)state;
    assert_refused(SOURCE_OF("origins: ['https://acme.example/', acme.example]\n"),
                   "sources/web.yaml:3:11: an origin is a scheme and a host, such as "
                   "https://www.example.com, without anything behind it, or *, got "
                   "`https://acme.example/`",
                   "sources/web.yaml:3:36: an origin is a scheme and a host, such as "
                   "https://www.example.com, without anything behind it, or *, got `acme.example`");
    assert_refused(SOURCE_OF("open: true\n"),
                   "sources/web.yaml:3:7: `open` lets browsers on the pages of `origins` post "
                   "without a key; name those pages: `origins: [\"https://www.example.com\"]`");
    assert_refused(SOURCE_OF("open: true\norigins: ['*']\n"),
                   "sources/web.yaml:3:7: with `open`, `origins` must name the pages: * would let "
                   "every page of the web post without a key");
}

static void rates_and_notices_are_sensible(void **state)
{
    (void)state;
    assert_refused(SOURCE_OF("rate: {per_second: 50, burst: 10}\nnotify: {every: 5s}\n"),
                   "sources/web.yaml:3:31: `burst` is what may come at once and cannot be less "
                   "than `per_second`",
                   "sources/web.yaml:4:9: nobody is told: give `webhook` or `emails`",
                   "sources/web.yaml:4:17: `every` must be at least 1m, got `5s`");
    assert_refused(SOURCE_OF("rate: {per_second: 0}\nnotify: {emails: [nobody]}\n"),
                   "sources/web.yaml:3:20: `per_second` must be between 1 and 1000000, got `0`",
                   "sources/web.yaml:4:19: an item of `emails` must be an e-mail address such as "
                   "sam@example.com, got `nobody`");
}

/* ---- kinds */

static void a_kind_is_a_contract_and_a_mapping(void **state)
{
    (void)state;
    for (size_t i = 0; i < policy_kind_count; i++) {
        const struct policy_kind *kind = &policy_kinds[i];
        char source[128];
        snprintf(source, sizeof source, "source: web\nowner: ops\nkind: %s\n", kind->name);
        struct policy_release *release = compile(source);
        const struct policy_contract *contract = policy_contract_find(&release->sources[0], 1);
        assert_ptr_equal(release->sources[0].kind, kind);
        assert_non_null(contract);
        assert_true(bytes_is(contract->schema_text, kind->schema));
        assert_true(contract->mapping_count > 0);
        assert_int_equal(contract->key != NULL, kind->key != NULL);
        assert_int_equal(contract->skip != NULL, kind->skip != NULL);
        assert_int_equal(release->sources[0].split != NULL, kind->split != NULL);
        assert_int_equal(release->sources[0].rollout.active, 1);
        policy_release_unref(release);
    }
}

static void a_kind_gives_way_to_what_the_source_says(void **state)
{
    (void)state;
    struct mesh mesh;
    set(&mesh, SOURCE_OF("kind: salesforce\n"
                         "mapping: {phone: null, email: 'payload.mail', revenue: '1.5'}\n"
                         "constants: {country: DE}\n"));
    mesh_set(&mesh, "contracts/web/1.json", SCHEMA);
    struct policy_release *release = mesh_compile(&mesh);
    const struct policy_contract *contract = policy_contract_find(&release->sources[0], 1);
    uint32_t country = policy_field_find(&release->schema, BYTES_LITERAL("country"));
    assert_true(bytes_is(contract->schema_text, SCHEMA));
    assert_string_equal(contract->mappings[0].text, "payload.mail");
    for (size_t i = 0; i < contract->mapping_count; i++) {
        assert_int_not_equal(contract->mappings[i].field, release->schema.phone);
        assert_int_not_equal(contract->mappings[i].field, country);
    }
    policy_release_unref(release);
}

static void what_a_kind_gives_fits_the_lead(void **state)
{
    (void)state;
    struct mesh mesh;
    set(&mesh, SOURCE_OF("kind: salesforce\n"));
    mesh_set(&mesh, "lead.schema.json",
             "{\"type\": \"object\", \"properties\": {\"email\": {\"type\": \"boolean\"}, "
             "\"phone\": {\"type\": \"string\"}, \"country\": {\"type\": \"string\"}, "
             "\"employees\": {\"type\": \"integer\"}}}");
    mesh_refused(&mesh, "sources/web.yaml:3:7: the mapping of `email` (boolean) must give a bool, "
                        "and the kind `salesforce` gives something else; write one of your own, "
                        "or null");
    mesh_set(&mesh, "sources/web.yaml", SOURCE_OF("kind: salesforce\nmapping: {email: null}\n"));
    policy_release_unref(mesh_compile(&mesh));
}

static void an_unknown_kind_gets_a_suggestion(void **state)
{
    (void)state;
    assert_refused(SOURCE_OF("kind: typefrom\n"),
                   "sources/web.yaml:3:7: there is no kind `typefrom`; did you mean `typeform`?");
}

/* ---- the stored form */

static void assert_same_again(const struct policy_release *release)
{
    struct policy_release *again = NULL;
    struct error error = {0};
    if (policy_release_from_canonical(release->canonical, &again, &error) != 0)
        fail_msg("%s: %s", error.place, error.message);
    assert_string_equal(again->id_text, release->id_text);
    assert_true(again->keep_dead_letters_us == release->keep_dead_letters_us);
    assert_int_equal(again->source_count, release->source_count);
    const struct policy_source *a = &release->sources[0], *b = &again->sources[0];
    assert_ptr_equal(a->kind, b->kind);
    assert_memory_equal(&a->rollout, &b->rollout, sizeof a->rollout);
    assert_int_equal(a->fall_back.violations, b->fall_back.violations);
    assert_int_equal(a->fall_back.records, b->fall_back.records);
    assert_true(a->fall_back.window_us == b->fall_back.window_us);
    assert_string_equal(a->honeypot, b->honeypot);
    assert_string_equal(a->redirect, b->redirect);
    assert_int_equal(a->origin_count, b->origin_count);
    assert_int_equal(a->open, b->open);
    assert_int_equal(a->rate, b->rate);
    assert_int_equal(a->burst, b->burst);
    assert_string_equal(a->notify.webhook, b->notify.webhook);
    assert_int_equal(a->notify.email_count, b->notify.email_count);
    assert_true(a->notify.every_us == b->notify.every_us);
    assert_int_equal(a->split != NULL, b->split != NULL);
    assert_int_equal(a->contract_count, b->contract_count);
    for (size_t i = 0; i < a->contract_count; i++) {
        const struct policy_contract *x = &a->contracts[i], *y = &b->contracts[i];
        assert_int_equal(x->version, y->version);
        assert_true(bytes_equal(x->schema_text, y->schema_text));
        assert_non_null(y->schema);
        assert_int_equal(x->mapping_count, y->mapping_count);
        for (size_t j = 0; j < x->mapping_count; j++) {
            assert_int_equal(x->mappings[j].field, y->mappings[j].field);
            assert_string_equal(x->mappings[j].text, y->mappings[j].text);
        }
        assert_int_equal(x->key != NULL, y->key != NULL);
        assert_int_equal(x->skip != NULL, y->skip != NULL);
    }
    policy_release_unref(again);
}

static void a_stored_release_has_it_all_again(void **state)
{
    (void)state;
    struct mesh mesh;
    set(&mesh,
        SOURCE_OF("contract: 2\n"
                  "candidate: {version: 1, mode: canary, percent: 12.34, fall_back: {percent: 1}}\n"
                  "mapping: {email: payload.mail, phone: payload.contact.phone}\n"
                  "versions: [{version: 1, key: payload.mail}, {version: 2, skip: 'true', mapping: "
                  "{phone: null}}]\n"
                  "split: '[payload]'\n"
                  "honeypot: trap\n"
                  "redirect: https://acme.example/thanks\n"
                  "origins: ['*']\n"
                  "rate: {per_second: 3, burst: 9}\n"
                  "notify: {webhook: 'https://acme.example', emails: [a@b.example], every: 2h}\n"));
    mesh_set(&mesh, "contracts/shared/mail.json", "{\"type\": \"string\"}");
    mesh_set(
        &mesh, "contracts/web/2.json",
        "{\"properties\": {\"mail\": {\"$ref\": \"shared/mail.json\"},\r\n\"contact\": true}}");
    mesh_set(&mesh, "mesh.yaml", MESH_NAME "dead_letters: {keep: 30d}\n");
    struct policy_release *release = mesh_compile(&mesh);
    assert_same_again(release);
    policy_release_unref(release);

    release =
        compile(SOURCE_OF("contract: 1\ncandidate: {version: 2, fall_back: never}\n" TWO MAPPING));
    assert_same_again(release);
    policy_release_unref(release);
}

static void a_stored_kind_does_not_change_with_the_program(void **state)
{
    (void)state;
    for (size_t i = 0; i < policy_kind_count; i++) {
        char source[128];
        snprintf(source, sizeof source, "source: web\nowner: ops\nkind: %s\n",
                 policy_kinds[i].name);
        struct policy_release *release = compile(source);
        assert_non_null(strstr(release->canonical.data, "contracts/web/1.json"));
        assert_same_again(release);
        policy_release_unref(release);
    }
}

static void another_schema_is_another_release(void **state)
{
    (void)state;
    struct mesh mesh;
    set(&mesh, SOURCE_OF(ONE MAPPING));
    struct policy_release *one = mesh_compile(&mesh);
    mesh_set(&mesh, "contracts/web/1.json", SCHEMA "\n");
    struct policy_release *other = mesh_compile(&mesh);
    assert_string_not_equal(one->id_text, other->id_text);
    policy_release_unref(one);
    policy_release_unref(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_version_has_a_schema_and_a_mapping),
        cmocka_unit_test(a_source_without_a_contract_is_as_it_was),
        cmocka_unit_test(versions_write_over_what_the_source_says_for_all),
        cmocka_unit_test(a_candidate_is_a_shadow_or_a_canary),
        cmocka_unit_test(a_source_says_how_it_receives),
        cmocka_unit_test(rate_and_digest_have_defaults),
        cmocka_unit_test(the_mesh_says_how_long_dead_letters_are_kept),
        cmocka_unit_test(expressions_see_record_event_source_params_and_tables),
        cmocka_unit_test(mistakes_in_expressions_are_at_their_place),
        cmocka_unit_test(results_fit_their_fields),
        cmocka_unit_test(fields_are_those_of_the_lead),
        cmocka_unit_test(what_is_read_is_declared),
        cmocka_unit_test(a_member_of_one_version_may_be_read_for_all),
        cmocka_unit_test(what_every_lead_must_have_is_given),
        cmocka_unit_test(mistakes_in_schemas_are_at_their_place),
        cmocka_unit_test(schemas_share_definitions),
        cmocka_unit_test(a_reference_to_nothing_is_a_mistake),
        cmocka_unit_test(files_and_versions_belong_together),
        cmocka_unit_test(the_version_in_force_is_said_and_there),
        cmocka_unit_test(a_candidate_is_another_version),
        cmocka_unit_test(map_and_mapping_do_not_mix),
        cmocka_unit_test(addresses_are_whole),
        cmocka_unit_test(origins_have_nothing_behind_them),
        cmocka_unit_test(rates_and_notices_are_sensible),
        cmocka_unit_test(a_kind_is_a_contract_and_a_mapping),
        cmocka_unit_test(a_kind_gives_way_to_what_the_source_says),
        cmocka_unit_test(what_a_kind_gives_fits_the_lead),
        cmocka_unit_test(an_unknown_kind_gets_a_suggestion),
        cmocka_unit_test(a_stored_release_has_it_all_again),
        cmocka_unit_test(a_stored_kind_does_not_change_with_the_program),
        cmocka_unit_test(another_schema_is_another_release),
    };
    return cmocka_run_group_tests_name("policy_sources", tests, NULL, NULL);
}
