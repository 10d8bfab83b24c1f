/* Reading deliveries from the view. */
#include "server/api/deliveries.h"

#include "server/api/listing.h"
#include "server/internal.h"

#include <inttypes.h>

enum { LIMIT, BEFORE };
const char *const deliveries_parameters[] = {"limit", "before", NULL};

enum { PAGE_DEFAULT = 100 };

void deliveries_run(struct request *request)
{
    struct error err;
    uint64_t limit, before, next = 0;
    if (!request_number(request, LIMIT, 1, STORE_PAGE_MAX, PAGE_DEFAULT, &limit) ||
        !request_number(request, BEFORE, 1, UINT64_MAX, 0, &before))
        return;
    struct json_writer *json = request_answer_json(request, 200);
    json_object_open(json);
    json_key(json, "deliveries");
    const struct store_delivery_filter filter = {.before = before};
    int code =
        store_read_deliveries(request->reader->store, &filter, (uint32_t)limit, json, &next, &err);
    if (code != 0) {
        request_refuse_error(request, code, &err);
        return;
    }
    if (next != 0)
        json_member_unsigned(json, "next", next);
    json_object_close(json);
    if (next != 0)
        request->answer.link = listing_next_link(request, limit, "before",
                                                 arena_printf(&request->arena, "%" PRIu64, next));
}
