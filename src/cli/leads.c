/* meshline leads: a filtered list, newest first, page by page. */
#include "cli/cli.h"
#include "cli/pages.h"

#include <inttypes.h>
#include <stdio.h>

static struct client_options server;
static const char *state, *place, *rep, *pool, *class_name, *source, *route, *email;
static bool late, as_json;
static uint64_t limit = 50;

static const struct option_row options[] = {
    {"state", OPTION_TEXT, &state, "STATE",
     "captured, assigned, contacted, qualified, disqualified"},
    {"place", OPTION_TEXT, &place, "PLACE", "owned, waiting, exception, nurture or closed"},
    {"rep", OPTION_TEXT, &rep, "ID", "of this owner"},
    {"pool", OPTION_TEXT, &pool, "ID", "of this pool"},
    {"class", OPTION_TEXT, &class_name, "NAME", "of this class"},
    {"source", OPTION_TEXT, &source, "NAME", "from this source"},
    {"route", OPTION_TEXT, &route, "NAME", "placed by this route"},
    {"email", OPTION_TEXT, &email, "ADDRESS", "of this person"},
    {"late", OPTION_FLAG, &late, NULL, "only leads that missed a promise"},
    {"limit", OPTION_NUMBER, &limit, "N", "at most so many, default 50", 1, 10000000},
    CLIENT_OPTION_ROWS(server),
    {"json", OPTION_FLAG, &as_json, NULL, "prints each page as the server's JSON, one a line"},
};

static const struct usage usage = {
    .command = "leads",
    .arguments = "[filters]",
    .about = "Lists leads, newest first. Filters add up.\n",
    .examples = "  meshline leads --place waiting\n"
                "  meshline leads --place exception\n"
                "  meshline leads --rep ada --state assigned --limit 200\n"
                "  meshline leads --late --json | jq -r '.leads[].id'\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
};

static const struct table_column columns[] = {
    {"ID"},     {"STATE"}, {"OWNER OR PLACE"}, {"POOL"},       {"CLASS"},
    {"SOURCE"}, {"ROUTE"}, {"SCORE", true},    {"LATE", true}, {"CAPTURED (UTC)"},
};

/* Its owner; of a lead that has none and does not wait in a pool, where it is. */
static void add_place(struct table *table, struct json_object *lead)
{
    struct bytes owner = json_member_text(lead, "owner"), kind = json_member_text(lead, "kind");
    struct bytes where = json_member_text(lead, "place"), team = json_member_text(lead, "team");
    if (bytes_is(where, "exception") || bytes_is(where, "nurture"))
        table_addf(table, "%.*s: %.*s%s%.*s", BYTES_ARG(where), BYTES_ARG(kind),
                   team.size > 0 ? ", " : "", BYTES_ARG(team));
    else
        table_add(table, owner.size > 0 ? owner : where);
}

static void add_row(struct table *table, struct json_object *lead)
{
    static const char *const members[] = {"id", "state", NULL, "pool", "class", "source", "route"};
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        if (members[i] == NULL) {
            add_place(table, lead);
            continue;
        }
        struct bytes text = json_member_text(lead, members[i]);
        table_add(table, text.size > 0 ? text : BYTES_LITERAL("-"));
    }
    table_addf(table, "%" PRId64, json_member_int(lead, "score", 0));
    table_addf(table, "%" PRId64, json_member_int(lead, "late_count", 0));
    table_add(table, short_time(json_member_text(lead, "captured_at")));
}

static void add_filters(struct buffer *path)
{
    pages_filter(path, "state", state);
    pages_filter(path, "place", place);
    pages_filter(path, "rep", rep);
    pages_filter(path, "pool", pool);
    pages_filter(path, "class", class_name);
    pages_filter(path, "source", source);
    pages_filter(path, "route", route);
    pages_filter(path, "email", email);
    pages_filter(path, "late", late ? "true" : NULL);
}

static int run(struct client *client, struct error *err)
{
    const struct pages pages = {.path = "/v1/leads",
                                .member = "leads",
                                .columns = columns,
                                .column_count = sizeof columns / sizeof *columns,
                                .add_row = add_row,
                                .add_filters = add_filters,
                                .limit = limit,
                                .as_json = as_json};
    return pages_print(&pages, client, err);
}

int command_leads(int argc, char **argv)
{
    int first, exit_code;
    if (!usage_parse(&usage, argc, argv, &first, &exit_code))
        return exit_code;
    return client_session(&server, run);
}
