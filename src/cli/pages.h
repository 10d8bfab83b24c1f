/* Lists of the server, page by page, as a table or as JSON. */
#ifndef ML_CLI_PAGES_H
#define ML_CLI_PAGES_H

#include "cli/client.h"
#include "cli/table.h"

struct pages {
    const char *path;   /* "/v1/leads" */
    const char *member; /* of the answer that is the list: "leads" */
    const struct table_column *columns;
    size_t column_count;
    void (*add_row)(struct table *table, struct json_object *item);
    void (*add_filters)(struct buffer *path); /* each with pages_filter; NULL: there are none */
    uint64_t limit;                           /* items at most */
    bool as_json;                             /* each page as the server's JSON, one a line */
};

/* Appends "&name=value", escaped; nothing for NULL. */
void pages_filter(struct buffer *path, const char *name, const char *value);
/* Prints the list on stdout. */
int pages_print(const struct pages *pages, struct client *client, struct error *err);

#endif
