/* destinations/ and providers/ → what is common to all of them: what they get, how fast, how often
 * it is tried again, and who answers for them. */
#include "policy/internal.h"

#include "base/time.h"

#define SECOND TIME_US_PER_SECOND
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)

enum { CONCURRENCY_DEFAULT = 8 };

/* ---- reading */

static uint32_t read_count(const struct policy_node *node, uint32_t otherwise)
{
    bool good = node != NULL && node->kind == POLICY_NODE_INTEGER && node->integer >= 0 &&
                node->integer <= INT32_MAX;
    return good ? (uint32_t)node->integer : otherwise;
}

static int64_t read_duration(const struct policy_node *node, int64_t otherwise)
{
    int64_t duration_us = policy_build_duration(node);
    return duration_us > 0 ? duration_us : otherwise;
}

static bool read_truth(const struct policy_node *node)
{
    return node != NULL && node->kind == POLICY_NODE_BOOLEAN && node->boolean;
}

/* ---- trying again */

static void check_span(struct policy_build *build, const struct policy_node *node, int64_t from_us,
                       int64_t to_us, const char *from, const char *to)
{
    if (node != NULL && from_us > to_us)
        policy_report(build, node, "`%s` must not be longer than `%s`", from, to);
}

static struct policy_retry build_retry(struct policy_build *build, const struct policy_node *node)
{
    const struct policy_node *quick = policy_node_get(node, "short");
    const struct policy_node *slow = policy_node_get(node, "long");
    const struct policy_node *within = policy_node_get(node, "within");
    struct policy_retry retry = {
        .immediate = read_count(policy_node_get(node, "immediate"), 1),
        .short_count = read_count(policy_node_get(quick, "times"), 5),
        .short_us = read_duration(policy_node_get(quick, "from"), 2 * SECOND),
        .short_max_us = read_duration(policy_node_get(quick, "to"), MINUTE),
        .long_us = read_duration(policy_node_get(slow, "from"), 5 * MINUTE),
        .long_max_us = read_duration(policy_node_get(slow, "to"), HOUR),
        .within_us = within == NULL ? 24 * HOUR : policy_build_timer(build, within, "within"),
    };
    check_span(build, quick, retry.short_us, retry.short_max_us, "from", "to");
    check_span(build, slow, retry.long_us, retry.long_max_us, "from", "to");
    return retry;
}

static struct policy_breaker build_breaker(struct policy_build *build,
                                           const struct policy_node *node)
{
    if (bytes_is(policy_node_text(node), "off"))
        return (struct policy_breaker){.pause_us = 30 * SECOND, .pause_max_us = 10 * MINUTE};
    struct policy_breaker breaker = {
        .failures = read_count(policy_node_get(node, "failures"), 5),
        .pause_us = read_duration(policy_node_get(node, "pause"), 30 * SECOND),
        .pause_max_us = read_duration(policy_node_get(node, "longest"), 10 * MINUTE),
    };
    check_span(build, node, breaker.pause_us, breaker.pause_max_us, "pause", "longest");
    return breaker;
}

/* ---- events */

static size_t event_type_count(void)
{
    size_t count = 0;
    while (policy_event_types[count] != NULL)
        count++;
    return count;
}

/* "lead.*", "*". */
static bool is_pattern_of(struct bytes pattern, const char *type)
{
    return pattern.size > 0 && pattern.data[pattern.size - 1] == '*' &&
           strncmp(pattern.data, type, pattern.size - 1) == 0 &&
           (pattern.size == 1 || pattern.data[pattern.size - 2] == '.');
}

static void report_event(struct policy_build *build, const struct policy_node *node)
{
    struct bytes text = policy_node_text(node);
    bool own = strncmp(text.data, "delivery.", strlen("delivery.")) == 0 ||
               bytes_is(text, "destination.changed");
    const char *hint = policy_hint(build, text, policy_event_types, event_type_count());
    if (own)
        policy_report(build, node,
                      "events about deliveries are not delivered themselves, there would be no end "
                      "of it; read `%.*s` in GET /v1/events",
                      POLICY_CLIP(text));
    else
        policy_report(
            build, node, "there is no event `%.*s`%s", POLICY_CLIP(text),
            hint[0] != '\0'
                ? hint
                : "; write one such as lead.assigned, several as lead.*, or \"*\" for all");
}

