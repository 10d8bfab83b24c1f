/* Due = delivered + pending + failed + discarded, term by term; and the comparison with what a
 * destination that can list really has. */
#include "cli/cli.h"
#include "cli/reconcile.h"
#include "cli/table.h"
#include "cli/talk.h"

#include <inttypes.h>
#include <stdio.h>

static const struct reconcile_destination *given;

static bool is_true(struct json_object *object, const char *name)
{
    return json_object_get_boolean(json_object_object_get(object, name));
}

static void print_term(const char *title, struct json_object *answer, const char *name)
{
    printf("  %-14s %12" PRId64 "\n", title, json_member_int(answer, name, 0));
}

static bool balanced;

static void print_terms(struct json_object *answer)
{
    balanced = is_true(answer, "balanced");
    if (given->as_json)
        return;
    print_term("due", answer, "due");
    print_term("= delivered", answer, "delivered");
    print_term("+ pending", answer, "pending");
    print_term("+ failed", answer, "failed");
    print_term("+ discarded", answer, "discarded");
    print_term("unknown", answer, "unknown");
    printf("  %s; counted at seq %" PRId64 "\n", balanced ? "it adds up" : "IT DOES NOT ADD UP",
           json_member_int(answer, "seq", 0));
    if (json_member_int(answer, "unknown", 0) > 0)
        puts("  unknown: pending or failed without an answer, so that nobody knows whether it "
             "arrived");
}

static int count(struct client *client, struct error *err)
{
    struct buffer path;
    struct client_answer answer = {0};
    JSON_AUTO *tree = NULL;
    buffer_init(&path, 4096);
    buffer_append_bytes(&path, BYTES_LITERAL("/v1/destinations/"));
    client_escape(&path, bytes_of(given->name));
    buffer_append_bytes(&path, BYTES_LITERAL("/reconciliation"));
    int code = client_get(client, buffer_string(&path), &answer, &tree, err);
    if (code == 0)
        print_terms(tree);
    if (code == 0 && given->as_json)
        printf("%s\n", buffer_string(&answer.body));
    client_answer_release(&answer);
    buffer_release(&path);
    return code;
}

/* ---- what is really there */

static void print_ids(const char *title, struct json_object *ids)
{
    enum { SHOWN_MAX = 10 };
    struct arena arena;
    size_t size = ids != NULL ? json_object_array_length(ids) : 0;
    if (size == 0)
        return;
    arena_init(&arena);
    printf("  %s", title);
    for (size_t i = 0; i < size && i < SHOWN_MAX; i++)
        printf(" %s", printable(&arena, json_text(json_object_array_get_idx(ids, i))));
    puts(size > SHOWN_MAX ? " …" : "");
    arena_release(&arena);
}

static void print_comparison(struct json_object *answer)
{
    print_term("there", answer, "listed");
    print_term("matched", answer, "matched");
    print_term("missing", answer, "missing");
    print_term("unconfirmed", answer, "unconfirmed");
    print_term("foreign", answer, "foreign");
    print_ids("missing:", json_object_object_get(answer, "missing_ids"));
    print_ids("foreign:", json_object_object_get(answer, "foreign_ids"));
    if (given->repair)
        print_term("queued again", answer, "queued");
    if (is_true(answer, "more"))
        cli_note("there are more; the same command goes on with them");
}

static void write_repair(struct json_writer *json)
{
    json_member_bool(json, "repair", given->repair);
}

static int compare(struct client *client, bool *ret_complete, struct error *err)
{
    JSON_AUTO *answer = NULL;
    const struct talk_order order = {.base = "/v1/destinations",
                                     .id = given->name,
                                     .verb = "/reconciliation",
                                     .write = write_repair};
    int code = talk_tell(client, &order, given->as_json, &answer, err);
    if (code != 0)
        return code;
    *ret_complete = json_member_int(answer, "missing", 0) ==
                    (given->repair ? json_member_int(answer, "queued", 0) : 0);
    if (!given->as_json)
        print_comparison(answer);
    return 0;
}

int reconcile_destination(const struct client_options *server,
                          const struct reconcile_destination *options)
{
    struct error err;
    struct client *client = NULL;
    bool complete = true;
    given = options;
    int code = client_open(server, &client, &err);
    if (code == 0)
        code = count(client, &err);
    if (code == 0 && (options->compare || options->repair))
        code = compare(client, &complete, &err);
    client_close(client);
    if (code != 0)
        return cli_fail(&err);
    return balanced && complete ? CLI_OK : CLI_FAILED;
}
