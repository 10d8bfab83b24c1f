/* Rotations as iCalendar (RFC 5545). Out: an event for each shift. In: overrides, each event for
 * the person whom its summary names.
 *
 * Reading takes two steps. This file only finds out whom each event is for; when it is, with all
 * recurrences and time zones, is left to policy_ical_read, which is given the text once for each
 * person with the events of all others made transparent. So an instance of a series that was handed
 * to somebody else is cut out of the series of the one and is all there is of the other. */
#include "policy/rota/rota.h"

#include "base/time.h"
#include "policy/calendar/calendar.h"
#include "policy/internal.h"

#include <stdlib.h>
#include <strings.h>

enum {
    WORDS_MAX = 64,     /* of a summary that are looked at */
    PHRASE_MAX = 8,     /* words of a name */
    SUMMARY_MAX = 4096, /* bytes */
    KEY_MAX = 512,      /* bytes of a name */
    LINE_OCTETS = 75,   /* of a line that is written, without its end */
    DEPTH_MAX = 16,
};

/* ---- names */

struct named {
    uint32_t rep;
    bool shared; /* several reps have this name */
};

struct policy_rota_names {
    const struct policy_release *release;
    struct policy_index index; /* key → place in `items` */
    struct named *items;
    size_t count;
};

static bool in_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (unsigned char)c >= 0x80 || strchr("._-@+'", c) != NULL;
}

