/* A core driven by hand: one company of three reps and two pools, commands one at a time, every
 * event kept in its journal form so that a test can replay it. */
#ifndef ML_TESTS_CORE_DRIVER_H
#define ML_TESTS_CORE_DRIVER_H

/* cmocka wants these first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/core.h"

enum { DRIVER_EVENTS_MAX = 4096 };

struct driver_event {
    int64_t time_us;
    enum core_event_type type;
    char subject[24];
    char *data;
    uint32_t load, capacity; /* of an assignment */
    bool overridden;
};

struct driver {
    struct core *core;
    struct arena arena;
    int64_t now_us;
    struct core_decision decision; /* of the last command */
    struct driver_event events[DRIVER_EVENTS_MAX];
    size_t count;
};

#define SECOND INT64_C(1000000)

/* The release: pool `dach` (round robin: ana, ben), pool `all` (least loaded: ana, ben, cem); class
 * hot (form demo: assigned 60s, contacted 5m, return_after 10m) and standard (5m, 4h). `pools` and
 * `people` replace those files when given; capacity of everybody is 2. */
struct policy_release *driver_release(const char *people, const char *pools);
struct policy_release *driver_release_of(const char *people, const char *pools,
                                         const char *pipeline);
/* The same with a source `web` that has contract versions 1, 2 and 3; its file without the first
 * lines, which say so; and a source `zoo` without any. `keep`: of dead letters, "90d". */
struct policy_release *driver_release_edge(const char *source, const char *keep);

/* The default release with these files besides its own, or instead of those of the same path. */
struct policy_release *driver_release_with(const struct policy_file *files, size_t count);

struct driver *driver_new(void);       /* with the default release active */
struct driver *driver_new_empty(void); /* no release yet */
/* Checks as well that every event was what its schema in spec/events says. */
void driver_free(struct driver *driver);

/* Runs one command (stamped with now_us), applies what it made; returns its status. */
enum core_status driver_run(struct driver *driver, struct core_command command);
/* Ticks until nothing is due. */
void driver_tick(struct driver *driver);
/* Lets time pass in steps that stop at each timer, ticking. */
void driver_pass(struct driver *driver, int64_t duration_us);

/* Looks at what is counted over time until nothing changes (CORE_WATCH). */
void driver_look(struct driver *driver);

enum core_status driver_activate(struct driver *driver, struct policy_release *release);
/* `form` and `country` may be NULL. Returns the lead's number. */
uint64_t driver_submit(struct driver *driver, const char *email, const char *country,
                       const char *form);
/* `employees` below 0: unsaid. The score is twice as many. */
uint64_t driver_submit_sized(struct driver *driver, const char *email, const char *country,
                             const char *form, int64_t employees);
/* What driver_submit_sized runs, for tests that say more: of source 0, borrowed from the driver. */
struct core_command driver_submission(struct driver *driver, const char *email, const char *country,
                                      const char *form, int64_t employees);
/* A record of source 0 that broke its contract; {"bad":true}. Its dead letter's number. */
struct core_command driver_refusal(struct driver *driver, uint32_t contract, const char *violation);
uint64_t driver_refuse(struct driver *driver, uint32_t contract, const char *violation);
enum core_status driver_set_rep(struct driver *driver, const char *rep, int available,
                                int64_t capacity);
enum core_status driver_contact(struct driver *driver, uint64_t lead);
enum core_status driver_outcome(struct driver *driver, uint64_t lead, bool qualified);
enum core_status driver_hand_back(struct driver *driver, uint64_t lead);
enum core_status driver_assign(struct driver *driver, uint64_t lead, const char *rep);
enum core_status driver_acknowledge(struct driver *driver, uint64_t lead);
/* What enrichment found out: how many employees; below 0: nothing. */
enum core_status driver_enrich(struct driver *driver, uint64_t lead, int64_t employees);

/* The owner's id, or "" when it waits, or "closed". */
const char *driver_owner(struct driver *driver, uint64_t lead);
/* How many events of a type there were. */
size_t driver_count(const struct driver *driver, enum core_event_type type);
/* The newest event of a type, as the journal has it; the caller frees it (json_object_put). */
struct json_object *driver_newest(const struct driver *driver, enum core_event_type type);
/* Takes an event that `core` is about to apply to a second core, by way of its journal form. */
void driver_mirror(const struct core *core, const struct core_event *event, struct core *mirror);
/* A new core from the kept journal; the caller frees it. */
struct core *driver_replay(const struct driver *driver);
/* A core made from the journal is equal to the one that wrote it. */
void driver_check_replay(const struct driver *driver);
void driver_check(struct driver *driver); /* I5, I6, I9 hold */

#endif
