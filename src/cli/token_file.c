/* Finds, lists and revokes tokens and keys. */
#include "cli/token_file.h"

#include "base/json.h"
#include "cli/cli.h"
#include "cli/table.h"

#include <stdio.h>
#include <sys/stat.h>

enum { LIST_MAX = 4 * 1024 * 1024, COLUMNS_MAX = 8 };

bool token_place(const char *data, bool make, char ret_path[static TOKEN_PLACE_SIZE])
{
    struct stat status;
    struct error err;
    snprintf(ret_path, TOKEN_PLACE_SIZE, "%s/tokens.json", data);
    if (make && mkdir(data, 0700) == 0)
        return true;
    if (stat(data, &status) == 0 && S_ISDIR(status.st_mode))
        return true;
    error_set(&err, ML_ENOTFOUND, data, "there is no such data directory");
    cli_fail(&err);
    return false;
}

static bool is_time(const char *member)
{
    size_t size = strlen(member);
    return size > 3 && strcmp(member + size - 3, "_at") == 0;
}

static void print_table(const struct token_listing *listing, struct json_object *items)
{
    struct table table;
    struct table_column columns[COLUMNS_MAX];
    ML_ASSERT(listing->column_count <= COLUMNS_MAX);
    for (size_t i = 0; i < listing->column_count; i++)
        columns[i] = (struct table_column){listing->columns[i].title};
    table_init(&table, columns, listing->column_count);
    for (size_t row = 0; row < json_object_array_length(items); row++)
        for (size_t i = 0; i < listing->column_count; i++) {
            const char *member = listing->columns[i].member;
            struct bytes text = json_member_text(json_object_array_get_idx(items, row), member);
            table_add(&table, is_time(member) ? short_time(text) : text);
        }
    table_print(&table, stdout);
    table_release(&table);
}

int token_list(const char *path, const struct token_listing *listing)
{
    struct error err;
    struct buffer out;
    struct json_writer json;
    JSON_AUTO *items = NULL;
    buffer_init(&out, LIST_MAX);
    json_begin(&json, &out);
    int code = tokens_list(path, listing->which, listing->source, &json, &err);
    if (code == 0 && !listing->as_json)
        code = json_parse(buffer_bytes(&out), &items, &err);
    if (code == 0 && listing->as_json)
        printf("%s\n", buffer_string(&out));
    else if (code == 0 && json_object_array_length(items) == 0)
        puts(listing->nothing);
    else if (code == 0)
        print_table(listing, items);
    buffer_release(&out);
    return code == 0 ? CLI_OK : cli_fail(&err);
}

int token_revoke(const char *path, const char *id, const char *noun, bool as_json)
{
    struct error err;
    if (tokens_revoke(path, bytes_of(id), clock_utc_us(), &err) < 0)
        return cli_fail(&err);
    if (as_json)
        printf("{\"revoked\":\"%s\"}\n", id);
    else
        printf("%s %s is revoked.\n", noun, id);
    return CLI_OK;
}
