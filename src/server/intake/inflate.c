/* gzip (RFC 1952) by zlib: one member or several in a row. */
#include "server/intake/inflate.h"

#include <stdlib.h>
#include <zlib.h>

struct inflater {
    z_stream stream;
    bool inside; /* a member has begun and not ended */
    bool begun;  /* there was a member */
    bool failed;
    char piece[INFLATE_PIECE_MAX];
};

enum { WINDOW_GZIP = 15 + 16 };

struct inflater *inflater_new(void)
{
    struct inflater *inflater = calloc(1, sizeof *inflater);
    if (inflater == NULL || inflateInit2(&inflater->stream, WINDOW_GZIP) != Z_OK)
        panic("out of memory (inflate)");
    return inflater;
}

void inflater_free(struct inflater *inflater)
{
    if (inflater == NULL)
        return;
    inflateEnd(&inflater->stream);
    free(inflater);
}

int inflater_next(struct inflater *inflater, struct bytes *data, struct bytes *ret_piece,
                  struct error *err)
{
    enum { INPUT_MAX = 1 << 30 }; /* zlib counts in unsigned int */
    z_stream *stream = &inflater->stream;
    if (inflater->failed || (data->size == 0 && !inflater->inside))
        return 0;
    stream->next_out = (unsigned char *)inflater->piece;
    stream->avail_out = sizeof inflater->piece;
    for (;;) {
        size_t given = data->size < INPUT_MAX ? data->size : INPUT_MAX;
        stream->next_in = (z_const unsigned char *)data->data;
        stream->avail_in = (unsigned)given;
        inflater->inside = inflater->begun = true;
        int status = inflate(stream, Z_NO_FLUSH);
        size_t taken = given - stream->avail_in;
        *data = (struct bytes){taken > 0 ? data->data + taken : data->data, data->size - taken};
        if (status == Z_STREAM_END) {
            inflater->inside = false;
            inflateReset(stream);
        } else if (status != Z_OK && status != Z_BUF_ERROR) {
            inflater->failed = true;
            return error_set(err, ML_EINVAL, "Content-Encoding",
                             "the body is not valid gzip (%s); send it as the encoder wrote it, or "
                             "without Content-Encoding",
                             stream->msg != NULL ? stream->msg : "it needs what is not there");
        }
        if (stream->avail_out == 0 || data->size == 0)
            break;
    }
    size_t size = sizeof inflater->piece - stream->avail_out;
    *ret_piece = (struct bytes){inflater->piece, size};
    return size > 0;
}

int inflater_end(const struct inflater *inflater, struct error *err)
{
    if (inflater->failed || (inflater->begun && !inflater->inside))
        return 0;
    return error_set(err, ML_EINVAL, "Content-Encoding",
                     "the body ends in the middle of its gzip data; send it again, whole");
}
