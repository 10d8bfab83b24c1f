/* Lines out of pieces of a stream, without copying those that lie within one piece. */
#include "server/intake/batch.h"

void line_splitter_init(struct line_splitter *splitter, size_t line_max)
{
    *splitter = (struct line_splitter){0};
    buffer_init(&splitter->carry, line_max);
}

void line_splitter_release(struct line_splitter *splitter)
{
    buffer_release(&splitter->carry);
}

static struct bytes without_return(struct bytes line)
{
    if (line.data != NULL && line.size > 0 && line.data[line.size - 1] == '\r')
        line.size--;
    return line;
}

static void keep(struct line_splitter *splitter, struct bytes piece)
{
    if (splitter->skipping)
        return;
    buffer_append_bytes(&splitter->carry, piece);
    splitter->skipping = splitter->carry.overflow;
}

/* The carried line is handed out and the next begins. */
static enum line_kind hand_out(struct line_splitter *splitter, struct bytes *ret_line)
{
    bool too_long = splitter->skipping;
    *ret_line = without_return(buffer_bytes(&splitter->carry));
    splitter->skipping = false;
    buffer_clear(&splitter->carry); /* keeps the memory, and so the line */
    return too_long ? LINE_TOO_LONG : LINE_WHOLE;
}

enum line_kind line_next(struct line_splitter *splitter, struct bytes *data, struct bytes *ret_line)
{
    const char *end = data->size > 0 ? memchr(data->data, '\n', data->size) : NULL;
    size_t size = end != NULL ? (size_t)(end - data->data) : data->size;
    struct bytes piece = {data->data, size};
    *data = (struct bytes){data->data + size + (end != NULL), data->size - size - (end != NULL)};
    if (end != NULL && splitter->carry.size == 0 && !splitter->skipping &&
        size <= splitter->carry.ceiling) {
        *ret_line = without_return(piece);
        return LINE_WHOLE;
    }
    keep(splitter, piece);
    return end != NULL ? hand_out(splitter, ret_line) : LINE_NONE;
}

enum line_kind line_last(struct line_splitter *splitter, struct bytes *ret_line)
{
    if (splitter->carry.size == 0 && !splitter->skipping)
        return LINE_NONE;
    return hand_out(splitter, ret_line);
}
