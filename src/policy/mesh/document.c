/* Files → trees in which every node knows its place. libfyaml supplies events; the tree, anchors,
 * duplicate keys and all ceilings are ours, so that no file can ask for more than it is worth. */
#include "policy/internal.h"

#include "base/id.h"

#include <libfyaml.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    DEPTH_MAX = 32,
    NODES_MAX = 4 * 1000 * 1000, /* aliases count as what they repeat */
    ANCHORS_MAX = 1000,
};

struct anchor {
    struct anchor *next;
    struct bytes name;
    const struct policy_node *node; /* NULL while it is being read */
};

struct reader {
    struct policy_build *build;
    struct policy_document *document;
    struct fy_parser *parser;
    struct fy_diag *diag;
    struct fy_token_iter *iterator; /* over the pieces of a scalar */
    struct buffer text;             /* the scalar being put together */
    struct anchor *anchors;
    size_t anchor_count;
    uint64_t weight; /* of everything read */
    bool failed;     /* a mistake that the rest of the file cannot be read past */
};

__attribute__((format(printf, 3, 4))) static void fail(struct reader *reader, size_t offset,
                                                       const char *format, ...)
{
    char message[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    policy_report_at(reader->build, reader->document->path,
                     policy_document_place(reader->document, offset), "%s", message);
    reader->failed = true;
}

static size_t event_offset(struct fy_event *event, size_t fallback)
{
    const struct fy_mark *mark = fy_event_start_mark(event);
    return mark == NULL ? fallback : mark->input_pos;
}

static struct bytes token_text(struct fy_token *token)
{
    size_t size = 0;
    const char *text = token == NULL ? NULL : fy_token_get_text(token, &size);
    return (struct bytes){text, text == NULL ? 0 : size};
}

/* A scalar as decoded, in the arena. Piece by piece, because fy_token_get_text leaks when there are
 * more than a few of them (libfyaml 0.7.12). */
static struct bytes scalar_text(struct reader *reader, struct fy_token *token)
{
    const struct fy_iter_chunk *chunk = NULL;
    int failed = 0;
    buffer_clear(&reader->text);
    fy_token_iter_start(token, reader->iterator);
    while ((chunk = fy_token_iter_chunk_next(reader->iterator, chunk, &failed)) != NULL)
        buffer_append(&reader->text, chunk->str, chunk->len);
    fy_token_iter_finish(reader->iterator);
    return arena_copy(&reader->build->scratch, buffer_bytes(&reader->text));
}

/* As it stands in the file. */
static struct bytes written_text(const struct reader *reader, struct fy_token *token)
{
    const struct fy_mark *start = fy_token_start_mark(token), *end = fy_token_end_mark(token);
    size_t size = reader->document->content.size;
    if (start == NULL || end == NULL || start->input_pos > end->input_pos || end->input_pos > size)
        return (struct bytes){0};
    return (struct bytes){reader->document->content.data + start->input_pos,
                          end->input_pos - start->input_pos};
}

/* Text that a C string, a terminal and a JSON document can all carry. */
static bool is_clean(struct bytes text)
{
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c == 0x7F || (c < 0x20 && c != '\n' && c != '\t' && c != '\r'))
            return false;
    }
    return bytes_is_utf8(text);
}

static struct policy_node *new_node(struct reader *reader, enum policy_node_kind kind,
                                    size_t offset)
{
    struct policy_node *node = arena_zalloc(&reader->build->scratch, sizeof *node);
    node->kind = kind;
    node->document = reader->document;
    node->offset = node->content_offset = (uint32_t)offset;
    node->weight = 1;
    if (++reader->weight > NODES_MAX)
        fail(reader, offset, "the file has more than %d values; split it", NODES_MAX);
    return node;
}

static struct policy_node *read_node(struct reader *reader, struct fy_event *event, int depth,
                                     size_t fallback);

static struct fy_event *next_event(struct reader *reader)
{
    return reader->failed ? NULL : fy_parser_parse(reader->parser);
}

static struct policy_node *read_scalar(struct reader *reader, struct fy_event *event,
                                       size_t fallback)
{
    struct fy_token *token = fy_event_get_token(event);
    struct policy_node *node = new_node(reader, POLICY_NODE_TEXT, event_offset(event, fallback));
    if (token == NULL) {
        node->kind = POLICY_NODE_NULL;
        return node;
    }
    node->text = scalar_text(reader, token);
    switch (fy_token_scalar_style(token)) {
    case FYSS_PLAIN: policy_scalar_resolve(node); break;
    case FYSS_SINGLE_QUOTED: node->style = POLICY_STYLE_SINGLE_QUOTED; break;
    case FYSS_DOUBLE_QUOTED: node->style = POLICY_STYLE_DOUBLE_QUOTED; break;
    default: break;
    }
    if (node->style != POLICY_STYLE_PLAIN && node->offset > 0)
        node->offset--; /* the mark is behind the quote */
    if (!is_clean(node->text))
        fail(reader, node->offset, "the text contains a control character; remove it");
    return node;
}