/* The next word, in small letters and without the full stop of a sentence; empty at the end. */
static struct bytes take_word(struct bytes *rest, char word[static KEY_MAX])
{
    size_t size = 0, at = 0;
    while (at < rest->size && (rest->data[at] == '\0' || !in_word(rest->data[at])))
        at++;
    for (; at < rest->size && rest->data[at] != '\0' && in_word(rest->data[at]); at++) {
        char c = rest->data[at];
        if (size < KEY_MAX)
            word[size++] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    *rest = (struct bytes){rest->data + at, rest->size - at};
    while (size > 1 && (word[size - 1] == '.' || word[size - 1] == '-'))
        size--;
    return (struct bytes){word, size};
}

/* A name as it is looked up: its words with one blank between them. Empty when it is too long. */
static struct bytes key_of(struct bytes name, struct arena *arena)
{
    char key[KEY_MAX], word[KEY_MAX];
    size_t size = 0;
    for (struct bytes piece; (piece = take_word(&name, word)).size > 0;) {
        if (size + 1 + piece.size > KEY_MAX)
            return (struct bytes){0};
        if (size > 0)
            key[size++] = ' ';
        memcpy(key + size, piece.data, piece.size);
        size += piece.size;
    }
    return arena_copy(arena, (struct bytes){key, size});
}

static void add_name(struct policy_rota_names *names, const char *name, uint32_t rep,
                     struct arena *arena)
{
    struct bytes key = key_of(bytes_of(name), arena);
    if (key.size == 0)
        return;
    uint32_t known = policy_index_add(&names->index, key, (uint32_t)names->count);
    if (known == POLICY_NONE)
        names->items[names->count++] = (struct named){.rep = rep};
    else if (names->items[known].rep != rep)
        names->items[known].shared = true;
}

const struct policy_rota_names *policy_rota_names_new(const struct policy_release *release,
                                                      struct arena *arena)
{
    struct policy_rota_names *names = arena_zalloc(arena, sizeof *names);
    names->release = release;
    names->items = arena_array(arena, 3 * release->rep_count, sizeof *names->items);
    policy_index_init(&names->index, arena, 3 * release->rep_count);
    for (uint32_t i = 0; i < release->rep_count; i++) {
        add_name(names, release->reps[i].id, i, arena);
        add_name(names, release->reps[i].name, i, arena);
        add_name(names, release->reps[i].email, i, arena);
    }
    return names;
}

/* ---- whom a summary names */

/* The words of a summary, joined by blanks, so that any run of them is one piece of text. */
struct words {
    char text[SUMMARY_MAX + WORDS_MAX];
    size_t start[WORDS_MAX], end[WORDS_MAX];
    size_t count;
};

static void split_words(struct bytes summary, struct words *words)
{
    char word[KEY_MAX];
    size_t size = 0;
    words->count = 0;
    for (struct bytes piece;
         words->count < WORDS_MAX && (piece = take_word(&summary, word)).size > 0;) {
        if (size > 0)
            words->text[size++] = ' ';
        words->start[words->count] = size;
        memcpy(words->text + size, piece.data, piece.size);
        size += piece.size;
        words->end[words->count++] = size;
    }
}

/* The longest name that begins at a word; how many words it has, 0 for none. */
static size_t name_at(const struct policy_rota_names *names, const struct words *words, size_t at,
                      const struct named **ret)
{
    size_t most = words->count - at < PHRASE_MAX ? words->count - at : PHRASE_MAX;
    for (size_t length = most; length > 0; length--) {
        size_t start = words->start[at];
        struct bytes phrase = {words->text + start, words->end[at + length - 1] - start};
        uint32_t found = policy_index_find(&names->index, phrase);
        if (found != POLICY_NONE) {
            *ret = &names->items[found];
            return length;
        }
    }
    return 0;
}

static int find_person(const struct policy_rota_names *names, struct bytes summary, uint32_t line,
                       uint32_t *ret, struct error *err)
{
    struct words words;
    const struct named *named = NULL;
    const struct policy_rep *reps = names->release->reps;
    *ret = POLICY_NONE;
    split_words(summary, &words);
    for (size_t at = 0; at < words.count;) {
        size_t length = name_at(names, &words, at, &named);
        at += length > 0 ? length : 1;
        if (length == 0)
            continue;
        if (named->shared)
            return error_set(err, ML_EINVAL, "",
                             "line %u: several reps have the name in the summary \"%.*s\"; write "
                             "the id or the e-mail address of one",
                             line, POLICY_CLIP(summary));
        if (*ret != POLICY_NONE && *ret != named->rep)
            return error_set(err, ML_EINVAL, "",
                             "line %u: the summary \"%.*s\" names both %s and %s; name only who is "
                             "on call",
                             line, POLICY_CLIP(summary), reps[*ret].id, reps[named->rep].id);
        *ret = named->rep;
    }
    if (*ret == POLICY_NONE)
        return error_set(err, ML_EINVAL, "",
                         "line %u: the summary \"%.*s\" names nobody of people.yaml; write the id, "
                         "the name or the e-mail address of a rep",
                         line, POLICY_CLIP(summary));
    return 0;
}

/* ---- the lines of a file */

enum line_kind {
    LINE_OTHER,
    LINE_SUMMARY,      /* of an event itself, not of its alarm */
    LINE_TRANSPARENCY, /* likewise */
};

/* A line with its continuations, as it stands in the file. */
struct line {
    struct bytes raw; /* with all its line ends */
    uint32_t folds;   /* continuations */
    enum line_kind kind;
    uint32_t event; /* POLICY_NONE: in no event */
};

struct event {
    uint32_t line;
    uint32_t person; /* POLICY_NONE: cancelled */
    struct bytes summary;
    bool cancelled;
};

struct reading {
    struct bytes text;
    struct arena *arena; /* of this reading */
    const struct policy_rota_names *names;
    struct line *lines;
    size_t line_count;
    struct event *events;
    size_t event_count;
    struct error *err;
};

static bool is_fold(struct bytes rest)
{
    return rest.size > 0 && (rest.data[0] == ' ' || rest.data[0] == '\t');
}

static struct bytes take_physical(struct bytes *rest)
{
    const char *end = memchr(rest->data, '\n', rest->size);
    struct bytes line = {rest->data, end != NULL ? (size_t)(end - rest->data) + 1 : rest->size};
    *rest = (struct bytes){rest->data + line.size, rest->size - line.size};
    return line;
}

/* "NAME" of "NAME;PARAMETER=X:value". */
static bool has_name(struct bytes line, const char *name)
{
    size_t size = strlen(name);
    return line.size > size && strncasecmp(line.data, name, size) == 0 &&
           (line.data[size] == ':' || line.data[size] == ';');
}

/* What follows the colon that ends the parameters, of which quoted ones may hold colons. */
static struct bytes value_of(struct bytes line)
{
    bool in_quotes = false;
    size_t at = 0;
    for (; at < line.size && (in_quotes || line.data[at] != ':'); at++)
        in_quotes ^= line.data[at] == '"';
    at += at < line.size;
    return (struct bytes){line.data + at, line.size - at};
}

static struct bytes unfold(struct bytes raw, struct arena *arena)
{
    char *text = arena_alloc(arena, raw.size + 1);
    size_t size = 0;
    for (bool first = true; raw.size > 0; first = false) {
        struct bytes piece = take_physical(&raw);
        while (piece.size > 0 &&
               (piece.data[piece.size - 1] == '\n' || piece.data[piece.size - 1] == '\r'))
            piece.size--;
        size_t skip = !first && piece.size > 0;
        memcpy(text + size, piece.data + skip, piece.size - skip);
        size += piece.size - skip;
    }
    return (struct bytes){text, size};
}

/* A TEXT value without its backslashes (RFC 5545 3.3.11). */
static struct bytes unescape(struct bytes value, struct arena *arena)
{
    size_t most = value.size < SUMMARY_MAX ? value.size : SUMMARY_MAX, size = 0;
    char *text = arena_alloc(arena, most + 1);
    for (size_t i = 0; i < most; i++) {
        bool escaped = value.data[i] == '\\' && i + 1 < most;
        i += escaped;
        bool line_end = escaped && (value.data[i] == 'n' || value.data[i] == 'N');
        text[size++] = line_end ? ' ' : value.data[i];
    }
    return (struct bytes){text, size};
}

/* What stands in an event itself. */
static void read_property(struct reading *reading, struct line *line, struct bytes text)
{
    struct event *event = &reading->events[line->event];
    if (has_name(text, "SUMMARY")) {
        line->kind = LINE_SUMMARY;
        event->summary = unescape(value_of(text), reading->arena);
    } else if (has_name(text, "TRANSP")) {
        line->kind = LINE_TRANSPARENCY;
    } else if (has_name(text, "STATUS")) {
        struct bytes value = value_of(text);
        event->cancelled |= value.size >= 9 && strncasecmp(value.data, "CANCELLED", 9) == 0;
    }
}

static bool is_component(struct bytes value, const char *name)
{
    while (value.size > 0 && value.data[value.size - 1] == ' ')
        value.size--;
    return value.size == strlen(name) && strncasecmp(value.data, name, value.size) == 0;
}

static size_t count_lines(struct bytes text)
{
    size_t count = 1;
    for (size_t i = 0; i < text.size; i++)
        count += text.data[i] == '\n';
    return count;
}

/* Finds the events and what names somebody. What is wrong with the file otherwise is for
 * policy_ical_read to say, so this takes anything. */
static int read_lines(struct reading *reading)
{
    size_t most = count_lines(reading->text), depth = 0, event_depth = 0;
    reading->lines = arena_array(reading->arena, most, sizeof *reading->lines);
    reading->events = arena_array(reading->arena, most, sizeof *reading->events);
    struct bytes rest = reading->text;
    for (uint32_t number = 1; rest.size > 0;) {
        struct line *line = &reading->lines[reading->line_count++];
        *line = (struct line){.raw = take_physical(&rest), .event = POLICY_NONE};
        for (; is_fold(rest); line->folds++)
            line->raw.size += take_physical(&rest).size;
        struct bytes text = unfold(line->raw, reading->arena);
        bool begins = has_name(text, "BEGIN"), ends = has_name(text, "END");
        depth += begins;
        if (begins && is_component(value_of(text), "VFREEBUSY"))
            return error_set(reading->err, ML_EINVAL, "",
                             "line %u: a VFREEBUSY names nobody; leave it out, or make an event of "
                             "it",
                             number);
        if (begins && event_depth == 0 && is_component(value_of(text), "VEVENT")) {
            event_depth = depth;
            reading->events[reading->event_count++] = (struct event){.line = number};
        }
        if (event_depth > 0) {
            line->event = (uint32_t)reading->event_count - 1;
            if (depth == event_depth && !begins && !ends)
                read_property(reading, line, text);
        }
        event_depth = ends && depth == event_depth ? 0 : event_depth;
        depth -= ends && depth > 0;
        number += 1 + line->folds;
    }
    return 0;
}

static int find_people(struct reading *reading)
{
    int status = 0;
    for (size_t i = 0; i < reading->event_count && status == 0; i++) {
        struct event *event = &reading->events[i];
        event->person = POLICY_NONE;
        if (!event->cancelled)
            status = find_person(reading->names, event->summary, event->line, &event->person,
                                 reading->err);
    }
    return status;
}

/* ---- one person's events */

/* The text with as many lines, in which only the events of the person count. It is at most three
 * times as long. */
static void write_for(const struct reading *reading, uint32_t person, struct buffer *out)
{
    for (size_t i = 0; i < reading->line_count; i++) {
        const struct line *line = &reading->lines[i];
        if (line->kind == LINE_OTHER) {
            buffer_append_bytes(out, line->raw);
            continue;
        }
        if (line->kind == LINE_SUMMARY)
            buffer_append_bytes(out, reading->events[line->event].person == person
                                         ? BYTES_LITERAL("TRANSP:OPAQUE")
                                         : BYTES_LITERAL("TRANSP:TRANSPARENT"));
        for (uint32_t end = 0; end <= line->folds; end++)
            buffer_append_char(out, '\n');
    }
}

static int by_number(const void *a, const void *b)
{
    const uint32_t *first = a, *second = b;
    return (*first > *second) - (*first < *second);
}

/* Everybody whom an event is for, once. */
static size_t gather_people(const struct reading *reading, uint32_t *people)
{
    size_t count = 0, kept = 0;
    for (size_t i = 0; i < reading->event_count; i++)
        if (reading->events[i].person != POLICY_NONE)
            people[count++] = reading->events[i].person;
    if (count > 1)
        qsort(people, count, sizeof *people, by_number);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || people[i] != people[kept - 1])
            people[kept++] = people[i];
    return kept;
}

