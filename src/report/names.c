/* Reps, pools and milestones as people call them. JSON has them as they are: it is read by
 * programs. */
#include "report/internal.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *milestone, *words;
} milestones[] = {{"enriched", "enrichment"},
                  {"assigned", "first owner"},
                  {"contacted", "first contact"},
                  {"qualified", "outcome"}};

int report_names_read(struct store_reader *reader, struct report_page *page, struct error *err)
{
    static const char sql[] = "SELECT 'rep:' || id AS id, name FROM reps\n"
                              "UNION ALL SELECT 'pool:' || id, title FROM pools";
    struct json_writer json;
    struct buffer text;
    struct json_object *rows = NULL;
    buffer_init(&text, REPORT_SIZE_MAX);
    json_begin(&json, &text);
    int code = store_read_select(reader, sql, 0, 0, &json, err);
    if (code == 0 && text.overflow)
        code = error_set(err, ML_ELIMIT, "names", "there is too much for a report");
    if (code == 0)
        code = json_parse(buffer_bytes(&text), &rows, err);
    if (code == 0) {
        page->names = json_object_new_object();
        ML_ASSERT(page->names != NULL);
        for (size_t i = 0; i < json_object_array_length(rows); i++) {
            struct json_object *row = json_object_array_get_idx(rows, i);
            json_object_object_add(page->names, json_member_text(row, "id").data,
                                   json_object_get(json_object_object_get(row, "name")));
        }
    }
    json_object_put(rows);
    buffer_release(&text);
    return code;
}

struct bytes report_name(const struct report_page *page, const char *prefix, struct bytes id)
{
    char key[256];
    int size = snprintf(key, sizeof key, "%s%.*s", prefix, BYTES_ARG(id));
    if (size < 0 || (size_t)size >= sizeof key)
        return id;
    struct bytes name = json_member_text(page->names, key);
    return name.size > 0 ? name : id;
}

void report_promise_print(struct bytes promise, struct buffer *out)
{
    size_t start = promise.size;
    while (start > 0 && promise.data[start - 1] != ' ')
        start--;
    struct bytes last = {promise.data + start, promise.size - start};
    for (size_t i = 0; i < sizeof milestones / sizeof *milestones; i++)
        if (bytes_is(last, milestones[i].milestone)) {
            buffer_append(out, promise.data, start);
            buffer_append_bytes(out, bytes_of(milestones[i].words));
            return;
        }
    buffer_append_bytes(out, promise);
}
