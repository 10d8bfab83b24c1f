/* The sources of the demo. */
#include "cli/demo/demo_intake.h"

#include "base/error.h"
#include "base/id.h"
#include "base/json.h"
#include "cli/cli.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { OPEN_MAX = 256, AGAIN_AFTER_US = 200000, LEAD_BYTES_MAX = 64 * 1024 };
static const double latency_first_us = 10, latency_ratio = 1.02;

struct submission {
    struct demo_intake *intake;
    uint64_t number;
    const char *source;
    struct buffer body;
    enum demo_expectation expected;
    bool sent_again;
    int64_t first_sent_us, not_before_us;
    struct submission *next;
};

/* ---- times */

void demo_latency_add(struct demo_latency *latency, int64_t took_us)
{
    double steps = (double)took_us > latency_first_us
                       ? log((double)took_us / latency_first_us) / log(latency_ratio)
                       : 0;
    size_t step = steps < DEMO_LATENCY_STEPS - 1 ? (size_t)steps : DEMO_LATENCY_STEPS - 1;
    latency->counts[step]++;
    latency->total++;
}

double demo_latency_ms(const struct demo_latency *latency, double share)
{
    uint64_t wanted = (uint64_t)ceil((double)latency->total * share), seen = 0;
    if (latency->total == 0)
        return 0;
    size_t step = 0;
    while (step < DEMO_LATENCY_STEPS - 1 && (seen += latency->counts[step]) < wanted)
        step++;
    return latency_first_us * pow(latency_ratio, (double)step + 1) / 1000;
}

/* ---- one submission */

static void submission_free(struct submission *submission)
{
    buffer_release(&submission->body);
    free(submission);
}

/* How often that lead had been acknowledged before. */
static uint64_t note_acknowledgement(struct demo_intake *intake, struct json_object *answer)
{
    uint64_t number, seq = (uint64_t)json_member_int(answer, "seq", 0);
    if (!lead_id_parse(json_member_text(answer, "lead"), &number)) {
        intake->unexpected++;
        return 0;
    }
    uint64_t *times = map_find(&intake->acknowledged, map_number_key(number));
    uint64_t before = times != NULL ? *times : 0;
    map_put(&intake->acknowledged, map_number_key(number), before + 1);
    if (seq > intake->newest_seq)
        intake->newest_seq = seq;
    return before;
}

static void take_answer(struct submission *submission, const struct demo_reply *reply)
{
    struct demo_intake *intake = submission->intake;
    JSON_AUTO *answer = NULL;
    if (json_parse(reply->body, &answer, NULL) < 0) {
        intake->unexpected++;
        return;
    }
    uint64_t before = note_acknowledgement(intake, answer);
    bool known = json_object_object_get(answer, "known") != NULL;
    bool owned = json_member_text(answer, "owner").size > 0;
    int64_t waited_us = clock_monotonic_us() - submission->first_sent_us;
    intake->known += known;
    intake->reopened += !known && before > 0;
    intake->captured += !known && before == 0;
    intake->assigned += !known && owned;
    intake->unexpected += submission->expected == DEMO_BROKEN;
    if (submission->sent_again && waited_us > intake->longest_interruption_us)
        intake->longest_interruption_us = waited_us;
    if (!submission->sent_again && !known && owned)
        demo_latency_add(&intake->latency, reply->took_us);
}

static void answered(void *context, const struct demo_reply *reply)
{
    struct submission *submission = context;
    struct demo_intake *intake = submission->intake;
    if (reply->status == 0 || reply->status >= 500) {
        intake->interrupted += !submission->sent_again;
        submission->sent_again = true;
        submission->not_before_us = clock_monotonic_us() + AGAIN_AFTER_US;
        submission->next = intake->again;
        intake->again = submission;
        return;
    }
    if (reply->status < 300) {
        take_answer(submission, reply);
    } else {
        intake->refused++;
        intake->changed += submission->expected == DEMO_EITHER;
        intake->unexpected += submission->expected == DEMO_TAKEN;
    }
    intake->open--;
    intake->answered_again += submission->sent_again;
    submission_free(submission);
}

static void send(struct submission *submission)
{
    char path[128], key[96];
    snprintf(path, sizeof path, "/v1/sources/%s/leads", submission->source);
    snprintf(key, sizeof key, "Idempotency-Key: demo-%s-%" PRIu64, submission->intake->run,
             submission->number);
    const struct demo_call call = {.method = "POST",
                                   .path = path,
                                   .body = buffer_bytes(&submission->body),
                                   .headers = {key},
                                   .done = answered,
                                   .context = submission};
    demo_http_start(submission->intake->http, &call);
}

/* ---- */

void demo_intake_init(struct demo_intake *intake, struct demo_http *http, uint64_t seed)
{
    *intake = (struct demo_intake){.http = http, .stepped_us = clock_monotonic_us()};
    demo_traffic_init(&intake->traffic, seed);
    map_init(&intake->acknowledged);
    snprintf(intake->run, sizeof intake->run, "%" PRIx64, (uint64_t)clock_utc_us());
}

void demo_intake_release(struct demo_intake *intake)
{
    while (intake->again != NULL) {
        struct submission *submission = intake->again;
        intake->again = submission->next;
        submission_free(submission);
    }
    map_release(&intake->acknowledged);
}

static void send_new(struct demo_intake *intake, bool campaign, int64_t now_us)
{
    struct submission *submission = calloc(1, sizeof *submission);
    if (submission == NULL)
        panic("out of memory (demo)");
    submission->intake = intake;
    submission->number = ++intake->sent;
    submission->first_sent_us = now_us;
    buffer_init(&submission->body, LEAD_BYTES_MAX);
    submission->source =
        demo_traffic_next(&intake->traffic, campaign, &submission->body, &submission->expected);
    intake->open++;
    send(submission);
}

static void send_again(struct demo_intake *intake, int64_t now_us)
{
    struct submission *waiting = intake->again;
    intake->again = NULL;
    while (waiting != NULL) {
        struct submission *submission = waiting;
        waiting = submission->next;
        if (submission->not_before_us <= now_us) {
            send(submission);
            continue;
        }
        submission->next = intake->again;
        intake->again = submission;
    }
}

void demo_intake_add(struct demo_intake *intake, uint32_t count)
{
    intake->credit += count;
}

void demo_intake_recover(struct demo_intake *intake, uint64_t lead)
{
    if (map_find(&intake->acknowledged, map_number_key(lead)) == NULL)
        map_put(&intake->acknowledged, map_number_key(lead), 1);
    intake->recovered++;
}

static void send_due(struct demo_intake *intake, double rate, double seconds, double *credit,
                     bool campaign, int64_t now_us)
{
    *credit += rate * seconds;
    if (*credit > OPEN_MAX)
        *credit = OPEN_MAX;
    while (rate > 0 && *credit >= 1 && intake->open < OPEN_MAX) {
        send_new(intake, campaign, now_us);
        *credit -= 1;
    }
}

void demo_intake_step(struct demo_intake *intake, double rate, int64_t now_us)
{
    double seconds = (double)(now_us - intake->stepped_us) / 1e6;
    intake->stepped_us = now_us;
    send_again(intake, now_us);
    send_due(intake, rate, seconds, &intake->credit, false, now_us);
    send_due(intake, rate > 0 ? intake->campaign_rate : 0, seconds, &intake->campaign_credit, true,
             now_us);
}