static void build_events(struct policy_build *build, const struct policy_node *list,
                         struct policy_destination *destination)
{
    size_t count = event_type_count();
    bool *wanted = arena_array(&build->scratch, count, sizeof *wanted);
    bool *named = arena_array(&build->scratch, count, sizeof *named);
    for (const struct policy_item *item = policy_node_items(list, POLICY_NODE_LIST); item != NULL;
         item = item->next) {
        struct bytes text = policy_node_text(item->value);
        uint32_t known = text.size == 0 ? POLICY_NONE : policy_choice(policy_event_types, text);
        bool any = false;
        if (known != POLICY_NONE && named[known] && build->from_files)
            policy_report(build, item->value, "`%.*s` is listed twice; keep one",
                          POLICY_CLIP(text));
        if (known != POLICY_NONE)
            named[known] = true;
        for (size_t i = 0; i < count; i++) {
            bool here = i == known || is_pattern_of(text, policy_event_types[i]);
            wanted[i] = wanted[i] || here;
            any = any || here;
        }
        if (!any && text.size > 0)
            report_event(build, item->value);
    }
    const char **events = arena_array(build->arena, count, sizeof *events);
    for (size_t i = 0; i < count; i++)
        if (wanted[i])
            events[destination->event_count++] = policy_event_types[i];
    destination->events = events;
}

/* ---- one */

/* The name is good and nobody else's. */
static bool add_name(struct policy_build *build, const struct policy_node *node, const char *key,
                     struct policy_destination *destination)
{
    const struct policy_node *name = policy_node_get(node, key);
    const struct policy_release *release = build->release;
    destination->name = policy_build_text(build, name);
    if (destination->name[0] == '\0')
        return false;
    uint32_t taken = policy_destination_find(release, policy_node_text(name));
    if (taken == POLICY_NONE)
        return true;
    const struct policy_node *first =
        policy_node_get(build->destination_nodes[taken],
                        release->destinations[taken].provider ? "provider" : "destination");
    policy_report(build, name, "`%s` is a name twice, here and in %s; give one of them another",
                  destination->name, first->document != NULL ? first->document->path : "another");
    return false;
}

static void build_common(struct policy_build *build, const struct policy_node *node,
                         struct policy_destination *destination)
{
    const struct policy_node *owner = policy_node_get(node, "owner");
    const struct policy_node *title = policy_node_get(node, "title");
    destination->title = title == NULL ? destination->name : policy_build_text(build, title);
    destination->owner = policy_build_text(build, owner);
    destination->team = policy_build_text(build, policy_node_get(node, "team"));
    policy_build_owner(build, owner);
    destination->private_network = read_truth(policy_node_get(node, "private_network"));
    destination->overwrite = read_truth(policy_node_get(node, "overwrite"));
    destination->concurrency =
        read_count(policy_node_get(node, "concurrency"), CONCURRENCY_DEFAULT);
    destination->rate = read_count(policy_node_get(node, "rate"), 0);
    destination->per_day = read_count(policy_node_get(node, "per_day"), 0);
    destination->timeout_us = read_duration(policy_node_get(node, "timeout"),
                                            destination->provider ? 5 * SECOND : 10 * SECOND);
    destination->cache_us = policy_build_duration(policy_node_get(node, "cache"));
    destination->retry = build_retry(build, policy_node_get(node, "retry"));
    destination->breaker = build_breaker(build, policy_node_get(node, "breaker"));
}

/* What the tables of shapes cannot say: options that go together. */
static void check_options(struct policy_build *build, const struct policy_node *node,
                          const struct policy_destination *destination)
{
    const struct policy_node *secrets = policy_node_get(node, "secrets");
    if (destination->kind == POLICY_WEBHOOK && secrets != NULL &&
        policy_node_get(node, "secret") != NULL)
        policy_report(build, secrets,
                      "`secret` is one and `secrets` are several; keep one of the "
                      "two keys");
    if (destination->kind == POLICY_WEBHOOK && destination->event_count > 0 &&
        policy_node_get(node, "url") == NULL)
        policy_report(build, policy_node_get(node, "events"),
                      "events need an address to go to; add `url`");
    if (destination->kind == POLICY_EMAIL && destination->event_count > 0 &&
        policy_node_get(node, "to") == NULL)
        policy_report(build, policy_node_get(node, "events"),
                      "events need somebody to go to; add `to`, an address or an expression such "
                      "as owner.email");
    if (destination->kind == POLICY_REST && policy_node_get(node, "find") == NULL &&
        policy_node_get(node, "update") != NULL &&
        policy_node_get(policy_node_get(node, "create"), "id") == NULL)
        policy_report(build, policy_node_get(node, "update"),
                      "nothing tells the id of what is to be updated; add `id` to `create`, or "
                      "`find`");
}

