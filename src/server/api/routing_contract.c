/* The routing contract: the policy in force, whole but for what is the company's own business
 * (people's addresses, the rows of tables). Its version is the id of the release, so that equal
 * documents have equal versions and a reader may ask with If-None-Match. */
#include "server/api/routing_contract.h"

#include "base/time.h"
#include "policy/calendar/calendar.h"
#include "policy/reference/table.h"
#include "server/internal.h"

#include <math.h>
#include <stdio.h>

enum { CONTRACT_FORMAT = 1, SAMPLE_ALL = 10000 };

static void write_duration(struct json_writer *json, const char *key, int64_t duration_us)
{
    char text[DURATION_TEXT_SIZE];
    if (duration_us == 0)
        return;
    duration_print(duration_us, text);
    json_member(json, key, bytes_of(text));
}

static void write_number(struct json_writer *json, const char *key, double number)
{
    enum { WHOLE_MAX = 1000000000 }; /* below it a whole number is printed as one */
    if (!isfinite(number))
        return;
    json_key(json, key);
    if (number == trunc(number) && fabs(number) <= WHOLE_MAX)
        json_integer(json, (int64_t)number);
    else
        json_double(json, number);
}

/* ---- whose it is */

static void write_head(const struct policy_release *release, int64_t activated_us,
                       struct json_writer *json)
{
    static const char *const roles[] = {[POLICY_ROLE_ROUTING] = "routing",
                                        [POLICY_ROLE_INTEGRATIONS] = "integrations",
                                        [POLICY_ROLE_SALES_OPS] = "sales_ops",
                                        [POLICY_ROLE_COMPLIANCE] = "compliance"};
    json_member_integer(json, "format", CONTRACT_FORMAT);
    json_member(json, "version", bytes_of(release->id_text));
    json_member_time(json, "activated_at", activated_us);
    json_member(json, "mesh", bytes_of(release->name));
    json_member(json, "pipeline", bytes_of(release->pipeline));
    json_key(json, "owner");
    json_object_open(json);
    json_member(json, "name", bytes_of(release->owner));
    for (size_t i = 0; i < release->owner_count; i++) {
        if (strcmp(release->owners[i].name, release->owner) != 0)
            continue;
        json_member(json, "role", bytes_of(roles[release->owners[i].role]));
        json_member_if(json, "email", bytes_of(release->owners[i].email));
    }
    json_object_close(json);
}

/* ---- the lead, as JSON Schema */

static void write_field(const struct policy_field *field, struct json_writer *json)
{
    static const char *const types[] = {[POLICY_STRING] = "string",
                                        [POLICY_INTEGER] = "integer",
                                        [POLICY_NUMBER] = "number",
                                        [POLICY_BOOLEAN] = "boolean",
                                        [POLICY_STRINGS] = "array"};
    json_key(json, field->name);
    json_object_open(json);
    json_member(json, "type", bytes_of(types[field->type]));
    if (field->type == POLICY_STRINGS) {
        json_key(json, "items");
        json_raw(json, BYTES_LITERAL("{\"type\":\"string\"}"));
    }
    if (field->allowed_count > 0) {
        json_key(json, "enum");
        json_array_open(json);
        for (size_t i = 0; i < field->allowed_count; i++)
            json_string(json, bytes_of(field->allowed[i]));
        json_array_close(json);
    }
    if (field->type == POLICY_STRING)
        json_member_unsigned(json, "maxLength", field->max_length);
    write_number(json, "minimum", field->minimum);
    write_number(json, "maximum", field->maximum);
    if (field->pii)
        json_member_bool(json, "x-pii", true);
    json_object_close(json);
}