struct gathering {
    struct policy_rota_override *items;
    size_t count, capacity;
};

static int gather_person(const struct reading *reading, uint32_t person, const char *file,
                         const struct zone *zone, struct arena *arena, struct gathering *gathering)
{
    struct buffer text;
    struct policy_interval *times;
    size_t count = 0;
    buffer_init(&text, POLICY_ICAL_MAX);
    write_for(reading, person, &text);
    int status =
        policy_ical_read(buffer_bytes(&text), zone, reading->arena, &times, &count, reading->err);
    buffer_release(&text);
    if (status != 0)
        return status;
    if (gathering->count + count > POLICY_ROTA_OVERRIDES_MAX)
        return error_set(reading->err, ML_ELIMIT, "", "line 1: more than %d overrides",
                         POLICY_ROTA_OVERRIDES_MAX);
    if (gathering->count + count > gathering->capacity) {
        gathering->capacity = 2 * gathering->capacity + count;
        struct policy_rota_override *grown = arena_array(arena, gathering->capacity, sizeof *grown);
        if (gathering->count > 0)
            memcpy(grown, gathering->items, gathering->count * sizeof *grown);
        gathering->items = grown;
    }
    for (size_t i = 0; i < count; i++)
        gathering->items[gathering->count++] =
            (struct policy_rota_override){times[i], person, "", file};
    return 0;
}

