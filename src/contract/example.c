/* An example of a record, made up from its schema. */
#include "contract/outline.h"

#include <math.h>
#include <stdlib.h>
#include <strings.h>

enum { DEPTH_MAX = CONTRACT_OUTLINE_DEPTH_MAX, ITEMS_MAX = 3 };

struct run {
    bool full;
    struct json_writer json;
};

static void put(struct run *run, const struct contract_view *view, struct bytes name, int depth);

/* ---- texts */

static const struct {
    const char *format, *text;
} formats[] = {
    {"date-time", "2026-11-23T09:30:00Z"},
    {"date", "2026-11-23"},
    {"time", "09:30:00Z"},
    {"duration", "P3D"},
    {"email", "ada@acme.example"},
    {"idn-email", "ada@acme.example"},
    {"hostname", "www.acme.example"},
    {"idn-hostname", "www.acme.example"},
    {"ipv4", "192.0.2.1"},
    {"ipv6", "2001:db8::1"},
    {"uri", "https://www.acme.example/"},
    {"uri-reference", "/contact"},
    {"iri", "https://www.acme.example/"},
    {"iri-reference", "/contact"},
    {"uuid", "6f1c2d3e-4a5b-4c6d-8e7f-90a1b2c3d4e5"},
    {"json-pointer", "/contact"},
    {"regex", "^[a-z]+$"},
};

/* By what stands in the name, the longer first; of people and companies that do not exist. */
static const struct {
    const char *part, *text;
} names[] = {
    {"first", "Ada"},
    {"given", "Ada"},
    {"lastname", "Byron"},
    {"last_name", "Byron"},
    {"family", "Byron"},
    {"surname", "Byron"},
    {"mail", "ada@acme.example"},
    {"phone", "+49 30 123456"},
    {"mobile", "+49 171 1234567"},
    {"company", "Acme Robotics"},
    {"organi", "Acme Robotics"},
    {"website", "https://www.acme.example/"},
    {"url", "https://www.acme.example/"},
    {"domain", "acme.example"},
    {"country", "DE"},
    {"city", "Berlin"},
    {"zip", "10115"},
    {"postal", "10115"},
    {"language", "en"},
    {"title", "Head of Logistics"},
    {"campaign", "spring"},
    {"message", "Please call me about a demo."},
    {"note", "Please call me about a demo."},
    {"comment", "Please call me about a demo."},
    {"name", "Ada Byron"},
    {"id", "A-1024"},
    {"key", "A-1024"},
};

static const char *text_for(const struct contract_view *view, struct bytes name)
{
    const struct contract_instance *format = contract_view_find(view, "format");
    char word[64] = "";
    for (size_t i = 0; format != NULL && i < sizeof formats / sizeof *formats; i++)
        if (format->kind == CONTRACT_STRING && bytes_is(format->text, formats[i].format))
            return formats[i].text;
    if (name.size < sizeof word) {
        memcpy(word, name.data, name.size);
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
            if (strcasestr(word, names[i].part) != NULL)
                return names[i].text;
    }
    return "text";
}

static int64_t count_of(const struct contract_view *view, const char *keyword, int64_t fallback)
{
    const struct contract_instance *found = contract_view_find(view, keyword);
    return found != NULL && found->kind == CONTRACT_NUMBER && found->numeric == CONTRACT_INT64
               ? found->integer
               : fallback;
}

/* As long as the bounds want it; what is made up is ASCII, a byte a character. */
static void put_text(struct run *run, const struct contract_view *view, struct bytes name)
{
    enum { LENGTH_MAX = 1000 };
    char text[LENGTH_MAX];
    struct bytes base = bytes_of(text_for(view, name));
    int64_t least = count_of(view, "minLength", 0), most = count_of(view, "maxLength", LENGTH_MAX);
    size_t size = base.size;
    if (least > (int64_t)size)
        size = least < LENGTH_MAX ? (size_t)least : LENGTH_MAX;
    if (most < (int64_t)size)
        size = most > 0 ? (size_t)most : 0;
    for (size_t i = 0; i < size; i++)
        text[i] = base.data[i % base.size];
    json_string(&run->json, (struct bytes){text, size});
}

/* ---- numbers */

static double number_of(const struct contract_view *view, const char *keyword, double fallback)
{
    const struct contract_instance *found = contract_view_find(view, keyword);
    if (found == NULL || found->kind != CONTRACT_NUMBER)
        return fallback;
    return found->numeric == CONTRACT_INT64 ? (double)found->integer : found->number;
}