static void build_one(struct policy_build *build, const struct policy_node *node,
                      struct policy_destination *destination)
{
    const struct policy_shape *shape = policy_shape_destinations[destination->kind];
    build_common(build, node, destination);
    if (!destination->provider) {
        build_events(build, policy_node_get(node, "events"), destination);
        destination->when = policy_expression_build(build, policy_node_get(node, "when"),
                                                    &policy_type_bool, &destination->when_text);
    }
    policy_build_options(build, node, shape,
                         destination->provider ? POLICY_PROVIDER_COMMON : POLICY_DESTINATION_COMMON,
                         destination);
    if (build->from_files)
        check_options(build, node, destination);
    if (destination->kind == POLICY_REST)
        policy_build_sync(build, node, destination);
}

/* ---- all */

/* Structure first, as everywhere; but what a file may hold depends on its kind. */
static bool check_structure(struct policy_build *build, const struct policy_node *node,
                            struct policy_destination *destination)
{
    const struct policy_node *kind = policy_node_get(node, "kind");
    struct bytes word = policy_node_text(kind);
    uint32_t found = word.size == 0 ? POLICY_NONE : policy_choice(policy_destination_kinds, word);
    bool known = found != POLICY_NONE && (found >= POLICY_HTTP) == destination->provider;
    destination->kind = known                   ? (enum policy_destination_kind)found
                        : destination->provider ? POLICY_HTTP
                                                : POLICY_WEBHOOK;
    const struct policy_shape *shape = policy_shape_destinations[destination->kind];
    if (known || node->kind != POLICY_NODE_OBJECT) {
        policy_check(build, node, shape);
        return known;
    }
    const struct policy_member *member = shape->members;
    while (strcmp(member->name, "kind") != 0)
        member++;
    if (kind == NULL)
        policy_report(build, node, "`kind` is missing in this file");
    else
        policy_check_as(build, kind, member->shape, "`kind`");
    return false;
}

void policy_build_destinations(struct policy_build *build)
{
    struct policy_release *release = build->release;
    size_t count = build->outbox_count;
    if (count > POLICY_DESTINATIONS_MAX) {
        policy_report_at(build, "destinations/", (struct policy_place){0, 0},
                         "%zu destinations and providers are too many; %d are the most", count,
                         POLICY_DESTINATIONS_MAX);
        count = POLICY_DESTINATIONS_MAX;
    }
    struct policy_destination *destinations =
        arena_array(build->arena, count, sizeof *destinations);
    build->destination_nodes =
        arena_array(&build->scratch, count, sizeof *build->destination_nodes);
    release->destinations = destinations;
    for (size_t i = 0; i < count; i++) {
        const struct policy_node *node = build->outbox[i];
        struct policy_destination *destination = &destinations[release->destination_count];
        *destination = (struct policy_destination){.provider = i >= build->outbox_providers};
        bool good = check_structure(build, node, destination);
        if (!add_name(build, node, destination->provider ? "provider" : "destination", destination))
            continue;
        if (good)
            build_one(build, node, destination);
        build->destination_nodes[release->destination_count++] = node;
    }
}

void policy_build_destination_teams(struct policy_build *build)
{
    for (size_t i = 0; i < build->release->destination_count; i++)
        policy_build_team(build, policy_node_get(build->destination_nodes[i], "team"));
}

