/* The canonical form of what leaves the process. What is common to destinations is written in full,
 * what is their kind's own as it stands in the file. */
#include "policy/internal.h"

static void write_text(struct json_writer *writer, const char *key, const char *value)
{
    json_member_if(writer, key, bytes_of(value));
}

static void write_count(struct json_writer *writer, const char *key, uint32_t count)
{
    if (count > 0)
        json_member_unsigned(writer, key, count);
}

/* ---- destinations and providers */

static void write_retry(const struct policy_retry *retry, struct json_writer *writer)
{
    json_key(writer, "retry");
    json_object_open(writer);
    json_member_unsigned(writer, "immediate", retry->immediate);
    json_key(writer, "short");
    json_object_open(writer);
    json_member_unsigned(writer, "times", retry->short_count);
    policy_duration_write(writer, "from", retry->short_us);
    policy_duration_write(writer, "to", retry->short_max_us);
    json_object_close(writer);
    json_key(writer, "long");
    json_object_open(writer);
    policy_duration_write(writer, "from", retry->long_us);
    policy_duration_write(writer, "to", retry->long_max_us);
    json_object_close(writer);
    policy_duration_write(writer, "within", retry->within_us);
    json_object_close(writer);
}

static void write_breaker(const struct policy_breaker *breaker, struct json_writer *writer)
{
    if (breaker->failures == 0) {
        write_text(writer, "breaker", "off");
        return;
    }
    json_key(writer, "breaker");
    json_object_open(writer);
    json_member_unsigned(writer, "failures", breaker->failures);
    policy_duration_write(writer, "pause", breaker->pause_us);
    policy_duration_write(writer, "longest", breaker->pause_max_us);
    json_object_close(writer);
}

static void write_events(const struct policy_destination *destination, struct json_writer *writer)
{
    json_key(writer, "events");
    json_array_open(writer);
    for (size_t i = 0; i < destination->event_count; i++)
        json_string(writer, bytes_of(destination->events[i]));
    json_array_close(writer);
    write_text(writer, "when", destination->when_text);
}

static void write_destination(const struct policy_destination *destination,
                              const struct policy_node *node, struct json_writer *writer)
{
    json_object_open(writer);
    write_text(writer, destination->provider ? "provider" : "destination", destination->name);
    write_text(writer, "title", destination->title);
    write_text(writer, "owner", destination->owner);
    write_text(writer, "team", destination->team);
    write_text(writer, "kind", policy_destination_kind_name(destination->kind));
    if (!destination->provider)
        write_events(destination, writer);
    json_member_unsigned(writer, "concurrency", destination->concurrency);
    write_count(writer, "rate", destination->rate);
    write_count(writer, "per_day", destination->per_day);
    policy_duration_write(writer, "timeout", destination->timeout_us);
    if (destination->cache_us > 0)
        policy_duration_write(writer, "cache", destination->cache_us);
    write_retry(&destination->retry, writer);
    write_breaker(&destination->breaker, writer);
    json_member_bool(writer, "private_network", destination->private_network);
    if (destination->provider)
        json_member_bool(writer, "overwrite", destination->overwrite);
    policy_options_write(node, policy_shape_destinations[destination->kind],
                         destination->provider ? POLICY_PROVIDER_COMMON : POLICY_DESTINATION_COMMON,
                         writer);
    json_object_close(writer);
}

void policy_canonical_write_destinations(const struct policy_build *build,
                                         struct json_writer *writer)
{
    const struct policy_release *release = build->release;
    for (int provider = 0; provider < 2; provider++) {
        json_key(writer, provider ? "providers" : "destinations");
        json_array_open(writer);
        for (size_t i = 0; i < release->destination_count; i++)
            if (release->destinations[i].provider == (provider == 1))
                write_destination(&release->destinations[i], build->destination_nodes[i], writer);
        json_array_close(writer);
    }
}

/* ---- the pipeline's enrichment */

