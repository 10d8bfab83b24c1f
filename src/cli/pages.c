/* Follows the links of a list until there is enough. */
#include "cli/pages.h"

#include "cli/cli.h"

#include <inttypes.h>

enum { PAGE_MAX = 1000, PATH_MAX_SIZE = 64 * 1024 };

void pages_filter(struct buffer *path, const char *name, const char *value)
{
    if (value == NULL)
        return;
    buffer_printf(path, "&%s=", name);
    client_escape(path, bytes_of(value));
}

/* One page; *path becomes that of the next one, or empty. */
static int take_page(const struct pages *pages, struct client *client, struct buffer *path,
                     struct table *table, uint64_t *left, struct error *err)
{
    struct client_answer answer = {0};
    JSON_AUTO *tree = NULL;
    int code = client_get(client, buffer_string(path), &answer, &tree, err);
    buffer_clear(path);
    if (code == 0) {
        struct json_object *items = json_object_object_get(tree, pages->member);
        size_t count = json_object_array_length(items);
        for (size_t i = 0; !pages->as_json && i < count && i < *left; i++)
            pages->add_row(table, json_object_array_get_idx(items, i));
        if (pages->as_json)
            printf("%s\n", buffer_string(&answer.body));
        *left -= count < *left ? count : *left;
        buffer_append_bytes(path, bytes_of(answer.next));
    }
    client_answer_release(&answer);
    return code;
}

int pages_print(const struct pages *pages, struct client *client, struct error *err)
{
    struct table table;
    struct buffer path;
    uint64_t left = pages->limit;
    int code = 0;
    table_init(&table, pages->columns, pages->column_count);
    buffer_init(&path, PATH_MAX_SIZE);
    buffer_printf(&path, "%s?limit=%" PRIu64, pages->path,
                  left < PAGE_MAX ? left : (uint64_t)PAGE_MAX);
    if (pages->add_filters != NULL)
        pages->add_filters(&path);
    while (code == 0 && left > 0 && path.size > 0)
        code = take_page(pages, client, &path, &table, &left, err);
    if (code == 0 && !pages->as_json) {
        table_print(&table, stdout);
        if (path.size > 0)
            cli_note("there are more; --limit N shows them");
    }
    buffer_release(&path);
    table_release(&table);
    return code;
}
