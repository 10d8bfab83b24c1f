/* Reading TZif. Every count of the header is checked against the size of the file before it is
 * believed; whatever is not as RFC 8536 has it makes the file no zone. */
#include "base/zone_file.h"

#include "base/error.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DATABASE "/usr/share/zoneinfo/"

enum {
    HEADER_SIZE = 44,
    FILE_MAX = 256 * 1024, /* bytes; the largest of tzdata has 4 KiB */
    PATH_SIZE = 160,
    OFFSET_MAX = 86400 - 1, /* seconds; what zone_instant relies on */
};

/* ---- the rule behind the last transition */

struct text {
    const char *at, *end;
};

static bool take(struct text *text, char character)
{
    if (text->at == text->end || *text->at != character)
        return false;
    text->at++;
    return true;
}

static bool take_number(struct text *text, int32_t min, int32_t max, int32_t *ret)
{
    const char *start = text->at;
    int32_t value = 0;
    while (text->at < text->end && *text->at >= '0' && *text->at <= '9' && text->at - start < 4)
        value = value * 10 + (*text->at++ - '0');
    *ret = value;
    return text->at > start && value >= min && value <= max;
}

/* [+-]hh[:mm[:ss]] in seconds. */
static bool take_time(struct text *text, int32_t hours_max, int32_t *ret)
{
    bool negative = take(text, '-');
    if (!negative)
        (void)take(text, '+');
    int32_t hours, minutes = 0, seconds = 0;
    if (!take_number(text, 0, hours_max, &hours))
        return false;
    if (take(text, ':') && !take_number(text, 0, 59, &minutes))
        return false;
    if (take(text, ':') && !take_number(text, 0, 59, &seconds))
        return false;
    *ret = (hours * 3600 + minutes * 60 + seconds) * (negative ? -1 : 1);
    return true;
}

/* "CET" or "<+0330>". */
static bool take_abbreviation(struct text *text)
{
    const char *start = text->at;
    if (take(text, '<')) {
        while (text->at < text->end && *text->at != '>')
            text->at++;
        return take(text, '>');
    }
    while (text->at < text->end && (*text->at | 0x20) >= 'a' && (*text->at | 0x20) <= 'z')
        text->at++;
    return text->at - start >= 3;
}

static bool take_day(struct text *text, struct zone_change *ret)
{
    int32_t month, week, day;
    if (take(text, 'M')) {
        if (!take_number(text, 1, 12, &month) || !take(text, '.') ||
            !take_number(text, 1, 5, &week) || !take(text, '.') || !take_number(text, 0, 6, &day))
            return false;
        *ret = (struct zone_change){ZONE_WEEKDAY_OF_MONTH, (uint8_t)month, (uint8_t)week,
                                    (uint16_t)day, 0};
        return true;
    }
    bool without_leap = take(text, 'J');
    if (!take_number(text, without_leap ? 1 : 0, 365, &day))
        return false;
    *ret = (struct zone_change){.form = without_leap ? ZONE_DAY_WITHOUT_LEAP : ZONE_DAY_OF_YEAR,
                                .day = (uint16_t)day};
    return true;
}

static bool take_change(struct text *text, struct zone_change *ret)
{
    if (!take(text, ',') || !take_day(text, ret))
        return false;
    ret->time = 2 * 3600;
    return !take(text, '/') || take_time(text, 167, &ret->time);
}

bool zone_rule_parse(const char *string, size_t size, struct zone_rule *ret)
{
    struct text text = {string, string + size};
    struct zone_rule rule = {0};
    int32_t west;
    if (!take_abbreviation(&text) || !take_time(&text, 24, &west))
        return false;
    rule.standard_offset = -west;
    if (text.at < text.end) {
        rule.summer = true;
        rule.summer_offset = rule.standard_offset + 3600;
        if (!take_abbreviation(&text))
            return false;
        if (text.at < text.end && *text.at != ',') {
            if (!take_time(&text, 24, &west))
                return false;
            rule.summer_offset = -west;
        }
        if (!take_change(&text, &rule.start) || !take_change(&text, &rule.end))
            return false;
    }
    if (text.at != text.end)
        return false;
    *ret = rule;
    return true;
}

/* ---- the file */

struct header {
    unsigned version;
    size_t utc_count, standard_count, leap_count, time_count, type_count, name_size;
};

static uint64_t big_endian(const unsigned char *at, size_t width)
{
    uint64_t value = 0;
    for (size_t i = 0; i < width; i++)
        value = value << 8 | at[i];
    return value;
}

