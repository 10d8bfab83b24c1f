/* meshline oncall: who is on call by the rotations of a mesh, now and later; no server is asked. */
#include "base/json_writer.h"
#include "base/time.h"
#include "cli/cli.h"
#include "cli/mesh/mesh_dir.h"
#include "cli/table.h"
#include "policy/rota/rota.h"

#include <stdio.h>

static const char *mesh = "mesh", *at_text;
static uint64_t days;
static bool as_json, as_ics;

enum {
    DAYS_MAX = 3660,
    DAYS_DEFAULT = 28,  /* that are searched for what is amiss, and of a calendar */
    WARNINGS_SHOWN = 5, /* of each rotation */
    WHEN_SIZE = 64,
    OUTPUT_MAX = 256 * 1024 * 1024,
};

static const struct option_row options[] = {
    {"mesh", OPTION_TEXT, &mesh, "DIR", "the mesh; default mesh"},
    {"at", OPTION_TEXT, &at_text, "TIME", "asks about this time (RFC 3339); default now"},
    {"days", OPTION_NUMBER, &days, "N", "lists the shifts of so many days", 1, DAYS_MAX},
    {"ics", OPTION_FLAG, &as_ics, NULL, "prints the shifts as iCalendar; default 28 days of them"},
    {"json", OPTION_FLAG, &as_json, NULL, "prints JSON"},
};

static const struct usage usage = {
    .command = "oncall",
    .arguments = "[ROTATION] [--mesh DIR] [options]",
    .about =
        "Says who is on call by on-call.yaml, until when, and who is next; for one rotation or\n"
        "for all. With --days it lists the shifts, and with --ics it prints them as a calendar\n"
        "to subscribe to. It warns of times within 28 days, or those listed, in which nobody\n"
        "is on call, or somebody who has time off.\n",
    .examples = "  meshline oncall\n"
                "  meshline oncall triage --mesh mesh --days 14\n"
                "  meshline oncall triage --at 2026-12-24T20:00:00+01:00\n"
                "  meshline oncall triage --ics --days 90 > triage.ics\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .least_operands = 0,
    .most_operands = 1,
    .operand = "ROTATION",
};

/* What is known of one rotation. */
struct view {
    const struct policy_release *release;
    const struct policy_rota *rota;
    struct policy_rota_shift now, next;
    const struct policy_rota_shift *shifts; /* of the days asked for */
    size_t shift_count;
};

/* ---- which rotation, which time */

static int read_time(int64_t *ret_us, struct error *err)
{
    struct error reason;
    *ret_us = clock_utc_us();
    if (at_text == NULL)
        return 0;
    if (time_parse(bytes_of(at_text), ret_us, &reason) != 0)
        return error_set(err, ML_EINVAL, "--at", "%s", reason.message);
    if (*ret_us < 0 || *ret_us > time_days(3000, 1, 1) * TIME_US_PER_DAY)
        return error_set(err, ML_EINVAL, "--at", "give a time of the years 1970 to 2999");
    return 0;
}

/* The rotation of that name, or all of them. */
static int find_rotas(const struct policy_release *release, const char *name, struct arena *arena,
                      const struct policy_rota **ret, size_t *ret_count, struct error *err)
{
    *ret = release->rotas;
    *ret_count = release->rota_count;
    if (release->rota_count == 0)
        return error_set(err, ML_ENOTFOUND, mesh,
                         "the mesh \"%s\" has no rotations; add them in on-call.yaml",
                         release->name);
    if (name == NULL)
        return 0;
    *ret = policy_rota_find(release, bytes_of(name));
    *ret_count = 1;
    if (*ret != NULL)
        return 0;
    const char **ids = arena_array(arena, release->rota_count, sizeof *ids);
    for (size_t i = 0; i < release->rota_count; i++)
        ids[i] = release->rotas[i].id;
    const char *near = bytes_suggest(bytes_of(name), ids, release->rota_count);
    return error_set(err, ML_EINVAL, "", "the mesh \"%s\" has no rotation \"%s\"%s%s%s",
                     release->name, name, near ? "; did you mean \"" : "", near ? near : "",
                     near ? "\"?" : "");
}

static int look(const struct policy_release *release, const struct policy_rota *rota, int64_t at_us,
                struct arena *arena, struct view *ret, struct error *err)
{
    const struct policy_rota_shift *now;
    size_t count;
    int64_t end_us = at_us + (int64_t)(days > 0 ? days : DAYS_DEFAULT) * TIME_US_PER_DAY;
    *ret = (struct view){.release = release, .rota = rota};
    int code = policy_rota_shifts(rota, at_us, at_us + 1, arena, &now, &count, err);
    if (code == 0)
        code = policy_rota_shifts(rota, at_us, end_us, arena, &ret->shifts, &ret->shift_count, err);
    if (code != 0)
        return code;
    policy_rota_at(rota, at_us, &ret->now);
    ret->now.time.from_us = now[0].time.from_us;
    policy_rota_at(rota, ret->now.time.to_us, &ret->next);
    return 0;
}

/* ---- for people */

