/* Runs samples of what vendors send through the ready-made sources: DIR [--list-failed]. A sample
 * passes when its source makes of it what the table says: leads with these fields, or nothing for
 * this reason. Says what became of each. */
#include "base/buffer.h"
#include "policy/edge/edge.h"

#include <stdio.h>

static const struct {
    const char *file;
    const char *source;
    const char *pointer; /* to the record in the file */
    const char
        *expected; /* one record a line: its fields in the order of the lead, or the reason */
} samples[] = {
    {"typeform-official-example.json", "typeform", "",
     "email=laura@example.com external_id=a3a12ec67a1365927098a606107fac15 form_id=lT4Z3j "
     "consent=true"},
    {"hubspot-form-submission.json", "hubspot", "", "email=test@sample.com"},
    /* eventId is the same in both; they are told apart by what happened to which contact. */
    {"hubspot-webhook-events.json", "hubspot", "",
     "external_id=123\n"
     "skipped: a HubSpot event of type contact.propertyChange makes no new lead"},
    {"meta-leadgen-notification.json", "meta", "",
     "external_id=123123123123 campaign=12312312312 form_id=12312312312\n"
     "external_id=123123123124 campaign=12312312312 form_id=12312312312"},
    {"meta-lead-retrieved.json", "meta", "",
     "email=buyer@example.com phone=+919999999999 first_name=Example last_name=Buyer "
     "campaign=Chennai House Construction form_id=FORM1 message=G+1 House Construction"},
    {"google-ads-test-lead.json", "google-ads", "", "skipped: a test lead"},
    {"google-ads-test-lead.json", "google-ads-tests", "",
     "email=test@example.com phone=+16505550123 first_name=FirstName last_name=LastName "
     "city=Mountain View external_id=TeSter-123-ABCDEFGHIJKLMNOPQRSTUVWXYZ-"
     "abcdefghijklmnopqrstuvwxyz-0123456789-AaBbCcDdEeFfGgHhIiJjKkLl campaign=23729418209 "
     "form_id=349080077126"},
    {"linkedin-lead-created.json", "linkedin", "",
     "external_id=1a2b3c-4 form_id=urn:li:versionedLeadGenForm:(urn:li:leadGenForm:1, 1)"},
    {"linkedin-lead-response.json", "linkedin", "", "skipped: a test lead"},
    {"linkedin-lead-response.json", "linkedin-tests", "",
     "email=test1@gmail.com external_id=52dcb737-26f9-4af3-b1fc-935b3e93f838-4 "
     "campaign=urn:li:sponsoredCampaign:32131231 "
     "form_id=urn:li:versionedLeadGenForm:(urn:li:leadGenForm:3213,1)"},
    {"salesforce-web-to-lead.json", "salesforce", "/fields",
     "email=jane.doe@example.com first_name=Jane last_name=Doe "
     "company=Example & S\u00f6hne GmbH country=US city=Mountain View"},
    /* The phone is a number, without + or trunk prefix: its digits are kept as they are. */
    {"webflow-form-submission-v2.json", "webflow", "",
     "email=zaphod@heartofgold.ai phone=15550000000 first_name=Zaphod last_name=Beeblebrox "
     "external_id=6321ca84df3949bfc6752327 form_id=65429eadebe8a9f3a30f62d0"},
    /* Alerts are no leads, whoever they are sent to. */
    {"alertmanager-webhook.json", "webflow", "", "refused: /required at "},
};
enum { SAMPLE_COUNT = sizeof samples / sizeof *samples };

/* ---- the mesh: a source of each kind, and two that take the vendors' test leads for leads */

#define FIELD(name) "\"" name "\":{\"type\":\"string\"},"
#define SOURCE(name, kind, more)                                        \
    {                                                                   \
        "sources/" name ".yaml", BYTES_LITERAL("source: " name "\n"     \
                                               "owner: ops\n"           \
                                               "kind: " kind "\n" more) \
    }

static const struct policy_file files[] = {
    {"mesh.yaml", BYTES_LITERAL("name: kinds\nowners: [{name: ops, role: integrations}]\n")},
    {"lead.schema.json",
     BYTES_LITERAL("{\"type\":\"object\",\"properties\":{" FIELD("email") FIELD("phone")
                       FIELD("first_name") FIELD("last_name") FIELD("company") FIELD("country")
                           FIELD("city") FIELD("external_id") FIELD("campaign") FIELD("form_id")
                               FIELD("message") "\"consent\":{\"type\":\"boolean\"}}}")},
    {"people.yaml", BYTES_LITERAL("defaults: {capacity: 1}\nreps: [{id: ana}]\n")},
    {"pools.yaml", BYTES_LITERAL("pools: [{id: all, members: [ana]}]\n")},
    {"pipelines/inbound.yaml", BYTES_LITERAL("pipeline: inbound\nowner: ops\n"
                                             "classes: [{name: standard}]\n"
                                             "routes: [{name: everyone, to: {pool: all}}]\n")},
    SOURCE("typeform", "typeform", ""),
    SOURCE("hubspot", "hubspot", ""),
    SOURCE("meta", "meta", ""),
    SOURCE("google-ads", "google-ads", ""),
    SOURCE("google-ads-tests", "google-ads", "versions: [{version: 1, skip: 'false'}]\n"),
    SOURCE("linkedin", "linkedin", ""),
    SOURCE("linkedin-tests", "linkedin", "versions: [{version: 1, skip: 'false'}]\n"),
    SOURCE("salesforce", "salesforce", ""),
    SOURCE("webflow", "webflow", ""),
};

