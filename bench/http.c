/* A thin cover over libcurl: see http.h. */
#include "http.h"

#include "measure.h"

#include "base/error.h"
#include "base/json.h"

#include <curl/curl.h>
#include <inttypes.h>
#include <stdio.h>

enum { ANSWER_MAX = 64 * 1024 * 1024 };

static size_t receive(char *data, size_t size, size_t count, void *context)
{
    struct http *http = context;
    buffer_append(&http->answer, data, size * count);
    return size * count;
}

void http_open(struct http *http, uint16_t port)
{
    CURL *handle = curl_easy_init();
    if (handle == NULL)
        measure_fail("libcurl does not start");
    *http = (struct http){.handle = handle, .port = port};
    buffer_init(&http->answer, ANSWER_MAX);
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, receive);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, http);
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_UPLOAD_BUFFERSIZE, 1024L * 1024);
    curl_easy_setopt(handle, CURLOPT_BUFFERSIZE, 256L * 1024);
    curl_easy_setopt(handle, CURLOPT_NOPROXY, "*");
}

void http_close(struct http *http)
{
    curl_easy_cleanup(http->handle);
    curl_slist_free_all(http->headers);
    buffer_release(&http->answer);
}

static long perform(struct http *http, const char *path)
{
    char url[512];
    snprintf(url, sizeof url, "http://127.0.0.1:%u%s", (unsigned)http->port, path);
    buffer_clear(&http->answer);
    curl_easy_setopt(http->handle, CURLOPT_URL, url);
    long status = 0;
    if (curl_easy_perform(http->handle) == CURLE_OK)
        curl_easy_getinfo(http->handle, CURLINFO_RESPONSE_CODE, &status);
    ML_ASSERT(!http->answer.overflow);
    return status;
}

long http_get(struct http *http, const char *path, uint64_t min_seq)
{
    char header[64];
    snprintf(header, sizeof header, "Min-Seq: %" PRIu64, min_seq);
    struct curl_slist *headers = min_seq > 0 ? curl_slist_append(NULL, header) : NULL;
    curl_easy_setopt(http->handle, CURLOPT_HTTPGET, 1L);
    curl_easy_setopt(http->handle, CURLOPT_HTTPHEADER, headers);
    long status = perform(http, path);
    curl_easy_setopt(http->handle, CURLOPT_HTTPHEADER, (struct curl_slist *)NULL);
    curl_slist_free_all(headers);
    return status;
}

long http_post(struct http *http, const char *path, const char *type, struct bytes body)
{
    if (http->headers == NULL) {
        char header[128];
        snprintf(header, sizeof header, "Content-Type: %s", type);
        http->headers = curl_slist_append(curl_slist_append(NULL, header), "Expect:");
    }
    curl_easy_setopt(http->handle, CURLOPT_POST, 1L);
    curl_easy_setopt(http->handle, CURLOPT_HTTPHEADER, http->headers);
    curl_easy_setopt(http->handle, CURLOPT_POSTFIELDS, body.data);
    curl_easy_setopt(http->handle, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body.size);
    return perform(http, path);
}

uint64_t http_number(const struct http *http, const char *name)
{
    struct error err;
    JSON_AUTO *object = NULL;
    struct bytes text = buffer_bytes(&http->answer);
    if (json_parse(text, &object, &err) != 0 || json_member_int(object, name, -1) < 0)
        measure_fail("the answer has no number \"%s\": %.*s", name,
                     (int)(text.size < 300 ? text.size : 300), text.data);
    return (uint64_t)json_member_int(object, name, 0);
}
