/* The members of a small JSON body, checked against a table. */
#ifndef ML_SERVER_MEMBERS_H
#define ML_SERVER_MEMBERS_H

#include "server/request.h"

enum member_type { MEMBER_TEXT, MEMBER_BOOLEAN, MEMBER_INTEGER, MEMBER_NUMBER, MEMBER_LIST };

struct member {
    const char *name;
    enum member_type type;
    bool required;
    /* Of an integer or a number; of a text its bytes, of a list its items: 0 to `most`. */
    int64_t least, most;
};

struct member_value {
    bool present;
    bool boolean;
    struct bytes text; /* borrowed from request->submission.payload */
    int64_t integer;
    double number;
    struct json_object *list; /* borrowed likewise */
};

/* Parses the request's body as an object with these members and no others; fills one value for
 * each. False: the request has been refused. */
bool members_read(struct request *request, const struct member *members, size_t count,
                  struct member_value *ret_values);

#endif
