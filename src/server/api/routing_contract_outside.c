/* The part of the routing contract that is about what leaves the process: which systems get which
 * events, who is asked about leads, who is told of what. Options are left out: addresses, headers
 * and the names of secrets are the company's own business. */
#include "server/api/routing_contract.h"

#include "base/time.h"
#include "policy/calendar/calendar.h"

static void write_duration(struct json_writer *json, const char *key, int64_t duration_us)
{
    char text[DURATION_TEXT_SIZE];
    if (duration_us <= 0)
        return;
    duration_print(duration_us, text);
    json_member(json, key, bytes_of(text));
}

static void write_limit(struct json_writer *json, const char *key, uint32_t limit)
{
    if (limit > 0)
        json_member_unsigned(json, key, limit);
}

static void write_sync(const struct policy_sync *sync, struct json_writer *json)
{
    if (sync->field_count == 0)
        return;
    json_key(json, "authority");
    json_object_open(json);
    for (size_t i = 0; i < sync->field_count; i++) {
        json_key_bytes(json, bytes_of(sync->fields[i].name));
        json_string(json, bytes_of(policy_authority_name(sync->fields[i].authority)));
    }
    json_object_close(json);
}

static void write_destination(const struct policy_destination *destination,
                              struct json_writer *json)
{
    json_object_open(json);
    json_member(json, "name", bytes_of(destination->name));
    json_member(json, "title", bytes_of(destination->title));
    json_member(json, "kind", bytes_of(policy_destination_kind_name(destination->kind)));
    json_member_if(json, "owner", bytes_of(destination->owner));
    json_member_if(json, "team", bytes_of(destination->team));
    if (!destination->provider) {
        json_key(json, "events");
        json_array_open(json);
        for (size_t i = 0; i < destination->event_count; i++)
            json_string(json, bytes_of(destination->events[i]));
        json_array_close(json);
    }
    json_member_if(json, "when", bytes_of(destination->when_text));
    json_member_unsigned(json, "concurrency", destination->concurrency);
    write_limit(json, "rate", destination->rate);
    write_limit(json, "per_day", destination->per_day);
    write_duration(json, "timeout", destination->timeout_us);
    write_duration(json, "cache", destination->cache_us);
    write_duration(json, "within", destination->retry.within_us);
    write_sync(&destination->sync, json);
    json_object_close(json);
}

static void write_destinations(const struct policy_release *release, bool providers,
                               struct json_writer *json)
{
    json_key(json, providers ? "providers" : "destinations");
    json_array_open(json);
    for (size_t i = 0; i < release->destination_count; i++)
        if (release->destinations[i].provider == providers)
            write_destination(&release->destinations[i], json);
    json_array_close(json);
}

static void write_enrichment(const struct policy_release *release, struct json_writer *json)
{
    const struct policy_enrichment *enrichment = &release->enrichment;
    json_key(json, "enrichment");
    json_object_open(json);
    json_key(json, "steps");
    json_array_open(json);
    for (size_t i = 0; i < enrichment->step_count; i++) {
        const struct policy_provider_step *step = &enrichment->steps[i];
        json_object_open(json);
        json_member(json, "provider", bytes_of(release->destinations[step->provider].name));
        json_member_if(json, "when", bytes_of(step->when_text));
        json_member_if(json, "hold", bytes_of(step->hold));
        json_object_close(json);
    }
    json_array_close(json);
    if (enrichment->reroute.allowed) {
        json_key(json, "reroute");
        json_object_open(json);
        write_duration(json, "within", enrichment->reroute.within_us);
        json_member_bool(json, "more_specific", enrichment->reroute.more_specific);
        json_object_close(json);
    }
    json_object_close(json);
}

/* ---- who is told of what */

static void write_channel(const struct policy_release *release,
                          const struct policy_channel *channel, struct json_writer *json)
{
    json_object_open(json);
    json_member(json, "via", bytes_of(release->destinations[channel->destination].name));
    if (channel->own_hours)
        json_member(json, "hours", BYTES_LITERAL("own"));
    else if (channel->hours != NULL)
        json_member(json, "hours", bytes_of(channel->hours->id));
    write_duration(json, "digest", channel->digest_us);
    json_object_close(json);
}

static void write_notifications(const struct policy_release *release, struct json_writer *json)
{
    static const char *const audiences[POLICY_AUDIENCES] = {
        [POLICY_REPS] = "reps",
        [POLICY_MANAGERS] = "managers",
        [POLICY_TEAMS] = "teams",
        [POLICY_ON_CALL] = "on_call",
        [POLICY_PARTNERS_BY_EMAIL] = "partners_by_email",
        [POLICY_PARTNERS_BY_WEBHOOK] = "partners_by_webhook",
    };
    const struct policy_notifications *notifications = &release->notifications;
    json_key(json, "notifications");
    json_object_open(json);
    json_key(json, "channels");
    json_object_open(json);
    for (int i = 0; i < POLICY_AUDIENCES; i++)
        if (notifications->channels[i].destination < release->destination_count) {
            json_key(json, audiences[i]);
            write_channel(release, &notifications->channels[i], json);
        }
    json_object_close(json);
    json_key(json, "muted");
    json_array_open(json);
    for (int i = POLICY_ASSIGNMENT; i < POLICY_PURPOSES; i++)
        if ((notifications->muted >> i & 1) != 0)
            json_string(json, bytes_of(policy_purpose_name((enum policy_purpose)i)));
    json_array_close(json);
    json_object_close(json);
}

void contract_write_outside(const struct policy_release *release, struct json_writer *json)
{
    write_destinations(release, false, json);
    write_destinations(release, true, json);
    write_enrichment(release, json);
    write_notifications(release, json);
}
