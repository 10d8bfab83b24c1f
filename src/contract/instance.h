/* An instance: a JSON value as a compact immutable tree in an arena. Numbers keep their text, so
 * that nothing is ever rounded before it is compared. Read from JSON in one pass, or built by hand
 * for payloads that are not JSON.
 *
 * Pure: no clock, no I/O, no globals. */
#ifndef ML_CONTRACT_INSTANCE_H
#define ML_CONTRACT_INSTANCE_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/bytes.h"
#include "base/error.h"
#include "base/json_writer.h"

#include <stdint.h>

enum contract_kind {
    CONTRACT_NULL,
    CONTRACT_BOOLEAN,
    CONTRACT_NUMBER,
    CONTRACT_STRING,
    CONTRACT_ARRAY,
    CONTRACT_OBJECT,
};

/* What a number is, from its value and not from how it is written: 1.0 and 1e2 are integers. */
enum contract_number {
    CONTRACT_INT64,   /* an integer that fits: `integer` */
    CONTRACT_BIG,     /* an integer that does not: `number` is the nearest double, or infinite */
    CONTRACT_DECIMAL, /* not an integer: `number` is the nearest double */
};

struct contract_member;
struct contract_index;

struct contract_instance {
    uint8_t kind;    /* enum contract_kind */
    uint8_t numeric; /* CONTRACT_NUMBER: enum contract_number */
    bool boolean;    /* CONTRACT_BOOLEAN */
    uint32_t count;  /* items, members, or the characters (code points) of a string */
    union {
        struct bytes text; /* CONTRACT_STRING: UTF-8, may hold NUL; CONTRACT_NUMBER: as written */
        const struct contract_instance *items;
        const struct contract_member *members; /* in the order of the text */
    };
    union {
        int64_t integer;
        double number;
        const struct contract_index *index; /* of a large object; NULL otherwise */
    };
};

struct contract_member {
    struct bytes name; /* UTF-8, may hold NUL */
    uint64_t hash;     /* contract_name_hash(name) */
    struct contract_instance value;
};

/* Ceilings; 0 means the default. */
struct contract_limits {
    size_t size;  /* bytes of text */
    size_t depth; /* arrays and objects inside each other; at most CONTRACT_DEPTH_MAX */
    size_t nodes; /* values in all */
};

enum {
    CONTRACT_SIZE_DEFAULT = 4 * 1024 * 1024,
    CONTRACT_DEPTH_DEFAULT = 64,
    CONTRACT_DEPTH_MAX = 256,
    CONTRACT_NODES_DEFAULT = 200 * 1000,
    CONTRACT_DIGITS_MAX = 1000, /* of one number */
};

/* Reads the whole of `text`: RFC 8259, UTF-8 (RFC 3629), no duplicate names (RFC 7493), no half
 * surrogates. *ret lives in `arena` and points into `text` for strings without escapes and for
 * numbers: both must outlive it. `limits` may be NULL. ML_EINVAL or ML_ELIMIT: `err->place` is
 * "line:column" (from 1, columns in bytes), the message names the JSON Pointer. */
int contract_instance_parse(struct bytes text, const struct contract_limits *limits,
                            struct arena *arena, const struct contract_instance **ret,
                            struct error *err);

/* By hand: `text` must be UTF-8 and outlive the instance. */
struct contract_instance contract_instance_string(struct bytes text);
/* Takes the grammar of JSON numbers only; ML_EINVAL, or ML_ELIMIT for too many digits. */
int contract_instance_number(struct bytes text, struct contract_instance *ret, struct error *err);
/* An object of `count` members, whose hashes are set here; `members` must lie in `arena` or outlive
 * it. ML_ECONFLICT when a name comes twice. */
int contract_instance_object(struct contract_member *members, size_t count, struct arena *arena,
                             struct contract_instance *ret, struct error *err);

/* The member's value, or NULL when `object` is none or has no such member. */
const struct contract_instance *contract_instance_find(const struct contract_instance *object,
                                                       struct bytes name);
/* What the JSON Pointer (RFC 6901) means in `root`; NULL when there is nothing, or it is none. */
const struct contract_instance *contract_instance_at(const struct contract_instance *root,
                                                     struct bytes pointer);

/* Equal as JSON Schema means it: numbers by value, objects whatever the order of members. */
bool contract_instance_equal(const struct contract_instance *a, const struct contract_instance *b);
/* The same for equal instances. */
uint64_t contract_instance_hash(const struct contract_instance *instance);

/* Not for tables whose keys an attacker chooses. */
uint64_t contract_name_hash(struct bytes name);

/* Appends "/token" with ~0 and ~1 (RFC 6901). */
void contract_pointer_append(struct buffer *out, struct bytes token);
/* The instance as JSON, numbers as they were written. */
void contract_instance_write(const struct contract_instance *instance, struct json_writer *writer);
/* "an object", "the text \"many\"", "the number 3.5": for sentences; long texts are cut. */
void contract_instance_describe(const struct contract_instance *instance, struct buffer *out);

#endif
