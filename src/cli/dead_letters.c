/* meshline dead-letters: records that broke their contract; what is wrong with them, and what may
 * be done: replay them once contract or mapping are mended, give them up, take them along. */
#include "cli/dead_letters.h"
#include "base/id.h"
#include "base/json_writer.h"
#include "cli/cli.h"
#include "cli/pages.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct dead_letters_options dead_letters_options = {.limit = 50, .contract = UINT64_MAX};
static struct dead_letters_options *const given = &dead_letters_options;

static const struct option_row options[] = {
    {"source", OPTION_TEXT, &dead_letters_options.source, "NAME", "from this source"},
    {"contract", OPTION_NUMBER, &dead_letters_options.contract, "N",
     "refused by this version; 0: no contract", 0, UINT32_MAX},
    {"violation", OPTION_TEXT, &dead_letters_options.violation, "TEXT",
     "of this kind, exactly as clusters shows it"},
    {"state", OPTION_TEXT, &dead_letters_options.state, "STATE",
     "list, export: open, replayed, merged or discarded"},
    {"limit", OPTION_NUMBER, &dead_letters_options.limit, "N",
     "list, clusters: at most so many, default 50", 1, 10000000},
    {"cluster", OPTION_NUMBER, &dead_letters_options.cluster, "N",
     "replay: the whole cluster of that number", 1, 1000},
    {"all", OPTION_FLAG, &dead_letters_options.all, NULL, "replay: all that are open"},
    {"read-as", OPTION_NUMBER, &dead_letters_options.read_as, "N",
     "replay: by this version instead of the one in force", 1, 1000000},
    {"dry-run", OPTION_FLAG, &dead_letters_options.dry_run, NULL,
     "replay: says what would become of them, changes nothing"},
    {"reason", OPTION_TEXT, &dead_letters_options.reason, "TEXT", "discard: why"},
    CLIENT_OPTION_ROWS(dead_letters_options.server),
    {"json", OPTION_FLAG, &dead_letters_options.as_json, NULL,
     "prints the server's JSON, one answer a line"},
};

enum { IDS_MAX = 100000 };

const struct usage dead_letters_usage = {
    .command = "dead-letters",
    .arguments = "[list|show ID|clusters|replay [ID…]|discard ID…|export] [options]",
    .about =
        "Records that broke their contract, kept whole. `clusters` says what is wrong with the\n"
        "open ones, most frequent first. Once contract or mapping are mended, `replay` sends\n"
        "them through the front door again: they keep the time when they first came, and none\n"
        "becomes a second lead. What is refused again stays. `export` writes whole ones as "
        "NDJSON.\n",
    .examples = "  meshline dead-letters clusters\n"
                "  meshline dead-letters show D1024\n"
                "  meshline dead-letters replay --cluster 1 --dry-run\n"
                "  meshline dead-letters replay --source partner-portal\n"
                "  meshline dead-letters discard D1024 --reason 'a test of the partner'\n"
                "  meshline dead-letters export --state open > open.ndjson\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .most_operands = IDS_MAX,
};

/* ---- paths */

/* The filters behind "?…", each with a leading "&". */
static void append_filters(struct buffer *path, bool with_state)
{
    pages_filter(path, "source", given->source);
    pages_filter(path, "violation", given->violation);
    if (given->contract != UINT64_MAX)
        buffer_printf(path, "&contract=%" PRIu64, given->contract);
    if (with_state)
        pages_filter(path, "state", given->state);
}

/* ---- list */

/* Numbers as they are, 0 as "-". */
static void add_number(struct table *table, struct json_object *object, const char *name)
{
    int64_t number = json_member_int(object, name, 0);
    if (number == 0)
        table_add(table, BYTES_LITERAL("-"));
    else
        table_addf(table, "%" PRId64, number);
}

static void add_row(struct table *table, struct json_object *letter)
{
    struct bytes lead = json_member_text(letter, "lead");
    table_add(table, json_member_text(letter, "id"));
    if (lead.size > 0)
        table_addf(table, "%.*s: %.*s", BYTES_ARG(json_member_text(letter, "state")),
                   BYTES_ARG(lead));
    else
        table_add(table, json_member_text(letter, "state"));
    table_add(table, json_member_text(letter, "source"));
    add_number(table, letter, "contract");
    add_number(table, letter, "attempts");
    table_add(table, short_time(json_member_text(letter, "captured_at")));
    table_add(table, json_member_text(letter, "message"));
}

