/* What happened, sentence by sentence; printed as it comes where there is no live table. */
#ifndef ML_CLI_DEMO_STORY_H
#define ML_CLI_DEMO_STORY_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DEMO_TEXT_SIZE = 480 };

struct demo_line {
    int64_t at_us;        /* UTC */
    const char *scenario; /* its name; NULL: of the demo as a whole */
    char text[DEMO_TEXT_SIZE];
};

struct demo_story {
    struct demo_line *lines;
    size_t count, capacity;
    int64_t started_us; /* UTC: times are printed from here */
    bool printed;       /* as they come */
};

void demo_story_init(struct demo_story *story, bool printed);
void demo_story_release(struct demo_story *story);
void demo_story_add(struct demo_story *story, const char *scenario, const char *format,
                    va_list list) __attribute__((format(printf, 3, 0)));

#endif
