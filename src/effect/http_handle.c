/* A request into one of libcurl's handles, and the answer out of it. */
#include "effect/http_handle.h"

#include "effect/guard.h"

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- what comes */

static size_t take_header(char *data, size_t size, size_t count, void *context)
{
    struct http_handle *handle = context;
    size_t length = size * count;
    handle->header_bytes += length;
    if (handle->header_bytes > EFFECT_ANSWER_HEADERS_MAX) {
        handle->too_many_headers = true;
        return 0;
    }
    if (length >= 5 && memcmp(data, "HTTP/", 5) == 0)
        buffer_clear(&handle->headers); /* the one before was only on the way */
    buffer_append(&handle->headers, data, length);
    return length;
}

static size_t take_body(char *data, size_t size, size_t count, void *context)
{
    struct http_handle *handle = context;
    buffer_append(&handle->body, data, size * count);
    handle->too_long = handle->body.overflow;
    return handle->too_long ? 0 : size * count;
}

static size_t give_body(char *room, size_t size, size_t count, void *context)
{
    struct http_handle *handle = context;
    struct bytes body = handle->transfer->request->body;
    size_t left = body.size - handle->sent;
    size_t part = left < size * count ? left : size * count;
    memcpy(room, body.data + handle->sent, part);
    handle->sent += part;
    return part;
}

/* The address that is about to be connected to, whatever name it had. */
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct http_handle *handle = context;
    (void)purpose;
    const char *what = handle->transfer->private_network ? NULL : guard_look(&address->addr);
    if (what != NULL) {
        handle->refusal = what;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* ---- a handle */

/* What all requests have in common. */
static void set_common(struct http_handle *handle)
{
    CURL *easy = handle->easy;
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    /* Or the end of a request would wait for a name that nobody answers for, and all others too. */
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https,smtp,smtps");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_PROXY, ""); /* the guard would see the proxy's address */
    curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 0L);
    curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)EFFECT_ANSWER_MAX);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, handle);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, handle);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, handle);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "meshline");
    curl_easy_setopt(easy, CURLOPT_PRIVATE, (char *)handle);
}

struct http_handle *http_handle_new(void)
{
    struct http_handle *handle = calloc(1, sizeof *handle);
    if (handle == NULL)
        panic("out of memory (a request)");
    handle->easy = curl_easy_init();
    if (handle->easy == NULL) {
        free(handle);
        return NULL;
    }
    buffer_init(&handle->headers, EFFECT_ANSWER_HEADERS_MAX);
    buffer_init(&handle->body, EFFECT_ANSWER_MAX);
    set_common(handle);
    return handle;
}

void http_handle_free(struct http_handle *handle)
{
    curl_easy_cleanup(handle->easy);
    buffer_release(&handle->headers);
    buffer_release(&handle->body);
    free(handle);
}

static void make_clean(struct http_handle *handle)
{
    enum { KEPT = 64 * 1024 }; /* of memory, between requests */
    if (handle->body.capacity > KEPT)
        buffer_release(&handle->body);
    buffer_clear(&handle->body);
    buffer_clear(&handle->headers);
    handle->header_bytes = handle->sent = 0;
    handle->refusal = NULL;
    handle->too_long = handle->too_many_headers = false;
    if (handle->special) {
        curl_easy_reset(handle->easy);
        set_common(handle);
        handle->special = false;
    }
}

/* ---- a request */

static bool refuse(struct http_transfer *transfer, const char *reason)
{
    transfer->end = HTTP_REFUSED;
    transfer->reason = bytes_of(reason);
    return false;
}

/* RFC 9110: a token. */
static bool is_name(struct bytes name)
{
    static const char others[] = "!#$%&'*+-.^_`|~";
    for (size_t i = 0; i < name.size; i++) {
        char c = name.data[i];
        bool good = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                    (c != '\0' && strchr(others, c) != NULL);
        if (!good)
            return false;
    }
    return name.size > 0;
}

