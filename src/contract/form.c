/* Forms: names and values become an object. */
#include "contract/form_internal.h"

#include "base/map.h"
#include "contract/header.h"
#include "contract/internal.h"

#include <stdarg.h>
#include <stdio.h>

static const char urlencoded[] = "application/x-www-form-urlencoded";
static const char multipart[] = "multipart/form-data";

int form_fail(const struct form_reader *reader, int code, size_t at, const char *format, ...)
{
    char place[32], message[1024];
    va_list arguments;
    snprintf(place, sizeof place, "byte %zu", at);
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    return error_set(reader->err, code, place, "%s", message);
}

const char *form_quote(const struct form_reader *reader, struct bytes name)
{
    if (!bytes_is_utf8(name))
        return "(its name is not UTF-8)";
    struct buffer quoted;
    buffer_init(&quoted, 1024);
    contract_text_quote(name, &quoted);
    const char *text = arena_string(reader->arena, buffer_bytes(&quoted));
    buffer_release(&quoted);
    return text;
}

/* ---- gathering */

static void *grow(struct arena *arena, const void *old, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return (void *)(uintptr_t)old;
    size_t wider = *room == 0 ? 16 : *room * 2;
    void *items = arena_array(arena, wider, size);
    if (count > 0)
        memcpy(items, old, count * size);
    *room = wider;
    return items;
}

static int check_room(const struct form_reader *reader, struct bytes name, size_t at)
{
    if (reader->count + reader->file_count >= reader->field_max)
        return form_fail(reader, ML_ELIMIT, at,
                         "the form has more than %zu fields; send fewer in one request",
                         reader->field_max);
    if (name.size > CONTRACT_FORM_NAME_MAX)
        return form_fail(reader, ML_ELIMIT, at, "a field's name is longer than %d bytes",
                         CONTRACT_FORM_NAME_MAX);
    return 0;
}

int form_add(struct form_reader *reader, const struct form_field *field)
{
    int status = check_room(reader, field->name, field->at);
    if (status < 0)
        return status;
    reader->fields =
        grow(reader->arena, reader->fields, reader->count, &reader->room, sizeof *reader->fields);
    reader->fields[reader->count++] = *field;
    return 0;
}

int form_add_file(struct form_reader *reader, const struct contract_form_file *file, size_t at)
{
    int status = check_room(reader, file->field, at);
    if (status < 0)
        return status;
    reader->files = grow(reader->arena, reader->files, reader->file_count, &reader->file_room,
                         sizeof *reader->files);
    reader->files[reader->file_count++] = *file;
    return 0;
}

int form_charset(const struct form_reader *reader, struct bytes label, size_t at,
                 enum contract_charset *ret)
{
    if (contract_charset_find(label, ret) && *ret != CONTRACT_UTF16_LE && *ret != CONTRACT_UTF16_BE)
        return 0;
    return form_fail(reader, ML_EINVAL, at,
                     "the charset %s is not read here; send the form as UTF-8",
                     form_quote(reader, label));
}

/* ---- from fields to an object */

/* The form may say in a field of that name what its charset is (HTML, 4.10.22.5). The field is
 * about the form, not of it. */
static int take_charset_field(struct form_reader *reader)
{
    size_t kept = 0;
    for (size_t i = 0; i < reader->count; i++) {
        const struct form_field *field = &reader->fields[i];
        if (!bytes_is(field->name, "_charset_")) {
            reader->fields[kept++] = *field;
            continue;
        }
        int status = form_charset(reader, field->value, field->at, &reader->charset);
        if (status < 0)
            return status;
    }
    reader->count = kept;
    return 0;
}

static int decode_field(const struct form_reader *reader, struct form_field *field)
{
    enum contract_charset charset = field->has_charset ? field->charset : reader->charset;
    if (!contract_charset_decode(reader->charset, field->name, reader->arena, &field->name))
        return form_fail(reader, ML_EINVAL, field->at,
                         "a field's name is not UTF-8; send the form as UTF-8, or name its charset "
                         "in a field \"_charset_\"");
    if (!contract_charset_decode(charset, field->value, reader->arena, &field->value))
        return form_fail(reader, ML_EINVAL, field->at,
                         "the value of the field %s is not UTF-8; send the form as UTF-8, or name "
                         "its charset in a field \"_charset_\"",
                         form_quote(reader, field->name));
    return 0;
}

static void add_value(struct contract_instance *member, struct bytes text)
{
    struct contract_instance value = contract_instance_string(text);
    if (member->kind != CONTRACT_ARRAY) {
        *member = value;
        return;
    }
    /* The list was made wide enough, and is ours until the object is handed out. */
    struct contract_instance *items = (struct contract_instance *)(uintptr_t)member->items;
    items[member->count++] = value;
}

/* Members in the order of first appearance; those whose names come again are lists. The places are
 * found by BLAKE2b, since whoever sends the form chooses the names. */
