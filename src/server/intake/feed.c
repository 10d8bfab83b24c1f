/* Bytes are taken piece by piece from the input or from the inflater, and cut into records. */
#include "server/intake/feed.h"

#include "server/intake/inflate.h"

#include <inttypes.h>

void feed_init(struct feed *feed, const struct feed_options *options)
{
    *feed = (struct feed){.options = *options};
    line_splitter_init(&feed->lines, options->record_max);
    if (options->format == FEED_CSV)
        feed->rows = contract_records_new(&(struct contract_records_options){
            .charset = options->charset, .record_size = options->record_max});
    if (options->gzip)
        feed->inflater = inflater_new();
}

void feed_release(struct feed *feed)
{
    line_splitter_release(&feed->lines);
    contract_records_free(feed->rows);
    inflater_free(feed->inflater);
}

void feed_push(struct feed *feed, struct bytes data)
{
    feed->input = data;
    feed->received += data.size;
}

size_t feed_give_back(struct feed *feed)
{
    size_t size = feed->input.size;
    feed->input.size = 0;
    feed->received -= size;
    return size;
}

void feed_end(struct feed *feed)
{
    feed->ended = true;
}

static enum feed_result fail(struct feed *feed)
{
    feed->over = true;
    return FEED_BROKEN;
}

/* Finds bytes to cut: FEED_RECORD when *ret has some, FEED_MORE when there are none now, FEED_END
 * when there will be none. */
static enum feed_result refill(struct feed *feed, struct bytes **ret, struct error *err)
{
    *ret = feed->inflater != NULL ? &feed->inflated : &feed->input;
    if (feed->inflater != NULL && feed->inflated.size == 0) {
        int status = inflater_next(feed->inflater, &feed->input, &feed->inflated, err);
        if (status < 0)
            return fail(feed);
        feed->bytes += feed->inflated.size;
        if (status == 0 && feed->ended && inflater_end(feed->inflater, err) < 0)
            return fail(feed);
    }
    if (feed->bytes > feed->options.bytes_max || feed->received > feed->options.bytes_max) {
        error_set(err, ML_ELIMIT, "",
                  "the body is larger than the %" PRIu64
                  " bytes that are allowed; this record and all after it were not taken: send it "
                  "in several requests",
                  feed->options.bytes_max);
        return fail(feed);
    }
    if ((*ret)->size > 0)
        return FEED_RECORD;
    return feed->ended ? FEED_END : FEED_MORE;
}

/* ---- lines */

static bool is_blank(struct bytes line)
{
    for (size_t i = 0; i < line.size; i++)
        if (line.data[i] != ' ' && line.data[i] != '\t')
            return false;
    return true;
}

static struct bytes without_mark(struct bytes line)
{
    bool marked = line.size >= 3 && memcmp(line.data, "\xEF\xBB\xBF", 3) == 0;
    return marked ? (struct bytes){line.data + 3, line.size - 3} : line;
}

static enum feed_result next_line(struct feed *feed, struct feed_record *ret, struct error *err)
{
    for (;;) {
        struct bytes *piece, line;
        enum line_kind kind;
        enum feed_result state = refill(feed, &piece, err);
        if (state == FEED_BROKEN || state == FEED_MORE)
            return state;
        kind = state == FEED_END ? line_last(&feed->lines, &line)
                                 : line_next(&feed->lines, piece, &line);
        if (state == FEED_END && kind == LINE_NONE) {
            feed->over = true;
            return FEED_END;
        }
        if (kind == LINE_NONE)
            continue;
        feed->line++;
        *ret = (struct feed_record){.line = feed->line};
        if (kind == LINE_TOO_LONG)
            return FEED_TOO_LONG;
        ret->text = feed->line == 1 ? without_mark(line) : line;
        if (!is_blank(ret->text))
            return FEED_RECORD;
    }
}

/* ---- rows */

/* Hands the reader its next bytes; FEED_RECORD when it has got some, or been told of the end. */
static enum feed_result push_rows(struct feed *feed, struct error *err)
{
    enum { PIECE_MAX = 64 * 1024 };
    struct bytes *piece;
    enum feed_result state = refill(feed, &piece, err);
    if (state == FEED_END)
        contract_records_end(feed->rows);
    if (state != FEED_RECORD)
        return state == FEED_END ? FEED_RECORD : state;
    size_t size = piece->size < PIECE_MAX ? piece->size : PIECE_MAX;
    if (contract_records_push(feed->rows, (struct bytes){piece->data, size}, err) < 0)
        return fail(feed);
    *piece = (struct bytes){piece->data + size, piece->size - size};
    return FEED_RECORD;
}

static enum feed_result next_row(struct feed *feed, struct arena *arena, struct feed_record *ret,
                                 struct error *err)
{
    for (;;) {
        struct contract_record *record = arena_zalloc(arena, sizeof *record);
        enum contract_records_result result = contract_records_next(feed->rows, arena, record, err);
        if (result == CONTRACT_RECORDS_MORE) {
            enum feed_result state = push_rows(feed, err);
            if (state != FEED_RECORD)
                return state;
            continue;
        }
        if (result == CONTRACT_RECORDS_BROKEN)
            return fail(feed);
        if (result == CONTRACT_RECORDS_END) {
            feed->over = true;
            return FEED_END;
        }
        feed->line = record->line;
        *ret = (struct feed_record){.line = record->line, .text = record->text};
        if (result == CONTRACT_RECORDS_MISTAKE)
            return err->code == ML_ELIMIT ? FEED_TOO_LONG : FEED_MISTAKE;
        ret->fields = &record->fields;
        return FEED_RECORD;
    }
}

enum feed_result feed_next(struct feed *feed, struct arena *arena, struct feed_record *ret,
                           struct error *err)
{
    if (feed->over)
        return FEED_END;
    return feed->rows != NULL ? next_row(feed, arena, ret, err) : next_line(feed, ret, err);
}
