/* A schema together with the schemas that apply at the same place: what it refers to, allOf, and
 * the alternatives. For readers that look keywords up and do not validate. */
#ifndef ML_CONTRACT_VIEW_H
#define ML_CONTRACT_VIEW_H

#include "contract/instance.h"

enum { CONTRACT_VIEW_PARTS_MAX = 32 };

/* A document beside the schema that it may refer to. */
struct contract_neighbour {
    struct bytes name; /* the end of its URI, at a slash: "shared/person.json" */
    const struct contract_instance *root;
};

/* Where a schema stands: its own document, and others. */
struct contract_library {
    const struct contract_instance *root;
    const struct contract_neighbour *neighbours;
    size_t count;
};

/* The neighbour that a URI means; NULL when it is not at hand. */
const struct contract_instance *contract_library_find(const struct contract_library *library,
                                                      struct bytes uri);

struct contract_view_part {
    const struct contract_instance *schema;
    const struct contract_instance *root; /* of the document that it stands in */
    bool certain; /* it always applies; else it is one of several alternatives */
};

struct contract_view {
    const struct contract_library *library; /* borrowed */
    struct contract_view_part parts[CONTRACT_VIEW_PARTS_MAX];
    size_t count; /* past the ceiling the rest is left out */
};

/* The view of a record: the library's root, and what it brings along. With `alternatives` all of
 * anyOf, oneOf, then and else; without only the first of anyOf and of oneOf, as if certain. */
void contract_view_record(const struct contract_library *library, bool alternatives,
                          struct contract_view *ret);
/* The view of the member `name` of the objects that `view` describes. */
void contract_view_property(const struct contract_view *view, struct bytes name, bool alternatives,
                            struct contract_view *ret);
/* The view of the items of the lists that `view` describes; no parts: nothing is said. */
void contract_view_items(const struct contract_view *view, bool alternatives,
                         struct contract_view *ret);

/* Whether the part is the first to tell of the member `name`. */
bool contract_view_is_first(const struct contract_view *view, size_t part, struct bytes name);

/* The first value of a keyword; NULL when no part has it. */
const struct contract_instance *contract_view_find(const struct contract_view *view,
                                                   const char *keyword);
/* Whether a part that always applies asks for the member, or some alternative (`ret_sometimes`, may
 * be NULL). */
bool contract_view_requires(const struct contract_view *view, struct bytes name,
                            bool *ret_sometimes);
/* Whether `type` allows that type by name; true when nothing is said and `unsaid`. */
bool contract_view_allows(const struct contract_view *view, const char *type, bool unsaid);

#endif