static struct policy_node *read_alias(struct reader *reader, struct fy_event *event,
                                      size_t fallback)
{
    size_t offset = event_offset(event, fallback);
    struct bytes name = token_text(fy_event_get_token(event));
    for (const struct anchor *anchor = reader->anchors; anchor != NULL; anchor = anchor->next) {
        if (!bytes_equal(anchor->name, name))
            continue;
        if (anchor->node == NULL) {
            fail(reader, offset, "`*%.*s` stands inside what it repeats; write the value out",
                 POLICY_CLIP(name));
            return NULL;
        }
        reader->weight += anchor->node->weight;
        if (reader->weight > NODES_MAX)
            fail(reader, offset, "the aliases repeat more than %d values; write less of them",
                 NODES_MAX);
        return (struct policy_node *)anchor->node;
    }
    fail(reader, offset, "nothing before this line is marked `&%.*s`", POLICY_CLIP(name));
    return NULL;
}

static int compare_keys(const void *left, const void *right)
{
    const struct policy_node *a = *(const struct policy_node *const *)left;
    const struct policy_node *b = *(const struct policy_node *const *)right;
    size_t shorter = a->text.size < b->text.size ? a->text.size : b->text.size;
    int order = shorter > 0 ? memcmp(a->text.data, b->text.data, shorter) : 0;
    if (order == 0)
        order = (a->text.size > b->text.size) - (a->text.size < b->text.size);
    return order != 0 ? order : (a->offset > b->offset) - (a->offset < b->offset);
}

static void report_duplicate_keys(struct reader *reader, const struct policy_node *object)
{
    if (object->count < 2)
        return;
    struct arena arena;
    arena_init(&arena);
    const struct policy_node **keys = arena_array(&arena, object->count, sizeof *keys);
    size_t count = 0;
    for (const struct policy_item *item = object->items; item != NULL; item = item->next)
        keys[count++] = item->key;
    qsort(keys, count, sizeof *keys, compare_keys);
    for (size_t i = 1, first = 0; i < count; i++) {
        if (!bytes_equal(keys[first]->text, keys[i]->text)) {
            first = i;
            continue;
        }
        if (policy_report_full(reader->build))
            continue;
        policy_report(reader->build, keys[i],
                      "the key `%.*s` is given twice here; first on line %u: keep one",
                      POLICY_CLIP(keys[i]->text), policy_node_place(keys[first]).line);
    }
    arena_release(&arena);
}

/* Reads events up to `end`, in pairs when the items have keys. */
static struct policy_node *read_items(struct reader *reader, struct policy_node *node,
                                      enum fy_event_type end, int depth)
{
    struct policy_item **last = &node->items;
    size_t fallback = node->offset;
    for (;;) {
        struct policy_item *item = arena_zalloc(&reader->build->scratch, sizeof *item);
        for (int part = node->kind == POLICY_NODE_OBJECT ? 0 : 1; part < 2; part++) {
            struct fy_event *event = next_event(reader);
            if (event == NULL)
                return NULL;
            if (event->type == end) {
                fy_parser_event_free(reader->parser, event);
                if (node->kind == POLICY_NODE_OBJECT)
                    report_duplicate_keys(reader, node);
                return node;
            }
            struct policy_node *child = read_node(reader, event, depth + 1, fallback);
            fy_parser_event_free(reader->parser, event);
            if (child == NULL)
                return NULL;
            fallback = child->offset;
            if (part == 1) {
                item->value = child;
            } else if (child->kind >= POLICY_NODE_LIST) {
                fail(reader, child->offset, "a key must be a plain text, not a list or mapping");
                return NULL;
            } else {
                item->key = child;
            }
        }
        *last = item;
        last = &item->next;
        node->count++;
        uint64_t weight = (uint64_t)node->weight + item->value->weight + (item->key ? 1 : 0);
        node->weight = weight > UINT32_MAX ? UINT32_MAX : (uint32_t)weight;
    }
}

/* NULL when there is no anchor, or no more room for one. */
static struct anchor *add_anchor(struct reader *reader, struct fy_event *event, size_t offset)
{
    struct bytes name = token_text(fy_event_get_anchor_token(event));
    if (name.size == 0)
        return NULL;
    if (++reader->anchor_count > ANCHORS_MAX) {
        fail(reader, offset, "the file marks more than %d anchors; write some values out",
             ANCHORS_MAX);
        return NULL;
    }
    struct anchor *anchor = arena_zalloc(&reader->build->scratch, sizeof *anchor);
    *anchor = (struct anchor){reader->anchors, arena_copy(&reader->build->scratch, name), NULL};
    reader->anchors = anchor;
    return anchor;
}

