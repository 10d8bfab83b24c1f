/* The members of a small JSON body, checked against a table. */
#ifndef ML_SERVER_MEMBERS_H
#define ML_SERVER_MEMBERS_H

#include "server/request.h"

enum member_type {
    MEMBER_TEXT,
    MEMBER_BOOLEAN,
    MEMBER_INTEGER,
    MEMBER_NUMBER,
    MEMBER_LIST,
    MEMBER_OBJECT,
};

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
    struct json_object *json; /* a list or an object; borrowed likewise */
};

/* Parses the request's body as an object with these members and no others; fills one value for
 * each. A body that may be left out and was counts as {}. False: the request has been refused. */
bool members_read(struct request *request, const struct member *members, size_t count,
                  struct member_value *ret_values);

/* The same of an object within the body; `pointer` is where it stands, "/items/0". */
bool members_read_within(struct request *request, const char *pointer, struct json_object *object,
                         const struct member *members, size_t count,
                         struct member_value *ret_values);

/* Refuses for one mistake at a JSON Pointer; both texts live as long as the request. Returns false.
 */
bool members_refuse(struct request *request, const char *pointer, const char *message);
/* Whether a text is a time as RFC 3339 has it. False: the request has been refused. */
bool members_time(struct request *request, const char *pointer, struct bytes text, int64_t *ret_us);

#endif
