/* GET /v1/on-call: who is on call, until when, and who is next. Rotations are a function of the
 * release and the time; nothing is read but those. */
#include "server/api/on_call.h"

#include "base/time.h"
#include "policy/rota/rota.h"
#include "server/api/listing.h"
#include "server/internal.h"

enum { ON_CALL_AT, ON_CALL_TO };
enum { NEXT_DEFAULT = 5, SPAN_DAYS_MAX = 366 };

const char *const on_call_parameters[] = {[ON_CALL_AT] = "at", [ON_CALL_TO] = "to", NULL};

/* Those that follow `now`: up to to_us, or the next few when that is 0. */
static void write_next(const struct policy_release *release, const struct policy_rota *rota,
                       const struct policy_rota_shift *now, int64_t to_us, struct json_writer *json)
{
    struct policy_rota_shift shift = *now;
    json_key(json, "next");
    json_array_open(json);
    for (int i = 0; to_us != 0 ? shift.time.to_us < to_us : i < NEXT_DEFAULT; i++) {
        policy_rota_at(rota, shift.time.to_us, &shift);
        policy_rota_shift_write(release, rota, &shift, json);
    }
    json_array_close(json);
}

static int write_rotation(struct request *request, const struct policy_release *release,
                          const struct policy_rota *rota, int64_t at_us, int64_t to_us,
                          struct json_writer *json, struct error *err)
{
    const struct policy_rota_shift *whole;
    struct policy_rota_shift now;
    size_t count;
    int code = policy_rota_shifts(rota, at_us, at_us + 1, &request->arena, &whole, &count, err);
    if (code != 0)
        return code;
    policy_rota_at(rota, at_us, &now);
    now.time.from_us = whole[0].time.from_us; /* not that of the question */
    json_object_open(json);
    json_member(json, "rotation", bytes_of(rota->id));
    json_member(json, "team", bytes_of(rota->team));
    json_member(json, "time_zone", bytes_of(rota->zone_name));
    json_key(json, "now");
    policy_rota_shift_write(release, rota, &now, json);
    write_next(release, rota, &now, to_us, json);
    json_object_close(json);
    return 0;
}

/* False: the request has been refused. */
static bool read_times(struct request *request, int64_t *ret_at_us, int64_t *ret_to_us)
{
    if (!listing_time(request, ON_CALL_AT, ret_at_us) ||
        !listing_time(request, ON_CALL_TO, ret_to_us))
        return false;
    if (request->parameters[ON_CALL_AT].data == NULL)
        *ret_at_us = engine_now_us(request->server->engine);
    if (*ret_at_us < 0 || *ret_at_us > time_days(3000, 1, 1) * TIME_US_PER_DAY) {
        request_refuse(request, PROBLEM_INVALID_PARAMETER,
                       "`at` must be a time of the years 1970 to 2999");
        return false;
    }
    if (request->parameters[ON_CALL_TO].data == NULL ||
        (*ret_to_us > *ret_at_us && *ret_to_us - *ret_at_us <= SPAN_DAYS_MAX * TIME_US_PER_DAY))
        return true;
    request_refuse(request, PROBLEM_INVALID_PARAMETER,
                   "`to` must be later than `at`, and at most %d days later", SPAN_DAYS_MAX);
    return false;
}

void on_call_run(struct request *request)
{
    struct error err;
    int64_t at_us, to_us;
    int code = 0;
    if (!read_times(request, &at_us, &to_us))
        return;
    struct policy_release *release = engine_release_ref(request->server->engine);
    if (release == NULL) {
        request_refuse(request, PROBLEM_NO_POLICY, "no routing policy is active yet");
        return;
    }
    struct json_writer *json = request_answer_json(request, 200);
    json_object_open(json);
    json_member_time(json, "at", at_us);
    json_key(json, "rotations");
    json_array_open(json);
    for (size_t i = 0; code == 0 && i < release->rota_count; i++)
        code = write_rotation(request, release, &release->rotas[i], at_us, to_us, json, &err);
    json_array_close(json);
    json_object_close(json);
    if (code != 0)
        request_refuse_error(request, code, &err);
    policy_release_unref(release);
}
