/* Bodies of HTML forms: application/x-www-form-urlencoded (WHATWG URL, 5.1) and
 * multipart/form-data (RFC 7578, RFC 2046, 5.1), as an object whose members are texts, or lists of
 * texts where a name comes more than once.
 *
 * Pure: no clock, no I/O, no globals. */
#ifndef ML_CONTRACT_FORM_H
#define ML_CONTRACT_FORM_H

#include "contract/instance.h"

/* Ceilings; 0 means the default. */
struct contract_form_limits {
    size_t size;   /* bytes of the body, files and all */
    size_t fields; /* values and files */
};

enum {
    CONTRACT_FORM_SIZE_DEFAULT = 1024 * 1024,
    CONTRACT_FORM_FIELDS_DEFAULT = 1000,
    CONTRACT_FORM_NAME_MAX = 1024,             /* bytes of a field's name */
    CONTRACT_FORM_PART_HEADERS_MAX = 8 * 1024, /* bytes of the header of one part */
};

/* A file that came along. Its content is passed over: a lead is not made of files. */
struct contract_form_file {
    struct bytes field;
    struct bytes name;       /* as it was sent, path and all; UTF-8 */
    struct bytes media_type; /* empty when none was given */
    size_t size;             /* bytes of its content */
};

struct contract_form {
    struct contract_instance fields;        /* an object, in the order of first appearance */
    const struct contract_form_file *files; /* in order; a file input that was left empty is none */
    size_t file_count;
};

/* Reads the body of a request by its Content-Type. The text is UTF-8 unless the parameter
 * `charset`, a field `_charset_` (which is then no member) or a part's own charset says
 * otherwise. `limits` may be NULL. *ret lives in `arena` and points into `body` and `content_type`,
 * which must outlive it. ML_EINVAL or ML_ELIMIT: `err->place` is "byte N" of the body (from 0)
 * where it is known; the message names the field and says what to do. */
int contract_form_parse(struct bytes content_type, struct bytes body,
                        const struct contract_form_limits *limits, struct arena *arena,
                        struct contract_form *ret, struct error *err);

/* Whether contract_form_parse reads bodies of this Content-Type. */
bool contract_form_is_type(struct bytes content_type);

/* The first value of a field: honeypots, `redirect` and the like. `data` is NULL when the form has
 * no such field. */
struct bytes contract_form_value(const struct contract_form *form, const char *name);

#endif