uint32_t policy_build_destination(struct policy_build *build, const struct policy_node *node,
                                  bool provider)
{
    struct bytes name = policy_node_text(node);
    const struct policy_release *release = build->release;
    const char *names[POLICY_DESTINATIONS_MAX];
    size_t count = 0;
    if (name.size == 0)
        return POLICY_NONE;
    uint32_t found = policy_destination_find(release, name);
    if (found != POLICY_NONE && release->destinations[found].provider == provider)
        return found;
    for (size_t i = 0; i < release->destination_count; i++)
        if (release->destinations[i].provider == provider)
            names[count++] = release->destinations[i].name;
    const char *what = provider ? "provider" : "destination";
    const char *hint = policy_hint(build, name, names, count);
    if (hint[0] == '\0')
        hint = arena_printf(&build->scratch, "; add it as %ss/%.*s.yaml", what, POLICY_CLIP(name));
    policy_report(build, node, "there is no %s `%.*s`%s", what, POLICY_CLIP(name), hint);
    return POLICY_NONE;
}

/* ---- what nothing is sent to */

static bool is_channel(const struct policy_release *release, uint32_t destination)
{
    for (size_t i = 0; i < POLICY_AUDIENCES; i++)
        if (release->notifications.channels[i].destination == destination)
            return true;
    for (size_t i = 0; i < release->rep_count; i++)
        if (release->reps[i].contact != NULL &&
            release->reps[i].contact->destination == destination)
            return true;
    return false;
}

static bool is_asked(const struct policy_release *release, uint32_t provider)
{
    for (size_t i = 0; i < release->enrichment.step_count; i++)
        if (release->enrichment.steps[i].provider == provider)
            return true;
    return false;
}

/* What is no list at all is a mistake of its own. */
static bool lists_nothing(const struct policy_node *events)
{
    return events == NULL || events->kind == POLICY_NODE_NULL ||
           (events->kind == POLICY_NODE_LIST && events->count == 0);
}

static bool tells_owners(const struct policy_destination *destination)
{
    for (size_t i = 0; i < destination->sync.field_count; i++)
        if (destination->sync.fields[i].kind == POLICY_SYNC_OWNER)
            return true;
    return false;
}

/* Who has a lead there has to be one person here. */
static void check_external_ids(struct policy_build *build)
{
    const struct policy_release *release = build->release;
    struct policy_index known;
    size_t count = 0;
    for (uint32_t rep = 0; rep < release->rep_count; rep++)
        count +=
            release->reps[rep].contact != NULL ? release->reps[rep].contact->external_count : 0;
    policy_index_init(&known, &build->scratch, count);
    for (uint32_t rep = 0; rep < release->rep_count; rep++) {
        const struct policy_contact *contact = release->reps[rep].contact;
        for (size_t i = 0; contact != NULL && i < contact->external_count; i++) {
            const struct policy_destination *destination =
                &release->destinations[contact->external[i].destination];
            const char *id = contact->external[i].id;
            if (!tells_owners(destination))
                continue;
            struct bytes key =
                bytes_of(arena_printf(&build->scratch, "%s %s", destination->name, id));
            uint32_t other = policy_index_add(&known, key, rep);
            if (other != POLICY_NONE)
                policy_report(build,
                              policy_node_get(policy_node_get(build->rep_nodes[rep], "external"),
                                              destination->name),
                              "the rep `%s` is `%s` in `%s` too; who owns a lead there has to be "
                              "one person here",
                              release->reps[other].id, id, destination->name);
        }
    }
}

void policy_check_destinations(struct policy_build *build)
{
    const struct policy_release *release = build->release;
    if (build->from_files)
        check_external_ids(build);
    for (uint32_t i = 0; build->from_files && i < release->destination_count; i++) {
        const struct policy_destination *destination = &release->destinations[i];
        const struct policy_node *node = build->destination_nodes[i];
        if (destination->provider && !is_asked(release, i))
            policy_report(build, policy_node_get(node, "provider"),
                          "nobody asks the provider `%s`; name it under `enrichment: {providers: "
                          "[%s]}` in the pipeline, or remove the file",
                          destination->name, destination->name);
        if (!destination->provider && destination->event_count == 0 &&
            lists_nothing(policy_node_get(node, "events")) && destination->sync.field_count == 0 &&
            !is_channel(release, i))
            policy_report(build, policy_node_get(node, "destination"),
                          "nothing is ever sent to `%s`: list `events` such as lead.assigned, or "
                          "make it a channel in notifications.yaml",
                          destination->name);
    }
}
