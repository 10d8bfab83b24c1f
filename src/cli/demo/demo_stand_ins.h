/* The demo's side of the stand-ins: starts them as processes, tells them how well to work, asks
 * once a second how they fare, ends them. */
#ifndef ML_CLI_DEMO_STAND_INS_H
#define ML_CLI_DEMO_STAND_INS_H

#include "cli/demo/demo_http.h"
#include "cli/demo/stand_in/stand_in.h"

#include <sys/types.h>

enum demo_stand_in_name { DEMO_CRM, DEMO_FIRMOGRAPHICS, DEMO_CHAT, DEMO_MAIL, DEMO_STAND_INS };

struct demo_stand_in {
    const char *name;  /* of the destination or the provider */
    const char *title; /* for people */
    char url[64], control[64];
    char log[4200]; /* every request that it received, a line each */
    pid_t pid;      /* 0: not running */
    int input;      /* it ends when this is closed; -1 */
    /* As it said last. */
    enum stand_in_mode mode;
    uint64_t received, refused, kept;
};

struct demo_stand_ins {
    struct demo_stand_in items[DEMO_STAND_INS];
    struct demo_http *http; /* borrowed */
    int64_t next_ask_us;
};

/* Starts all of them, with their files in `directory`. What is running then is ended with
 * demo_stand_ins_end in any case. */
int demo_stand_ins_start(struct demo_stand_ins *stand_ins, const char *directory,
                         struct error *err);
/* `http` asks from now on. */
void demo_stand_ins_use(struct demo_stand_ins *stand_ins, struct demo_http *http);
void demo_stand_ins_step(struct demo_stand_ins *stand_ins, int64_t now_us);
void demo_stand_ins_set(struct demo_stand_ins *stand_ins, enum demo_stand_in_name name,
                        enum stand_in_mode mode);
/* ML_EIO when one has ended by itself. */
int demo_stand_ins_check(struct demo_stand_ins *stand_ins, struct error *err);
void demo_stand_ins_end(struct demo_stand_ins *stand_ins);

#endif