static void write_lead(const struct policy_schema *schema, struct json_writer *json)
{
    json_key(json, "lead");
    json_object_open(json);
    json_member(json, "type", BYTES_LITERAL("object"));
    json_member_bool(json, "additionalProperties", schema->additional);
    json_key(json, "required");
    json_array_open(json);
    for (size_t i = 0; i < schema->count; i++)
        if (schema->fields[i].required)
            json_string(json, bytes_of(schema->fields[i].name));
    json_array_close(json);
    json_key(json, "properties");
    json_object_open(json);
    for (size_t i = 0; i < schema->count; i++)
        write_field(&schema->fields[i], json);
    json_object_close(json);
    json_object_close(json);
}

/* ---- how it is decided */

static void write_params(const struct policy_release *release, struct json_writer *json)
{
    json_key(json, "params");
    json_object_open(json);
    for (size_t i = 0; i < release->param_count; i++) {
        const struct cel_value *value = &release->params[i].value;
        json_key(json, release->params[i].name);
        if (value->kind == CEL_BOOL)
            json_boolean(json, value->boolean);
        else if (value->kind == CEL_INT)
            json_integer(json, value->integer);
        else if (value->kind == CEL_DOUBLE)
            json_double(json, value->number);
        else
            json_string(json, value->string);
    }
    json_object_close(json);
}

static void write_target(const struct policy_release *release, const struct policy_route *route,
                         struct json_writer *json)
{
    json_key(json, "to");
    json_object_open(json);
    switch (route->target) {
    case POLICY_TO_POOL:
        json_member(json, "pool", bytes_of(release->pools[route->target_index].id));
        break;
    case POLICY_TO_REP:
        if (route->rep_text != NULL)
            json_member(json, "rep_expression", bytes_of(route->rep_text));
        else
            json_member(json, "rep", bytes_of(release->reps[route->target_index].id));
        break;
    case POLICY_TO_EXCEPTION:
        json_member(json, "exception", bytes_of(route->kind));
        json_member_if(json, "team", bytes_of(route->team));
        write_duration(json, "within", route->delay_us);
        break;
    case POLICY_TO_NURTURE:
        json_member(json, "nurture", bytes_of(route->kind));
        write_duration(json, "after", route->delay_us);
        break;
    }
    json_object_close(json);
}

static void write_route(const struct policy_release *release, const struct policy_route *route,
                        struct json_writer *json)
{
    json_object_open(json);
    json_member(json, "name", bytes_of(route->name));
    json_member_if(json, "group", bytes_of(route->group));
    json_member_if(json, "when", bytes_of(route->when_text));
    if (route->sample != SAMPLE_ALL)
        write_number(json, "percent", route->sample / 100.0);
    write_target(release, route, json);
    json_object_close(json);
}

static void write_pipeline(const struct policy_release *release, struct json_writer *json)
{
    json_key(json, "classes");
    json_array_open(json);
    for (size_t i = 0; i < release->class_count; i++)
        contract_write_class(release, &release->classes[i], json);
    json_array_close(json);
    json_member_if(json, "score", bytes_of(release->score_text));
    json_key(json, "routes");
    json_array_open(json);
    for (size_t i = 0; i < release->route_count; i++)
        write_route(release, &release->routes[i], json);
    json_array_close(json);
}

/* ---- who takes leads */

static void write_members(const struct policy_release *release, const struct policy_pool *pool,
                          struct json_writer *json)
{
    json_key(json, "members");
    json_array_open(json);
    for (size_t i = 0; i < pool->member_count; i++) {
        json_object_open(json);
        json_member(json, "rep", bytes_of(release->reps[pool->members[i].rep].id));
        if (pool->strategy == POLICY_WEIGHTED || pool->otherwise == POLICY_WEIGHTED)
            json_member_unsigned(json, "weight", pool->members[i].weight);
        if (pool->tier_count > 1)
            json_member_unsigned(json, "tier", pool->members[i].tier);
        json_object_close(json);
    }
    json_array_close(json);
}