void policy_canonical_write_enrichment(const struct policy_release *release,
                                       struct json_writer *writer)
{
    const struct policy_enrichment *enrichment = &release->enrichment;
    json_key(writer, "enrichment");
    json_object_open(writer);
    json_key(writer, "providers");
    json_array_open(writer);
    for (size_t i = 0; i < enrichment->step_count; i++) {
        const struct policy_provider_step *step = &enrichment->steps[i];
        json_object_open(writer);
        write_text(writer, "provider", release->destinations[step->provider].name);
        write_text(writer, "when", step->when_text);
        write_text(writer, "hold", step->hold);
        json_object_close(writer);
    }
    json_array_close(writer);
    if (enrichment->reroute.allowed) {
        json_key(writer, "reroute");
        json_object_open(writer);
        policy_duration_write(writer, "within", enrichment->reroute.within_us);
        json_member_bool(writer, "more_specific", enrichment->reroute.more_specific);
        json_object_close(writer);
    } else {
        write_text(writer, "reroute", "off");
    }
    json_object_close(writer);
}

/* ---- people.yaml */

void policy_canonical_write_contact(const struct policy_release *release,
                                    const struct policy_contact *contact,
                                    struct json_writer *writer)
{
    if (contact->destination != POLICY_NONE) {
        json_key(writer, "contact");
        json_object_open(writer);
        write_text(writer, "via", release->destinations[contact->destination].name);
        write_text(writer, "address", contact->address);
        json_object_close(writer);
    }
    if (contact->external_count == 0)
        return;
    json_key(writer, "external");
    json_object_open(writer);
    for (size_t i = 0; i < contact->external_count; i++)
        write_text(writer, release->destinations[contact->external[i].destination].name,
                   contact->external[i].id);
    json_object_close(writer);
}

/* ---- notifications.yaml */

static void write_channel(const struct policy_release *release,
                          const struct policy_channel *channel, const char *audience,
                          struct json_writer *writer)
{
    if (channel->destination == POLICY_NONE)
        return;
    json_key(writer, audience);
    json_object_open(writer);
    write_text(writer, "via", release->destinations[channel->destination].name);
    if (channel->own_hours)
        write_text(writer, "hours", "own");
    else if (channel->hours != NULL)
        write_text(writer, "hours", channel->hours->id);
    if (channel->digest_us > 0)
        policy_duration_write(writer, "digest", channel->digest_us);
    json_object_close(writer);
}

static void write_template(const struct policy_template *template, const char *purpose,
                           struct json_writer *writer)
{
    if (template->subject == NULL && template->text == NULL && template->html == NULL)
        return;
    json_key(writer, purpose);
    json_object_open(writer);
    write_text(writer, "subject", template->subject);
    write_text(writer, "text", template->text);
    write_text(writer, "html", template->html);
    json_object_close(writer);
}

void policy_canonical_write_notifications(const struct policy_build *build,
                                          struct json_writer *writer)
{
    const struct policy_release *release = build->release;
    const struct policy_notifications *notifications = &release->notifications;
    json_key(writer, "notifications");
    json_object_open(writer);
    write_text(writer, "url", notifications->url);
    json_key(writer, "channels");
    json_object_open(writer);
    for (size_t i = 0; i < POLICY_AUDIENCES; i++)
        write_channel(release, &notifications->channels[i], policy_audiences[i], writer);
    json_object_close(writer);
    json_key(writer, "mute");
    json_array_open(writer);
    for (int i = 0; i < POLICY_PURPOSES; i++)
        if ((notifications->muted >> i & 1) != 0)
            json_string(writer, bytes_of(policy_purpose_name((enum policy_purpose)i)));
    json_array_close(writer);
    json_key(writer, "templates");
    json_object_open(writer);
    for (int i = 0; i < POLICY_PURPOSES; i++)
        write_template(&notifications->templates[i], policy_purpose_name((enum policy_purpose)i),
                       writer);
    json_object_close(writer);
    json_object_close(writer);
}
