/* What a release says about everything that leaves the process: destinations that events are
 * delivered to, providers that leads are enriched by, and who is told of what. All of it is data,
 * owned by the release; the core decides by it, src/effect carries it out. */
#ifndef ML_POLICY_OUTBOX_H
#define ML_POLICY_OUTBOX_H

#include "base/bytes.h"
#include "cel/cel.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct policy_calendar;

enum {
    POLICY_DESTINATIONS_MAX = 32, /* of one release, providers included */
    POLICY_EXPRESSIONS_MAX = 64,  /* of one destination */
    POLICY_PROVIDER_STEPS_MAX = 16,
    POLICY_EXTERNAL_MAX = 8,     /* systems in which one rep has an id */
    POLICY_SYNC_FIELDS_MAX = 16, /* of one destination */
    POLICY_CONCURRENCY_MAX = 256,
};

enum policy_destination_kind {
    POLICY_WEBHOOK,
    POLICY_REST,
    POLICY_SLACK,
    POLICY_EMAIL,
    POLICY_NDJSON,
    POLICY_NATS,
    POLICY_POSTGRES,
    /* Providers. */
    POLICY_HTTP,
    POLICY_DOMAIN, /* built in: what is known of the domain of an address */
    POLICY_TABLE,  /* built in: a row of a table of the mesh */
    POLICY_DESTINATION_KINDS,
};
const char *policy_destination_kind_name(enum policy_destination_kind kind); /* "webhook" */

/* How often and when an attempt that failed is repeated: `immediate` times at once, then
 * `short_count` times after a random part (full jitter) of a backoff that doubles from short_us up
 * to short_max_us, then of one that doubles from long_us up to long_max_us, until within_us have
 * passed since the delivery was due first (or the destination was last resumed). */
struct policy_retry {
    uint32_t immediate;   /* 0 to 3 */
    uint32_t short_count; /* 0 to 20 */
    int64_t short_us, short_max_us;
    int64_t long_us, long_max_us;
    int64_t within_us;
};

/* After so many failures in a row nothing is sent for a while, then one delivery as a probe. The
 * pause doubles with each probe that fails. */
struct policy_breaker {
    uint32_t failures; /* 0: never */
    int64_t pause_us, pause_max_us;
};

/* An expression within the options, by its path there: "create/url", "create/body",
 * "create/headers/X-Key". */
struct policy_expression {
    const char *path;
    const char *text;
    const struct cel_program *program;
};

/* What a change made on the other side may do. */
enum policy_authority {
    POLICY_OURS,   /* what we have is written there again; the change is refused */
    POLICY_THEIRS, /* their change counts, also against one of ours */
    POLICY_NEWEST, /* whoever changed it last */
};
const char *policy_authority_name(enum policy_authority authority); /* "ours" */

enum policy_sync_kind { POLICY_SYNC_OWNER, POLICY_SYNC_STATUS, POLICY_SYNC_FIELD };
struct policy_sync_field {
    enum policy_sync_kind kind;
    uint32_t field;   /* FIELD: in the schema of the lead */
    const char *name; /* "owner", "status", or the field's */
    enum policy_authority authority;
    const struct cel_program *from; /* of `record`: OWNER a rep's id or its id over there, or "";
                                       STATUS "contacted", "qualified", "disqualified" or ""; FIELD
                                       what the field takes */
};

/* Two-way, for POLICY_REST only. Poll requests are expressions of the options: "sync/poll/url",
 * "sync/poll/body", …; "sync/poll/records" (a list, of `response`), "sync/poll/cursor" (a string,
 * of `record`; it sees the old one as `cursor`). "sync/id" (of `record`: the lead's id over there)
 * finds the lead of a record that does not tell ours. */
struct policy_sync {
    int64_t poll_us;                  /* 0: they are not asked */
    bool webhook;                     /* they may tell, POST /v1/destinations/NAME/changes */
    const struct cel_program *lead;   /* string, of `record`: our id of the lead, "L12"; else "" */
    const struct cel_program *change; /* string, of `record`: tells one change from another (a
                                         version, a time); NULL: the values themselves do */
    const struct cel_program *time;   /* timestamp, of `record`: when it was changed; or NULL */
    const struct policy_sync_field *fields;
    size_t field_count; /* 0: not two-way */
};

/* A system that we write to, or (provider) that we ask. */
struct policy_destination {
    const char *name;  /* unique among destinations and providers */
    const char *title; /* the name when unstated */
    const char *owner; /* an owner's name; may be "" */
    const char *team;  /* who decides about what could not be delivered; may be "" */
    enum policy_destination_kind kind;
    bool provider;
    bool private_network; /* may be at an address that is not public (loopback, 10/8, …) */
    /* Event types that go there: names as in spec/events ("lead.assigned"), each once. */
    const char *const *events;
    size_t event_count;
    const struct cel_program *when; /* bool, the variables of routes; NULL: all leads. Events
                                       that are about no lead go only where there is no `when` */
    const char *when_text;
    uint32_t concurrency; /* attempts under way at once; at least 1 */
    uint32_t rate;        /* attempts a second; 0: no limit */
    uint32_t per_day;     /* attempts in a day of UTC; 0: no limit */
    int64_t timeout_us;   /* of one attempt */
    int64_t cache_us;     /* provider: how long an answer holds for others with the same key; 0 */
    bool overwrite;       /* provider: its answers also replace what the person sent */
    struct policy_retry retry;
    struct policy_breaker breaker;
    struct bytes options;                        /* JSON object: what its kind needs (its schema:
                                                    spec/config/destination.schema.json) */
    const struct policy_expression *expressions; /* in the options, by path */
    size_t expression_count;
    struct policy_sync sync;
};
/* NULL: the options have no expression there. */
const struct policy_expression *
policy_destination_expression(const struct policy_destination *destination, const char *path);