static void write_tiers(const struct policy_pool *pool, struct json_writer *json)
{
    if (pool->tier_count < 2)
        return;
    json_key(json, "tiers");
    json_array_open(json);
    for (size_t i = 0; i < pool->tier_count; i++) {
        json_object_open(json);
        if (pool->tier_scores[i] != INT64_MIN)
            json_member_integer(json, "min_score", pool->tier_scores[i]);
        json_object_close(json);
    }
    json_array_close(json);
}

static void write_pool(const struct policy_release *release, const struct policy_pool *pool,
                       struct json_writer *json)
{
    json_object_open(json);
    json_member(json, "id", bytes_of(pool->id));
    json_member(json, "title", bytes_of(pool->title));
    json_member(json, "strategy", bytes_of(policy_strategy_name(pool->strategy)));
    if (pool->strategy == POLICY_STICKY)
        json_member(json, "otherwise", bytes_of(policy_strategy_name(pool->otherwise)));
    write_tiers(pool, json);
    write_members(release, pool, json);
    json_member_if(json, "team", bytes_of(pool->team));
    if (pool->calendar != NULL)
        json_member(json, "calendar", bytes_of(pool->calendar->id));
    json_member(json, "off_duty", bytes_of(policy_relief_name(pool->off_duty)));
    json_member(json, "full", bytes_of(policy_relief_name(pool->full)));
    if (pool->overflow != POLICY_NONE)
        json_member(json, "overflow", bytes_of(release->pools[pool->overflow].id));
    if (pool->on_call_count > 0) {
        json_key(json, "on_call");
        json_array_open(json);
        for (size_t i = 0; i < pool->on_call_count; i++)
            json_string(json, bytes_of(release->reps[pool->on_call[i]].id));
        json_array_close(json);
    }
    json_object_close(json);
}

static void write_rep(const struct policy_rep *rep, struct json_writer *json)
{
    json_object_open(json);
    json_member(json, "id", bytes_of(rep->id));
    json_member_if(json, "team", bytes_of(rep->team));
    json_member_unsigned(json, "capacity", rep->capacity);
    if (rep->per_hour > 0)
        json_member_unsigned(json, "per_hour", rep->per_hour);
    if (rep->per_day > 0)
        json_member_unsigned(json, "per_day", rep->per_day);
    if (rep->calendar != NULL)
        json_member(json, "calendar", bytes_of(rep->calendar->id));
    json_object_close(json);
}

static void write_people(const struct policy_release *release, struct json_writer *json)
{
    json_key(json, "pools");
    json_array_open(json);
    for (size_t i = 0; i < release->pool_count; i++)
        write_pool(release, &release->pools[i], json);
    json_array_close(json);
    json_key(json, "reps");
    json_array_open(json);
    for (size_t i = 0; i < release->rep_count; i++)
        write_rep(&release->reps[i], json);
    json_array_close(json);
}

/* ---- what it looks things up in */

static const char *type_name(const struct cel_type *type)
{
    switch (type->kind) {
    case CEL_TYPE_BOOL: return "boolean";
    case CEL_TYPE_INT: return "integer";
    case CEL_TYPE_DOUBLE: return "number";
    default: return "string";
    }
}

static void write_columns(const struct cel_type *type, struct json_writer *json)
{
    json_key(json, "columns");
    json_array_open(json);
    for (size_t i = 0; type->kind == CEL_TYPE_TABLE && i < type->field_count; i++) {
        json_object_open(json);
        json_member(json, "name", bytes_of(type->fields[i].name));
        json_member(json, "type", bytes_of(type_name(type->fields[i].type)));
        json_object_close(json);
    }
    json_array_close(json);
}

