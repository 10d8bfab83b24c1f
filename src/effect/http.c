/* Many requests at once: libcurl's multi interface on epoll, handles and connections reused. Two of
 * them stand side by side, because a connection is reused without a look at its address: one whose
 * requests may reach private networks, one whose may not. */
#include "effect/http_handle.h"

#include <errno.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum { HTTP_SIDES = 2 };

struct side {
    struct http *http;
    uint32_t index;
    CURLM *multi;
    int64_t timer_us; /* when libcurl wants to be called; INT64_MAX: not */
};

struct http {
    void (*complete)(void *context, struct http_transfer *transfer);
    void *context;
    struct side sides[HTTP_SIDES]; /* by private_network */
    int epoll, wake;
    struct http_handle *idle;
    struct http_handle **all; /* to break them off */
    size_t count, capacity;
    struct http_transfer *refused; /* before they were begun */
};

#define WAKE_TAG UINT64_MAX

int64_t http_clock_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* ---- what libcurl asks for */

static int on_socket(CURL *easy, curl_socket_t socket, int what, void *context, void *known)
{
    static const uint32_t events[] = {[CURL_POLL_IN] = EPOLLIN,
                                      [CURL_POLL_OUT] = EPOLLOUT,
                                      [CURL_POLL_INOUT] = EPOLLIN | EPOLLOUT};
    struct side *side = context;
    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        epoll_ctl(side->http->epoll, EPOLL_CTL_DEL, socket, NULL);
        return 0;
    }
    struct epoll_event event = {.events = events[what],
                                .data.u64 = (uint64_t)side->index << 32 | (uint32_t)socket};
    epoll_ctl(side->http->epoll, known != NULL ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, socket, &event);
    if (known == NULL)
        curl_multi_assign(side->multi, socket, side);
    return 0;
}

static int on_timer(CURLM *multi, long timeout_ms, void *context)
{
    struct side *side = context;
    (void)multi;
    side->timer_us = timeout_ms < 0 ? INT64_MAX : http_clock_us() + timeout_ms * 1000;
    return 0;
}

/* ---- life */

