/* What a schema says of a record's fields, as a flat list for people: published pages show it.
 * The schema decides; this is a reading aid, which leaves out what cannot be said in a line.
 *
 * Pure: no clock, no I/O, no globals. */
#ifndef ML_CONTRACT_OUTLINE_H
#define ML_CONTRACT_OUTLINE_H

#include "contract/view.h"

enum {
    CONTRACT_OUTLINE_FIELDS_MAX = 500,
    CONTRACT_OUTLINE_DEPTH_MAX = 6, /* of objects and lists inside each other */
};

enum contract_need {
    CONTRACT_OPTIONAL,
    CONTRACT_SOMETIMES, /* one of several alternatives asks for it */
    CONTRACT_REQUIRED,  /* wherever the object that holds it is there */
};

struct contract_field {
    struct bytes path; /* "contact.email"; of what lists hold "people[].name" */
    struct bytes name; /* the last of it */
    uint32_t depth;    /* 0: a member of the record itself */
    struct bytes type; /* "text", "whole number or null", "list of objects" */
    enum contract_need need;
    struct bytes format;      /* "date-time"; of a list, what its items are; or empty */
    struct bytes rules;       /* "at most 80 characters; one of …"; may be empty */
    struct bytes description; /* or title; may be empty */
    struct bytes example;     /* as JSON; may be empty */
    bool deprecated;
};

struct contract_outline {
    const struct contract_field *fields; /* in the order of the schema */
    size_t count;
    bool truncated; /* there are more, or deeper ones */
    bool closed;    /* the record may have no other members */
};

/* *ret lives in `arena` and shares the schema's texts. The schema must have compiled; references
 * are followed within the library. */
void contract_outline(const struct contract_library *library, struct arena *arena,
                      struct contract_outline *ret);

/* Appends an example of a record as compact JSON: the schema's own first one, or one made up from
 * types, formats, bounds and names. Made up ones follow most schemas but not all (patterns,
 * conditions): validate. `full` asks for optional members too. */
void contract_example(const struct contract_library *library, bool full, struct buffer *out);

#endif