static struct policy_node *read_value(struct reader *reader, struct fy_event *event, int depth,
                                      size_t offset)
{
    if (depth > DEPTH_MAX) {
        fail(reader, offset, "nested more than %d levels deep; flatten it", DEPTH_MAX);
        return NULL;
    }
    switch (event->type) {
    case FYET_SCALAR: return read_scalar(reader, event, offset);
    case FYET_ALIAS: return read_alias(reader, event, offset);
    case FYET_SEQUENCE_START:
        return read_items(reader, new_node(reader, POLICY_NODE_LIST, offset), FYET_SEQUENCE_END,
                          depth);
    case FYET_MAPPING_START:
        return read_items(reader, new_node(reader, POLICY_NODE_OBJECT, offset), FYET_MAPPING_END,
                          depth);
    default: fail(reader, offset, "the file ends where a value is expected"); return NULL;
    }
}

/* `fallback` is a place near by, for values that have none of their own. */
static struct policy_node *read_node(struct reader *reader, struct fy_event *event, int depth,
                                     size_t fallback)
{
    size_t offset = event_offset(event, fallback);
    struct fy_token *tag_token = fy_event_get_tag_token(event);
    if (tag_token != NULL)
        fail(reader, offset, "tags such as `%.*s` are not used here; remove it, quotes make a text",
             POLICY_CLIP(written_text(reader, tag_token)));
    struct anchor *anchor = add_anchor(reader, event, offset);
    struct policy_node *node = read_value(reader, event, depth, offset);
    if (anchor != NULL)
        anchor->node = node;
    return reader->failed ? NULL : node;
}

/* What libfyaml says most often, in words that tell what to do. */
static const struct {
    const char *says;
    const char *means;
} syntax_errors[] = {
    {"invalid multiline plain key",
     "the indentation of the next line does not fit this one, or a `:` is missing"},
    {"invalid block mapping key on same line", "a second `: ` on one line; put the text in quotes"},
    {"invalid mapping in plain", "a second `: ` in one text; put the text in quotes"},
    {"did not find expected",
     "the indentation does not fit the lines above, or a `-` or `:` is missing"},
    {"wrongly indented", "the indentation does not fit the lines above, or a quote is not closed"},
    {"tab character", "a tab indents this line; use spaces"},
    {"flow sequence without", "a `[` before this place is never closed"},
    {"flow mapping without", "a `{` before this place is never closed"},
    {"invalid alias", "a text that begins with * needs quotes, such as \"*\""},
    {"single-quoted", "a quote (') is not closed"},
    {"double-quoted", "a quote (\") is not closed, or a \\ escape is not one of YAML's"},
    {"Invalid JSON plain scalar", "JSON knows only true, false, null, numbers and \"texts\" here"},
    {"missing comma", "a comma is missing before this place"},
    {"Multi line plain scalars", "a comma is missing between this value and the next line"},
    {"single quoted scalars", "JSON puts texts in double quotes (\")"},
};

static const char *explain_syntax(const char *message)
{
    for (size_t i = 0; i < sizeof syntax_errors / sizeof *syntax_errors; i++)
        if (strstr(message, syntax_errors[i].says) != NULL)
            return syntax_errors[i].means;
    return message;
}

static void report_syntax_error(struct reader *reader)
{
    void *iterator = NULL;
    struct fy_diag_error *error = fy_diag_errors_iterate(reader->diag, &iterator);
    struct policy_place place = {0, 0};
    const char *message = "something here is not what the format allows";
    if (error != NULL && error->line > 0 && error->column > 0)
        place = (struct policy_place){(uint32_t)error->line, (uint32_t)error->column};
    if (error != NULL && error->msg != NULL)
        message = explain_syntax(error->msg);
    policy_report_at(reader->build, reader->document->path, place,
                     "the file cannot be read past this place: %s", message);
    reader->failed = true;
}

/* One document, then the end of the stream. */
static const struct policy_node *read_stream(struct reader *reader)
{
    struct policy_node *root = NULL;
    bool ended = false;
    while (!reader->failed && !ended) {
        struct fy_event *event = next_event(reader);
        if (event == NULL)
            break;
        switch (event->type) {
        case FYET_STREAM_END: ended = true; break;
        case FYET_STREAM_START:
        case FYET_DOCUMENT_END: break;
        case FYET_DOCUMENT_START:
            if (root != NULL)
                fail(reader, event_offset(event, 0),
                     "a second document starts here; put it into a file of its own");
            break;
        default: root = read_node(reader, event, 1, 0); break;
        }
        fy_parser_event_free(reader->parser, event);
    }
    if (!ended && !reader->failed)
        report_syntax_error(reader);
    return reader->failed ? NULL : root;
}