static void add_list_filters(struct buffer *path)
{
    append_filters(path, true);
}

static int list(struct client *client, struct error *err)
{
    static const struct table_column columns[] = {
        {"ID"},          {"STATE"},          {"SOURCE"},       {"CONTRACT", true},
        {"TRIES", true}, {"CAPTURED (UTC)"}, {"WHAT IS WRONG"}};
    const struct pages pages = {.path = "/v1/dead-letters",
                                .member = "dead_letters",
                                .columns = columns,
                                .column_count = sizeof columns / sizeof *columns,
                                .add_row = add_row,
                                .add_filters = add_list_filters,
                                .limit = given->limit,
                                .as_json = given->as_json};
    return pages_print(&pages, client, err);
}

/* ---- clusters */

enum { CLUSTERS_MAX = 1000 };

int dead_letters_get_clusters(struct client *client, uint64_t limit, struct client_answer *answer,
                              struct json_object **ret, struct error *err)
{
    struct buffer path;
    buffer_init(&path, 64 * 1024);
    buffer_printf(&path, "/v1/dead-letters/clusters?limit=%" PRIu64,
                  limit < CLUSTERS_MAX ? limit : (uint64_t)CLUSTERS_MAX);
    append_filters(&path, false);
    int code = client_get(client, buffer_string(&path), answer, ret, err);
    buffer_release(&path);
    return code;
}

static void print_clusters(struct json_object *clusters)
{
    static const struct table_column columns[] = {
        {"#", true},    {"COUNT", true}, {"SOURCE"},    {"CONTRACT", true},
        {"LAST (UTC)"}, {"EXAMPLE"},     {"VIOLATION"}, {"WHAT IS WRONG"},
    };
    struct table table;
    table_init(&table, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < json_object_array_length(clusters); i++) {
        struct json_object *cluster = json_object_array_get_idx(clusters, i);
        struct json_object *examples = json_object_object_get(cluster, "examples");
        table_addf(&table, "%zu", i + 1);
        add_number(&table, cluster, "count");
        table_add(&table, json_member_text(cluster, "source"));
        add_number(&table, cluster, "contract");
        table_add(&table, short_time(json_member_text(cluster, "last_at")));
        table_add(&table, json_text(json_object_array_get_idx(examples, 0)));
        table_add(&table, json_member_text(cluster, "violation"));
        table_add(&table, json_member_text(cluster, "message"));
    }
    table_print(&table, stdout);
    table_release(&table);
}

static int show_clusters(struct client *client, struct error *err)
{
    struct client_answer answer = {0};
    JSON_AUTO *tree = NULL;
    int code = dead_letters_get_clusters(client, given->limit, &answer, &tree, err);
    if (code == 0 && given->as_json)
        printf("%s\n", buffer_string(&answer.body));
    else if (code == 0)
        print_clusters(json_object_object_get(tree, "clusters"));
    client_answer_release(&answer);
    return code;
}

/* ---- one of them */

static void print_line(struct arena *arena, const char *title, struct bytes value)
{
    if (value.size > 0)
        printf("  %-12s %s\n", title, printable(arena, value));
}

void dead_letters_print_mistake(FILE *out, struct json_object *mistake)
{
    struct arena arena;
    struct bytes pointer = json_member_text(mistake, "pointer");
    struct bytes message = json_member_text(mistake, "message");
    arena_init(&arena);
    /* Contracts name the place themselves. */
    bool placed =
        pointer.size == 0 || memmem(message.data, message.size, pointer.data, pointer.size) != NULL;
    fprintf(out, "    %s%s%s\n", placed ? "" : printable(&arena, pointer), placed ? "" : ": ",
            printable(&arena, message));
    arena_release(&arena);
}

static void print_mistakes(struct arena *arena, struct json_object *errors)
{
    puts("\n  mistakes");
    for (size_t i = 0; errors != NULL && i < json_object_array_length(errors); i++) {
        struct json_object *mistake = json_object_array_get_idx(errors, i);
        struct bytes rule = json_member_text(mistake, "rule");
        dead_letters_print_mistake(stdout, mistake);
        if (rule.size > 0)
            printf("      rule %s\n", printable(arena, rule));
    }
}

