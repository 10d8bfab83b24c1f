/* A heatmap of text: percent within the objective, hour by hour of the day. The numbers say it all;
 * on a terminal colours help to find the bad ones. */
#include "base/arena.h"
#include "base/time.h"
#include "cli/objectives.h"
#include "cli/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { HOURS = 24, LINES_MAX = 500 };

struct line {
    struct bytes value, objective;
    int64_t met[HOURS], late[HOURS];
};

static struct line *find_line(struct line *lines, size_t *count, struct json_object *cell)
{
    struct bytes value = json_member_text(cell, "value");
    struct bytes objective = json_member_text(cell, "objective");
    for (size_t i = 0; i < *count; i++)
        if (bytes_equal(lines[i].value, value) && bytes_equal(lines[i].objective, objective))
            return &lines[i];
    if (*count == LINES_MAX)
        return NULL;
    lines[*count] = (struct line){.value = value, .objective = objective};
    return &lines[(*count)++];
}

static void add_cell(struct line *line, struct json_object *cell)
{
    int64_t hour = json_member_time_us(cell, "hour") % TIME_US_PER_DAY;
    size_t index = (size_t)(hour / (3600 * TIME_US_PER_SECOND));
    line->met[index] += json_member_int(cell, "met", 0);
    line->late[index] += json_member_int(cell, "late", 0);
}

/* Background and ink of the 256 colours. */
static const char *colour_of(int64_t percent)
{
    if (percent >= 95)
        return "\033[48;5;29;38;5;231m";
    if (percent >= 80)
        return "\033[48;5;179;38;5;16m";
    return "\033[48;5;124;38;5;231m";
}

static bool wants_colours(void)
{
    const char *off = getenv("NO_COLOR"); /* no-color.org */
    return isatty(STDOUT_FILENO) && (off == NULL || off[0] == '\0');
}

static void print_line(struct arena *arena, const struct line *line, int width, bool colours)
{
    const char *label = arena_printf(
        arena, "%s %s", line->value.size > 0 ? printable(arena, line->value) : "(none)",
        printable(arena, line->objective));
    printf("%-*s", width, label);
    for (size_t i = 0; i < HOURS; i++) {
        int64_t turned = line->met[i] + line->late[i];
        if (turned == 0) {
            printf("   .");
            continue;
        }
        int64_t percent = line->met[i] * 100 / turned; /* cut: 100 is all of them */
        printf(" %s%3d%s", colours ? colour_of(percent) : "", (int)percent,
               colours ? "\033[0m" : "");
    }
    puts("");
}

static int width_of(const struct line *lines, size_t count)
{
    size_t width = 8;
    for (size_t i = 0; i < count; i++) {
        size_t own = lines[i].value.size + lines[i].objective.size + 2;
        width = own > width ? own : width;
    }
    return (int)(width < 60 ? width : 60);
}

void objectives_print_heatmap(struct json_object *cells)
{
    struct arena arena;
    size_t count = 0, left_out = 0;
    size_t cell_count = cells != NULL ? json_object_array_length(cells) : 0;
    arena_init(&arena);
    struct line *lines = arena_array(&arena, LINES_MAX, sizeof *lines);
    for (size_t i = 0; i < cell_count; i++) {
        struct json_object *cell = json_object_array_get_idx(cells, i);
        struct line *line = find_line(lines, &count, cell);
        if (line != NULL)
            add_cell(line, cell);
        else
            left_out++;
    }
    int width = width_of(lines, count);
    printf("%-*s", width, "UTC");
    for (int hour = 0; hour < HOURS; hour++)
        printf("  %02d", hour);
    puts("");
    for (size_t i = 0; i < count; i++)
        print_line(&arena, &lines[i], width, wants_colours());
    puts(count > 0 ? "\nPercent of leads within the objective; \".\": none turned in that hour."
                   : "\nNo objective turned in that time.");
    if (left_out > 0)
        printf("Only the first %d lines are shown; --value or --class choose.\n", LINES_MAX);
    arena_release(&arena);
}