/* A table of one column is a plain list to whoever looks in it: no columns. */
static void write_tables(const struct policy_release *release, struct json_writer *json)
{
    json_key(json, "tables");
    json_array_open(json);
    for (size_t i = POLICY_TABLES_FROM; i < release->environment.count; i++) {
        const struct cel_variable *variable = &release->environment.variables[i];
        const struct cel_value *value = &release->table_values[i - POLICY_TABLES_FROM];
        json_object_open(json);
        json_member(json, "name", bytes_of(variable->name));
        json_member_unsigned(json, "rows",
                             value->kind == CEL_TABLE ? value->table->size : value->count);
        write_columns(variable->type, json);
        json_object_close(json);
    }
    json_array_close(json);
}

static void write_hours(const struct policy_calendar *calendar, struct json_writer *json)
{
    static const char *const days[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
    json_key(json, "hours");
    json_object_open(json);
    for (size_t day = 0; day < 7; day++) {
        if (calendar->hour_count[day] == 0)
            continue;
        json_key(json, days[day]);
        json_array_open(json);
        for (size_t i = 0; i < calendar->hour_count[day]; i++) {
            const struct policy_hours *hours = &calendar->hours[day][i];
            char text[32];
            snprintf(text, sizeof text, "%02d:%02d-%02d:%02d", hours->from / 3600,
                     hours->from / 60 % 60, hours->to / 3600, hours->to / 60 % 60);
            json_string(json, bytes_of(text));
        }
        json_array_close(json);
    }
    json_object_close(json);
}

static void write_calendars(const struct policy_release *release, struct json_writer *json)
{
    json_key(json, "calendars");
    json_array_open(json);
    for (size_t i = 0; i < release->calendar_count; i++) {
        const struct policy_calendar *calendar = release->calendars[i];
        json_object_open(json);
        json_member(json, "id", bytes_of(calendar->id));
        json_member_if(json, "time_zone", bytes_of(calendar->zone_name));
        write_hours(calendar, json);
        json_member_unsigned(json, "closed", calendar->closed_count);
        json_object_close(json);
    }
    json_array_close(json);
}

static void write_sources(const struct policy_release *release, struct json_writer *json)
{
    json_key(json, "sources");
    json_array_open(json);
    for (size_t i = 0; i < release->source_count; i++) {
        json_object_open(json);
        json_member(json, "name", bytes_of(release->sources[i].name));
        json_member(json, "title", bytes_of(release->sources[i].title));
        json_member_if(json, "owner", bytes_of(release->sources[i].owner));
        json_object_close(json);
    }
    json_array_close(json);
}

void contract_write(const struct policy_release *release, int64_t activated_us,
                    struct json_writer *json)
{
    json_object_open(json);
    write_head(release, activated_us, json);
    write_lead(&release->schema, json);
    write_sources(release, json);
    write_params(release, json);
    write_pipeline(release, json);
    contract_write_clock(release, json);
    contract_write_outside(release, json);
    write_people(release, json);
    write_tables(release, json);
    json_member_bool(json, "accounts", release->accounts != NULL);
    write_calendars(release, json);
    json_object_close(json);
}

/* ---- the call */

/* If-None-Match: a list of entity tags, strong or weak, or "*". */
static bool is_known(const struct request *request, const char *etag)
{
    struct bytes known = request_header(request, "If-None-Match");
    return bytes_is(known, "*") ||
           (known.size > 0 && memmem(known.data, known.size, etag, strlen(etag)) != NULL);
}

void contract_run(struct request *request)
{
    struct error err;
    int64_t activated_us;
    struct policy_release *release = engine_release_ref(request->server->engine);
    if (release == NULL) {
        request_refuse(request, PROBLEM_NO_POLICY, "no routing policy is active yet");
        return;
    }
    int code = store_read_activation(request->reader->store, bytes_of(release->id_text),
                                     &activated_us, &err);
    request->answer.etag = arena_printf(&request->arena, "\"%s\"", release->id_text);
    if (code != 0)
        request_refuse_error(request, code, &err);
    else if (is_known(request, request->answer.etag))
        request->answer.status = 304;
    else
        contract_write(release, activated_us, request_answer_json(request, 200));
    policy_release_unref(release);
}