/* Variables of the expressions of destinations and providers; the tables follow. What the maps have
 * in them stands in mesh/check_reads.c too, so that a misspelt member is found. */
enum policy_outbox_variable {
    POLICY_OUTBOX_EVENT,       /* map: type, id, time, seq, data */
    POLICY_OUTBOX_LEAD,        /* record, by schema; absent when the event is about no lead */
    POLICY_OUTBOX_META,        /* map: id, version, state, place, class, score, route, pool, source,
                                  captured_at, url, … (src/effect/message.h) */
    POLICY_OUTBOX_OWNER,       /* map: id, name, email, team, external (map by destination) ; empty
                                  when nobody owns the lead */
    POLICY_OUTBOX_TARGET,      /* map: whom a notification is for: kind, id, name, email, address */
    POLICY_OUTBOX_RESPONSE,    /* map: status, headers, body (of the last answer) */
    POLICY_OUTBOX_EXTERNAL_ID, /* string: the lead's id over there; "" */
    POLICY_OUTBOX_RECORD,      /* dyn: one that they have, of a poll or a change */
    POLICY_OUTBOX_CURSOR,      /* string: where the last poll ended; "" at first */
    POLICY_OUTBOX_TOKEN,       /* string: what a login gave; within the login its secret; else "" */
    POLICY_OUTBOX_NOW,         /* timestamp */
    POLICY_OUTBOX_PARAMS,      /* record, by params */
    POLICY_OUTBOX_TABLES_FROM,
};

/* ---- enrichment (of the pipeline) */

/* Providers are asked in order, each when its condition holds for what is known by then. */
struct policy_provider_step {
    uint32_t provider;              /* into destinations */
    const struct cel_program *when; /* bool, the variables of routes; NULL: always */
    const char *when_text;
    /* A check: a verdict that is not empty holds the lead in an exception of this kind. "": none */
    const char *hold;
};

/* Whether a lead may get another owner because more is known of it. */
struct policy_reroute {
    bool allowed;       /* only leads nobody has contacted yet */
    int64_t within_us;  /* of capture */
    bool more_specific; /* only to a route that stands before its present one */
};

struct policy_enrichment {
    const struct policy_provider_step *steps;
    size_t step_count;
    struct policy_reroute reroute;
};

/* ---- notifications: notifications.yaml */

/* Why somebody is told something. POLICY_DELIVER is no notification: an event goes to a
 * destination; POLICY_ENRICH asks a provider. */
enum policy_purpose {
    POLICY_DELIVER,
    POLICY_ENRICH,
    POLICY_ASSIGNMENT,  /* a rep: a lead is yours */
    POLICY_REMINDER,    /* its owner: the promise is in danger */
    POLICY_ESCALATION,  /* a manager */
    POLICY_EXCEPTION,   /* a team is to decide */
    POLICY_PAGE,        /* who is on call, of alerts */
    POLICY_TICKET,      /* a team, of alerts that are not urgent */
    POLICY_NOTICE,      /* a partner: records break the contract */
    POLICY_REMEDIATION, /* an owner: an item of a postmortem is late */
    POLICY_PURPOSES,
};
const char *policy_purpose_name(enum policy_purpose purpose); /* "deliver", "reminder" */

/* How one kind of people is told. */
enum policy_audience {
    POLICY_REPS,
    POLICY_MANAGERS,
    POLICY_TEAMS,
    POLICY_ON_CALL,
    POLICY_PARTNERS_BY_EMAIL,
    POLICY_PARTNERS_BY_WEBHOOK,
    POLICY_AUDIENCES,
};
struct policy_channel {
    uint32_t destination; /* into destinations; POLICY_NONE: they are not told */
    /* When they may be told; NULL: any time. What is urgent does not wait. */
    const struct policy_calendar *hours;
    bool own_hours;    /* those of the person's own calendar instead */
    int64_t digest_us; /* what comes within so long is told together; 0: each by itself */
};

/* Texts with {{ expression }} in them. NULL: the built-in one. */
struct policy_template {
    const char *subject, *text, *html;
    /* Each once; `text` is what stands between the braces, without the blanks around it. */
    const struct policy_expression *expressions;
    size_t expression_count;
};

struct policy_notifications {
    struct policy_channel channels[POLICY_AUDIENCES];
    uint32_t muted; /* a bit for each purpose that nobody is told of; ASSIGNMENT by default */
    struct policy_template templates[POLICY_PURPOSES];
    const char *url; /* of the web pages, for links: "https://leads.example.com"; may be "" */
};

/* A rep's own: where that differs from the audience's, and ids in other systems. */
struct policy_contact {
    uint32_t destination; /* told by this instead; POLICY_NONE: as all */
    const char *address;  /* for that destination: another e-mail, a Slack member id; "" */
    struct {
        uint32_t destination;
        const char *id;
    } external[POLICY_EXTERNAL_MAX];
    size_t external_count;
};

/* Event types that destinations can ask for, NULL-terminated: all but those about deliveries. */
extern const char *const policy_event_types[];

#endif