/* "Mon 2026-01-12 09:00 +01:00", in the rotation's zone. */
static const char *when(const struct view *view, int64_t time_us, char text[static WHEN_SIZE])
{
    static const char *const weekdays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    struct zone_local local;
    int64_t seconds = time_us / TIME_US_PER_SECOND;
    zone_local(view->rota->zone, seconds, &local);
    int32_t minutes = zone_offset(view->rota->zone, seconds) / 60;
    int32_t ahead = minutes < 0 ? -minutes : minutes;
    snprintf(text, WHEN_SIZE, "%s %04d-%02d-%02d %02d:%02d %c%02d:%02d", weekdays[local.weekday],
             local.year, local.month, local.day, local.hour, local.minute, minutes < 0 ? '-' : '+',
             ahead / 60, ahead % 60);
    return text;
}

static const char *person_name(const struct view *view, const struct policy_rota_shift *shift)
{
    return shift->person == POLICY_NONE ? "nobody" : view->release->reps[shift->person].name;
}

/* "nights", "override: swap", "" for nobody. */
static const char *cause(const struct view *view, const struct policy_rota_shift *shift,
                         struct arena *arena)
{
    if (shift->origin == POLICY_ROTA_GAP)
        return "";
    const char *origin = policy_rota_origin_name(view->rota, shift);
    if (shift->origin == POLICY_ROTA_LAYER)
        return origin;
    const struct policy_rota_override *override = &view->rota->overrides[shift->index];
    const char *more = override->reason[0] != '\0' ? override->reason : override->file;
    return more[0] == '\0' ? origin : arena_printf(arena, "%s: %s", origin, more);
}

static void print_now(const struct view *views, size_t count, struct arena *arena)
{
    static const struct table_column columns[] = {
        {"ROTATION", false}, {"TEAM", false},  {"ON CALL", false},
        {"BY", false},       {"UNTIL", false}, {"NEXT", false},
    };
    struct table table;
    char text[WHEN_SIZE];
    table_init(&table, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < count; i++) {
        const struct view *view = &views[i];
        table_add(&table, bytes_of(view->rota->id));
        table_add(&table, bytes_of(view->rota->team));
        table_add(&table, bytes_of(person_name(view, &view->now)));
        table_add(&table, bytes_of(cause(view, &view->now, arena)));
        table_add(&table, bytes_of(when(view, view->now.time.to_us, text)));
        table_add(&table, bytes_of(person_name(view, &view->next)));
    }
    table_print(&table, stdout);
    table_release(&table);
}

static void print_shifts(const struct view *view, struct arena *arena)
{
    static const struct table_column columns[] = {
        {"FROM", false}, {"UNTIL", false}, {"ON CALL", false}, {"BY", false}};
    struct table table;
    char text[WHEN_SIZE];
    table_init(&table, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < view->shift_count; i++) {
        const struct policy_rota_shift *shift = &view->shifts[i];
        table_add(&table, bytes_of(when(view, shift->time.from_us, text)));
        table_add(&table, bytes_of(when(view, shift->time.to_us, text)));
        table_add(&table, bytes_of(person_name(view, shift)));
        table_add(&table, bytes_of(cause(view, shift, arena)));
    }
    printf("%s, of %s:\n\n", view->rota->id, printable(arena, bytes_of(view->rota->team)));
    table_print(&table, stdout);
    table_release(&table);
}

/* Whether whoever is on call has time off then, and the part of the shift that it takes first. */
static bool is_away(const struct view *view, const struct policy_rota_shift *shift,
                    struct policy_interval *ret)
{
    if (shift->person == POLICY_NONE)
        return false;
    const struct policy_rep *rep = &view->release->reps[shift->person];
    for (size_t i = 0; i < rep->time_off_count; i++) {
        const struct policy_interval *off = &rep->time_off[i], *time = &shift->time;
        ret->from_us = off->from_us > time->from_us ? off->from_us : time->from_us;
        ret->to_us = off->to_us < time->to_us ? off->to_us : time->to_us;
        if (ret->from_us < ret->to_us)
            return true;
    }
    return false;
}

static void print_warnings(const struct view *view, FILE *out)
{
    size_t found = 0;
    char from[WHEN_SIZE], to[WHEN_SIZE];
    for (size_t i = 0; i < view->shift_count; i++) {
        const struct policy_rota_shift *shift = &view->shifts[i];
        struct policy_interval time = shift->time, off;
        bool gap = shift->origin == POLICY_ROTA_GAP;
        if (is_away(view, shift, &off))
            time = off;
        else if (!gap)
            continue;
        if (++found > WARNINGS_SHOWN)
            continue;
        fprintf(out, "%s%s is on call for %s from %s to %s%s.\n", found == 1 ? "\n" : "",
                gap ? "Nobody" : view->release->reps[shift->person].id, view->rota->id,
                when(view, time.from_us, from), when(view, time.to_us, to),
                gap ? "" : " and has time off then");
    }
    if (found > WARNINGS_SHOWN)
        fprintf(out, "The like is so at %zu more times within %llu days.\n", found - WARNINGS_SHOWN,
                (unsigned long long)(days > 0 ? days : DAYS_DEFAULT));
}

