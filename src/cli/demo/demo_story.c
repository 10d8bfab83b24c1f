/* The story of a demo. */
#include "cli/demo/demo_story.h"

#include "base/error.h"
#include "cli/cli.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

void demo_story_init(struct demo_story *story, bool printed)
{
    *story = (struct demo_story){.printed = printed, .started_us = clock_utc_us()};
}

void demo_story_release(struct demo_story *story)
{
    free(story->lines);
    *story = (struct demo_story){0};
}

void demo_story_add(struct demo_story *story, const char *scenario, const char *format,
                    va_list list)
{
    if (story->count == story->capacity) {
        story->capacity = story->capacity > 0 ? 2 * story->capacity : 64;
        struct demo_line *longer = realloc(story->lines, story->capacity * sizeof *longer);
        if (longer == NULL)
            panic("out of memory (story)");
        story->lines = longer;
    }
    struct demo_line *line = &story->lines[story->count++];
    *line = (struct demo_line){.at_us = clock_utc_us(), .scenario = scenario};
    vsnprintf(line->text, sizeof line->text, format, list);
    if (!story->printed)
        return;
    int64_t seconds = (line->at_us - story->started_us) / 1000000;
    printf("%02" PRId64 ":%02" PRId64 "  %s%s%s\n", seconds / 60, seconds % 60,
           scenario != NULL ? scenario : "", scenario != NULL ? ": " : "", line->text);
    fflush(stdout);
}