static int open_side(struct http *http, uint32_t index, struct error *err)
{
    struct side *side = &http->sides[index];
    *side = (struct side){.http = http, .index = index, .timer_us = INT64_MAX};
    side->multi = curl_multi_init();
    if (side->multi == NULL)
        return error_set(err, ML_EIO, "libcurl", "libcurl cannot be used");
    enum { CONNECTIONS_MAX = 2048 }; /* kept open */
    curl_multi_setopt(side->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(side->multi, CURLMOPT_SOCKETDATA, side);
    curl_multi_setopt(side->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(side->multi, CURLMOPT_TIMERDATA, side);
    curl_multi_setopt(side->multi, CURLMOPT_MAXCONNECTS, (long)CONNECTIONS_MAX);
    curl_multi_setopt(side->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
    return 0;
}

static int open_epoll(struct http *http, struct error *err)
{
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = WAKE_TAG};
    http->epoll = epoll_create1(EPOLL_CLOEXEC);
    http->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (http->epoll < 0 || http->wake < 0 ||
        epoll_ctl(http->epoll, EPOLL_CTL_ADD, http->wake, &event) < 0)
        return error_set(err, ML_EIO, "epoll", "cannot wait for sockets: %s", strerror(errno));
    return 0;
}

int http_new(void (*complete)(void *context, struct http_transfer *transfer), void *context,
             struct http **ret, struct error *err)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return error_set(err, ML_EIO, "libcurl", "libcurl cannot be used");
    struct http *http = calloc(1, sizeof *http);
    if (http == NULL)
        panic("out of memory (requests)");
    *http = (struct http){.complete = complete, .context = context, .epoll = -1, .wake = -1};
    int code = open_epoll(http, err);
    for (uint32_t i = 0; i < HTTP_SIDES && code == 0; i++)
        code = open_side(http, i, err);
    if (code < 0)
        http_free(http);
    else
        *ret = http;
    return code;
}

void http_free(struct http *http)
{
    if (http == NULL)
        return;
    for (size_t i = 0; i < http->count; i++)
        http_handle_free(http->all[i]);
    free((void *)http->all);
    for (uint32_t i = 0; i < HTTP_SIDES; i++)
        curl_multi_cleanup(http->sides[i].multi);
    if (http->epoll >= 0)
        close(http->epoll);
    if (http->wake >= 0)
        close(http->wake);
    free(http);
}

/* ---- handles */

static struct http_handle *take_handle(struct http *http)
{
    struct http_handle *handle = http->idle;
    if (handle != NULL) {
        http->idle = handle->next;
        return handle;
    }
    handle = http_handle_new();
    if (handle == NULL)
        return NULL;
    if (http->count == http->capacity) {
        http->capacity = http->capacity == 0 ? 64 : 2 * http->capacity;
        http->all = (struct http_handle **)reallocarray((void *)http->all, http->capacity,
                                                        sizeof *http->all);
        if (http->all == NULL)
            panic("out of memory (%zu requests)", http->capacity);
    }
    http->all[http->count++] = handle;
    return handle;
}

static void put_handle(struct http *http, struct http_handle *handle)
{
    handle->transfer = NULL;
    handle->next = http->idle;
    http->idle = handle;
}

/* ---- transfers */

static void finish_early(struct http *http, struct http_transfer *transfer)
{
    transfer->next = http->refused;
    http->refused = transfer;
}

static void start(struct http *http, struct http_transfer *transfer,
                  const struct effect_request *request)
{
    int64_t left_us = transfer->timeout_us - (http_clock_us() - transfer->begun_us);
    struct http_handle *handle = take_handle(http);
    if (handle == NULL) {
        transfer->end = HTTP_BROKEN;
        transfer->reason = BYTES_LITERAL("there is no memory for another request");
        finish_early(http, transfer);
        return;
    }
    transfer->handle = handle;
    if (!http_handle_prepare(handle, transfer, request, left_us)) {
        put_handle(http, handle);
        finish_early(http, transfer);
        return;
    }
    CURLMcode code =
        curl_multi_add_handle(http->sides[transfer->private_network].multi, handle->easy);
    if (code != CURLM_OK)
        panic("libcurl does not take a request: %s", curl_multi_strerror(code));
}

void http_begin(struct http *http, struct http_transfer *transfer)
{
    transfer->begun_us = http_clock_us();
    transfer->redirects = 0;
    transfer->answer = (struct effect_answer){0};
    transfer->reason = (struct bytes){0};
    start(http, transfer, transfer->request);
}

/* ---- redirects: only of what changes nothing, and never with a secret to somebody else */

static struct bytes find_location(const struct effect_answer *answer)
{
    for (size_t i = 0; i < answer->header_count; i++)
        if (bytes_is(answer->headers[i].name, "location"))
            return answer->headers[i].value;
    return (struct bytes){0};
}

static bool is_same_part(CURLU *a, CURLU *b, CURLUPart part)
{
    char *left = NULL, *right = NULL;
    curl_url_get(a, part, &left, CURLU_DEFAULT_PORT);
    curl_url_get(b, part, &right, CURLU_DEFAULT_PORT);
    bool same = left != NULL && right != NULL && strcasecmp(left, right) == 0;
    curl_free(left);
    curl_free(right);
    return same;
}

/* Where the answer leads; NULL: nowhere that is followed. *ret_same: to the same server. */
static const char *resolve(const char *from, struct bytes location, struct arena *arena,
                           bool *ret_same)
{
    CURLU *before = curl_url(), *after = curl_url();
    char *url = NULL, *scheme = NULL;
    const char *ret = NULL;
    bool good = before != NULL && after != NULL && location.size > 0 &&
                curl_url_set(before, CURLUPART_URL, from, 0) == CURLUE_OK &&
                curl_url_set(after, CURLUPART_URL, from, 0) == CURLUE_OK &&
                curl_url_set(after, CURLUPART_URL, arena_string(arena, location), 0) == CURLUE_OK &&
                curl_url_get(after, CURLUPART_URL, &url, 0) == CURLUE_OK &&
                curl_url_get(after, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK;
    if (good) {
        *ret_same = is_same_part(before, after, CURLUPART_SCHEME) &&
                    is_same_part(before, after, CURLUPART_HOST) &&
                    is_same_part(before, after, CURLUPART_PORT);
        bool was_safe = strncasecmp(from, "https:", 6) == 0;
        bool is_web = strcmp(scheme, "https") == 0 || (!was_safe && strcmp(scheme, "http") == 0);
        if (is_web)
            ret = arena_string(arena, bytes_of(url));
    }
    curl_free(url);
    curl_free(scheme);
    curl_url_cleanup(before);
    curl_url_cleanup(after);
    return ret;
}

/* False: the answer is the answer. */
static bool follow(struct http *http, struct http_transfer *transfer)
{
    uint32_t status = transfer->answer.status;
    const struct effect_request *request =
        transfer->redirects > 0 ? &transfer->redirected : transfer->request;
    bool leads_on =
        status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
    if (transfer->end != HTTP_ANSWERED || !leads_on || request->method == NULL ||
        strcmp(request->method, "GET") != 0)
        return false;
    bool same = false;
    const char *url =
        resolve(request->url, find_location(&transfer->answer), transfer->arena, &same);
    if (url == NULL)
        return false;
    if (transfer->redirects == EFFECT_REDIRECTS_MAX) {
        transfer->end = HTTP_BROKEN;
        transfer->reason = BYTES_LITERAL("it leads from one address to the next too often");
        return false;
    }
    transfer->redirected = *request;
    transfer->redirected.url = url;
    if (!same)
        transfer->redirected.header_count = 0;
    transfer->redirects++;
    start(http, transfer, &transfer->redirected);
    return true;
}

/* ---- the run */

static void finish(struct http *http, struct http_transfer *transfer)
{
    transfer->answer.took_us = http_clock_us() - transfer->begun_us;
    transfer->handle = NULL;
    http->complete(http->context, transfer);
}

static void finish_done(struct http *http, struct side *side)
{
    int left;
    for (CURLMsg *message = curl_multi_info_read(side->multi, &left); message != NULL;
         message = curl_multi_info_read(side->multi, &left)) {
        char *private = NULL;
        CURLcode code = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &private);
        struct http_handle *handle = (struct http_handle *)(void *)private;
        struct http_transfer *transfer = handle->transfer;
        http_handle_read(handle, code);
        curl_multi_remove_handle(side->multi, handle->easy);
        put_handle(http, handle);
        if (!follow(http, transfer))
            finish(http, transfer);
    }
}

static void finish_refused(struct http *http)
{
    while (http->refused != NULL) {
        struct http_transfer *transfer = http->refused;
        http->refused = transfer->next;
        finish(http, transfer);
    }
}

void http_break_off(struct http *http)
{
    finish_refused(http);
    for (size_t i = 0; i < http->count; i++) {
        struct http_handle *handle = http->all[i];
        struct http_transfer *transfer = handle->transfer;
        if (transfer == NULL)
            continue;
        curl_multi_remove_handle(http->sides[transfer->private_network].multi, handle->easy);
        put_handle(http, handle);
        transfer->end = HTTP_BROKEN;
        transfer->reason = BYTES_LITERAL("it was broken off");
        finish(http, transfer);
    }
}

static void act(struct http *http, const struct epoll_event *event)
{
    int running;
    if (event->data.u64 == WAKE_TAG) {
        uint64_t count;
        while (read(http->wake, &count, sizeof count) > 0) {
        }
        return;
    }
    int what = 0;
    if ((event->events & EPOLLIN) != 0)
        what |= CURL_CSELECT_IN;
    if ((event->events & EPOLLOUT) != 0)
        what |= CURL_CSELECT_OUT;
    if ((event->events & (EPOLLERR | EPOLLHUP)) != 0)
        what |= CURL_CSELECT_ERR;
    curl_multi_socket_action(http->sides[event->data.u64 >> 32].multi,
                             (curl_socket_t)(uint32_t)event->data.u64, what, &running);
}

static int nap_ms(const struct http *http, int64_t timeout_us)
{
    int64_t until_us = timeout_us, now_us = http_clock_us();
    for (uint32_t i = 0; i < HTTP_SIDES; i++)
        if (http->sides[i].timer_us != INT64_MAX && http->sides[i].timer_us - now_us < until_us)
            until_us = http->sides[i].timer_us - now_us;
    if (until_us <= 0 || http->refused != NULL)
        return 0;
    return until_us < 3600 * INT64_C(1000000) ? (int)((until_us + 999) / 1000) : 3600 * 1000;
}

void http_run(struct http *http, int64_t timeout_us)
{
    enum { EVENTS_MAX = 256 };
    struct epoll_event events[EVENTS_MAX];
    int count = epoll_wait(http->epoll, events, EVENTS_MAX, nap_ms(http, timeout_us));
    for (int i = 0; i < count; i++)
        act(http, &events[i]);
    int64_t now_us = http_clock_us();
    for (uint32_t i = 0; i < HTTP_SIDES; i++) {
        struct side *side = &http->sides[i];
        if (side->timer_us <= now_us) {
            int running;
            side->timer_us = INT64_MAX;
            curl_multi_socket_action(side->multi, CURL_SOCKET_TIMEOUT, 0, &running);
        }
        finish_done(http, side);
    }
    finish_refused(http);
}

void http_wake(struct http *http)
{
    uint64_t one = 1;
    ssize_t written = write(http->wake, &one, sizeof one);
    (void)written; /* full: then it is awake */
}
