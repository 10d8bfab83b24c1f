/* Concurrent calls for the demo. */
#include "cli/demo/demo_http.h"

#include "base/error.h"
#include "cli/cli.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HTTP_CONNECTIONS = 32, HTTP_TIMEOUT_MS = 10000, HTTP_BODY_MAX = 16 * 1024 * 1024 };

struct exchange {
    CURL *curl;
    struct curl_slist *headers;
    struct buffer body;
    demo_done done;
    void *context;
    int64_t started_us;
    struct exchange *next, *previous; /* open ones; `next` also of the free ones */
};

struct demo_http {
    CURLM *multi;
    char *url;
    char *authorization; /* NULL: none */
    struct exchange *open, *free;
};

struct demo_http *demo_http_new(const char *url, const char *token)
{
    struct demo_http *http = calloc(1, sizeof *http);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    if (http == NULL || (http->multi = curl_multi_init()) == NULL ||
        (http->url = strdup(url)) == NULL)
        panic("out of memory (HTTP)");
    if (token != NULL && asprintf(&http->authorization, "Authorization: Bearer %s", token) < 0)
        panic("out of memory (HTTP)");
    curl_multi_setopt(http->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)HTTP_CONNECTIONS);
    return http;
}

static void exchange_free(struct exchange *exchange)
{
    curl_easy_cleanup(exchange->curl);
    curl_slist_free_all(exchange->headers);
    buffer_release(&exchange->body);
    free(exchange);
}

void demo_http_free(struct demo_http *http)
{
    if (http == NULL)
        return;
    while (http->open != NULL) {
        struct exchange *exchange = http->open;
        http->open = exchange->next;
        curl_multi_remove_handle(http->multi, exchange->curl);
        exchange_free(exchange);
    }
    while (http->free != NULL) {
        struct exchange *exchange = http->free;
        http->free = exchange->next;
        exchange_free(exchange);
    }
    curl_multi_cleanup(http->multi);
    free(http->url);
    free(http->authorization);
    free(http);
    curl_global_cleanup();
}

static size_t receive(char *data, size_t size, size_t count, void *context)
{
    struct exchange *exchange = context;
    buffer_append(&exchange->body, data, size * count);
    return exchange->body.overflow ? 0 : size * count;
}

static struct exchange *exchange_take(struct demo_http *http)
{
    struct exchange *exchange = http->free;
    if (exchange != NULL) {
        http->free = exchange->next;
    } else {
        exchange = calloc(1, sizeof *exchange);
        if (exchange == NULL || (exchange->curl = curl_easy_init()) == NULL)
            panic("out of memory (HTTP)");
        buffer_init(&exchange->body, HTTP_BODY_MAX);
    }
    exchange->previous = NULL;
    exchange->next = http->open;
    if (http->open != NULL)
        http->open->previous = exchange;
    http->open = exchange;
    return exchange;
}

static void exchange_give_back(struct demo_http *http, struct exchange *exchange)
{
    if (exchange->previous != NULL)
        exchange->previous->next = exchange->next;
    else
        http->open = exchange->next;
    if (exchange->next != NULL)
        exchange->next->previous = exchange->previous;
    curl_slist_free_all(exchange->headers);
    exchange->headers = NULL;
    buffer_clear(&exchange->body);
    exchange->next = http->free;
    http->free = exchange;
}

static void add_header(struct exchange *exchange, const char *line)
{
    exchange->headers = curl_slist_append(exchange->headers, line);
    if (exchange->headers == NULL)
        panic("out of memory (HTTP)");
}

static void set_headers(struct demo_http *http, struct exchange *exchange,
                        const struct demo_call *call)
{
    add_header(exchange, "Expect:");
    if (http->authorization != NULL && call->path[0] == '/')
        add_header(exchange, http->authorization);
    if (call->body.size > 0)
        add_header(exchange, "Content-Type: application/json");
    for (size_t i = 0; i < 3 && call->headers[i] != NULL; i++)
        add_header(exchange, call->headers[i]);
}

void demo_http_start(struct demo_http *http, const struct demo_call *call)
{
    struct exchange *exchange = exchange_take(http);
    char url[4096];
    snprintf(url, sizeof url, "%s%s", call->path[0] == '/' ? http->url : "", call->path);
    exchange->done = call->done;
    exchange->context = call->context;
    exchange->started_us = clock_monotonic_us();
    set_headers(http, exchange, call);
    CURL *curl = exchange->curl;
    curl_easy_reset(curl);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, call->method);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, exchange->headers);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)HTTP_TIMEOUT_MS);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, exchange);
    curl_easy_setopt(curl, CURLOPT_PRIVATE, exchange);
    if (call->body.size > 0) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body.size);
        curl_easy_setopt(curl, CURLOPT_COPYPOSTFIELDS, call->body.data);
    }
    curl_multi_add_handle(http->multi, curl);
}

static void finish(struct demo_http *http, CURL *curl, CURLcode code)
{
    char *private = NULL;
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_PRIVATE, &private);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    struct exchange *exchange = (void *)private;
    curl_multi_remove_handle(http->multi, curl);
    const struct demo_reply reply = {
        .status = code == CURLE_OK ? (unsigned)status : 0,
        .body = buffer_bytes(&exchange->body),
        .took_us = clock_monotonic_us() - exchange->started_us,
    };
    exchange->done(exchange->context, &reply);
    exchange_give_back(http, exchange);
}

void demo_http_poll(struct demo_http *http, int timeout_ms)
{
    int running, queued;
    curl_multi_perform(http->multi, &running);
    curl_multi_poll(http->multi, NULL, 0, timeout_ms, NULL);
    curl_multi_perform(http->multi, &running);
    CURLMsg *message;
    while ((message = curl_multi_info_read(http->multi, &queued)) != NULL)
        if (message->msg == CURLMSG_DONE)
            finish(http, message->easy_handle, message->data.result);
}

void demo_http_send(struct demo_http *http)
{
    int running;
    curl_multi_perform(http->multi, &running);
}
