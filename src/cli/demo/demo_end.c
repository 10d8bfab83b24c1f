/* The reconciliation of the demo. */
#include "cli/demo/demo_end.h"

#include "base/id.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/proof.h"
#include "engine/engine.h"

#include <inttypes.h>
#include <stdio.h>

struct found {
    struct map seen; /* lead number → how often listed */
    uint64_t listed, twice, misplaced;
    uint64_t owned, waiting, exception, nurture, closed;
};

/* Only what is owned has an owner; of what is closed the last one is remembered. */
static bool is_well_placed(struct json_object *lead, struct found *found)
{
    const struct {
        const char *name;
        uint64_t *count;
    } places[] = {{"owned", &found->owned},
                  {"waiting", &found->waiting},
                  {"exception", &found->exception},
                  {"nurture", &found->nurture},
                  {"closed", &found->closed}};
    struct bytes place = json_member_text(lead, "place");
    bool owner = json_member_text(lead, "owner").size > 0;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        if (!bytes_is(place, places[i].name))
            continue;
        ++*places[i].count;
        return places[i].count == &found->closed || owner == (places[i].count == &found->owned);
    }
    return false;
}

static void take_lead(struct found *found, struct json_object *lead)
{
    uint64_t number;
    if (!lead_id_parse(json_member_text(lead, "id"), &number))
        return;
    found->listed++;
    found->twice += map_find(&found->seen, map_number_key(number)) != NULL;
    map_put(&found->seen, map_number_key(number), 1);
    if (is_well_placed(lead, found))
        return;
    found->misplaced++;
    cli_note("lead L%" PRIu64 " is in no place, or in two: %s", number,
             json_object_to_json_string_ext(lead, JSON_C_TO_STRING_PLAIN));
}

/* All leads of the server, page by page. The first read waits for the newest acknowledgement. */
static int list_leads(struct client *client, uint64_t newest_seq, struct found *found,
                      struct error *err)
{
    char path[2048] = "/v1/leads?limit=1000", min_seq[64];
    const char *headers[] = {min_seq, NULL};
    snprintf(min_seq, sizeof min_seq, "Min-Seq: %" PRIu64, newest_seq);
    while (path[0] != '\0') {
        struct client_answer answer;
        JSON_AUTO *tree = NULL;
        const struct client_call call = {
            .method = "GET", .path = path, .headers = newest_seq > 0 ? headers : NULL};
        int code = client_call(client, &call, &answer, err);
        if (code == 0)
            code = client_check(&answer, err);
        if (code == 0)
            code = json_parse(buffer_bytes(&answer.body), &tree, err);
        snprintf(path, sizeof path, "%s", answer.next);
        client_answer_release(&answer);
        if (code < 0)
            return code;
        struct json_object *leads = json_object_object_get(tree, "leads");
        for (size_t i = 0; i < json_object_array_length(leads); i++)
            take_lead(found, json_object_array_get_idx(leads, i));
    }
    return 0;
}

static uint64_t count_missing(const struct demo_intake *intake, const struct found *found)
{
    uint64_t missing = 0;
    for (size_t i = 0; i < intake->acknowledged.capacity; i++) {
        struct hash128 key = intake->acknowledged.entries[i].key;
        if (hash128_is_none(key) || map_find(&found->seen, key) != NULL)
            continue;
        missing++;
        if (missing <= 10)
            cli_note("lead L%" PRIu64 " was acknowledged and is not there", key.low);
    }
    return missing;
}

static void print_senders(const struct demo_intake *intake)
{
    const struct {
        const char *what;
        uint64_t count;
    } rows[] = {
        {"sent", intake->sent},
        {"acknowledged, a new lead", intake->captured},
        {"acknowledged, a lead starts anew", intake->reopened},
        {"acknowledged, a known person", intake->known},
        {"refused, as they had to be", intake->refused},
    };
    puts("\nThe senders");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        printf("  %-34s %8" PRIu64 "\n", rows[i].what, rows[i].count);
    if (intake->interrupted > 0)
        printf("  %-34s %8" PRIu64 "   under the same keys; answered after at most %.1f s\n",
               "sent again after the crash", intake->interrupted,
               (double)intake->longest_interruption_us / 1e6);
    if (intake->open > 0)
        printf("  %-34s %8" PRIu64 "\n", "WITHOUT AN ANSWER", intake->open);
    if (intake->unexpected > 0)
        printf("  %-34s %8" PRIu64 "\n", "ANSWERED IN AN UNEXPECTED WAY", intake->unexpected);
    printf("  %-34s %8.1f ms, p99 %.1f ms\n", "capture to assigned, p50",
           demo_latency_ms(&intake->latency, 0.5), demo_latency_ms(&intake->latency, 0.99));
}

/* Every acknowledged lead exactly once, in exactly one place. */
static bool look_up(const struct demo_server *server, const char *token,
                    const struct demo_intake *intake)
{
    const struct client_options options = {.url = server->url, .token = token};
    struct client *client = NULL;
    struct found found = {0};
    struct error err;
    map_init(&found.seen);
    int code = client_open(&options, &client, &err);
    if (code == 0)
        code = list_leads(client, intake->newest_seq, &found, &err);
    client_close(client);
    uint64_t missing = code == 0 ? count_missing(intake, &found) : 0;
    map_release(&found.seen);
    if (code < 0) {
        cli_fail(&err);
        return false;
    }
    printf("\nLooked up at the server, lead by lead\n"
           "  %-34s %8zu\n  %-34s %8" PRIu64 "\n  %-34s %8" PRIu64 "   %" PRIu64
           " with one owner, %" PRIu64 " waiting, %" PRIu64 " before somebody to decide, %" PRIu64
           " in nurture, %" PRIu64 " closed\n",
           "different leads acknowledged", intake->acknowledged.count, "of them missing", missing,
           "leads at the server", found.listed, found.owned, found.waiting, found.exception,
           found.nurture, found.closed);
    if (found.twice + found.misplaced > 0)
        printf("  LISTED TWICE %" PRIu64 ", IN NO PLACE OR IN TWO %" PRIu64 "\n", found.twice,
               found.misplaced);
    return missing == 0 && found.twice == 0 && found.misplaced == 0;
}

static bool prove(const char *data)
{
    struct data_directory *directory;
    struct proof proof;
    struct error err;
    int code = data_directory_open(data, false, &directory, &err);
    if (code == 0) {
        code = proof_make(data, &proof, &err);
        data_directory_close(directory);
    }
    if (code < 0) {
        cli_fail(&err);
        return false;
    }
    puts("\nProved from the files, by a replay of the whole journal");
    proof_print(&proof);
    return proof_holds(&proof);
}

bool demo_end(struct demo_server *server, const char *token, struct demo_intake *intake)
{
    struct error err;
    print_senders(intake);
    bool good = look_up(server, token, intake) && intake->open == 0 && intake->unexpected == 0;
    if (demo_server_stop(server, &err) < 0) {
        cli_fail(&err);
        good = false;
    }
    return prove(server->data) && good;
}
