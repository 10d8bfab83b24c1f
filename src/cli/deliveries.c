/* meshline deliveries: what is to be sent to partners, reps and teams. */
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
        "Lists what is to be sent to others, newest first: reminders and escalations of leads\n"
        "to reps and teams, exceptions that wait, pages of alerts, remediations that are late,\n"
        "and notices to the partners of sources whose records break their contract.\n"
        "Sending them is not built yet: all are pending.\n",
    .examples = "  meshline deliveries\n"
                "  meshline deliveries --json | jq '.deliveries[0].body'\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
};

/* The lead, exception, alert or incident, or the source whose partner is told. */
static struct bytes about(struct json_object *delivery)
{
    struct bytes subject = json_member_text(delivery, "subject");
    return subject.size > 0 ? subject : json_member_text(delivery, "source");
}

static void add_row(struct table *table, struct json_object *delivery)
{
    table_addf(table, "%" PRId64, json_member_int(delivery, "id", 0));
    table_add(table, json_member_text(delivery, "kind"));
    table_add(table, about(delivery));
    table_add(table, json_member_text(delivery, "state"));
    table_add(table, json_member_text(delivery, "target"));
    table_add(table, short_time(json_member_text(delivery, "created_at")));
}

static int run(struct client *client, struct error *err)
{
    static const struct table_column columns[] = {
        {"ID", true}, {"KIND"}, {"ABOUT"}, {"STATE"}, {"TO"}, {"CREATED (UTC)"},
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