static struct policy_release *compile(void)
{
    struct policy_release *release = NULL;
    struct policy_diagnostics diagnostics;
    struct error err;
    policy_diagnostics_init(&diagnostics);
    if (policy_release_compile(files, sizeof files / sizeof *files, &diagnostics, &release, &err) !=
        0)
        for (size_t i = 0; i < diagnostics.count; i++)
            (void)fprintf(stderr, "%s:%u: %s\n", diagnostics.items[i].file,
                          diagnostics.items[i].line, diagnostics.items[i].message);
    policy_diagnostics_release(&diagnostics);
    return release;
}

/* ---- a sample */

static bool read_text(const char *path, struct arena *arena, struct bytes *ret)
{
    enum { FILE_MAX = 1024 * 1024 };
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return false;
    char *text = arena_alloc(arena, FILE_MAX);
    *ret = (struct bytes){text, fread(text, 1, FILE_MAX, file)};
    return fclose(file) == 0;
}

static void write_fields(const struct policy_schema *schema, const struct cel_value *values,
                         struct buffer *out)
{
    size_t start = out->size;
    for (size_t i = 0; i < schema->count; i++) {
        if (values[i].kind == CEL_ABSENT)
            continue;
        buffer_printf(out, "%s%s=", out->size > start ? " " : "", schema->fields[i].name);
        if (values[i].kind == CEL_STRING)
            buffer_append_bytes(out, values[i].string);
        else
            cel_value_print(&values[i], 200, out);
    }
}

/* What the source makes of the record in `data`. */
static void read_record(const struct policy_release *release, uint32_t source,
                        const struct contract_instance *data, struct arena *arena,
                        struct buffer *out)
{
    const struct policy_payload whole = {.data = data}, *pieces;
    size_t count;
    struct policy_edge_scratch *scratch = policy_edge_scratch_new();
    policy_edge_split(release, source, &whole, scratch, arena, &pieces, &count);
    for (size_t i = 0; i < count; i++) {
        struct policy_edge_result result;
        policy_edge_read(release, source, release->sources[source].rollout.active, &pieces[i],
                         scratch, arena, &result);
        buffer_printf(out, "%s", i > 0 ? "\n" : "");
        if (result.outcome == POLICY_EDGE_LEAD)
            write_fields(&release->schema, result.values, out);
        else if (result.outcome == POLICY_EDGE_SKIPPED)
            buffer_printf(out, "skipped: %s", result.skip_reason);
        else
            buffer_printf(out, "refused: %s at %s", result.problems.items[0].rule,
                          result.problems.items[0].pointer);
    }
    policy_edge_scratch_free(scratch);
}

static bool run(const struct policy_release *release, const char *directory, size_t sample,
                bool list_failed)
{
    struct arena arena;
    struct buffer out;
    struct bytes text;
    const struct contract_instance *document, *data = NULL;
    arena_init(&arena);
    buffer_init(&out, 64 * 1024);
    const char *path = arena_printf(&arena, "%s/%s", directory, samples[sample].file);
    if (!read_text(path, &arena, &text))
        buffer_printf(&out, "there is no such file");
    else if (contract_instance_parse(text, NULL, &arena, &document, NULL) == 0)
        data = contract_instance_at(document, bytes_of(samples[sample].pointer));
    if (data != NULL)
        read_record(release, policy_source_find(release, bytes_of(samples[sample].source)), data,
                    &arena, &out);
    bool good = bytes_is(buffer_bytes(&out), samples[sample].expected);
    printf("%s, as %s:\n  %s\n", samples[sample].file, samples[sample].source, buffer_string(&out));
    if (!good && list_failed)
        printf("failed: %s, expected:\n  %s\n", samples[sample].file, samples[sample].expected);
    buffer_release(&out);
    arena_release(&arena);
    return good;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        (void)fprintf(stderr, "usage: payloads DIR [--list-failed]\n");
        return 2;
    }
    struct policy_release *release = compile();
    if (release == NULL)
        return 1;
    bool list_failed = argc > 2 && strcmp(argv[2], "--list-failed") == 0;
    size_t passed = 0;
    for (size_t i = 0; i < SAMPLE_COUNT; i++)
        passed += run(release, argv[1], i, list_failed);
    printf("%zu passed, %zu failed\n", passed, SAMPLE_COUNT - passed);
    policy_release_unref(release);
    return passed == SAMPLE_COUNT ? 0 : 1;
}
