/* meshline deliveries: what is to be sent to others; for now notices to partners. */
#include "cli/cli.h"
#include "cli/pages.h"

#include <inttypes.h>
#include <stdio.h>

static struct client_options server;
static uint64_t limit = 50;
static bool as_json;

static const struct option_row options[] = {
    {"limit", OPTION_NUMBER, &limit, "N", "at most so many, default 50", 1, 10000000},
    CLIENT_OPTION_ROWS(server),
    {"json", OPTION_FLAG, &as_json, NULL, "prints the server's JSON, with what is to be sent"},
};

static const struct usage usage = {
    .command = "deliveries",
    .arguments = "[--limit N] [--json]",
    .about =
        "Lists what is to be sent to others, newest first: notices to the partners of sources\n"
        "whose records break their contract, at the first of a kind and then as a digest.\n"
        "Sending them is not built yet: all are pending.\n",
    .examples = "  meshline deliveries\n"
                "  meshline deliveries --json | jq '.deliveries[0].body'\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
};

static void add_row(struct table *table, struct json_object *delivery)
{
    struct json_object *body = json_object_object_get(delivery, "body");
    table_addf(table, "%" PRId64, json_member_int(delivery, "id", 0));
    table_add(table, json_member_text(delivery, "kind"));
    table_add(table, json_member_text(delivery, "source"));
    table_add(table, json_member_text(delivery, "state"));
    table_add(table, json_member_text(delivery, "target"));
    table_addf(table, "%" PRId64, json_member_int(body, "total", 0));
    table_add(table, short_time(json_member_text(delivery, "created_at")));
}

static int run(struct client *client, struct error *err)
{
    static const struct table_column columns[] = {
        {"ID", true},         {"KIND"},          {"SOURCE"}, {"STATE"}, {"TO"},
        {"VIOLATIONS", true}, {"CREATED (UTC)"},
    };
    const struct pages pages = {.path = "/v1/deliveries",
                                .member = "deliveries",
                                .columns = columns,
                                .column_count = sizeof columns / sizeof *columns,
                                .add_row = add_row,
                                .limit = limit,
                                .as_json = as_json};
    return pages_print(&pages, client, err);
}

int command_deliveries(int argc, char **argv)
{
    int first, exit_code;
    if (!usage_parse(&usage, argc, argv, &first, &exit_code))
        return exit_code;
    return client_session(&server, run);
}
