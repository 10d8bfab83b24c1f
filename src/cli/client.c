/* libcurl, one easy handle: keeps the connection between calls. */
#include "cli/client.h"

#include "base/id.h"
#include "cli/cli.h"

#include <ctype.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct client {
    CURL *curl;
    char *url;           /* without a slash at the end; owned */
    char *authorization; /* a header line; owned; NULL: none */
    char message[CURL_ERROR_SIZE];
};

/* One answer on its way. */
struct receiving {
    CURL *curl;
    struct client_answer *answer;
    FILE *out;
};

enum { CLIENT_CONNECT_MS = 5000, CLIENT_SILENCE_SECONDS = 60 };

static char *copy_url(const char *url)
{
    size_t size = strlen(url);
    while (size > 0 && url[size - 1] == '/')
        size--;
    return strndup(url, size);
}

static const char *choose(const char *given, const char *variable, const char *fallback)
{
    const char *set = getenv(variable);
    if (given != NULL)
        return given;
    return set != NULL && set[0] != '\0' ? set : fallback;
}

int client_open(const struct client_options *options, struct client **ret, struct error *err)
{
    const char *url = choose(options->url, "MESHLINE_URL", "http://127.0.0.1:8080");
    const char *token = choose(options->token, "MESHLINE_TOKEN", NULL);
    if (strncasecmp(url, "http://", 7) != 0 && strncasecmp(url, "https://", 8) != 0)
        return error_set(err, ML_EINVAL, url, "this is no URL; it begins with http:// or https://");
    if (token != NULL && strpbrk(token, "\r\n") != NULL)
        return error_set(err, ML_EINVAL, "", "the access token has a line break in it");
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return error_set(err, ML_EIO, "", "libcurl cannot be initialised");
    struct client *client = calloc(1, sizeof *client);
    if (client == NULL || (client->curl = curl_easy_init()) == NULL ||
        (client->url = copy_url(url)) == NULL)
        panic("out of memory (client)");
    if (token != NULL && asprintf(&client->authorization, "Authorization: Bearer %s", token) < 0)
        panic("out of memory (client)");
    *ret = client;
    return 0;
}

void client_close(struct client *client)
{
    if (client == NULL)
        return;
    curl_easy_cleanup(client->curl);
    free(client->url);
    free(client->authorization);
    free(client);
    curl_global_cleanup();
}

int client_session(const struct client_options *options,
                   int (*run)(struct client *client, struct error *err))
{
    struct error err;
    struct client *client = NULL;
    int code = client_open(options, &client, &err);
    if (code == 0)
        code = run(client, &err);
    client_close(client);
    return code == 0 ? CLI_OK : cli_fail(&err);
}

const char *client_url(const struct client *client)
{
    return client->url;
}

static size_t receive_body(char *data, size_t size, size_t count, void *context)
{
    const struct receiving *receiving = context;
    struct client_answer *answer = receiving->answer;
    long status = 0;
    curl_easy_getinfo(receiving->curl, CURLINFO_RESPONSE_CODE, &status);
    if (receiving->out != NULL && status >= 200 && status < 300)
        return fwrite(data, 1, size * count, receiving->out);
    buffer_append(&answer->body, data, size * count);
    return answer->body.overflow ? 0 : size * count;
}

static struct bytes trim(struct bytes text)
{
    while (text.size > 0 && isspace((unsigned char)text.data[0]))
        text = (struct bytes){text.data + 1, text.size - 1};
    while (text.size > 0 && isspace((unsigned char)text.data[text.size - 1]))
        text.size--;
    return text;
}

/* `<URL>; rel="next"` of RFC 8288, as far as our own server writes it. */
static void take_link(struct client_answer *answer, struct bytes value)
{
    const char *end = memchr(value.data, '>', value.size);
    if (value.size == 0 || value.data[0] != '<' || end == NULL ||
        memmem(end, value.size - (size_t)(end - value.data), "next", 4) == NULL)
        return;
    snprintf(answer->next, sizeof answer->next, "%.*s", (int)(end - value.data - 1),
             value.data + 1);
}

static size_t receive_header(char *data, size_t size, size_t count, void *context)
{
    struct client_answer *answer = context;
    const char *colon = memchr(data, ':', size * count);
    if (colon == NULL)
        return size * count;
    size_t name = (size_t)(colon - data);
    struct bytes value = trim((struct bytes){colon + 1, size * count - name - 1});
    if (name == 4 && strncasecmp(data, "Link", name) == 0)
        take_link(answer, value);
    else if (name == 11 && strncasecmp(data, "Retry-After", name) == 0)
        number_parse(value, &answer->retry_after);
    return size * count;
}

static struct curl_slist *add_header(struct curl_slist *list, const char *line)
{
    struct curl_slist *longer = curl_slist_append(list, line);
    if (longer == NULL)
        panic("out of memory (headers)");
    return longer;
}

static struct curl_slist *make_headers(const struct client *client, const struct client_call *call)
{
    /* No "Expect: 100-continue": it would cost a round trip for each larger body. */
    struct curl_slist *list = add_header(NULL, "Expect:");
    if (client->authorization != NULL)
        list = add_header(list, client->authorization);
    if (call->content_type != NULL) {
        char line[128];
        snprintf(line, sizeof line, "Content-Type: %s", call->content_type);
        list = add_header(list, line);
    }
    for (size_t i = 0; call->headers != NULL && call->headers[i] != NULL; i++)
        list = add_header(list, call->headers[i]);
    return list;
}

