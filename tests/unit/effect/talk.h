/* Conversations of kinds, played by hand: a mesh with one destination, a lead, and whoever is on
 * the other side is the test. Nothing is sent. */
#ifndef ML_TESTS_EFFECT_TALK_H
#define ML_TESTS_EFFECT_TALK_H

/* cmocka wants these first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "effect/kind.h"

#define TALK_NOW INT64_C(1795428000000000) /* 2026-11-23T10:00:00Z */

enum { TALK_MESSAGES_MAX = 4, TALK_RECORDS_MAX = 16 };

struct talk {
    struct policy_release *release;
    struct effect_secrets secrets;
    struct effect_place place;
    const struct effect_kind *kind;
    void *state;
    struct arena arena;
    struct json_object *attributes;                    /* of the lead */
    struct effect_message messages[TALK_MESSAGES_MAX]; /* the first is L12, assigned to ana */
    const struct effect_message *said[TALK_MESSAGES_MAX];
    struct effect_attempt attempt;
    struct effect_request request; /* of the newest turn */
    struct core_receipt receipt;
    enum effect_step step;
    /* What LIST and POLL told. */
    struct {
        char key[64], id[64], cursor[64];
        struct cel_value record;
    } records[TALK_RECORDS_MAX];
    size_t record_count;
};

/* The lead of all messages. */
#define TALK_LEAD                                                                         \
    "{\"email\":\"jane@acme.example\",\"name\":\"Jane Doe\",\"company\":\"Acme & Sons\"," \
    "\"country\":\"DE\"}"

/* Compiles a mesh with that file (destinations/… or providers/…) and perhaps another; opens the
 * destination or provider of that name. */
void talk_open(struct talk *talk, const char *name, const char *path, const char *text,
               const char *more_path, const char *more_text);
/* The release alone, for what needs no kind. */
void talk_release(struct talk *talk, const char *path, const char *text);
void talk_close(struct talk *talk);

/* A new attempt (everything of the one before is forgotten), up to its first request or its end. */
enum effect_step talk_begin(struct talk *talk);
enum effect_step talk_begin_task(struct talk *talk, enum effect_task task, const char *cursor);
/* What the other side answers; up to the next request or the end. */
enum effect_step talk_answer(struct talk *talk, uint32_t status, const char *body);

/* The request. */
const char *talk_header(const struct talk *talk, const char *name); /* NULL: none */
void talk_expect(const struct talk *talk, const char *method, const char *url, const char *body);
/* The receipt. */
void talk_expect_receipt(const struct talk *talk, enum core_outcome outcome, const char *reason);
const char *talk_text(const struct talk *talk, struct bytes text);
bool talk_has(struct bytes text, const char *part);

#endif