static bool is_value(struct bytes value)
{
    for (size_t i = 0; i < value.size; i++) {
        unsigned char c = (unsigned char)value.data[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

/* No controls and blanks, which could end a line. */
static bool is_word(const char *text)
{
    for (const char *at = text; *at != '\0'; at++)
        if ((unsigned char)*at <= 0x20 || *at == 0x7f)
            return false;
    return text[0] != '\0';
}

static void add_line(struct http_handle *handle, size_t *count, const char *text)
{
    struct curl_slist *line = &handle->lines[*count];
    *line = (struct curl_slist){.data = (char *)text} /* only read */;
    if (*count > 0)
        handle->lines[*count - 1].next = line;
    (*count)++;
}

static bool is_named(const struct effect_header *header, const char *name)
{
    return header->name.size == strlen(name) &&
           strncasecmp(header->name.data, name, header->name.size) == 0;
}

static bool set_headers(struct http_handle *handle, struct http_transfer *transfer,
                        const struct effect_request *request)
{
    static const char no_expect[] = "Expect:", json[] = "Content-Type: application/json";
    size_t count = 0;
    bool typed = request->body.size == 0;
    if (request->header_count > EFFECT_HEADERS_MAX)
        return refuse(transfer, "it has too many headers");
    for (size_t i = 0; i < request->header_count; i++) {
        const struct effect_header *header = &request->headers[i];
        if (!is_name(header->name) || !is_value(header->value))
            return refuse(transfer,
                          arena_printf(transfer->arena,
                                       "the header %.*s has a control character, or a name that "
                                       "cannot be one",
                                       (int)(header->name.size < 60 ? header->name.size : 60),
                                       is_name(header->name) ? header->name.data : ""));
        if (is_named(header, "content-length") || is_named(header, "transfer-encoding"))
            return refuse(transfer, "headers about the length are not for a mesh to set");
        char *line = arena_alloc(transfer->arena, header->name.size + header->value.size + 3);
        memcpy(line, header->name.data, header->name.size);
        char *at = line + header->name.size;
        *at++ = header->value.size > 0 ? ':' : ';'; /* ";": libcurl's way to send an empty one */
        if (header->value.size > 0) {
            *at++ = ' ';
            memcpy(at, header->value.data, header->value.size);
        }
        at[header->value.size] = '\0';
        add_line(handle, &count, line);
        typed |= is_named(header, "content-type");
    }
    add_line(handle, &count, no_expect);
    if (!typed)
        add_line(handle, &count, json);
    curl_easy_setopt(handle->easy, CURLOPT_HTTPHEADER, handle->lines);
    return true;
}

static void set_method(CURL *easy, const struct effect_request *request)
{
    bool is_get = strcmp(request->method, "GET") == 0,
         is_post = strcmp(request->method, "POST") == 0;
    bool is_head = strcmp(request->method, "HEAD") == 0;
    bool has_body = request->body.size > 0 || is_post;
    if (has_body) {
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.size);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS,
                         request->body.size > 0 ? request->body.data : "");
    } else {
        curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    }
    if (is_head && !has_body)
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    bool plain = has_body ? is_post : is_get || is_head;
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, plain ? NULL : request->method);
}

static bool starts_with(const char *text, const char *prefix)
{
    return strncasecmp(text, prefix, strlen(prefix)) == 0;
}

static bool set_http(struct http_handle *handle, struct http_transfer *transfer,
                     const struct effect_request *request)
{
    if (!starts_with(request->url, "http://") && !starts_with(request->url, "https://"))
        return refuse(transfer, "its address does not begin with http:// or https://");
    if (!is_name(bytes_of(request->method)))
        return refuse(transfer, "its method is no word");
    if (!set_headers(handle, transfer, request))
        return false;
    set_method(handle->easy, request);
    /* Many streams on one connection, where the other side can: then the second waits for it. */
    curl_easy_setopt(handle->easy, CURLOPT_PIPEWAIT, starts_with(request->url, "https:") ? 1L : 0L);
    return true;
}

/* ---- mail */

static bool is_mailbox(const char *address)
{
    return is_word(address) && strpbrk(address, "<>") == NULL && strchr(address, '@') != NULL;
}

static bool set_recipients(struct http_handle *handle, struct http_transfer *transfer,
                           const struct effect_request *request)
{
    size_t count = 0;
    while (request->to != NULL && request->to[count] != NULL)
        count++;
    if (count == 0)
        return refuse(transfer, "it is for nobody");
    struct curl_slist *list = arena_array(transfer->arena, count, sizeof *list);
    for (size_t i = 0; i < count; i++) {
        if (!is_mailbox(request->to[i]))
            return refuse(transfer, "one of those it is for is no e-mail address");
        list[i].data = (char *)arena_printf(transfer->arena, "<%s>", request->to[i]);
        list[i].next = i + 1 < count ? &list[i + 1] : NULL;
    }
    curl_easy_setopt(handle->easy, CURLOPT_MAIL_RCPT, list);
    return true;
}

