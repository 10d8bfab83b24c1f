/* Many records in one request: lines of NDJSON, rows of CSV, or a body that holds several. Those of
 * a stream are read, submitted in groups and made durable while the rest of the body is still on
 * its way; the results, in the order of the records, are the answer. One bad record never stops the
 * others. */
#ifndef ML_SERVER_BATCH_H
#define ML_SERVER_BATCH_H

#include "server/request.h"

struct contract_inbound;
struct feed_options;

/* Memory that batches share: groups for reuse, and the count of batches that the engine still works
 * for. */
struct batch_pool;
struct batch_pool *batch_pool_new(void);
void batch_pool_free(struct batch_pool *pool); /* takes NULL */
/* Waits until the engine has answered every group, also those of requests that are gone. */
void batch_pool_drain(struct batch_pool *pool);
/* Bytes of results held now, for all requests. */
uint64_t batch_pool_held(const struct batch_pool *pool);

/* Makes the request, whose intake is filled in, a batch of what streams in; or refuses it. The
 * answer is NDJSON, one line for each record. */
void batch_begin(struct request *request, const struct feed_options *options);
/* The body is complete. */
void batch_run(struct request *request);
void batch_finish(struct request *request);

/* Makes the request a batch of the records that its body held, and runs it. `items` lie in the
 * request's arena, which becomes the batch's. The answer is a JSON object of results. */
void batch_run_items(struct request *request, const struct contract_inbound *items, size_t count,
                     struct bytes key);

/* ---- cutting a stream into lines */

struct line_splitter {
    struct buffer
        carry;     /* the beginning of a line whose end has not come; its ceiling is the line's */
    bool skipping; /* the line was too long: its rest is thrown away */
};

enum line_kind { LINE_NONE, LINE_WHOLE, LINE_TOO_LONG };

void line_splitter_init(struct line_splitter *splitter, size_t line_max);
void line_splitter_release(struct line_splitter *splitter);
/* Takes the next line off the front of *data. LINE_NONE when all of it was taken without completing
 * one. *ret_line is without its end (LF or CR LF) and good until the next call. */
enum line_kind line_next(struct line_splitter *splitter, struct bytes *data,
                         struct bytes *ret_line);
/* What is left at the end of the stream: a last line without an end, or LINE_NONE. */
enum line_kind line_last(struct line_splitter *splitter, struct bytes *ret_line);

#endif