static int build_object(struct form_reader *reader, struct contract_instance *ret)
{
    struct map places;
    size_t count = 0;
    size_t *member_of = arena_array(reader->arena, reader->count, sizeof *member_of);
    size_t *repeats = arena_array(reader->arena, reader->count, sizeof *repeats);
    map_init(&places);
    for (size_t i = 0; i < reader->count; i++) {
        struct hash128 key = hash128_of(&reader->fields[i].name, 1);
        const uint64_t *place = map_find(&places, key);
        member_of[i] = place != NULL ? (size_t)*place : count;
        if (place == NULL)
            map_put(&places, key, count++);
        repeats[member_of[i]]++;
    }
    map_release(&places);
    struct contract_member *members = arena_array(reader->arena, count, sizeof *members);
    for (size_t i = 0; i < reader->count; i++) {
        struct contract_member *member = &members[member_of[i]];
        size_t wanted = repeats[member_of[i]];
        if (wanted > 1) {
            member->value = (struct contract_instance){.kind = CONTRACT_ARRAY};
            member->value.items = arena_array(reader->arena, wanted, sizeof *member->value.items);
            repeats[member_of[i]] = 1;
        }
        member->name = reader->fields[i].name;
        add_value(&member->value, reader->fields[i].value);
    }
    return contract_instance_object(members, count, reader->arena, ret, reader->err);
}

static int finish(struct form_reader *reader, struct contract_form *ret)
{
    int status = take_charset_field(reader);
    for (size_t i = 0; i < reader->count && status == 0; i++)
        status = decode_field(reader, &reader->fields[i]);
    struct contract_form form = {.files = reader->files, .file_count = reader->file_count};
    if (status == 0)
        status = build_object(reader, &form.fields);
    if (status == 0)
        *ret = form;
    return status;
}

/* ---- urlencoded */

static struct bytes decode_urlencoded(const struct form_reader *reader, struct bytes text)
{
    if (text.size > 0 && memchr(text.data, '+', text.size) != NULL) {
        char *copy = arena_alloc(reader->arena, text.size);
        for (size_t i = 0; i < text.size; i++)
            copy[i] = text.data[i] == '+' ? ' ' : text.data[i];
        text.data = copy;
    }
    return contract_percent_decode(text, reader->arena, NULL);
}

static int read_urlencoded(struct form_reader *reader)
{
    struct bytes body = reader->body;
    for (size_t at = 0, end; at < body.size; at = end + 1) {
        const char *ampersand = memchr(body.data + at, '&', body.size - at);
        end = ampersand != NULL ? (size_t)(ampersand - body.data) : body.size;
        if (end == at)
            continue;
        const char *equals = memchr(body.data + at, '=', end - at);
        size_t name_end = equals != NULL ? (size_t)(equals - body.data) : end;
        size_t value_at = equals != NULL ? name_end + 1 : end;
        struct form_field field = {
            .name = decode_urlencoded(reader, (struct bytes){body.data + at, name_end - at}),
            .value =
                decode_urlencoded(reader, (struct bytes){body.data + value_at, end - value_at}),
            .at = at,
        };
        int status = form_add(reader, &field);
        if (status < 0)
            return status;
    }
    return 0;
}

/* ---- both */

bool contract_form_is_type(struct bytes content_type)
{
    struct bytes rest, type = contract_header_head(content_type, &rest);
    return contract_header_is(type, urlencoded) || contract_header_is(type, multipart);
}

static int read_body(struct form_reader *reader, struct bytes content_type)
{
    struct bytes rest, type = contract_header_head(content_type, &rest);
    if (contract_header_is(type, urlencoded))
        return read_urlencoded(reader);
    struct bytes boundary = contract_header_find(content_type, "boundary", reader->arena);
    if (boundary.data == NULL)
        return error_set(reader->err, ML_EINVAL, "Content-Type",
                         "multipart/form-data comes without a boundary; let the HTTP client set "
                         "Content-Type itself");
    return form_read_multipart(reader, boundary);
}

int contract_form_parse(struct bytes content_type, struct bytes body,
                        const struct contract_form_limits *limits, struct arena *arena,
                        struct contract_form *ret, struct error *err)
{
    struct form_reader reader = {.body = body, .arena = arena, .err = err};
    size_t size_max = limits != NULL ? limits->size : 0;
    reader.field_max = limits != NULL ? limits->fields : 0;
    size_max = size_max == 0 ? CONTRACT_FORM_SIZE_DEFAULT : size_max;
    reader.field_max = reader.field_max == 0 ? CONTRACT_FORM_FIELDS_DEFAULT : reader.field_max;
    if (!contract_form_is_type(content_type))
        return error_set(err, ML_EINVAL, "Content-Type", "a form is sent as %s or %s", urlencoded,
                         multipart);
    if (body.size > size_max)
        return error_set(err, ML_ELIMIT, "", "the form is longer than %zu bytes", size_max);
    struct bytes charset = contract_header_find(content_type, "charset", arena);
    if (charset.data != NULL && form_charset(&reader, charset, 0, &reader.charset) < 0)
        return error_set(err, ML_EINVAL, "Content-Type",
                         "the charset %s is not read here; send the form as UTF-8",
                         form_quote(&reader, charset));
    int status = read_body(&reader, content_type);
    return status < 0 ? status : finish(&reader, ret);
}

struct bytes contract_form_value(const struct contract_form *form, const char *name)
{
    const struct contract_instance *found = contract_instance_find(&form->fields, bytes_of(name));
    if (found != NULL && found->kind == CONTRACT_ARRAY)
        found = &found->items[0];
    if (found == NULL)
        return (struct bytes){NULL, 0};
    return (struct bytes){found->text.data != NULL ? found->text.data : "", found->text.size};
}