static bool read_header(const unsigned char *data, size_t size, struct header *ret)
{
    if (size < HEADER_SIZE || memcmp(data, "TZif", 4) != 0)
        return false;
    *ret = (struct header){
        .version = data[4],
        .utc_count = big_endian(data + 20, 4),
        .standard_count = big_endian(data + 24, 4),
        .leap_count = big_endian(data + 28, 4),
        .time_count = big_endian(data + 32, 4),
        .type_count = big_endian(data + 36, 4),
        .name_size = big_endian(data + 40, 4),
    };
    return ret->type_count > 0 && ret->type_count <= 256;
}

/* Bytes of the block behind a header. The counts have 32 bits, so this cannot overflow. */
static size_t block_size(const struct header *header, size_t time_width)
{
    return header->time_count * (time_width + 1) + header->type_count * 6 + header->name_size +
           header->leap_count * (time_width + 4) + header->standard_count + header->utc_count;
}

static bool read_offset(const unsigned char *types, size_t type_count, size_t type, int32_t *ret)
{
    if (type >= type_count)
        return false;
    *ret = (int32_t)(uint32_t)big_endian(types + type * 6, 4);
    return *ret >= -OFFSET_MAX && *ret <= OFFSET_MAX;
}

static bool read_transitions(const unsigned char *block, const struct header *header, size_t width,
                             struct zone_file *file)
{
    const unsigned char *indexes = block + header->time_count * width;
    const unsigned char *types = indexes + header->time_count;
    if (!read_offset(types, header->type_count, 0, &file->before))
        return false;
    if (header->time_count == 0)
        return true;
    file->transitions = calloc(header->time_count, sizeof *file->transitions);
    if (file->transitions == NULL)
        panic("out of memory");
    file->count = header->time_count;
    for (size_t i = 0; i < file->count; i++) {
        struct zone_transition *transition = &file->transitions[i];
        uint64_t at = big_endian(block + i * width, width);
        transition->at = width == 4 ? (int64_t)(int32_t)(uint32_t)at : (int64_t)at;
        if (i > 0 && transition->at <= transition[-1].at)
            return false;
        if (!read_offset(types, header->type_count, indexes[i], &transition->offset))
            return false;
    }
    return true;
}

/* The TZ string between two newlines; an empty one says that nothing is known. */
static bool read_footer(const unsigned char *data, size_t size, struct zone_file *file)
{
    if (size < 2 || data[0] != '\n')
        return false;
    const unsigned char *end = memchr(data + 1, '\n', size - 1);
    if (end == NULL)
        return false;
    size_t length = (size_t)(end - data) - 1;
    file->has_rule = length > 0;
    return length == 0 || zone_rule_parse((const char *)data + 1, length, &file->rule);
}

static bool parse_blocks(const unsigned char *data, size_t size, struct zone_file *file)
{
    struct header header;
    if (!read_header(data, size, &header))
        return false;
    size_t width = 4;
    if (header.version >= '2') { /* the first block is for old readers: the second has 64 bits */
        size_t skipped = HEADER_SIZE + block_size(&header, 4);
        if (skipped > size || !read_header(data + skipped, size - skipped, &header))
            return false;
        data += skipped;
        size -= skipped;
        width = 8;
    }
    size_t used = HEADER_SIZE + block_size(&header, width);
    if (used > size || header.leap_count > 0)
        return false;
    if (!read_transitions(data + HEADER_SIZE, &header, width, file))
        return false;
    return width == 4 || read_footer(data + used, size - used, file);
}

bool zone_file_parse(const unsigned char *data, size_t size, struct zone_file *ret)
{
    struct zone_file file = {0};
    if (!parse_blocks(data, size, &file)) {
        free(file.transitions);
        return false;
    }
    *ret = file;
    return true;
}

static size_t read_whole(int descriptor, unsigned char *data, size_t size)
{
    size_t used = 0;
    while (used < size) {
        ssize_t count = read(descriptor, data + used, size - used);
        if (count <= 0)
            break;
        used += (size_t)count;
    }
    return used;
}

bool zone_file_read(const char *name, struct zone_file *ret)
{
    char path[PATH_SIZE];
    if (snprintf(path, sizeof path, DATABASE "%s", name) >= (int)sizeof path)
        return false;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0)
        return false;
    struct stat status;
    bool found = false;
    if (fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) && status.st_size <= FILE_MAX) {
        size_t size = (size_t)status.st_size;
        unsigned char *data = malloc(size + 1);
        if (data == NULL)
            panic("out of memory");
        found = read_whole(descriptor, data, size) == size && zone_file_parse(data, size, ret);
        free(data);
    }
    close(descriptor);
    return found;
}
