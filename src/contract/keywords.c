/* The keywords: where schemas are inside them, in which drafts and vocabularies they exist, and
 * what compiles them. One that is not here, or not in the schema's dialect, means nothing. */
#include "contract/internal.h"

enum {
    NEWER = DRAFT_2019 | DRAFT_2020,
    OLDER = DRAFT_7 | DRAFT_2019,
    CORE = VOCABULARY_CORE,
    APPLY = VOCABULARY_APPLICATOR,
    CHECK = VOCABULARY_VALIDATION,
    META = VOCABULARY_META_DATA,
    CONTENT = VOCABULARY_CONTENT,
    UNEVALUATED = VOCABULARY_UNEVALUATED,
};

/* Sorted by name. */
static const struct keyword keywords[] = {
    {"$comment", SHAPE_VALUE, DRAFT_ANY, CORE, contract_compile_text},
    {"$defs", SHAPE_MAP, NEWER, CORE, contract_compile_definitions},
    {"$dynamicRef", SHAPE_VALUE, DRAFT_2020, CORE, contract_compile_dynamic_reference},
    {"$recursiveRef", SHAPE_VALUE, DRAFT_2019, CORE, contract_compile_dynamic_reference},
    {"$ref", SHAPE_VALUE, DRAFT_ANY, CORE, contract_compile_reference},
    {"$schema", SHAPE_VALUE, DRAFT_ANY, CORE, contract_compile_text},
    {"additionalItems", SHAPE_SCHEMA, OLDER, APPLY, contract_compile_schema},
    {"additionalProperties", SHAPE_SCHEMA, DRAFT_ANY, APPLY, contract_compile_schema},
    {"allOf", SHAPE_LIST, DRAFT_ANY, APPLY, contract_compile_list},
    {"anyOf", SHAPE_LIST, DRAFT_ANY, APPLY, contract_compile_list},
    {"const", SHAPE_VALUE, DRAFT_ANY, CHECK, contract_compile_const},
    {"contains", SHAPE_SCHEMA, DRAFT_ANY, APPLY, contract_compile_schema},
    {"contentEncoding", SHAPE_VALUE, DRAFT_ANY, CONTENT, contract_compile_text},
    {"contentMediaType", SHAPE_VALUE, DRAFT_ANY, CONTENT, contract_compile_text},
    {"contentSchema", SHAPE_SCHEMA, NEWER, CONTENT, contract_compile_check_only},
    {"definitions", SHAPE_MAP, DRAFT_ANY, CORE, contract_compile_definitions},
    {"dependencies", SHAPE_DEPENDENCIES, DRAFT_ANY, APPLY, contract_compile_dependencies},
    {"dependentRequired", SHAPE_VALUE, NEWER, CHECK, contract_compile_dependent_required},
    {"dependentSchemas", SHAPE_MAP, NEWER, APPLY, contract_compile_dependencies},
    {"deprecated", SHAPE_VALUE, DRAFT_ANY, META, contract_compile_flag},
    {"description", SHAPE_VALUE, DRAFT_ANY, META, contract_compile_text},
    {"else", SHAPE_SCHEMA, DRAFT_ANY, APPLY, contract_compile_schema},
    {"enum", SHAPE_VALUE, DRAFT_ANY, CHECK, contract_compile_enum},
    {"examples", SHAPE_VALUE, DRAFT_ANY, META, contract_compile_examples},
    {"exclusiveMaximum", SHAPE_VALUE, DRAFT_ANY, CHECK, contract_compile_bound},
    {"exclusiveMinimum", SHAPE_VALUE, DRAFT_ANY, CHECK, contract_compile_bound},
    {"format", SHAPE_VALUE, DRAFT_ANY, VOCABULARY_FORMAT, contract_compile_format},
    {"if", SHAPE_SCHEMA, DRAFT_ANY, APPLY, contract_compile_schema},
    {"items", SHAPE_ITEMS, DRAFT_ANY, APPLY, contract_compile_items},
    {"maxContains", SHAPE_VALUE, NEWER, CHECK, contract_compile_count},
    {"maxItems", SHAPE_VALUE, DRAFT_ANY, CHECK, contract_compile_count},
    {"maxLength", SHAPE_VALUE, DRAFT_ANY, CHECK, contract_compile_count},
    {"maxProperties", SHAPE_VALUE, DRAFT_ANY, CHECK, contract_compile_count},
    {"maximum", SHAPE_VALUE, DRAFT_ANY, CHECK, contract_compile_bound},
    {"minContains", SHAPE_VALUE, NEWER, CHECK, contract_compile_count},
    {"minItems", SHAPE_VALUE, DRAFT_ANY, CHECK, contract_compile_count},
    {"minLength", SHAPE_VALUE, DRAFT_ANY, CHECK, contract_compile_count},
    {"minProperties", SHAPE_VALUE, DRAFT_ANY, CHECK, contract_compile_count},
    {"minimum", SHAPE_VALUE, DRAFT_ANY, CHECK, contract_compile_bound},
    {"multipleOf", SHAPE_VALUE, DRAFT_ANY, CHECK, contract_compile_bound},
    {"not", SHAPE_SCHEMA, DRAFT_ANY, APPLY, contract_compile_schema},
    {"oneOf", SHAPE_LIST, DRAFT_ANY, APPLY, contract_compile_list},
    {"pattern", SHAPE_VALUE, DRAFT_ANY, CHECK, contract_compile_pattern},
    {"patternProperties", SHAPE_MAP, DRAFT_ANY, APPLY, contract_compile_patterns},
    {"prefixItems", SHAPE_LIST, DRAFT_2020, APPLY, contract_compile_items},
    {"properties", SHAPE_MAP, DRAFT_ANY, APPLY, contract_compile_properties},
    {"propertyNames", SHAPE_SCHEMA, DRAFT_ANY, APPLY, contract_compile_schema},
    {"readOnly", SHAPE_VALUE, DRAFT_ANY, META, contract_compile_flag},
    {"required", SHAPE_VALUE, DRAFT_ANY, CHECK, contract_compile_required},
    {"then", SHAPE_SCHEMA, DRAFT_ANY, APPLY, contract_compile_schema},
    {"title", SHAPE_VALUE, DRAFT_ANY, META, contract_compile_text},
    {"type", SHAPE_VALUE, DRAFT_ANY, CHECK, contract_compile_type},
    {"unevaluatedItems", SHAPE_SCHEMA, NEWER, UNEVALUATED, contract_compile_schema},
    {"unevaluatedProperties", SHAPE_SCHEMA, NEWER, UNEVALUATED, contract_compile_schema},
    {"uniqueItems", SHAPE_VALUE, DRAFT_ANY, CHECK, contract_compile_unique},
    {"writeOnly", SHAPE_VALUE, DRAFT_ANY, META, contract_compile_flag},
};

static int compare(struct bytes name, const char *keyword)
{
    size_t size = strlen(keyword), common = name.size < size ? name.size : size;
    int order = memcmp(name.data, keyword, common);
    return order != 0 ? order : (name.size > size) - (name.size < size);
}

const struct keyword *contract_keyword_find(const struct resource *resource, struct bytes name)
{
    size_t low = 0, high = sizeof keywords / sizeof *keywords;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = compare(name, keywords[middle].name);
        if (order == 0) {
            bool known = (keywords[middle].drafts & resource->draft) != 0 &&
                         (keywords[middle].vocabulary & resource->vocabularies) != 0;
            return known ? &keywords[middle] : NULL;
        }
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}
