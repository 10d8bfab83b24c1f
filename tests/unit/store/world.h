/* A small company whose events are projected: a core decides, its events go through their journal
 * form (as after a restart), and a view in a directory of its own shows them. */
#ifndef ML_TESTS_STORE_WORLD_H
#define ML_TESTS_STORE_WORLD_H

/* cmocka wants these first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/store.h"

enum { WORLD_EVENTS_MAX = 100000 };

#define SECOND INT64_C(1000000)
#define HOUR (3600 * SECOND)
#define WORLD_START_US (INT64_C(1700000000) * SECOND) /* 2023-11-14T22:13:20Z */

struct world {
    struct core *core;
    struct store *store;
    struct store_reader *reader; /* opened at first use */
    struct arena arena;
    struct core_event *events; /* all so far */
    struct bytes *journal;     /* their encoded form */
    size_t count;
    size_t projected; /* how many of them the view has */
    int64_t now_us;
    struct core_decision *decision; /* of the last command */
    char directory[64];
    char path[80]; /* of state.db */
};

/* Sources web and csv without contracts, partner with versions 1 to 3 of one, a canary that falls
 * back at half of two records within an hour, and somebody to tell every 6 hours; dead letters are
 * kept 30 days. Reps ana, ben, cem with room for two leads each; pools dach (round robin: ana, ben)
 * and all (least loaded: ana, ben, cem). Class hot (form demo) and standard. Routes: big (over 1000
 * employees, to cem), dach (country DE; to pool all where `pools` has no dach), everyone. Every
 * `people` has a cem, every `pools` an all. */
extern const char world_people[], world_pools[];
struct policy_release *world_release(const char *people, const char *pools);

/* cmocka fixtures: a world without a release and without leads; *state is the world. */
int world_setup_empty(void **state);
int world_setup(void **state); /* the release above is active and projected */
int world_teardown(void **state);

struct world *world_new(void);
void world_free(struct world *world);

/* ---- commands: decided, applied to the core, not yet projected */
enum core_status world_run(struct world *world, struct core_command command);
void world_activate(struct world *world, const char *people, const char *pools);
/* NULL leaves a field out. Returns the lead's number. */
uint64_t world_submit(struct world *world, const char *email, const char *country,
                      const char *form);
void world_contact(struct world *world, uint64_t lead);
void world_outcome(struct world *world, uint64_t lead, bool qualified);
void world_hand_back(struct world *world, uint64_t lead);
void world_assign(struct world *world, uint64_t lead, const char *rep);
void world_set_rep(struct world *world, const char *rep, int available, int64_t capacity);
/* A record of `source` that version `contract` refuses; returns the dead letter's number. */
uint64_t world_refuse(struct world *world, const char *source, uint32_t contract,
                      const char *violation);
/* The same again, still broken, by another version. */
void world_refuse_again(struct world *world, uint64_t letter, uint32_t contract,
                        const char *violation);
/* Mended; returns the lead's number. */
uint64_t world_replay(struct world *world, uint64_t letter, const char *email);
void world_discard(struct world *world, uint64_t letter);
/* A submission of source partner; `shadow` is what the candidate made of it, or NULL. */
uint64_t world_submit_read(struct world *world, const char *email, uint32_t contract,
                           const char *shadow);
void world_switch(struct world *world, enum core_switch_cause cause, uint32_t version);
/* Lets time pass, ticking whatever falls due on the way. */
void world_pass(struct world *world, int64_t duration_us);
/* A few hundred leads' life with everything that can happen to them; the same seed, the same life.
 */
void world_live(struct world *world, uint64_t seed, size_t commands);

/* ---- the view */
void world_project(struct world *world); /* everything new, as one batch */
void world_project_some(struct world *world, size_t count);
struct hash256 world_digest(struct world *world);
/* The core that the view holds is the world's own (I2), and sound. */
void world_check_reload(struct world *world);
/* Closes the view, which has everything, and goes on with the core that it holds. */
void world_reopen(struct world *world);
/* `meshline rebuild`: another core and another view from the journal, `size` events at a time. */
struct hash256 world_rebuild(struct world *world, size_t size);
struct store_reader *world_reader(struct world *world);
/* One value of the view as text, through a connection of its own; "NULL" for none. */
const char *world_value(struct world *world, const char *sql);
/* How SQLite would run it, in lines. */
const char *world_plan(struct world *world, const char *sql);
/* The answer of a function of store.h as JSON; the caller frees it. `read` prints to `json`. */
struct json_object *world_answer(struct world *world,
                                 int (*read)(struct store_reader *, const void *context,
                                             struct json_writer *, struct error *),
                                 const void *context);
/* The lead as the API shows it; valid until the next call. */
struct json_object *world_lead(struct world *world, uint64_t number);
/* Another view in the same directory. */
const char *world_path(struct world *world, const char *name);
/* Runs SQL in the database file `path`. */
void world_execute(const char *path, const char *sql);
void world_copy_file(const char *from, const char *to);

/* Fails with both digests printed. */
void assert_same(const struct hash256 *a, const struct hash256 *b);
#define assert_member(lead, key, text) \
    assert_string_equal(json_object_get_string(json_object_object_get(lead, key)), text)
#define assert_member_int(lead, key, number) \
    assert_int_equal(json_object_get_int64(json_object_object_get(lead, key)), number)
#define assert_member_null(lead, key) assert_null(json_object_object_get(lead, key))
#define assert_value(world, sql, text) assert_string_equal(world_value(world, sql), text)

#endif