static void discard_output(struct fy_diag *diag, void *user, const char *text, size_t size)
{
    (void)diag, (void)user, (void)text, (void)size;
}

static const struct policy_node *parse(struct policy_build *build, struct policy_document *document,
                                       bool json)
{
    struct fy_diag_cfg diag_config;
    fy_diag_cfg_default(&diag_config);
    diag_config.fp = NULL;
    diag_config.output_fn = discard_output;
    struct reader reader = {.build = build, .document = document};
    reader.diag = fy_diag_create(&diag_config);
    if (reader.diag == NULL)
        panic("out of memory (YAML diagnostics)");
    fy_diag_set_collect_errors(reader.diag, true);
    reader.parser = fy_parser_create(&(struct fy_parse_cfg){
        .flags = json ? FYPCF_JSON_FORCE : FYPCF_JSON_NONE,
        .diag = reader.diag,
    });
    reader.iterator = fy_token_iter_create(NULL);
    buffer_init(&reader.text, 4 * (size_t)POLICY_FILE_MAX); /* an escape may grow to three bytes */
    if (reader.parser == NULL || reader.iterator == NULL ||
        fy_parser_set_string(reader.parser, document->content.data, document->content.size) != 0)
        panic("out of memory (YAML parser)");
    const struct policy_node *root = read_stream(&reader);
    buffer_release(&reader.text);
    fy_token_iter_destroy(reader.iterator);
    fy_parser_destroy(reader.parser);
    fy_diag_destroy(reader.diag);
    return root;
}

/* libfyaml's JSON mode is YAML with less; what else RFC 8259 forbids is found here. */
static bool is_strict_json(struct policy_build *build, const struct policy_document *document)
{
    struct error error;
    struct json_object *tree;
    if (json_parse(document->content, &tree, &error) == 0) {
        json_object_put(tree);
        return true;
    }
    /* "byte N", from 1. */
    uint64_t byte = 0;
    struct bytes place = bytes_of(error.place);
    if (place.size > 5)
        number_parse((struct bytes){place.data + 5, place.size - 5}, &byte);
    policy_report_at(build, document->path,
                     policy_document_place(document, byte > 0 ? byte - 1 : 0), "%s", error.message);
    return false;
}

void policy_report_bad_byte(struct policy_build *build, const struct policy_document *document,
                            size_t offset)
{
    policy_report_at(build, document->path, policy_document_place(document, offset),
                     "byte 0x%02X is not part of a text in UTF-8; save the file as UTF-8",
                     (unsigned char)document->content.data[offset]);
}

size_t policy_bad_byte(struct bytes text)
{
    if (is_clean(text))
        return text.size;
    size_t good = 0, step = 1;
    while (good < text.size) {
        step = 1;
        while (step <= 4 && good + step <= text.size &&
               !is_clean((struct bytes){text.data + good, step}))
            step++;
        if (step > 4 || good + step > text.size)
            return good;
        good += step;
    }
    return text.size;
}

static bool is_blank(struct bytes text)
{
    for (size_t i = 0; i < text.size; i++)
        if (strchr(" \t\r\n", text.data[i]) == NULL)
            return false;
    return true;
}

void policy_document_read(struct policy_build *build, struct policy_document *document)
{
    const char *path = document->path;
    if (document->content.size > POLICY_FILE_MAX) {
        policy_report_at(build, path, (struct policy_place){0, 0},
                         "the file has %zu bytes; %d are the most", document->content.size,
                         POLICY_FILE_MAX);
        return;
    }
    policy_document_index_lines(&build->scratch, document);
    size_t bad = policy_bad_byte(document->content);
    if (bad < document->content.size) {
        policy_report_bad_byte(build, document, bad);
        return;
    }
    if (is_blank(document->content)) {
        policy_report_at(build, path, (struct policy_place){1, 1}, "the file is empty");
        return;
    }
    size_t length = strlen(path);
    bool json = length > 5 && strcmp(path + length - 5, ".json") == 0;
    size_t before = build->diagnostics->count;
    const struct policy_node *root = parse(build, document, json);
    bool mistaken = build->diagnostics->count > before;
    if (json && !mistaken && !is_strict_json(build, document))
        return;
    if (root == NULL && !mistaken)
        policy_report_at(build, path, (struct policy_place){1, 1}, "the file is empty");
    document->root = root;
}
