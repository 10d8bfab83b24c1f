/* What the demo shows while it runs: on a terminal a table that is written over, with the newest of
 * the story below it; elsewhere the story itself, and a line of numbers now and then. */
#ifndef ML_CLI_DEMO_VIEW_H
#define ML_CLI_DEMO_VIEW_H

#include "cli/demo/demo.h"

struct demo_view {
    bool live; /* a terminal */
    int64_t next_show_us;
    int lines; /* of the table on the screen */
};

void demo_view_init(struct demo_view *view, bool live);
void demo_view_step(struct demo_view *view, const struct demo *demo, int64_t now_us);

#endif
