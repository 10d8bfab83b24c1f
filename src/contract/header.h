/* Values of header fields that have parameters, as Content-Type and Content-Disposition have:
 * head; name=value; name="value" (RFC 9110, 5.6.6; RFC 2183). */
#ifndef ML_CONTRACT_HEADER_H
#define ML_CONTRACT_HEADER_H

#include "base/arena.h"

struct contract_parameter {
    struct bytes name;
    struct bytes value; /* without its quotes, not yet unquoted */
    bool quoted;
};

struct bytes contract_header_trim(struct bytes text);
/* Compared as header names and media types are: ASCII in any case. */
bool contract_header_is(struct bytes text, const char *name);
/* What stands before the first semicolon; *ret_rest is for contract_header_parameter. */
struct bytes contract_header_head(struct bytes value, struct bytes *ret_rest);
/* Takes the next parameter off *rest. False at the end, or with *ret_bad set at what is none. */
bool contract_header_parameter(struct bytes *rest, struct contract_parameter *ret, bool *ret_bad);
/* The value of the first parameter of that name; `data` is NULL when there is none. */
struct bytes contract_header_find(struct bytes value, const char *name, struct arena *arena);
/* With \" and \\ read; any other backslash stays, as in paths. In `arena`, or the value itself. */
struct bytes contract_header_unquote(const struct contract_parameter *parameter,
                                     struct arena *arena);
/* Reads %XX; a percent sign without two digits stays. In `arena`, or `text` itself. *ret_bad (may
 * be NULL) is set when there was such a sign. */
struct bytes contract_percent_decode(struct bytes text, struct arena *arena, bool *ret_bad);

#endif
