/* One request on its way through the server: what was asked, who asks, what is answered. It lives
 * in its connection (struct peer) and is reused by the next request there; its arena is emptied in
 * between.
 *
 * Only one thread has it at a time: the connection's worker; while the connection is suspended, the
 * engine or the query thread that works for it. */
#ifndef ML_SERVER_REQUEST_H
#define ML_SERVER_REQUEST_H

#include "base/arena.h"
#include "base/buffer.h"
#include "engine/engine.h"
#include "server/problem.h"
#include "server/query.h"
#include "server/router.h"

struct intake;
struct server;
struct peer;
struct MHD_Connection;
struct MHD_Response;

struct caller {
    enum role role;
    struct bytes name;   /* the actor of what it does */
    struct bytes source; /* of ROLE_SOURCE */
    bool open;           /* nobody has a token here: everyone on this machine may do everything */
    bool visitor;        /* of a web page, without any key: learns nothing of other records */
};

struct answer {
    unsigned status; /* 0: none yet */
    const char *content_type;
    struct buffer body;
    uint64_t version;           /* of the lead: printed as ETag; 0: none */
    const char *etag;           /* of what is not a lead, with its quotes; or NULL */
    uint64_t location;          /* number of the lead that was made: printed as Location; 0: none */
    const char *link;           /* RFC 8288, in the request's arena; or NULL */
    const char *allow;          /* of a 405; or NULL */
    const char *retry_after;    /* seconds; or NULL */
    const char *where;          /* Location of a 303, or of what was made and is no lead; or NULL */
    const char *allow_origin;   /* whose page may read the answer; or NULL */
    const char *allow_headers;  /* of a preflight: what that page may send; or NULL */
    const char *cache;          /* Cache-Control of what is no secret; NULL: nobody keeps it */
    const char *encoding;       /* Content-Encoding of the body; or NULL */
    const char *content_policy; /* of a page for people; NULL: it may load nothing at all */
    bool replayed;              /* an idempotent repeat */
    struct MHD_Response *response; /* instead of a body: a stream; owned until it is queued */
};

/* A command on its way through the engine. */
struct submission {
    struct core_command command;
    struct engine_result result;
    struct engine_request group;
    struct policy_release *release; /* a reference held until the answer; or NULL */
    struct json_object *payload;    /* what the command's text points into; or NULL */
};

struct request {
    struct server *server;
    struct peer *peer;
    struct MHD_Connection *connection;
    const struct route *route; /* NULL: nothing matched */
    struct bytes path;
    struct bytes segments[ROUTE_SEGMENTS_MAX];
    struct bytes parameters[ROUTE_PARAMETERS_MAX];
    struct tokens *tokens; /* a reference: `caller` points into it; or NULL */
    struct caller caller;
    bool signature_due;     /* the caller is known when access_check_signature has seen the body */
    struct bytes signed_id; /* of a signed request: the sender's id of it; else empty */
    struct arena arena;
    struct buffer body;
    uint64_t body_received; /* bytes, also those that were thrown away */
    bool suspended;         /* the worker's note: it has suspended and not been called since */
    bool running;           /* the body is complete and `run` has been called */
    struct answer answer;
    struct problem problem;
    uint64_t min_seq; /* a query waits until the view is there; 0: not */
    struct engine_waiter waiter;
    struct query_job job;
    struct query_reader *reader; /* while a query runs */
    struct submission submission;
    struct intake *intake; /* of leads that are posted, in the arena; or NULL */
    /* For bodies that are not just collected; all NULL otherwise. `receive` returns how much it
     * took and may suspend when it took less; `dispose` is called when the request is over. */
    size_t (*receive)(struct request *request, struct bytes data);
    void (*dispose)(struct request *request);
    void *state;
};

/* ---- looking at what was asked; all borrowed for the request's life */

/* Empty when there is none. */
struct bytes request_header(const struct request *request, const char *name);
/* A query parameter that is a number from `least` to `most`, or `fallback` when it is not there.
 * False: the request has been refused. */
bool request_number(struct request *request, size_t parameter, uint64_t least, uint64_t most,
                    uint64_t fallback, uint64_t *ret);
/* The lead named in the path. False: the request has been refused. */
bool request_lead(struct request *request, uint64_t *ret_number);
/* Whether the client accepts an answer of that type. False: it has been refused. */
bool request_accepts(struct request *request, const char *type);
/* Idempotency-Key, or the id that a request was signed with; empty when there is neither. False: it
 * is malformed and the request has been refused. */
bool request_key(struct request *request, struct bytes *ret_key);
/* If-Match; 0 when there is none or it is "*". False: the request has been refused. */
bool request_if_match(struct request *request, uint64_t *ret_version);
/* The version in an If-Match header's value: quoted, weak or bare. 0 for "*". */
bool version_parse(struct bytes text, uint64_t *ret_version);

/* ---- answering */

/* Starts a JSON answer: write into the returned writer, which is good until the request is over. */
struct json_writer *request_answer_json(struct request *request, unsigned status);
void request_refuse(struct request *request, enum problem_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Refuses with request->problem as it was filled. */
void request_refuse_filled(struct request *request);
/* Refuses for what a library returned. */
void request_refuse_error(struct request *request, int code, const struct error *err);

/* ---- waiting; on the worker, and its last act there */

/* False: the server is stopping and nothing may wait any more. */
bool request_suspend(struct request *request);
/* From any thread; the request is the worker's from here on. */
void request_resume(struct request *request);
/* Suspends and submits request->submission; refuses when the engine does not take it. */
void request_submit(struct request *request);
/* The same, but nothing is done: `look` sees on the engine's thread what would be. The group's
 * context is the request. */
void request_look(struct request *request,
                  void (*look)(struct engine_request *group, const struct core *core,
                               const struct core_decision *decision));

/* The same for a request whose body is still arriving: its clock runs again. */
void request_resume_receiving(struct request *request);

/* For a query that takes long, now and then: 0, or ML_EBUSY when the server is stopping. */
int request_go_on(const struct request *request, struct error *err);

/* ---- the steps, driven by server.c; 0, or -1 when the connection must be closed */

void request_init(struct request *request, struct server *server, struct peer *peer,
                  struct MHD_Connection *connection);
void request_release(struct request *request);
/* The headers are there. */
int request_begin(struct request *request, const char *url, const char *method);
/* A piece of the body; *size becomes what was left of it. */
int request_receive(struct request *request, const char *data, size_t *size);
/* The body is complete, or somebody has resumed the request. */
int request_step(struct request *request);
/* The answer is sent or the connection lost: empties the request for the next. */
void request_end(struct request *request);

#endif