static void set_options(struct client *client, const struct client_call *call, const char *url,
                        struct curl_slist *headers, struct receiving *receiving)
{
    CURL *curl = client->curl;
    curl_easy_reset(curl);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, call->method);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, client->message);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CLIENT_CONNECT_MS);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)CLIENT_SILENCE_SECONDS);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, receive_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, receiving);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, receive_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, receiving->answer);
    if (call->content_type == NULL)
        return;
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, call->body.size > 0 ? call->body.data : "");
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body.size);
}

static int refuse(const struct client *client, const struct receiving *receiving, CURLcode code,
                  struct error *err)
{
    if (code == CURLE_COULDNT_CONNECT)
        return error_set(err, ML_EIO, client->url,
                         "no server answers there; is it running? --url names another one");
    if (code == CURLE_WRITE_ERROR && !receiving->answer->body.overflow)
        return error_set(err, ML_EIO, "", "the output cannot be written");
    if (code == CURLE_WRITE_ERROR)
        return error_set(err, ML_ELIMIT, client->url, "the answer is larger than %d MiB",
                         CLIENT_BODY_MAX / 1024 / 1024);
    return error_set(err, ML_EIO, client->url, "%s",
                     client->message[0] != '\0' ? client->message : curl_easy_strerror(code));
}

int client_call(struct client *client, const struct client_call *call, struct client_answer *ret,
                struct error *err)
{
    *ret = (struct client_answer){0};
    buffer_init(&ret->body, CLIENT_BODY_MAX);
    char *url;
    if (asprintf(&url, "%s%s", client->url, call->path) < 0)
        panic("out of memory (URL)");
    struct curl_slist *headers = make_headers(client, call);
    client->message[0] = '\0';
    struct receiving receiving = {.curl = client->curl, .answer = ret, .out = call->out};
    set_options(client, call, url, headers, &receiving);
    CURLcode code = curl_easy_perform(client->curl);
    long status = 0;
    curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, &status);
    ret->status = (unsigned)status;
    curl_slist_free_all(headers);
    free(url);
    return code == CURLE_OK ? 0 : refuse(client, &receiving, code, err);
}

void client_answer_release(struct client_answer *answer)
{
    buffer_release(&answer->body);
}

static int code_of(unsigned status)
{
    switch (status) {
    case 401:
    case 403: return ML_EDENIED;
    case 404: return ML_ENOTFOUND;
    case 409:
    case 412: return ML_ECONFLICT;
    case 413: return ML_ELIMIT;
    case 503: return ML_EBUSY;
    case 507: return ML_ENOSPC;
    default: return status < 500 ? ML_EINVAL : ML_EIO;
    }
}

/* "; /cause must be one of …": what is wrong with which member, as far as there is room. */
static void add_mistakes(struct json_object *mistakes, struct buffer *out)
{
    size_t count = mistakes != NULL ? json_object_array_length(mistakes) : 0;
    for (size_t i = 0; i < count; i++) {
        struct json_object *mistake = json_object_array_get_idx(mistakes, i);
        struct bytes pointer = json_member_text(mistake, "pointer");
        struct bytes message = json_member_text(mistake, "message");
        if (message.size > 0)
            buffer_printf(out, "; %.*s%s%.*s", BYTES_ARG(pointer), pointer.size > 0 ? " " : "",
                          BYTES_ARG(message));
    }
}

int client_check(const struct client_answer *answer, struct error *err)
{
    if (answer->status >= 200 && answer->status < 300)
        return 0;
    JSON_AUTO *problem = NULL;
    if (json_parse(buffer_bytes(&answer->body), &problem, NULL) < 0 ||
        json_member_text(problem, "title").size == 0)
        return error_set(err, code_of(answer->status), "",
                         "the server answered with status %u; is it a Meshline server?",
                         answer->status);
    struct bytes title = json_member_text(problem, "title");
    struct bytes detail = json_member_text(problem, "detail");
    struct buffer mistakes;
    buffer_init(&mistakes, 64 * 1024);
    add_mistakes(json_object_object_get(problem, "errors"), &mistakes);
    int code = error_set(err, code_of(answer->status), "", "%.*s%s%.*s%.*s", BYTES_ARG(title),
                         detail.size > 0 ? ": " : "", BYTES_ARG(detail),
                         BYTES_ARG(buffer_bytes(&mistakes)));
    buffer_release(&mistakes);
    return code;
}

int client_get(struct client *client, const char *path, struct client_answer *answer,
               struct json_object **ret, struct error *err)
{
    const struct client_call call = {.method = "GET", .path = path};
    int code = client_call(client, &call, answer, err);
    if (code == 0)
        code = client_check(answer, err);
    if (code == 0)
        code = json_parse(buffer_bytes(&answer->body), ret, err);
    return code;
}

void client_escape(struct buffer *out, struct bytes text)
{
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        if (isalnum(byte) || memchr("-._~", byte, 4) != NULL)
            buffer_append_char(out, (char)byte);
        else
            buffer_printf(out, "%%%02X", byte);
    }
}