static bool set_mail(struct http_handle *handle, struct http_transfer *transfer,
                     const struct effect_request *request)
{
    CURL *easy = handle->easy;
    handle->special = true;
    /* libcurl takes a connection without TLS for one that began with STARTTLS, so none is shared.
     */
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
    if (!starts_with(request->url, "smtp://") && !starts_with(request->url, "smtps://"))
        return refuse(transfer, "its address does not begin with smtp:// or smtps://");
    if (request->from == NULL || !is_mailbox(request->from))
        return refuse(transfer, "its sender is no e-mail address");
    if (!set_recipients(handle, transfer, request))
        return false;
    curl_easy_setopt(easy, CURLOPT_MAIL_FROM, arena_printf(transfer->arena, "<%s>", request->from));
    curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, give_body);
    curl_easy_setopt(easy, CURLOPT_READDATA, handle);
    curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)request->body.size);
    curl_easy_setopt(easy, CURLOPT_USE_SSL,
                     (long)(request->starttls ? CURLUSESSL_ALL : CURLUSESSL_NONE));
    if (request->user != NULL) {
        curl_easy_setopt(easy, CURLOPT_USERNAME, request->user);
        curl_easy_setopt(easy, CURLOPT_PASSWORD,
                         request->password != NULL ? request->password : "");
    }
    return true;
}

bool http_handle_prepare(struct http_handle *handle, struct http_transfer *transfer,
                         const struct effect_request *request, int64_t left_us)
{
    make_clean(handle);
    handle->transfer = transfer;
    if (request->url == NULL || !is_word(request->url))
        return refuse(transfer, "its address is empty, or has blanks or control characters in it");
    if (request->body.size > EFFECT_BODY_MAX)
        return refuse(transfer, "it is larger than 1 MiB");
    bool good = request->method != NULL ? set_http(handle, transfer, request)
                                        : set_mail(handle, transfer, request);
    if (!good)
        return false;
    if (curl_easy_setopt(handle->easy, CURLOPT_URL, request->url) != CURLE_OK)
        return refuse(transfer, "its address is too long");
    if (request->ca_file != NULL) {
        handle->special = true;
        curl_easy_setopt(handle->easy, CURLOPT_CAINFO, request->ca_file);
    }
    curl_easy_setopt(handle->easy, CURLOPT_TIMEOUT_MS,
                     left_us < 1000 ? 1L : (long)(left_us / 1000));
    return true;
}

/* ---- the answer */

/* Scheme, host and port only: the path may be a secret. */
static const char *name_host(struct http_handle *handle, struct arena *arena)
{
    char *url = NULL, *host = NULL;
    const char *name = "the other side";
    CURLU *parts = curl_url();
    curl_easy_getinfo(handle->easy, CURLINFO_EFFECTIVE_URL, &url);
    if (parts != NULL && url != NULL && curl_url_set(parts, CURLUPART_URL, url, 0) == CURLUE_OK &&
        curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK)
        name = arena_string(arena, (struct bytes){host, strnlen(host, 100)});
    curl_free(host);
    curl_url_cleanup(parts);
    return name;
}

static const char *explain_connection(struct http_handle *handle, struct arena *arena)
{
    const char *host = name_host(handle, arena);
    if (handle->refusal == NULL)
        return arena_printf(arena, "nobody takes connections at %s", host);
    return arena_printf(arena,
                        "%s leads to %s, which is not reached from here; if that is meant, set "
                        "`private_network: true` for this destination",
                        host, handle->refusal);
}

