/* GET of everything that is no call of the API. */
#include "server/web/web.h"

#include "server/internal.h"
#include "server/media.h"
#include "server/web/directory.h"

#include <string.h>
#include <zlib.h>

/* Pages load what is compiled in with them and talk to this server; nothing else. Styles of single
 * elements are set by script, which this allows, and never stand in a page's text. */
#define PAGE_POLICY                                                                   \
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " \
    "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; "  \
    "frame-ancestors 'none'"

/* A path that a page of the application could have: not one of the API, not that of a file. */
static bool may_be_page(struct bytes path)
{
    return !(path.size >= 4 && memcmp(path.data, "/v1/", 4) == 0) &&
           memchr(path.data, '.', path.size) == NULL;
}

/* Browsers name it; programs that take anything are not looking for a page. */
static bool wants_page(const struct request *request)
{
    struct bytes accept = request_header(request, "Accept");
    return accept.size > 0 && memmem(accept.data, accept.size, "text/html", 9) != NULL;
}

bool web_takes(const struct request *request)
{
    const char *directory = request->server->web_directory;
    if (bytes_is(request->path, "/") || web_asset_find(request->path) != NULL ||
        (directory != NULL && web_directory_has(directory, request->path)))
        return true;
    return wants_page(request) && may_be_page(request->path);
}

/* ---- answering */

static void answer_missing(struct request *request)
{
    request->answer.status = 503;
    request->answer.content_type = "text/plain; charset=utf-8";
    buffer_append_bytes(
        &request->answer.body,
        BYTES_LITERAL("This Meshline was built without its web pages, because node or its npm "
                      "packages were not there.\nRun script/bootstrap and build it again. The API "
                      "is complete: see /openapi.json.\n"));
}

static bool takes_gzip(const struct request *request)
{
    struct bytes header = request_header(request, "Accept-Encoding");
    return header.size > 0 && memmem(header.data, header.size, "gzip", 4) != NULL;
}

static void inflate_asset(const struct web_asset *asset, struct buffer *out)
{
    struct bytes packed = web_asset_packed(asset);
    z_stream stream = {.next_in = (Bytef *)(uintptr_t)packed.data, .avail_in = (uInt)packed.size};
    char piece[16 * 1024];
    int code = inflateInit2(&stream, 15 + 16);
    while (code == Z_OK) {
        stream.next_out = (Bytef *)piece;
        stream.avail_out = sizeof piece;
        code = inflate(&stream, Z_NO_FLUSH);
        buffer_append(out, piece, sizeof piece - stream.avail_out);
    }
    /* It was packed by our own build. */
    if (code != Z_STREAM_END)
        panic("the web page %s is not what was compiled in", asset->path);
    inflateEnd(&stream);
}

static void answer_asset(struct request *request, const struct web_asset *asset)
{
    struct answer *answer = &request->answer;
    answer->content_type = asset->type;
    answer->content_policy = PAGE_POLICY;
    answer->etag = asset->etag;
    answer->cache = asset->immutable ? "public, max-age=31536000, immutable" : "no-cache";
    if (bytes_is(request_header(request, "If-None-Match"), asset->etag)) {
        answer->status = 304;
        return;
    }
    answer->status = 200;
    if (takes_gzip(request)) {
        answer->encoding = "gzip";
        buffer_append_bytes(&answer->body, web_asset_packed(asset));
    } else {
        inflate_asset(asset, &answer->body);
    }
}

static void answer_file(struct request *request, const char *directory)
{
    struct answer *answer = &request->answer;
    struct bytes path = request->path;
    if (!web_directory_has(directory, path))
        path = BYTES_LITERAL("/");
    answer->content_type = web_directory_read(directory, path, &answer->body);
    answer->content_policy = PAGE_POLICY;
    answer->status = 200;
    if (answer->content_type == NULL)
        answer_missing(request);
}

void web_run(struct request *request)
{
    const struct web_asset *asset = web_asset_find(request->path);
    if (request->server->web_directory != NULL) {
        answer_file(request, request->server->web_directory);
        return;
    }
    if (asset == NULL)
        asset = web_asset_find(BYTES_LITERAL("/"));
    if (asset == NULL)
        answer_missing(request);
    else
        answer_asset(request, asset);
}