/* The payload as it came, line by line; a person looks at it, so nothing in it may steer the
 * terminal. */
static void print_payload(struct arena *arena, struct json_object *letter)
{
    struct bytes rest = json_member_text(letter, "payload");
    struct bytes encoded = json_member_text(letter, "payload_base64");
    if (rest.size == 0 && encoded.size == 0)
        return;
    printf("\n  payload%s\n", encoded.size > 0 ? ", in base64: it is no text" : "");
    if (encoded.size > 0)
        rest = encoded;
    while (rest.size > 0) {
        const char *end = memchr(rest.data, '\n', rest.size);
        size_t size = end != NULL ? (size_t)(end - rest.data) : rest.size;
        printf("    %s\n", printable(arena, (struct bytes){rest.data, size}));
        size += end != NULL;
        rest = (struct bytes){rest.data + size, rest.size - size};
    }
}

static void print_letter(struct json_object *letter)
{
    struct arena arena;
    arena_init(&arena);
    printf("%s, %s\n", printable(&arena, json_member_text(letter, "id")),
           printable(&arena, json_member_text(letter, "state")));
    print_line(&arena, "source", json_member_text(letter, "source"));
    if (json_member_int(letter, "contract", 0) != 0)
        printf("  %-12s version %" PRId64 "\n", "contract", json_member_int(letter, "contract", 0));
    printf("  %-12s %.*s UTC\n", "captured",
           BYTES_ARG(short_time(json_member_text(letter, "captured_at"))));
    printf("  %-12s %" PRId64 "\n", "tries", json_member_int(letter, "attempts", 1));
    print_line(&arena, "became", json_member_text(letter, "lead"));
    print_line(&arena, "reason", json_member_text(letter, "reason"));
    print_line(&arena, "violation", json_member_text(letter, "violation"));
    print_line(&arena, "media type", json_member_text(letter, "media_type"));
    print_mistakes(&arena, json_object_object_get(letter, "errors"));
    print_payload(&arena, letter);
    arena_release(&arena);
}

static int show(struct client *client, const char *id, struct error *err)
{
    struct buffer path;
    struct client_answer answer = {0};
    JSON_AUTO *tree = NULL;
    buffer_init(&path, 4096);
    buffer_append_bytes(&path, BYTES_LITERAL("/v1/dead-letters/"));
    client_escape(&path, bytes_of(id));
    int code = client_get(client, buffer_string(&path), &answer, &tree, err);
    if (code == 0 && given->as_json)
        printf("%s\n", buffer_string(&answer.body));
    else if (code == 0)
        print_letter(tree);
    client_answer_release(&answer);
    buffer_release(&path);
    return code;
}

/* ---- giving up */

static int discard(struct client *client, const char *id, struct error *err)
{
    struct buffer path, body;
    struct json_writer json;
    struct client_answer answer;
    buffer_init(&path, 4096);
    buffer_init(&body, 64 * 1024);
    buffer_append_bytes(&path, BYTES_LITERAL("/v1/dead-letters/"));
    client_escape(&path, bytes_of(id));
    buffer_append_bytes(&path, BYTES_LITERAL("/discard"));
    json_begin(&json, &body);
    json_object_open(&json);
    json_member(&json, "reason", bytes_of(given->reason));
    json_object_close(&json);
    const struct client_call call = {.method = "POST",
                                     .path = buffer_string(&path),
                                     .content_type = "application/json",
                                     .body = buffer_bytes(&body)};
    int code = client_call(client, &call, &answer, err);
    if (code == 0)
        code = client_check(&answer, err);
    if (code == 0 && given->as_json)
        printf("%s\n", buffer_string(&answer.body));
    else if (code == 0)
        printf("%s is discarded\n", id);
    client_answer_release(&answer);
    buffer_release(&path);
    buffer_release(&body);
    return code;
}

static int discard_all(struct client *client, char **ids, int count, struct error *err)
{
    int code = 0;
    for (int i = 0; i < count && code == 0; i++)
        code = discard(client, ids[i], err);
    return code;
}

/* ---- taking along */