/* What begins later stands above: a day in somebody's week is the more particular of the two. */
static int by_beginning(const void *a, const void *b)
{
    const struct policy_rota_override *first = a, *second = b;
    if (first->time.from_us != second->time.from_us)
        return first->time.from_us < second->time.from_us ? -1 : 1;
    return (first->person > second->person) - (first->person < second->person);
}

static int read_all(struct reading *reading, const char *file, const struct zone *zone,
                    struct arena *arena, struct gathering *gathering)
{
    int status = read_lines(reading);
    status = status != 0 ? status : find_people(reading);
    if (status != 0)
        return status;
    uint32_t *people = arena_array(reading->arena, reading->event_count + 1, sizeof *people);
    size_t count = gather_people(reading, people);
    if (count > POLICY_ROTA_PEOPLE_MAX)
        return error_set(reading->err, ML_ELIMIT, "",
                         "line 1: events for %zu people; %d are the most in one file", count,
                         POLICY_ROTA_PEOPLE_MAX);
    /* Without anybody the file is read as well, for what is wrong with it. */
    if (count == 0)
        people[count++] = POLICY_NONE;
    for (size_t i = 0; i < count && status == 0; i++)
        status = gather_person(reading, people[i], file, zone, arena, gathering);
    return status;
}

int policy_rota_ical_read(struct bytes text, const char *file, const struct zone *zone,
                          const struct policy_rota_names *names, struct arena *arena,
                          struct policy_rota_override **ret, size_t *ret_count, struct error *err)
{
    if (text.size > POLICY_ROTA_ICAL_MAX)
        return error_set(err, ML_ELIMIT, "",
                         "line 1: the file is larger than the %d MiB that one with overrides may "
                         "have; leave out what is past",
                         POLICY_ROTA_ICAL_MAX / (1024 * 1024));
    struct arena scratch;
    struct gathering gathering = {0};
    arena_init(&scratch);
    struct reading reading = {.text = text, .arena = &scratch, .names = names, .err = err};
    int status = read_all(&reading, file, zone, arena, &gathering);
    arena_release(&scratch);
    if (status != 0)
        return status;
    if (gathering.count > 1)
        qsort(gathering.items, gathering.count, sizeof *gathering.items, by_beginning);
    *ret = gathering.items;
    *ret_count = gathering.count;
    return 0;
}