static const char *explain(struct http_handle *handle, CURLcode code)
{
    struct arena *arena = handle->transfer->arena;
    if (handle->too_many_headers)
        return arena_printf(arena, "the headers of the answer are longer than %d KiB",
                            EFFECT_ANSWER_HEADERS_MAX / 1024);
    if (handle->too_long || code == CURLE_FILESIZE_EXCEEDED)
        return arena_printf(arena, "the answer is longer than %d KiB", EFFECT_ANSWER_MAX / 1024);
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
        return arena_printf(arena, "the name %s is not known", name_host(handle, arena));
    case CURLE_COULDNT_CONNECT: return explain_connection(handle, arena);
    case CURLE_OPERATION_TIMEDOUT:
        return arena_printf(arena, "no whole answer from %s in %lld ms", name_host(handle, arena),
                            (long long)(handle->transfer->timeout_us / 1000));
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CACERT_BADFILE:
        return arena_printf(arena, "the certificate of %s does not verify, or TLS failed: %s",
                            name_host(handle, arena), curl_easy_strerror(code));
    case CURLE_USE_SSL_FAILED:
        return arena_printf(arena, "%s offers no STARTTLS", name_host(handle, arena));
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
        return arena_printf(arena, "%s closed the connection before it had answered",
                            name_host(handle, arena));
    case CURLE_PARTIAL_FILE: return "the answer ended before its length";
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY: return "what came is no answer of HTTP";
    case CURLE_URL_MALFORMAT: return "its address is none";
    default: return arena_printf(arena, "it did not work: %s", curl_easy_strerror(code));
    }
}

static struct bytes trim(struct bytes text)
{
    while (text.size > 0 && strchr(" \t\r\n", text.data[text.size - 1]) != NULL)
        text.size--;
    while (text.size > 0 && (text.data[0] == ' ' || text.data[0] == '\t'))
        text = (struct bytes){text.data + 1, text.size - 1};
    return text;
}

static bool read_line(struct bytes line, struct effect_header *ret)
{
    char *colon = memchr(line.data, ':', line.size);
    if (colon == NULL || colon == line.data || line.data[0] == ' ' || line.data[0] == '\t')
        return false;
    for (char *at = (char *)line.data; at < colon; at++)
        if (*at >= 'A' && *at <= 'Z')
            *at = (char)(*at - 'A' + 'a');
    ret->name = (struct bytes){line.data, (size_t)(colon - line.data)};
    ret->value = trim((struct bytes){colon + 1, line.size - ret->name.size - 1});
    return true;
}

static void read_headers(struct http_handle *handle, struct effect_answer *answer)
{
    struct arena *arena = handle->transfer->arena;
    struct bytes text = arena_copy(arena, buffer_bytes(&handle->headers));
    size_t lines = 0;
    for (size_t i = 0; i < text.size; i++)
        lines += text.data[i] == '\n';
    struct effect_header *headers = arena_array(arena, lines + 1, sizeof *headers);
    for (const char *at = text.data, *end = at + text.size; at < end;) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t size = newline != NULL ? (size_t)(newline - at) : (size_t)(end - at);
        answer->header_count += read_line((struct bytes){at, size}, &headers[answer->header_count]);
        at += size + 1;
    }
    answer->headers = headers;
}

/* Where the last line begins. */
static size_t last_line(struct bytes text)
{
    const char *newline = text.size > 0 ? memrchr(text.data, '\n', text.size) : NULL;
    return newline != NULL ? (size_t)(newline + 1 - text.data) : 0;
}

/* Of SMTP the last line that came says what it was about, and by which name the server keeps it. A
 * goodbye (221) behind it does not. */
static struct bytes read_last_line(struct http_handle *handle)
{
    struct bytes text = trim(buffer_bytes(&handle->headers));
    if (text.size == 0)
        return text;
    size_t at = last_line(text);
    if (at > 0 && text.size - at >= 3 && memcmp(text.data + at, "221", 3) == 0) {
        text = trim((struct bytes){text.data, at});
        at = last_line(text);
    }
    return arena_copy(handle->transfer->arena, (struct bytes){text.data + at, text.size - at});
}

void http_handle_read(struct http_handle *handle, CURLcode code)
{
    struct http_transfer *transfer = handle->transfer;
    struct effect_answer *answer = &transfer->answer;
    bool is_mail = transfer->request->method == NULL;
    long status = 0;
    curl_easy_getinfo(handle->easy, CURLINFO_RESPONSE_CODE, &status);
    *answer = (struct effect_answer){.status = status > 0 ? (uint32_t)status : 0};
    if (is_mail ? code == CURLE_OK || status >= 400 : code == CURLE_OK) {
        transfer->end = HTTP_ANSWERED;
        if (is_mail) {
            answer->body = read_last_line(handle);
        } else {
            read_headers(handle, answer);
            answer->body = arena_copy(transfer->arena, buffer_bytes(&handle->body));
        }
        return;
    }
    transfer->end = code == CURLE_URL_MALFORMAT ? HTTP_REFUSED : HTTP_BROKEN;
    transfer->reason = bytes_of(explain(handle, code));
}
