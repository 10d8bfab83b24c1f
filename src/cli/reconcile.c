/* meshline reconcile: the identity, asked of a server or proved from the files; or what became of
 * everything that was due at a destination. */
#include "cli/reconcile.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/proof.h"
#include "engine/engine.h"

#include <inttypes.h>
#include <stdio.h>

static const char *data;
static struct client_options server;
static struct reconcile_destination destination;
static bool as_json;

static const struct option_row options[] = {
    {"data", OPTION_TEXT, &data, "DIR", "proves it from the files instead; the server is stopped"},
    {"destination", OPTION_TEXT, &destination.name, "NAME",
     "what was due there, and what became of it"},
    {"compare", OPTION_FLAG, &destination.compare, NULL,
     "with --destination: asks it what it really has"},
    {"repair", OPTION_FLAG, &destination.repair, NULL,
     "the same, and sends again what is missing there"},
    CLIENT_OPTION_ROWS(server),
    {"json", OPTION_FLAG, &as_json, NULL, "prints JSON"},
};

static const struct usage usage = {
    .command = "reconcile",
    .arguments = "[--data DIR | --destination NAME [--compare|--repair]] [--json]",
    .about = "Every record that was taken is in exactly one place: accepted = owned + waiting +\n"
             "in exception + nurture + closed + dead-lettered + settled (dead letters that became\n"
             "touchpoints, or were discarded). Prints each term; exit code 1 when they do not add\n"
             "up.\n"
             "\n"
             "A server counts the rows of its view. With --data nothing is believed: the hash\n"
             "chain is walked, the whole journal is replayed, the invariants are checked on the\n"
             "result, and state.db is compared with it.\n"
             "\n"
             "With --destination: due = delivered + pending + failed + discarded, there. A\n"
             "destination that can list is also compared with its own records: exit code 1 when\n"
             "something is missing there, unless --repair has queued it again.\n",
    .examples = "  meshline reconcile\n"
                "  meshline reconcile --data data\n"
                "  meshline reconcile --destination crm --compare\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
};

static uint64_t term(struct json_object *answer, const char *name)
{
    return (uint64_t)json_member_int(answer, name, 0);
}

static bool print_answer(struct json_object *answer)
{
    const struct proof_terms terms = {
        .accepted = term(answer, "accepted"),
        .owned = term(answer, "owned"),
        .waiting = term(answer, "waiting"),
        .in_exception = term(answer, "in_exception"),
        .nurture = term(answer, "nurture"),
        .qualified = term(answer, "qualified"),
        .disqualified = term(answer, "disqualified"),
        .dead_lettered = term(answer, "dead_lettered"),
        .settled = term(answer, "settled"),
        .touchpoints = term(answer, "touchpoints"),
        .late = term(answer, "late"),
        .balanced = json_object_get_boolean(json_object_object_get(answer, "balanced")),
    };
    if (!as_json) {
        proof_print_terms(&terms);
        printf("  counted at seq %" PRIu64 "\n", term(answer, "seq"));
    }
    return terms.balanced;
}

static int ask_server(void)
{
    struct error err;
    struct client *client = NULL;
    struct client_answer answer = {0};
    JSON_AUTO *tree = NULL;
    bool balanced = false;
    int code = client_open(&server, &client, &err);
    if (code == 0)
        code = client_get(client, "/v1/reconciliation", &answer, &tree, &err);
    if (code == 0) {
        balanced = print_answer(tree);
        if (as_json)
            printf("%s\n", buffer_string(&answer.body));
    }
    client_answer_release(&answer);
    client_close(client);
    if (code < 0)
        return cli_fail(&err);
    return balanced ? CLI_OK : CLI_FAILED;
}

static void print_json(const struct proof *proof)
{
    static const char *const views[] = {"missing", "unreadable", "differs", "agrees"};
    char hash[HASH256_TEXT_SIZE];
    struct buffer out;
    struct json_writer json;
    buffer_init(&out, 16 * 1024);
    json_begin(&json, &out);
    json_object_open(&json);
    json_member_bool(&json, "holds", proof_holds(proof));
    json_member_bool(&json, "balanced", proof->balanced);
    json_member_unsigned(&json, "seq", proof->chain.records);
    json_member_unsigned(&json, "accepted", proof->counts.accepted);
    json_member_unsigned(&json, "owned", proof->counts.owned);
    json_member_unsigned(&json, "waiting", proof->counts.waiting);
    json_member_unsigned(&json, "in_exception", proof->counts.exception);
    json_member_unsigned(&json, "nurture", proof->counts.nurture);
    json_member_unsigned(&json, "closed", proof->closed);
    json_member_unsigned(&json, "dead_lettered", proof->counts.dead_lettered);
    json_member_unsigned(&json, "settled", proof->counts.settled);
    json_member_unsigned(&json, "qualified", proof->counts.qualified);
    json_member_unsigned(&json, "disqualified", proof->counts.disqualified);
    json_member_unsigned(&json, "touchpoints", proof->counts.touchpoints);
    json_member_unsigned(&json, "late", proof->counts.late);
    json_member_if(&json, "violation", bytes_of(proof->violation));
    json_member(&json, "view", bytes_of(views[proof->view]));
    json_member_unsigned(&json, "view_seq", proof->view_seq);
    hash256_print(&proof->chain.hash, hash);
    json_member(&json, "chain_hash", bytes_of(hash));
    hash256_print(&proof->digest, hash);
    json_member(&json, "state_digest", bytes_of(hash));
    json_object_close(&json);
    printf("%s\n", buffer_string(&out));
    buffer_release(&out);
}

static int prove(void)
{
    struct error err;
    struct proof proof;
    struct data_directory *directory;
    int code = data_directory_open(data, false, &directory, &err);
    if (code == ML_EBUSY) {
        cli_fail(&err);
        cli_note("or ask the running server: meshline reconcile --url URL");
        return CLI_FAILED;
    }
    if (code < 0)
        return cli_fail(&err);
    code = proof_make(data, &proof, &err);
    data_directory_close(directory);
    if (code < 0)
        return cli_fail(&err);
    if (as_json)
        print_json(&proof);
    else
        proof_print(&proof);
    return proof_holds(&proof) ? CLI_OK : CLI_FAILED;
}

int command_reconcile(int argc, char **argv)
{
    int first, exit_code;
    if (!usage_parse(&usage, argc, argv, &first, &exit_code))
        return exit_code;
    if (data != NULL && server.url != NULL)
        return usage_refuse(&usage, "--data or --url, not both");
    if (destination.name == NULL && (destination.compare || destination.repair))
        return usage_refuse(&usage, "--destination is missing: which one to compare with");
    if (destination.name != NULL && data != NULL)
        return usage_refuse(&usage, "--data or --destination, not both");
    destination.as_json = as_json;
    if (destination.name != NULL)
        return reconcile_destination(&server, &destination);
    return data != NULL ? prove() : ask_server();
}