static void print_text(const struct view *views, size_t count)
{
    struct arena arena;
    arena_init(&arena);
    if (days == 0)
        print_now(views, count, &arena);
    for (size_t i = 0; i < count; i++) {
        if (days > 0 && i > 0)
            putchar('\n');
        if (days > 0)
            print_shifts(&views[i], &arena);
        print_warnings(&views[i], stdout);
    }
    arena_release(&arena);
}

/* ---- for programs */

static void write_shifts(const struct view *view, const char *key, bool gaps_only,
                         struct json_writer *json)
{
    json_key(json, key);
    json_array_open(json);
    for (size_t i = 0; i < view->shift_count; i++)
        if (!gaps_only || view->shifts[i].origin == POLICY_ROTA_GAP)
            policy_rota_shift_write(view->release, view->rota, &view->shifts[i], json);
    json_array_close(json);
}

static void write_away(const struct view *view, struct json_writer *json)
{
    json_key(json, "away");
    json_array_open(json);
    for (size_t i = 0; i < view->shift_count; i++) {
        struct policy_interval time;
        if (!is_away(view, &view->shifts[i], &time))
            continue;
        json_object_open(json);
        json_member_time(json, "from", time.from_us);
        json_member_time(json, "until", time.to_us);
        json_member(json, "person", bytes_of(view->release->reps[view->shifts[i].person].id));
        json_object_close(json);
    }
    json_array_close(json);
}

static void write_view(const struct view *view, struct json_writer *json)
{
    json_object_open(json);
    json_member(json, "rotation", bytes_of(view->rota->id));
    json_member(json, "team", bytes_of(view->rota->team));
    json_member(json, "time_zone", bytes_of(view->rota->zone_name));
    json_key(json, "now");
    policy_rota_shift_write(view->release, view->rota, &view->now, json);
    json_key(json, "next");
    policy_rota_shift_write(view->release, view->rota, &view->next, json);
    if (days > 0)
        write_shifts(view, "shifts", false, json);
    write_shifts(view, "gaps", true, json);
    write_away(view, json);
    json_object_close(json);
}

static void write_json(const struct view *views, size_t count, int64_t at_us, struct buffer *out)
{
    struct json_writer json;
    json_begin(&json, out);
    json_object_open(&json);
    json_member_time(&json, "at", at_us);
    json_key(&json, "rotations");
    json_array_open(&json);
    for (size_t i = 0; i < count; i++)
        write_view(&views[i], &json);
    json_array_close(&json);
    json_object_close(&json);
    buffer_append_char(out, '\n');
}

/* Prints what is for programs; what is amiss stands in the JSON, and is told beside a calendar. */
static int print_document(const struct view *views, size_t count, int64_t at_us, struct error *err)
{
    struct buffer out;
    int code = 0;
    buffer_init(&out, OUTPUT_MAX);
    if (as_json)
        write_json(views, count, at_us, &out);
    else
        policy_rota_ical_write(views->release, views->rota, views->shifts, views->shift_count,
                               clock_utc_us(), &out);
    if (out.overflow)
        code = error_set(err, ML_ELIMIT, "", "that is too much; ask for fewer days");
    else
        fwrite(out.data, 1, out.size, stdout);
    if (code == 0 && as_ics)
        print_warnings(views, stderr);
    buffer_release(&out);
    return code;
}

/* ---- the command */

static int show(const struct policy_release *release, const char *name, int64_t at_us,
                struct error *err)
{
    struct arena arena;
    const struct policy_rota *rotas;
    size_t count;
    arena_init(&arena);
    int code = find_rotas(release, name, &arena, &rotas, &count, err);
    if (code == 0 && as_ics && count > 1)
        code = error_set(err, ML_EINVAL, "--ics",
                         "the mesh has %zu rotations, and a calendar is for one; name it", count);
    struct view *views = arena_array(&arena, code == 0 ? count : 0, sizeof *views);
    for (size_t i = 0; i < count && code == 0; i++)
        code = look(release, &rotas[i], at_us, &arena, &views[i], err);
    if (code == 0 && (as_json || as_ics))
        code = print_document(views, count, at_us, err);
    else if (code == 0)
        print_text(views, count);
    arena_release(&arena);
    return code;
}

int command_oncall(int argc, char **argv)
{
    int first, exit_code;
    int64_t at_us;
    struct error err;
    if (!usage_parse(&usage, argc, argv, &first, &exit_code))
        return exit_code;
    if (as_json && as_ics)
        return usage_refuse(&usage, "--json and --ics are two ways to print; give one");
    if (read_time(&at_us, &err) != 0)
        return usage_refuse(&usage, "%s: %s", err.place, err.message);
    struct policy_release *release = NULL;
    int code = mesh_load(mesh, &release, &err);
    if (code == 0)
        code = show(release, first < argc ? argv[first] : NULL, at_us, &err);
    policy_release_unref(release);
    return code == 0 ? CLI_OK : cli_fail(&err);
}
