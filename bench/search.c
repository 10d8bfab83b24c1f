/* Reading among a million leads through the API, as pages do: searches for words that few, many or
 * no leads have, the attribution of campaigns, the lead path. One connection, nothing else asks.
 *
 * A search that stops early is asked to go on until it has found something or has looked at all, as
 * the page does; `calls` counts how often that took another call.
 *
 * The control is one lead by its id, the one that was found by its address just before. Each kind
 * of question is asked in turn with the others, about other leads each time; `worst_p99_ms` is the
 * largest p99 of the searches. */
#include "history.h"
#include "http.h"
#include "measure.h"
#include "service.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    LEADS = 1000000,
    LEADS_QUICK = 100000,
    ROUNDS = 100,
    ROUNDS_QUICK = 40,
    PATH_MAX_SIZE = 200
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum answers { ANY, SOME, NONE };

static char found_lead[32]; /* by the last ask_email */

/* Writes the question about `number`, which is a person's and spread over all of them. */
typedef void ask_function(char path[PATH_MAX_SIZE], uint64_t number);

static void ask_lead(char path[PATH_MAX_SIZE], uint64_t number)
{
    (void)number;
    snprintf(path, PATH_MAX_SIZE, "/v1/leads/%s", found_lead);
}

static void ask_email(char path[PATH_MAX_SIZE], uint64_t number)
{
    snprintf(path, PATH_MAX_SIZE, "/v1/leads?q=lead.%016" PRIu64 "@company", number);
}

/* One lead in a thousand or fewer. */
static void ask_company(char path[PATH_MAX_SIZE], uint64_t number)
{
    snprintf(path, PATH_MAX_SIZE, "/v1/leads?q=company-%03u.example", (unsigned)(number % 1000));
}

static void ask_common(char path[PATH_MAX_SIZE], uint64_t number)
{
    static const char *const names[] = {"Fischer", "garcia", "Chiara", "warehouse", "pallet"};
    snprintf(path, PATH_MAX_SIZE, "/v1/leads?q=%s", names[number % COUNT(names)]);
}

/* Two words that many have, one by one. */
static void ask_both(char path[PATH_MAX_SIZE], uint64_t number)
{
    static const char *const names[] = {"Fischer", "garcia", "haas", "ivanov", "dubois"};
    snprintf(path, PATH_MAX_SIZE, "/v1/leads?q=%s+city%%20%u", names[number % COUNT(names)],
             (unsigned)(number % 400));
}

static void ask_short(char path[PATH_MAX_SIZE], uint64_t number)
{
    static const char *const parts[] = {"fi", "co", "9", "ul"};
    snprintf(path, PATH_MAX_SIZE, "/v1/leads?q=%s", parts[number % COUNT(parts)]);
}

static void ask_nobody(char path[PATH_MAX_SIZE], uint64_t number)
{
    snprintf(path, PATH_MAX_SIZE, "/v1/leads?q=zyx%" PRIu64, number);
}

static void ask_attribution(char path[PATH_MAX_SIZE], uint64_t number)
{
    (void)number;
    snprintf(path, PATH_MAX_SIZE, "/v1/attribution");
}

static void ask_lead_path(char path[PATH_MAX_SIZE], uint64_t number)
{
    (void)number;
    snprintf(path, PATH_MAX_SIZE, "/v1/lead-path");
}

static const struct question {
    const char *name;
    ask_function *ask;
    enum answers answers;
    bool search;
} questions[] = {
    {"email", ask_email, SOME, true},
    {"lead", ask_lead, ANY, false},
    {"company", ask_company, ANY, true},
    {"common", ask_common, SOME, true},
    {"both", ask_both, ANY, true},
    {"short", ask_short, SOME, true},
    {"nobody", ask_nobody, NONE, true},
    {"attribution", ask_attribution, ANY, false},
    {"lead_path", ask_lead_path, ANY, false},
};

static void keep_lead(struct bytes answer)
{
    static const char key[] = "\"id\":\"";
    const char *at = memmem(answer.data, answer.size, key, sizeof key - 1);
    if (at == NULL || sscanf(at + sizeof key - 1, "%30[L0-9]", found_lead) != 1)
        measure_fail("no lead in %.*s", (int)(answer.size < 300 ? answer.size : 300), answer.data);
}

static bool has(struct bytes text, const char *part)
{
    return memmem(text.data, text.size, part, strlen(part)) != NULL;
}

/* The time of one question, in milliseconds; ends the program when the answer is wrong. */
static double ask_one(struct http *http, const struct question *question, uint64_t number,
                      uint64_t *calls)
{
    char path[PATH_MAX_SIZE], next[PATH_MAX_SIZE + 32];
    question->ask(path, number);
    int64_t start_us = measure_now_us();
    long status = http_get(http, path, 0);
    struct bytes answer = buffer_bytes(&http->answer);
    for (; status == 200 && question->search && has(answer, "\"leads\":[],\"complete\":false");
         ++*calls) {
        snprintf(next, sizeof next, "%s&cursor=%" PRIu64, path, http_number(http, "next_cursor"));
        status = http_get(http, next, 0);
        answer = buffer_bytes(&http->answer);
    }
    double took_ms = measure_seconds_since(start_us) * 1e3;
    bool none = has(answer, "\"leads\":[]");
    if (status != 200 || (question->answers == SOME && none) ||
        (question->answers == NONE && !none))
        measure_fail("GET %s: %ld %.*s", path, status, (int)(answer.size < 300 ? answer.size : 300),
                     answer.data);
    if (question->ask == ask_email)
        keep_lead(answer);
    return took_ms;
}

int main(int argc, char **argv)
{
    bool quick = measure_options(argc, argv);
    uint64_t leads = quick ? LEADS_QUICK : LEADS;
    size_t rounds = quick ? ROUNDS_QUICK : ROUNDS;
    static double times[COUNT(questions)][ROUNDS];
    char data[300];
    struct service service;
    struct http http;
    snprintf(data, sizeof data, "%s/data", measure_directory());
    uint64_t calls = 0, events = history_make(data, leads);
    service_start(&service, data);
    http_open(&http, service.port);
    for (size_t round = 0; round < rounds; round++)
        for (size_t i = 0; i < COUNT(questions); i++)
            times[i][round] = ask_one(&http, &questions[i],
                                      (leads / rounds * round + (i + 1) * 7919) % leads, &calls);
    http_close(&http);
    service_stop(&service);
    double worst_ms = 0;
    printf("search");
    for (size_t i = 0; i < COUNT(questions); i++) {
        double p99_ms = measure_percentile(times[i], rounds, 0.99);
        printf(" %s_p50_ms=%.2f %s_p99_ms=%.2f", questions[i].name,
               measure_percentile(times[i], rounds, 0.5), questions[i].name, p99_ms);
        if (questions[i].search && p99_ms > worst_ms)
            worst_ms = p99_ms;
    }
    printf(" worst_p99_ms=%.2f calls=%" PRIu64 " leads=%" PRIu64 " events=%" PRIu64 "\n", worst_ms,
           calls, leads, events);
    return 0;
}
