/* The fairness report out of the whole journal, one at a time (router.h, `retraces`). */
#include "server/api/fairness.h"

#include "engine/fairness.h"
#include "server/api/listing.h"
#include "server/internal.h"

enum { POOL, FROM, TO };
const char *const fairness_parameters[] = {"pool", "from", "to", NULL};

bool fairness_retraces(const struct request *request)
{
    (void)request;
    return true;
}

static bool read_options(struct request *request, struct fairness_options *ret)
{
    *ret = (struct fairness_options){.pool = request->parameters[POOL]};
    if (!listing_time(request, FROM, &ret->from_us) || !listing_time(request, TO, &ret->to_us))
        return false;
    if (ret->to_us == 0 || ret->to_us > ret->from_us)
        return true;
    request_refuse(request, PROBLEM_INVALID_PARAMETER, "`to` must be later than `from`");
    return false;
}

void fairness_begin(struct request *request)
{
    struct fairness_options options;
    read_options(request, &options);
}

struct walk {
    struct request *request;
    struct fairness *fairness;
};

static int see_event(void *context, const struct core *core, const struct core_event *event,
                     struct error *err)
{
    const struct walk *walk = context;
    int code = request_go_on(walk->request, err);
    return code == 0 ? fairness_observe(walk->fairness, core, event, err) : code;
}

void fairness_run(struct request *request)
{
    struct fairness_options options;
    struct error err;
    if (!read_options(request, &options))
        return;
    struct walk walk = {request, fairness_new(&options)};
    uint64_t durable = engine_durable_seq(request->server->engine);
    int code = engine_retrace(request->reader->journal, durable, see_event, &walk, &err);
    if (code >= 0)
        code = fairness_write(walk.fairness, request_answer_json(request, 200), &err);
    if (code < 0)
        request_refuse_error(request, code, &err);
    fairness_free(walk.fairness);
}
