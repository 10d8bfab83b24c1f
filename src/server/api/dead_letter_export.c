/* GET /v1/dead-letters/export: whole dead letters as NDJSON, newest first. However many there are,
 * a piece is read ahead of the client and no more: the worker sends it, then a query thread fills
 * the next while the connection is suspended. */
#include "server/api/dead_letters.h"

#include "base/id.h"
#include "base/json.h"
#include "server/internal.h"

#include <microhttpd.h>
#include <stdlib.h>

enum {
    PIECE_BYTES = 64 * 1024, /* as much is read ahead */
    PIECE_CEILING = 32 * 1024 * 1024,
    LIST_CEILING = 4 * 1024 * 1024,
    LIST_SIZE = 100,
    EXPORTS_MAX = 8, /* at once */
    BLOCK_SIZE = 16 * 1024,
};

const char *const dead_letter_export_parameters[] = {"source", "contract", "violation", "state",
                                                     NULL};

struct exporter {
    struct request *request;
    struct store_dead_letter_filter filter; /* `before`: where the list goes on */
    uint64_t numbers[LIST_SIZE];            /* listed and not yet written, from `next` on */
    size_t count, next;
    bool listed; /* to the end */
    bool failed;
    struct buffer out;
    size_t sent; /* of `out` */
    struct query_job fill;
};

/* ---- filling, on a query thread */

static int list(struct exporter *exporter, struct store_reader *store, struct error *err)
{
    struct buffer text;
    struct json_writer json;
    JSON_AUTO *page = NULL;
    uint64_t next = 0;
    buffer_init(&text, LIST_CEILING);
    json_begin(&json, &text);
    int code = store_read_dead_letters(store, &exporter->filter, LIST_SIZE, &json, &next, err);
    if (code == 0)
        code = json_parse(buffer_bytes(&text), &page, err);
    exporter->count = exporter->next = 0;
    for (size_t i = 0; code == 0 && i < json_object_array_length(page); i++) {
        struct bytes id = json_member_text(json_object_array_get_idx(page, i), "id");
        if (dead_letter_id_parse(id, &exporter->numbers[exporter->count]))
            exporter->count++;
    }
    exporter->filter.before = next;
    exporter->listed = next == 0;
    buffer_release(&text);
    return code;
}

/* One whole dead letter. One that was there when it was listed is there still. */
static int write_one(struct exporter *exporter, struct store_reader *store, struct error *err)
{
    struct json_writer json;
    json_begin(&json, &exporter->out);
    int code = store_read_dead_letter(store, exporter->numbers[exporter->next++], &json, err);
    buffer_append_char(&exporter->out, '\n');
    if (code == 0 && exporter->out.overflow)
        code = error_set(err, ML_ELIMIT, "", "the dead letter is too large to be exported");
    return code;
}

static int fill(struct exporter *exporter, struct store_reader *store, struct error *err)
{
    int code = 0;
    if (exporter->out.capacity > (size_t)PIECE_BYTES * 4)
        buffer_release(&exporter->out);
    buffer_clear(&exporter->out);
    exporter->sent = 0;
    while (code == 0 && exporter->out.size < PIECE_BYTES) {
        if (exporter->next < exporter->count)
            code = write_one(exporter, store, err);
        else if (!exporter->listed)
            code = list(exporter, store, err);
        else
            break;
    }
    return code;
}

static void fill_run(struct query_job *job, struct query_reader *reader)
{
    struct exporter *exporter = (struct exporter *)((char *)job - offsetof(struct exporter, fill));
    struct error err;
    exporter->failed = fill(exporter, reader->store, &err) != 0;
    if (exporter->failed)
        server_report(exporter->request->server, "an export of dead letters was cut short: %s",
                      err.message);
    request_resume(exporter->request);
}

/* ---- sending, on the worker */

static ssize_t read_export(void *context, uint64_t position, char *out, size_t size)
{
    (void)position;
    struct exporter *exporter = context;
    size_t left = exporter->out.size - exporter->sent;
    if (exporter->failed)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    if (left > 0) {
        size_t part = left < size ? left : size;
        memcpy(out, exporter->out.data + exporter->sent, part);
        exporter->sent += part;
        return (ssize_t)part;
    }
    if (exporter->listed && exporter->next == exporter->count)
        return MHD_CONTENT_READER_END_OF_STREAM;
    if (!request_suspend(exporter->request))
        return MHD_CONTENT_READER_END_WITH_ERROR;
    queries_push_always(&exporter->request->server->queries, &exporter->fill);
    return 0;
}

static void dispose(struct request *request)
{
    struct exporter *exporter = request->state;
    atomic_fetch_sub(&request->server->exports, 1);
    buffer_release(&exporter->out);
    free(exporter);
}

/* ---- beginning */

static struct exporter *exporter_new(struct request *request,
                                     const struct store_dead_letter_filter *filter)
{
    struct exporter *exporter = calloc(1, sizeof *exporter);
    if (exporter == NULL)
        panic("out of memory (export)");
    exporter->request = request;
    exporter->filter = *filter;
    exporter->fill.run = fill_run;
    buffer_init(&exporter->out, PIECE_CEILING);
    return exporter;
}

void dead_letter_export_run(struct request *request)
{
    struct store_dead_letter_filter filter;
    if (!dead_letter_filter_state(request, &filter))
        return;
    if (atomic_fetch_add(&request->server->exports, 1) >= EXPORTS_MAX) {
        atomic_fetch_sub(&request->server->exports, 1);
        request_refuse(request, PROBLEM_BUSY,
                       "%d exports are being sent, and no more can be; try again in a while",
                       EXPORTS_MAX);
        return;
    }
    struct exporter *exporter = exporter_new(request, &filter);
    request->state = exporter;
    request->dispose = dispose;
    request->answer.response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_SIZE,
                                                                 read_export, exporter, NULL);
    if (request->answer.response == NULL)
        panic("out of memory (export)");
    request->answer.status = 200;
    request->answer.content_type = "application/x-ndjson";
}