static int export_all(struct client *client, struct error *err)
{
    struct buffer path;
    struct client_answer answer;
    buffer_init(&path, 64 * 1024);
    append_filters(&path, true);
    /* The first "&" begins the query. */
    struct bytes query = buffer_bytes(&path);
    struct buffer whole;
    buffer_init(&whole, 64 * 1024);
    buffer_append_bytes(&whole, BYTES_LITERAL("/v1/dead-letters/export"));
    if (query.size > 0)
        buffer_printf(&whole, "?%.*s", (int)query.size - 1, query.data + 1);
    const struct client_call call = {.method = "GET", .path = buffer_string(&whole), .out = stdout};
    int code = client_call(client, &call, &answer, err);
    if (code == 0)
        code = client_check(&answer, err);
    client_answer_release(&answer);
    buffer_release(&whole);
    buffer_release(&path);
    return code;
}

/* ---- the command */

enum act { ACT_LIST, ACT_SHOW, ACT_CLUSTERS, ACT_REPLAY, ACT_DISCARD, ACT_EXPORT, ACTS };

static const struct {
    const char *name;
    int least_ids, most_ids;
} acts[ACTS] = {
    [ACT_LIST] = {"list", 0, 0},
    [ACT_SHOW] = {"show", 1, 1},
    [ACT_CLUSTERS] = {"clusters", 0, 0},
    [ACT_REPLAY] = {"replay", 0, IDS_MAX},
    [ACT_DISCARD] = {"discard", 1, IDS_MAX},
    [ACT_EXPORT] = {"export", 0, 0},
};

static enum act find_act(const char *name)
{
    enum act act = ACT_LIST;
    while (act < ACTS && strcmp(acts[act].name, name) != 0)
        act++;
    return act;
}

/* False: a sentence was printed and the command ends with *ret_exit. */
static bool check_usage(enum act act, char **ids, int count, int *ret_exit)
{
    uint64_t number;
    *ret_exit = CLI_USAGE;
    if (count < acts[act].least_ids)
        usage_refuse(&dead_letters_usage, "ID, as in D1024, is missing");
    else if (count > acts[act].most_ids)
        usage_refuse(&dead_letters_usage, "\"%s\" is one argument too many",
                     ids[acts[act].most_ids]);
    else if (act == ACT_DISCARD && given->reason == NULL)
        usage_refuse(&dead_letters_usage, "--reason is missing");
    else if (act == ACT_REPLAY && !dead_letters_replay_usage(count))
        return false;
    else
        *ret_exit = CLI_OK;
    for (int i = 0; *ret_exit == CLI_OK && i < count; i++)
        if (!dead_letter_id_parse(bytes_of(ids[i]), &number))
            *ret_exit =
                usage_refuse(&dead_letters_usage,
                             "\"%s\" is no id of a dead letter; those look like D1024", ids[i]);
    return *ret_exit == CLI_OK;
}

static int run(enum act act, char **ids, int count)
{
    struct error err;
    struct client *client = NULL;
    int exit_code = CLI_OK;
    int code = client_open(&given->server, &client, &err);
    if (code == 0)
        switch (act) {
        case ACT_LIST: code = list(client, &err); break;
        case ACT_SHOW: code = show(client, ids[0], &err); break;
        case ACT_CLUSTERS: code = show_clusters(client, &err); break;
        case ACT_REPLAY: code = dead_letters_replay(client, ids, count, &exit_code, &err); break;
        case ACT_DISCARD: code = discard_all(client, ids, count, &err); break;
        case ACT_EXPORT: code = export_all(client, &err); break;
        case ACTS: break;
        }
    client_close(client);
    return code == 0 ? exit_code : cli_fail(&err);
}

int command_dead_letters(int argc, char **argv)
{
    int first, exit_code;
    if (!usage_parse(&dead_letters_usage, argc, argv, &first, &exit_code))
        return exit_code;
    enum act act = first < argc ? find_act(argv[first]) : ACT_LIST;
    int skip = first < argc;
    if (act == ACTS)
        return usage_refuse(&dead_letters_usage,
                            "there is nothing called \"%s\" to do with dead letters", argv[first]);
    if (!check_usage(act, argv + first + skip, argc - first - skip, &exit_code))
        return exit_code;
    return run(act, argv + first + skip, argc - first - skip);
}