static void put_number(struct run *run, const struct contract_view *view, bool whole)
{
    enum { USUAL = 25 };
    double step = number_of(view, "multipleOf", whole ? 1 : 0.5), value = USUAL;
    double least = number_of(view, "minimum", -INFINITY);
    double most = number_of(view, "maximum", INFINITY);
    double above = number_of(view, "exclusiveMinimum", -INFINITY);
    double below = number_of(view, "exclusiveMaximum", INFINITY);
    if (value < least)
        value = least;
    if (value <= above)
        value = above + step;
    if (value > most)
        value = most;
    if (value >= below)
        value = below - step;
    if (contract_view_find(view, "multipleOf") != NULL && step > 0)
        value = ceil(value / step) * step > most ? floor(value / step) * step
                                                 : ceil(value / step) * step;
    if (value == trunc(value) && fabs(value) < 1e15)
        json_integer(&run->json, (int64_t)value);
    else
        json_double(&run->json, value);
}

/* ---- objects and lists */

static void put_member(struct run *run, const struct contract_view *view, struct bytes name,
                       int depth)
{
    struct contract_view member;
    contract_view_property(view, name, false, &member);
    const struct contract_instance *old = contract_view_find(&member, "deprecated");
    bool deprecated = old != NULL && old->kind == CONTRACT_BOOLEAN && old->boolean;
    if (!contract_view_requires(view, name, NULL) &&
        (!run->full || deprecated || member.count == 0 || depth >= DEPTH_MAX))
        return;
    json_key_bytes(&run->json, name);
    put(run, &member, name, depth + 1);
}

static void put_object(struct run *run, const struct contract_view *view, int depth)
{
    json_object_open(&run->json);
    for (size_t i = 0; i < view->count; i++) {
        const struct contract_instance *properties =
            contract_instance_find(view->parts[i].schema, BYTES_LITERAL("properties"));
        if (properties == NULL || properties->kind != CONTRACT_OBJECT)
            continue;
        for (uint32_t m = 0; m < properties->count; m++)
            if (contract_view_is_first(view, i, properties->members[m].name))
                put_member(run, view, properties->members[m].name, depth);
    }
    json_object_close(&run->json);
}

static void put_list(struct run *run, const struct contract_view *view, struct bytes name,
                     int depth)
{
    struct contract_view items;
    int64_t count = count_of(view, "minItems", 1), most = count_of(view, "maxItems", 1);
    contract_view_items(view, false, &items);
    if (count < 1 && most > 0)
        count = 1;
    json_array_open(&run->json);
    for (int64_t i = 0; i < count && i < ITEMS_MAX && depth < DEPTH_MAX; i++)
        put(run, &items, name, depth + 1);
    json_array_close(&run->json);
}

/* ---- values */

/* What the schema itself gives as a value; NULL: nothing. */
static const struct contract_instance *given(const struct contract_view *view)
{
    static const char *const lists[] = {"examples", "enum"};
    const struct contract_instance *value = contract_view_find(view, "const");
    for (size_t i = 0; value == NULL && i < sizeof lists / sizeof *lists; i++) {
        const struct contract_instance *list = contract_view_find(view, lists[i]);
        if (list != NULL && list->kind == CONTRACT_ARRAY && list->count > 0)
            value = &list->items[0];
    }
    return value != NULL ? value : contract_view_find(view, "default");
}

static void put(struct run *run, const struct contract_view *view, struct bytes name, int depth)
{
    const struct contract_instance *value = given(view);
    bool object = contract_view_find(view, "properties") != NULL;
    if (value != NULL)
        contract_instance_write(value, &run->json);
    else if (contract_view_allows(view, "object", object) || depth == 0)
        put_object(run, view, depth);
    else if (contract_view_allows(view, "array", contract_view_find(view, "items") != NULL))
        put_list(run, view, name, depth);
    else if (contract_view_allows(view, "string", true))
        put_text(run, view, name);
    else if (contract_view_allows(view, "integer", false))
        put_number(run, view, true);
    else if (contract_view_allows(view, "number", false))
        put_number(run, view, false);
    else if (contract_view_allows(view, "boolean", false))
        json_boolean(&run->json, true);
    else
        json_null(&run->json);
}

void contract_example(const struct contract_library *library, bool full, struct buffer *out)
{
    struct contract_view view;
    struct run run = {.full = full};
    json_begin(&run.json, out);
    contract_view_record(library, false, &view);
    put(&run, &view, (struct bytes){0}, 0);
}