/* ---- writing */

static void write_line(struct buffer *out, struct bytes line)
{
    size_t room = LINE_OCTETS;
    while (line.size > room) {
        size_t size = room; /* never within a character */
        while (size > 1 && ((unsigned char)line.data[size] & 0xC0) == 0x80)
            size--;
        buffer_append(out, line.data, size);
        buffer_append(out, "\r\n ", 3);
        line = (struct bytes){line.data + size, line.size - size};
        room = LINE_OCTETS - 1;
    }
    buffer_append_bytes(out, line);
    buffer_append(out, "\r\n", 2);
}

/* NAME:value, with the value as TEXT. */
static void write_text(struct buffer *out, struct arena *arena, const char *name, const char *value)
{
    struct bytes source = bytes_of(value);
    size_t name_size = strlen(name), size = name_size + 1;
    char *line = arena_alloc(arena, size + 2 * source.size);
    memcpy(line, name, name_size);
    line[name_size] = ':';
    for (size_t i = 0; i < source.size; i++) {
        char c = source.data[i];
        if (c == '\\' || c == ';' || c == ',' || c == '\n')
            line[size++] = '\\';
        line[size++] = c == '\n' ? 'n' : c == '\r' || c == '\t' ? ' ' : c;
    }
    write_line(out, (struct bytes){line, size});
}

static void write_time(struct buffer *out, const char *name, int64_t time_us)
{
    int64_t seconds = time_us / TIME_US_PER_SECOND, day = seconds / 86400, rest = seconds % 86400;
    int32_t year;
    uint8_t month, month_day;
    time_civil(day, &year, &month, &month_day);
    buffer_printf(out, "%s:%04d%02u%02uT%02d%02d%02dZ\r\n", name, year, month, month_day,
                  (int)(rest / 3600), (int)(rest / 60 % 60), (int)(rest % 60));
}

static void write_event(const struct policy_release *release, const struct policy_rota *rota,
                        const struct policy_rota_shift *shift, int64_t stamp_us,
                        struct arena *arena, struct buffer *out)
{
    const char *origin = policy_rota_origin_name(rota, shift), *about = origin;
    long long start = (long long)(shift->time.from_us / TIME_US_PER_SECOND);
    if (shift->origin == POLICY_ROTA_OVERRIDE) {
        const struct policy_rota_override *override = &rota->overrides[shift->index];
        if (override->reason[0] != '\0')
            about = arena_printf(arena, "override: %s", override->reason);
    }
    write_line(out, BYTES_LITERAL("BEGIN:VEVENT"));
    write_text(out, arena, "UID",
               arena_printf(arena, "%s-%lld-%s@meshline", rota->id, start, origin));
    write_time(out, "DTSTAMP", stamp_us);
    write_time(out, "DTSTART", shift->time.from_us);
    write_time(out, "DTEND", shift->time.to_us);
    write_text(out, arena, "SUMMARY",
               arena_printf(arena, "%s (%s)", release->reps[shift->person].name, rota->id));
    write_text(out, arena, "DESCRIPTION", about);
    write_line(out, BYTES_LITERAL("TRANSP:TRANSPARENT"));
    write_line(out, BYTES_LITERAL("END:VEVENT"));
}

void policy_rota_ical_write(const struct policy_release *release, const struct policy_rota *rota,
                            const struct policy_rota_shift *shifts, size_t count, int64_t stamp_us,
                            struct buffer *out)
{
    struct arena arena;
    arena_init(&arena);
    write_line(out, BYTES_LITERAL("BEGIN:VCALENDAR"));
    write_line(out, BYTES_LITERAL("VERSION:2.0"));
    write_line(out, BYTES_LITERAL("PRODID:-//Meshline//On call//EN"));
    write_line(out, BYTES_LITERAL("CALSCALE:GREGORIAN"));
    write_text(out, &arena, "X-WR-CALNAME", arena_printf(&arena, "On call: %s", rota->id));
    for (size_t i = 0; i < count; i++) {
        if (shifts[i].origin == POLICY_ROTA_GAP)
            continue;
        write_event(release, rota, &shifts[i], stamp_us, &arena, out);
        arena_reset(&arena);
    }
    write_line(out, BYTES_LITERAL("END:VCALENDAR"));
    arena_release(&arena);
}
