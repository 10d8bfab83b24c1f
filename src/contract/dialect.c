/* Which rules a schema is read by: the draft that "$schema" names, and the vocabularies that a
 * metaschema of one's own lists. */
#include "contract/internal.h"

#include "contract/uri.h"

enum { METASCHEMA_STEPS_MAX = 8 };

static const struct {
    const char *uri;
    uint8_t draft;
} drafts[] = {
    {"https://json-schema.org/draft/2020-12/schema", DRAFT_2020},
    {"https://json-schema.org/draft/2019-09/schema", DRAFT_2019},
    {"http://json-schema.org/draft-07/schema", DRAFT_7},
    {"https://json-schema.org/draft-07/schema", DRAFT_7},
};

static const struct {
    const char *name;
    uint8_t bits;
} vocabularies[] = {
    {"core", VOCABULARY_CORE},
    {"applicator", VOCABULARY_APPLICATOR},
    {"unevaluated", VOCABULARY_UNEVALUATED},
    {"validation", VOCABULARY_VALIDATION},
    {"meta-data", VOCABULARY_META_DATA},
    {"format", VOCABULARY_FORMAT},
    {"format-annotation", VOCABULARY_FORMAT},
    {"format-assertion", VOCABULARY_FORMAT | VOCABULARY_FORMAT_ASSERTION},
    {"content", VOCABULARY_CONTENT},
};

static uint8_t draft_of(struct bytes uri)
{
    for (size_t i = 0; i < sizeof drafts / sizeof *drafts; i++)
        if (bytes_is(uri, drafts[i].uri))
            return drafts[i].draft;
    return 0;
}

static uint8_t vocabulary_of(struct bytes uri, uint8_t draft)
{
    static const char *const prefixes[] = {"https://json-schema.org/draft/2020-12/vocab/",
                                           "https://json-schema.org/draft/2019-09/vocab/"};
    for (size_t p = 0; p < 2; p++) {
        size_t size = strlen(prefixes[p]);
        if (uri.size <= size || memcmp(uri.data, prefixes[p], size) != 0)
            continue;
        struct bytes name = {uri.data + size, uri.size - size};
        for (size_t i = 0; i < sizeof vocabularies / sizeof *vocabularies; i++)
            if (bytes_is(name, vocabularies[i].name)) {
                bool both = draft == DRAFT_2019 && vocabularies[i].bits == VOCABULARY_APPLICATOR;
                return vocabularies[i].bits | (both ? VOCABULARY_UNEVALUATED : 0);
            }
    }
    return 0;
}

/* The vocabularies that the metaschema lists; one that must be understood and is not is a mistake.
 */
static uint8_t read_vocabularies(struct compiler *compiler, const struct resource *resource,
                                 const struct contract_instance *list)
{
    uint8_t bits = VOCABULARY_CORE;
    for (uint32_t i = 0; list->kind == CONTRACT_OBJECT && i < list->count; i++) {
        const struct contract_member *member = &list->members[i];
        uint8_t found = vocabulary_of(member->name, resource->draft);
        bits |= found;
        if (found == 0 && member->value.kind == CONTRACT_BOOLEAN && member->value.boolean)
            contract_mistake(
                compiler, resource->root, "$schema",
                "its metaschema needs the vocabulary \"%.*s\", which is not known here",
                BYTES_ARG(member->name));
    }
    return bits;
}

static struct bytes schema_of(const struct contract_instance *schema)
{
    const struct contract_instance *value =
        contract_instance_find(schema, BYTES_LITERAL("$schema"));
    if (value == NULL || value->kind != CONTRACT_STRING)
        return (struct bytes){NULL, 0};
    return contract_uri_without_fragment(value->text);
}

/* Goes from metaschema to metaschema, until one is of a known draft. The first "$vocabulary" on the
 * way is the one that counts. */
static void follow(struct compiler *compiler, struct resource *resource, struct bytes uri)
{
    const struct contract_instance *list = NULL;
    resource->draft = draft_of(uri);
    for (int step = 0; resource->draft == 0 && step < METASCHEMA_STEPS_MAX; step++) {
        struct resource *metaschema = contract_resource_of(compiler, uri);
        if (metaschema == NULL)
            break;
        const struct contract_instance *found =
            contract_instance_find(metaschema->root->instance, BYTES_LITERAL("$vocabulary"));
        list = list == NULL ? found : list;
        uri = schema_of(metaschema->root->instance);
        resource->draft = uri.data == NULL ? DRAFT_2020 : draft_of(uri);
    }
    if (resource->draft == 0) {
        resource->draft = DRAFT_2020;
        resource->unknown_dialect = true;
    }
    resource->vocabularies =
        list == NULL ? VOCABULARY_STANDARD : read_vocabularies(compiler, resource, list);
}

void contract_dialect(struct compiler *compiler, struct resource *resource,
                      const struct resource *parent)
{
    struct bytes uri = schema_of(resource->root->instance);
    resource->draft = parent == NULL ? DRAFT_2020 : parent->draft;
    resource->vocabularies = parent == NULL ? VOCABULARY_STANDARD : parent->vocabularies;
    if (uri.data != NULL)
        follow(compiler, resource, uri);
}
