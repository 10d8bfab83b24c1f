/* The errors of a validation: where, by which keyword, and a sentence. Nothing here runs in a
 * validation that only wants the verdict. */
#include "contract/internal.h"

#include <stdarg.h>
#include <stdio.h>

enum { LOCATION_MAX = 16 * 1024, MESSAGE_MAX = 8 * 1024 };

static void append_index(struct buffer *out, uint32_t index)
{
    char text[16];
    (void)snprintf(text, sizeof text, "%u", index);
    contract_pointer_append(out, bytes_of(text));
}

static void print_instance_location(const struct frame *frame, struct buffer *out)
{
    if (frame == NULL)
        return;
    print_instance_location(frame->outer, out);
    if (frame->member.data != NULL)
        contract_pointer_append(out, frame->member);
    else if (frame->item != PLACE_NO_INDEX)
        append_index(out, frame->item);
}

static void print_keyword_location(const struct frame *frame, struct buffer *out)
{
    if (frame == NULL || frame->keyword == NULL)
        return;
    print_keyword_location(frame->outer, out);
    contract_pointer_append(out, bytes_of(frame->keyword));
    if (frame->name.data != NULL)
        contract_pointer_append(out, frame->name);
    else if (frame->index != PLACE_NO_INDEX)
        append_index(out, frame->index);
}

static void print_absolute_location(const struct frame *frame, struct buffer *out)
{
    const struct place *place = frame->node->place;
    buffer_append_bytes(out, place->resource->uri);
    buffer_append_char(out, '#');
    contract_place_print(place, false, out);
}

static void append_keyword(struct buffer *out, const char *keyword, struct bytes name)
{
    if (keyword != NULL)
        contract_pointer_append(out, bytes_of(keyword));
    if (keyword != NULL && name.data != NULL)
        contract_pointer_append(out, name);
}

static struct bytes keep(struct run *run, struct buffer *text)
{
    struct bytes kept = arena_copy(run->reporter->arena, buffer_bytes(text));
    buffer_clear(text);
    return kept;
}

/* "`/a/b`", "the document", "the name \"x\" in `/a`" */
static void print_subject(const struct frame *frame, struct bytes location, struct buffer *out)
{
    if (frame->is_name) {
        buffer_printf(out, "the member name ");
        contract_text_quote(frame->value->text, out);
        buffer_printf(out, " in ");
    }
    if (location.size == 0)
        buffer_printf(out, "the document");
    else
        buffer_printf(out, "`%.*s`", BYTES_ARG(location));
    buffer_append_char(out, ' ');
}

bool contract_fault(struct run *run, const struct frame *frame, const char *keyword,
                    struct bytes name, const char *format, ...)
{
    if (run->reporter == NULL)
        return false;
    struct contract_report *report = run->reporter->report;
    if (report->count == CONTRACT_REPORT_MAX) {
        report->truncated = true;
        return false;
    }
    struct contract_error *error = &report->errors[report->count++];
    struct buffer text;
    buffer_init(&text, LOCATION_MAX);
    print_instance_location(frame, &text);
    error->instance_location = keep(run, &text);
    print_keyword_location(frame, &text);
    append_keyword(&text, keyword, name);
    error->keyword_location = keep(run, &text);
    print_absolute_location(frame, &text);
    append_keyword(&text, keyword, name);
    error->absolute_keyword_location = keep(run, &text);
    print_subject(frame, error->instance_location, &text);
    char message[MESSAGE_MAX];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    buffer_printf(&text, "%s", message);
    error->message = keep(run, &text);
    buffer_release(&text);
    return false;
}

bool contract_run_break(struct run *run, const struct frame *frame, const char *keyword,
                        const char *why)
{
    run->reporter = run->whole;
    if (!run->broken)
        FAULT(run, frame, keyword, "%s", why);
    run->broken = true;
    return false;
}

const char *contract_shown(struct run *run, const struct contract_instance *value)
{
    struct buffer out;
    if (!contract_run_describes(run))
        return "";
    buffer_init(&out, 1024);
    contract_instance_describe(value, &out);
    const char *text = arena_string(run->reporter->arena, buffer_bytes(&out));
    buffer_release(&out);
    return text;
}

const char *contract_got(struct run *run, const struct contract_instance *value)
{
    if (!contract_run_describes(run))
        return "";
    return arena_printf(run->reporter->arena, ", got %s", contract_shown(run, value));
}

struct bytes contract_schema_uri(const struct contract_schema *schema)
{
    return schema->root->place->resource->uri;
}

/* ---- output */

void contract_report_print(const struct contract_report *report, struct json_writer *writer)
{
    json_object_open(writer);
    json_member_bool(writer, "valid", report->valid);
    if (!report->valid) {
        json_key(writer, "errors");
        json_array_open(writer);
        for (size_t i = 0; i < report->count; i++) {
            const struct contract_error *error = &report->errors[i];
            json_object_open(writer);
            json_member(writer, "instanceLocation", error->instance_location);
            json_member(writer, "keywordLocation", error->keyword_location);
            json_member(writer, "absoluteKeywordLocation", error->absolute_keyword_location);
            json_member(writer, "error", error->message);
            json_object_close(writer);
        }
        json_array_close(writer);
        if (report->truncated)
            json_member_bool(writer, "truncated", true);
    }
    json_object_close(writer);
}
