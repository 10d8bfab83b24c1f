/* What the files of the kind `rest` share. */
#ifndef ML_EFFECT_REST_H
#define ML_EFFECT_REST_H

#include "effect/ask.h"
#include "effect/auth.h"

struct rest {
    struct effect_auth auth;
    bool login; /* a session is needed */
    bool find, create, update;
    bool remembers; /* an id that we know is not asked for again */
    bool writes_owner, writes_status;
    char *secret;     /* of the login; owned; may be NULL */
    char *token;      /* of the session; owned; NULL: not logged in */
    uint64_t session; /* counts logins */
};

enum rest_stage { REST_LOGIN, REST_FIND, REST_CREATE, REST_UPDATE, REST_LIST, REST_POLL };

/* One conversation; in the attempt's arena. */
struct rest_talk {
    enum rest_stage stage; /* what was asked last */
    enum rest_stage then;  /* behind a login */
    uint64_t session;      /* under which it was asked */
    bool renewed;          /* the session was refused once already */
    bool linked;           /* `id` is what we remember, not what they said now */
    struct bytes id;       /* theirs, of the lead; may be empty */
    uint32_t pages;        /* of a poll */
};

/* A turn of a conversation. */
struct rest_turn {
    struct ask ask;
    struct rest *rest;
    struct rest_talk *talk;
    const struct effect_answer *answer;
    struct effect_request *request;
    struct core_receipt *ret;
};

/* Asks what stands there in the options, behind a login when one is needed. */
enum effect_step rest_ask(struct rest_turn *turn, enum rest_stage stage);
/* Makes the answer visible and judges it by its status and by `ok` and `error` there. */
bool rest_judge(struct rest_turn *turn);
/* An expression that cannot be evaluated: nobody can be asked. */
enum effect_step rest_refuse(struct rest_turn *turn, const struct error *err);

/* LIST and POLL: the first request, and what comes of each answer. */
enum effect_step rest_records_begin(struct rest_turn *turn);
enum effect_step rest_records_answered(struct rest_turn *turn);

#endif
