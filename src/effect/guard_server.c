/* For libraries that do not let us look at the address that they are about to connect to. */
#include "effect/guard.h"

#include <curl/curl.h>
#include <netdb.h>
#include <stddef.h>
#include <string.h>

/* As addresses of version 6 stand in a URL. */
static void unwrap(char *host)
{
    size_t size = strlen(host);
    if (size < 2 || host[0] != '[' || host[size - 1] != ']')
        return;
    memmove(host, host + 1, size - 2);
    host[size - 2] = '\0';
}

static const char *look_up(const char *host)
{
    const struct addrinfo wanted = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *addresses = NULL;
    const char *what = NULL;
    if (getaddrinfo(host, NULL, &wanted, &addresses) != 0)
        return NULL;
    for (const struct addrinfo *at = addresses; at != NULL && what == NULL; at = at->ai_next)
        what = guard_look(at->ai_addr);
    freeaddrinfo(addresses);
    return what;
}

const char *guard_look_server(const char *url)
{
    CURLU *parts = curl_url();
    char *host = NULL;
    const char *what = NULL;
    const unsigned flags = CURLU_NON_SUPPORT_SCHEME | CURLU_GUESS_SCHEME;
    if (parts != NULL && curl_url_set(parts, CURLUPART_URL, url, flags) == CURLUE_OK &&
        curl_url_get(parts, CURLUPART_HOST, &host, 0) == CURLUE_OK) {
        unwrap(host);
        what = look_up(host);
    }
    curl_free(host);
    curl_url_cleanup(parts);
    return what;
}
