/* GET /v1/reconciliation: the identity I9, term by term, counted from the rows. */
#include "server/api/health.h"

#include "server/internal.h"

void reconciliation_run(struct request *request)
{
    struct store_reconciliation counts;
    struct error err;
    int code = store_read_reconciliation(request->reader->store, &counts, &err);
    if (code != 0) {
        request_refuse_error(request, code, &err);
        return;
    }
    struct json_writer *json = request_answer_json(request, 200);
    json_object_open(json);
    json_member_bool(json, "balanced", counts.balanced);
    json_member_unsigned(json, "seq", counts.seq);
    json_member_unsigned(json, "journal_seq", engine_durable_seq(request->server->engine));
    json_member_unsigned(json, "accepted", counts.accepted);
    json_member_unsigned(json, "owned", counts.owned);
    json_member_unsigned(json, "waiting", counts.waiting);
    json_member_unsigned(json, "in_exception", counts.in_exception);
    json_member_unsigned(json, "nurture", counts.nurture);
    json_member_unsigned(json, "closed", counts.closed);
    json_member_unsigned(json, "dead_lettered", counts.dead_lettered);
    json_member_unsigned(json, "settled", counts.settled);
    json_member_unsigned(json, "qualified", counts.qualified);
    json_member_unsigned(json, "disqualified", counts.disqualified);
    json_member_unsigned(json, "touchpoints", counts.touchpoints);
    json_member_unsigned(json, "late", counts.late);
    json_object_close(json);
}
