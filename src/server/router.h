/* Which call a method and a path mean: a table of patterns and a matcher that knows nothing else.
 */
#ifndef ML_SERVER_ROUTER_H
#define ML_SERVER_ROUTER_H

#include "server/access/auth.h"

struct request;

enum { ROUTE_SEGMENTS_MAX = 2, ROUTE_PARAMETERS_MAX = 24 };

/* Where a call's work is done. */
enum route_work {
    ROUTE_NOW,     /* at once, on the worker: it only looks at memory */
    ROUTE_QUERY,   /* on a query thread: it reads files */
    ROUTE_COMMAND, /* by the engine: `run` submits, `finish` answers when it is durable */
    ROUTE_STREAM,  /* an event stream that stays open */
};

struct route {
    const char *method;  /* GET stands for HEAD too */
    const char *pattern; /* "/v1/leads/{id}/events"; one without a slash matches nothing */
    enum role role;      /* that it asks for */
    enum route_work work;
    bool body;          /* it takes a JSON body */
    bool body_optional; /* which may be left out */
    /* Its first segment is a source, whose senders may sign instead of having a token, and whose
     * web pages may need neither. */
    bool by_source;
    /* The same of a destination that tells of changes; its keys are those of the source
     * "destination:NAME". */
    bool by_destination;
    bool any_query;           /* its query parameters are the page's own */
    const char *content_type; /* of what it answers when all goes well */
    /* Query parameters that it knows, in the order of request->parameters; NULL-terminated or NULL.
     */
    const char *const *parameters;
    /* QUERY: whether this one goes through the whole journal, which may take many seconds: such run
     * apart from the others and one at a time. NULL: never. */
    bool (*retraces)(const struct request *request);
    /* Looks at the headers before the body arrives; may refuse or choose how the body is received.
     */
    void (*begin)(struct request *request);
    /* Does the work once the body is there: answers, or (COMMAND) submits. */
    void (*run)(struct request *request);
    /* COMMAND: answers after the engine is done. */
    void (*finish)(struct request *request);
};

struct route_match {
    const struct route *route; /* NULL when nothing matches */
    struct bytes
        segments[ROUTE_SEGMENTS_MAX]; /* what stood in the braces, borrowed from the path */
    bool known_path;                  /* the path exists, but not with this method */
    char allow[64];                   /* then: "GET, HEAD, PATCH" */
    const char *suggestion; /* when no path matches: the nearest pattern or NULL; static */
};

/* `path` without the query, percent-decoded. */
void route_find(const struct route *routes, size_t count, struct bytes method, struct bytes path,
                struct route_match *ret);

#endif
