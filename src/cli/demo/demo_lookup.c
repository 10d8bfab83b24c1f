/* Every lead of the server, one by one: each is there once, in one place, and whoever was
 * acknowledged is among them. */
#include "base/id.h"
#include "cli/cli.h"
#include "cli/client.h"
#include "cli/demo/demo_outcome.h"

#include <inttypes.h>
#include <stdio.h>

/* Only what is owned has an owner; of what is closed the last one is remembered. */
static bool is_well_placed(struct json_object *lead, struct demo_lookup *found)
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

static void take_lead(struct demo_lookup *found, struct json_object *lead)
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

/* Page by page. The first read waits for the newest acknowledgement. */
static int list_leads(struct client *client, uint64_t newest_seq, struct demo_lookup *found,
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

static void count_missing(const struct demo_intake *intake, struct demo_lookup *found)
{
    for (size_t i = 0; i < intake->acknowledged.capacity; i++) {
        struct hash128 key = intake->acknowledged.entries[i].key;
        if (hash128_is_none(key) || map_find(&found->seen, key) != NULL)
            continue;
        found->missing++;
        if (found->missing <= 10)
            cli_note("lead L%" PRIu64 " was acknowledged and is not there", key.low);
    }
}

int demo_lookup_make(const struct demo *demo, struct demo_lookup *ret, struct error *err)
{
    const struct client_options options = {.url = demo->server.url, .token = demo->token};
    struct client *client = NULL;
    *ret = (struct demo_lookup){0};
    map_init(&ret->seen);
    int code = client_open(&options, &client, err);
    if (code == 0)
        code = list_leads(client, demo->intake.newest_seq, ret, err);
    client_close(client);
    if (code == 0)
        count_missing(&demo->intake, ret);
    return code;
}
