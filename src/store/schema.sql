-- state.db: the view of the journal that people and the API read. Everything here was projected from
-- events and can be made again from them (`meshline rebuild`); nothing here decides anything.
--
-- Times end in _us: microseconds since 1970-01-01T00:00:00Z, UTC. NULL means "not yet" or "none".
-- The view `lead` shows the same in words. docs/state-db.md explains it with queries to copy.

CREATE TABLE meta (
    -- One row: how far the view has come. Written in the same transaction as everything else.
    one         INTEGER PRIMARY KEY CHECK (one = 1),
    applied_seq INTEGER NOT NULL, -- journal sequence of the newest event projected
    time_us     INTEGER NOT NULL, -- when that event was decided
    accepted    INTEGER NOT NULL, -- capture events projected: leads ever accepted
    touchpoints INTEGER NOT NULL, -- submissions of known persons; no leads of their own
    late        INTEGER NOT NULL, -- promises missed
    refused     INTEGER NOT NULL, -- refusals projected: dead letters ever
    replayed    INTEGER NOT NULL  -- of those, how many became leads of their own
) STRICT;

CREATE TABLE releases (
    -- Every policy that was ever in force, in order of first activation.
    number       INTEGER PRIMARY KEY,
    id           TEXT NOT NULL UNIQUE, -- BLAKE2b-256 of `canonical`, hexadecimal
    activated_us INTEGER NOT NULL,     -- newest activation
    active       INTEGER NOT NULL,     -- 1 for the one in force
    canonical    TEXT NOT NULL         -- the whole policy as JSON
) STRICT;

CREATE TABLE reps (
    -- Everybody who was ever in an active release.
    number            INTEGER PRIMARY KEY,
    id                TEXT NOT NULL UNIQUE,
    name              TEXT NOT NULL,
    email             TEXT NOT NULL,
    team              TEXT NOT NULL,
    time_zone         TEXT NOT NULL,
    country           TEXT NOT NULL,
    present           INTEGER NOT NULL, -- 1: in the active release
    declared_capacity INTEGER NOT NULL, -- what the policy says; `capacity` may be set by hand
    per_hour          INTEGER NOT NULL, -- new leads at most in a clock hour (UTC); 0: no limit
    per_day           INTEGER NOT NULL, -- new leads at most in a day of the rep's; 0: no limit
    available         INTEGER NOT NULL DEFAULT 1, -- 1: takes leads, as far as people say
    capacity          INTEGER NOT NULL DEFAULT 0, -- open leads at most
    load              INTEGER NOT NULL DEFAULT 0, -- open leads owned now
    duty              TEXT NOT NULL DEFAULT 'on_duty', -- or off_hours, holiday, time_off
    duty_until_us     INTEGER,                    -- when that is looked at again; NULL: never
    hour_end_us       INTEGER NOT NULL DEFAULT 0, -- of the hour that hour_count counts
    hour_count        INTEGER NOT NULL DEFAULT 0, -- leads given in it
    day_end_us        INTEGER NOT NULL DEFAULT 0,
    day_count         INTEGER NOT NULL DEFAULT 0,
    last_assigned_seq INTEGER NOT NULL DEFAULT 0  -- the newest assignment's event; 0: none yet
) STRICT;

CREATE TABLE pools (
    -- Every pool that was ever in an active release.
    number   INTEGER PRIMARY KEY,
    id       TEXT NOT NULL UNIQUE,
    title    TEXT NOT NULL,
    strategy TEXT NOT NULL,    -- round_robin, weighted, least_loaded, score_ordered, sticky
    present  INTEGER NOT NULL, -- 1: in the active release
    overflow TEXT NOT NULL,    -- the pool that helps out, or ''
    last_rep TEXT,             -- who had the newest turn
    turn     INTEGER,          -- which place in the rotation that was
    waiting  INTEGER NOT NULL  -- leads waiting for somebody of this pool
) STRICT;

CREATE TABLE pool_members (
    -- Of the active release, in declared order.
    pool     TEXT NOT NULL,
    position INTEGER NOT NULL,
    rep      TEXT NOT NULL,
    weight   INTEGER NOT NULL, -- turns in a round, of a weighted pool
    tier     INTEGER NOT NULL, -- 0 is the best, of a score_ordered pool
    PRIMARY KEY (pool, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE leads (
    -- Every lead ever accepted, open or closed. Lead L12 has number 12: the sequence of the event
    -- that captured it.
    number       INTEGER PRIMARY KEY,
    last_seq     INTEGER NOT NULL, -- its newest event, which is its version
    state        TEXT NOT NULL,    -- captured, assigned, contacted, qualified, disqualified
    place        TEXT NOT NULL,    -- owned, waiting, exception, nurture, closed
    source       TEXT NOT NULL,
    class        TEXT NOT NULL,
    urgency      INTEGER NOT NULL, -- of the class; 0 first
    score        INTEGER NOT NULL,
    route        TEXT,             -- the rule that placed it
    pool         TEXT,             -- where it waits, or where its owner came from
    rep          TEXT,             -- its owner; of a closed lead the last one
    release      INTEGER NOT NULL, -- releases.number: the policy that decided
    captured_us  INTEGER NOT NULL, -- when its record came; of a reopened lead: the newest
    assigned_us  INTEGER,          -- newest assignment
    contacted_us INTEGER,          -- first contact
    closed_us    INTEGER,          -- qualified or disqualified
    due_us       INTEGER,          -- when its running timer fires; every open lead has one
    late_count   INTEGER NOT NULL, -- promises missed
    held         INTEGER NOT NULL, -- 1: waits for anybody but kept_from, until its timer fires
    contract     INTEGER NOT NULL, -- version that it was read by; 0: its source has none
    dead_letter  INTEGER,          -- dead_letters.number: what it was replayed from
    touchpoints  INTEGER NOT NULL, -- how often the person came again
    reopened     INTEGER NOT NULL, -- how often it started anew after a disqualification
    key_kind     TEXT,             -- what makes the person the same: email, phone, external_id
    key          BLOB,             -- the hash of that, 16 bytes
    before_rep   TEXT,             -- of a reopened lead: who owned it before
    kept_from    TEXT,             -- of a held lead: who gave it back
    kind         TEXT,             -- of the exception or nurture it is in
    team         TEXT,             -- who is to decide about the exception
    campaign     TEXT,             -- of the form or file it came by; first 200 bytes
    partner      TEXT,             -- who sent it; first 200 bytes
    enriched_us  INTEGER,          -- when enrichment answered
    first_assigned_us INTEGER,     -- first owner
    enriched_due_us   INTEGER,     -- deadlines of what its class promises; NULL: no such promise
    assigned_due_us   INTEGER,
    contacted_due_us  INTEGER,
    qualified_due_us  INTEGER,
    late         INTEGER NOT NULL, -- promises whose deadline passed before: 1 enriched, 2 assigned,
                                   -- 4 contacted, 8 qualified, added up
    void         INTEGER NOT NULL, -- promises that can no longer be kept or missed; likewise
    steps        INTEGER NOT NULL, -- of its ladders that were taken: a byte for each objective
    acknowledged_us INTEGER,       -- until when its owner's word stops the ladder
    surge        INTEGER,          -- surges.number: that it came with
    fallbacks    INTEGER NOT NULL, -- automatic ones of exceptions that held it
    merged_into  INTEGER,          -- leads.number: the same person's other lead
    until_us     INTEGER,          -- held: when it is anybody's; in nurture: when it is routed anew;
                                   -- past the end of its ladder: when a person decides again
    measures     INTEGER NOT NULL, -- of its surge's plan that touched it: 2 overflow, 4 triage,
                                   -- 8 nurture, 16 paced, 32 relaxed, added up
    enrichment   INTEGER NOT NULL, -- 1 more became known of it, 2 which may no longer give it
                                   -- another owner, added up
    -- Where the time to the first contact went; the rest of it is the rep's.
    place_since_us INTEGER NOT NULL, -- how long it has been where it is
    intake_us     INTEGER NOT NULL,  -- from the record's arrival to the event that captured it
    routing_us    INTEGER NOT NULL,  -- until a pool, a rep or a team was found
    waiting_us    INTEGER NOT NULL,  -- in queues
    triage_us     INTEGER NOT NULL,  -- in exceptions and in nurture
    enrichment_us INTEGER NOT NULL   -- owned, while enrichment was still to answer
) STRICT;

CREATE TABLE lead_attributes (
    -- What is known about the person, apart from `leads` to keep that table small.
    lead       INTEGER PRIMARY KEY, -- leads.number
    attributes TEXT NOT NULL        -- a JSON object in the shape of lead.schema.json
) STRICT;

CREATE TABLE idempotency (
    -- Idempotency keys of the last 48 hours; older rows go in small bites.
    seq         INTEGER PRIMARY KEY, -- first event of the command
    key         BLOB NOT NULL,       -- hash of the caller's key, 16 bytes
    fingerprint INTEGER NOT NULL,    -- of the command's content
    lead        INTEGER NOT NULL,    -- leads.number, 0 for none
    time_us     INTEGER NOT NULL
) STRICT;

CREATE TABLE dead_letters (
    -- Every record that was refused. Dead letter D12 has number 12: the sequence of the event that
    -- recorded it. What people still have to look at is `open`.
    number      INTEGER PRIMARY KEY,
    last_seq    INTEGER NOT NULL, -- its newest event, which is its version
    state       TEXT NOT NULL,    -- open; replayed: a lead of its own; merged: of a known lead;
                                  -- discarded
    source      TEXT NOT NULL,
    contract    INTEGER NOT NULL, -- version that refused it last; 0: its source has none
    canary      INTEGER NOT NULL, -- 1: that was the candidate, instead of the active version
    captured_us INTEGER NOT NULL, -- when it first came
    newest_us   INTEGER NOT NULL, -- of its newest event
    attempts    INTEGER NOT NULL, -- how often it was read and refused
    violation   TEXT NOT NULL,    -- the kind of its first mistake
    message     TEXT NOT NULL,    -- that mistake in words
    lead        INTEGER,          -- leads.number, of one that is replayed or merged
    reason      TEXT,             -- why it was discarded; 'expired': nobody came for it in time
    errors      TEXT NOT NULL     -- all mistakes: a JSON array of pointer, rule and message
) STRICT;

CREATE TABLE dead_letter_payloads (
    -- What came, whole; not of discarded ones. Apart, to keep `dead_letters` small.
    dead_letter INTEGER PRIMARY KEY, -- dead_letters.number
    media_type  TEXT NOT NULL,       -- as the sender said; may be ''
    headers     TEXT NOT NULL,       -- a JSON object of those that matter
    payload     BLOB NOT NULL        -- as it came, any bytes
) STRICT;

-- Open ones by cluster, and each way to list them.
CREATE INDEX dead_letters_open ON dead_letters (source, contract, violation, number, captured_us)
    WHERE state = 'open';
CREATE INDEX dead_letters_state ON dead_letters (state, number);
CREATE INDEX dead_letters_source ON dead_letters (source, state, number);
CREATE INDEX dead_letters_violation ON dead_letters (violation, state, number);

CREATE TABLE sources (
    -- Every source that was ever in an active release: which versions of its contract are used.
    number           INTEGER PRIMARY KEY,
    id               TEXT NOT NULL UNIQUE,
    present          INTEGER NOT NULL, -- 1: in the active release
    active           INTEGER NOT NULL, -- version in force; 0: no contract
    candidate        INTEGER NOT NULL, -- version that is tried; 0: none
    previous         INTEGER NOT NULL, -- version that was active before; 0: none
    mode             TEXT NOT NULL,    -- of the candidate: none, shadow, canary
    share            INTEGER NOT NULL, -- of a canary, in hundredths of a percent
    declared_active    INTEGER NOT NULL, -- the same five as the newest release with it has them
    declared_candidate INTEGER NOT NULL,
    declared_previous  INTEGER NOT NULL,
    declared_mode      TEXT NOT NULL,
    declared_share     INTEGER NOT NULL,
    window_end_us    INTEGER NOT NULL, -- of the window in which a canary's records count
    window_accepted  INTEGER NOT NULL,
    window_refused   INTEGER NOT NULL,
    notice_us        INTEGER NOT NULL, -- when the next digest of violations is due; 0: none waits
    last_notice_us   INTEGER NOT NULL, -- of the newest notice; 0: none yet
    switched_us      INTEGER,          -- newest change of versions by a person or the fall-back
    switch_cause     TEXT              -- of that: shadow, canary, promoted, rolled_back, …
) STRICT;

CREATE TABLE source_versions (
    -- What became of the records of a source, by the version of its contract that read them.
    source          TEXT NOT NULL,
    version         INTEGER NOT NULL, -- 0: no contract
    accepted        INTEGER NOT NULL, -- leads, new or known ones
    refused         INTEGER NOT NULL, -- dead letters; not those of replays
    -- Beside the active version, as a candidate in shadow mode:
    shadow_same     INTEGER NOT NULL, -- the same lead
    shadow_differs  INTEGER NOT NULL, -- another lead
    shadow_refused  INTEGER NOT NULL, -- what the active version accepts
    shadow_accepted INTEGER NOT NULL, -- what the active version refuses
    PRIMARY KEY (source, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE shadow_differences (
    -- In what a candidate differed. The first 200 kinds of a version; later ones count as
    -- '(others)'.
    source    TEXT NOT NULL,
    version   INTEGER NOT NULL,
    outcome   TEXT NOT NULL,    -- differs, refused, accepted
    detail    TEXT NOT NULL,    -- the fields that differ, or the mistake
    count     INTEGER NOT NULL,
    first_seq INTEGER NOT NULL, -- events
    last_seq  INTEGER NOT NULL,
    PRIMARY KEY (source, version, outcome, detail)
) STRICT, WITHOUT ROWID;

CREATE TABLE violations (
    -- Kinds of violations that a partner was told of: more of them wait for the digest.
    source   TEXT NOT NULL,
    position INTEGER NOT NULL, -- in order of first appearance
    contract INTEGER NOT NULL,
    kind     TEXT NOT NULL,
    message  TEXT NOT NULL,    -- of the newest
    count    INTEGER NOT NULL, -- since the last notice
    examples TEXT NOT NULL,    -- a JSON array of dead letters' numbers, newest first
    first_us INTEGER NOT NULL,
    last_us  INTEGER NOT NULL,
    PRIMARY KEY (source, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE destinations (
    -- Systems that events are delivered to, and providers that leads are enriched by: every one
    -- that was ever in an active release.
    number         INTEGER PRIMARY KEY,
    name           TEXT NOT NULL UNIQUE,
    title          TEXT NOT NULL,
    kind           TEXT NOT NULL,    -- webhook, rest, slack, email, ndjson, nats, postgres; http,
                                     -- domain, table
    provider       INTEGER NOT NULL, -- 1: is asked, and told nothing
    present        INTEGER NOT NULL, -- 1: in the active release
    declared       INTEGER NOT NULL, -- place in the newest release that has it, from 0
    breaker        TEXT NOT NULL DEFAULT 'closed', -- open: nothing is sent; half_open: a probe is
    paused         INTEGER NOT NULL DEFAULT 0,     -- 1: by a person
    disabled       INTEGER NOT NULL DEFAULT 0,     -- 1: it said that it is gone
    failures       INTEGER NOT NULL DEFAULT 0,     -- in a row
    openings       INTEGER NOT NULL DEFAULT 0,     -- of the breaker, in a row
    open_until_us  INTEGER NOT NULL DEFAULT 0,     -- when a probe is made; 0: not open
    resumed_us     INTEGER NOT NULL DEFAULT 0,     -- newest, by a person; 0: never
    day_us         INTEGER NOT NULL DEFAULT 0,     -- beginning of the day that is counted
    attempts_today INTEGER NOT NULL DEFAULT 0,
    last_seq       INTEGER NOT NULL DEFAULT 0,     -- its newest change; 0: none yet
    pending        INTEGER NOT NULL DEFAULT 0,     -- deliveries in that state
    failed         INTEGER NOT NULL DEFAULT 0,
    delivered      INTEGER NOT NULL DEFAULT 0,
    discarded      INTEGER NOT NULL DEFAULT 0,
    delivered_ever INTEGER NOT NULL DEFAULT 0,     -- also what was queued again afterwards
    discarded_ever INTEGER NOT NULL DEFAULT 0,
    attempt_us     INTEGER,                        -- newest
    failure_us     INTEGER,                        -- newest attempt that was not good
    failure        TEXT,                           -- why
    change         TEXT,                           -- newest: opened, half_open, closed, paused, …
    changed_us     INTEGER,
    changed_by     TEXT,
    reason         TEXT                            -- of that
) STRICT;

CREATE TABLE deliveries (
    -- What is, or was, to be sent to others, or asked of them. Delivery M770 has number 770: its
    -- event's seq * 64 + its place among what that event brought about. Receipts are kept for good.
    number      INTEGER PRIMARY KEY,
    seq         INTEGER AS (number / 64) VIRTUAL, -- the event that it is about: see the journal
    event       TEXT NOT NULL,    -- the type of that
    lead        INTEGER,          -- leads.number
    destination TEXT NOT NULL,    -- destinations.name; '': nobody can be told
    purpose     TEXT NOT NULL,    -- deliver (the event, to a system), enrich (a provider is asked),
                                  -- or why somebody is told: assignment, reminder, escalation,
                                  -- exception, page, ticket, notice, remediation
    target      TEXT,             -- who is told: https://…, mailto:…, rep:ID, team:NAME
    subject     TEXT,             -- what it is about: L12, X12, A12, I12; of a notice the source
    -- deliver: what it tells of its lead, by its event; NULL when it was queued again after it had
    -- arrived or was discarded, since much may have happened there in between.
    lead_owner  TEXT,             -- reps.id; NULL: nobody
    lead_state  TEXT,             -- as leads.state
    state       TEXT NOT NULL,    -- pending, delivered, failed (given up), discarded (will not be
                                  -- sent), unrouted (nobody can be told)
    created_us  INTEGER NOT NULL,
    since_us    INTEGER NOT NULL, -- from when its time counts: queued again, that
    due_us      INTEGER NOT NULL, -- pending: of the next attempt
    attempts    INTEGER NOT NULL, -- since it was made, or was queued again after it had arrived
    step        INTEGER NOT NULL, -- enrich: of the waterfall, from 0
    digest      INTEGER NOT NULL, -- 1: may be told together with others for the same target; of
                                  -- enrich: another provider could be asked instead
    settled_us  INTEGER,          -- delivered, failed or discarded
    -- The newest attempt; `attempts` has all of them but the one that delivered it.
    outcome     TEXT,             -- ok, transient, permanent, gone, skipped, expired
    status      INTEGER,          -- of HTTP or SMTP; NULL: no answer
    started_us  INTEGER,
    took_us     INTEGER,
    cached      INTEGER NOT NULL, -- 1: answered without asking
    response_id TEXT,             -- theirs: of the message, of the record
    excerpt     TEXT,             -- of the answer
    external_id TEXT,             -- the lead's over there
    reason      TEXT              -- why it was not delivered, or was queued again or discarded
) STRICT;
CREATE INDEX deliveries_state ON deliveries (destination, state, number);
CREATE INDEX deliveries_lead ON deliveries (lead, number) WHERE lead IS NOT NULL;
CREATE INDEX deliveries_target ON deliveries (target, number) WHERE target IS NOT NULL;
CREATE INDEX deliveries_purpose ON deliveries (purpose, number) WHERE purpose <> 'deliver';
CREATE INDEX deliveries_reason ON deliveries (destination, state, reason, number, created_us)
    WHERE reason IS NOT NULL;

CREATE TABLE attempts (
    -- Attempts at a delivery, and when it was given up without one. The one that delivered it is in
    -- `deliveries` alone, until the delivery is queued again.
    delivery    INTEGER NOT NULL, -- deliveries.number
    seq         INTEGER NOT NULL, -- the event that says so
    time_us     INTEGER NOT NULL,
    attempt     INTEGER NOT NULL, -- how many there were, with this one
    outcome     TEXT NOT NULL,
    status      INTEGER,
    started_us  INTEGER,
    took_us     INTEGER,
    cached      INTEGER NOT NULL,
    response_id TEXT,
    excerpt     TEXT,
    reason      TEXT,
    PRIMARY KEY (delivery, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE links (
    -- What leads are in two-way systems, and what was last known there. Values come with a hash, by
    -- which echoes are told from changes, and the time of the change, there or when we wrote it.
    lead         INTEGER NOT NULL, -- leads.number
    destination  TEXT NOT NULL,    -- destinations.name
    external_id  TEXT NOT NULL,    -- '' while unknown
    owner        TEXT,
    owner_value  INTEGER,
    owner_us     INTEGER,
    status       TEXT,
    status_value INTEGER,
    status_us    INTEGER,
    PRIMARY KEY (lead, destination)
) STRICT, WITHOUT ROWID;
CREATE INDEX links_external ON links (destination, external_id) WHERE external_id <> '';

CREATE TABLE link_values (
    -- The same of other fields.
    lead        INTEGER NOT NULL,
    destination TEXT NOT NULL,
    field       TEXT NOT NULL,
    text        TEXT,
    value       INTEGER NOT NULL,
    changed_us  INTEGER NOT NULL,
    PRIMARY KEY (lead, destination, field)
) STRICT, WITHOUT ROWID;

-- What waits, in order of arrival. Only what is open and waiting has an entry.
CREATE INDEX leads_waiting ON leads (number, pool, captured_us) WHERE place = 'waiting';
CREATE INDEX leads_aside ON leads (number, place, kind, team)
    WHERE place IN ('exception', 'nurture');
CREATE INDEX leads_late ON leads (number) WHERE late_count > 0;
CREATE INDEX leads_overdue ON leads (number) WHERE late > 0 AND place <> 'closed';
CREATE INDEX leads_put_aside ON leads (surge, number)
    WHERE place = 'nurture' AND surge IS NOT NULL;

CREATE TABLE exceptions (
    -- Everything that a person was asked to decide. Exception X12 has number 12: the sequence of
    -- the event that opened it.
    number      INTEGER PRIMARY KEY,
    last_seq    INTEGER NOT NULL, -- its newest event, which is its version
    state       TEXT NOT NULL,    -- open, resolved
    kind        TEXT NOT NULL,    -- missing_email, enrichment_timeout, …
    queue       TEXT NOT NULL,
    team        TEXT NOT NULL,    -- who decides; may be ''
    about       TEXT NOT NULL,    -- lead, source, pool, destination
    lead        INTEGER,          -- leads.number
    subject     TEXT,             -- the source, the pool or the destination
    holding     INTEGER NOT NULL, -- 1: the lead is in this exception, and nowhere else
    context     TEXT NOT NULL,    -- what led to it, a sentence; may be ''
    opened_us   INTEGER NOT NULL,
    due_us      INTEGER NOT NULL, -- the deadline; at it the automatic fallback acts
    expired     INTEGER NOT NULL, -- how often a deadline has passed
    claimed_by  TEXT,             -- who is at it
    claimed_us  INTEGER,
    resolved_us INTEGER,
    resolution  TEXT,             -- assign, retry, requeue, disqualify, merge, dismiss, overtaken
    automatic   INTEGER NOT NULL, -- 1: resolved by the fallback, or overtaken by what came
    resolved_by TEXT,
    cause       TEXT,             -- what people say it came from
    remediation TEXT,             -- what they did about it
    merged_into INTEGER           -- leads.number
) STRICT;
CREATE INDEX exceptions_open ON exceptions (due_us, number, kind, team) WHERE state = 'open';
CREATE INDEX exceptions_of_lead ON exceptions (lead, number) WHERE lead IS NOT NULL;
CREATE INDEX exceptions_beside ON exceptions (about, subject, resolved_us) WHERE lead IS NULL;
CREATE INDEX exceptions_state ON exceptions (state, number);
CREATE INDEX exceptions_cause ON exceptions (state, kind, cause, number, opened_us, due_us, queue);

CREATE TABLE exception_events (
    -- What happened to an exception.
    exception INTEGER NOT NULL, -- exceptions.number
    seq       INTEGER NOT NULL,
    time_us   INTEGER NOT NULL,
    event     TEXT NOT NULL,    -- opened, claimed, released, escalated, resolved
    actor     TEXT NOT NULL,    -- '' for the engine itself
    text      TEXT NOT NULL,    -- the context, a note, or what was done
    PRIMARY KEY (exception, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE objective_counts (
    -- What became of promises, counted by the hour in which it turned out, exactly. Each lead
    -- counts once under each dimension.
    dimension TEXT NOT NULL,    -- class, campaign, source, partner, pool (it was in then), rep
                                -- (who owned it then)
    objective TEXT NOT NULL,    -- enriched, assigned, contacted, qualified; or captured, where
                                -- `met` is how many came (not by pool and rep)
    value     TEXT NOT NULL,    -- the campaign, …; '' none; past 4,096 campaigns or partners
                                -- '(others)'
    class     TEXT NOT NULL,
    hour      INTEGER NOT NULL, -- since 1970, UTC: hour * 3600 is its beginning in unix seconds
    met       INTEGER NOT NULL, -- reached in time
    late      INTEGER NOT NULL, -- the deadline passed
    late_met  INTEGER NOT NULL, -- reached after all; was counted as late before
    void      INTEGER NOT NULL, -- the lead was closed before; counts neither way
    sum_us    INTEGER NOT NULL, -- how long those took that were reached, from capture
    histogram BLOB NOT NULL,    -- of the same: bucket (1 byte, b: below 2^b seconds and not below
                                -- the half of that) and count (LEB128), for each that is not empty
    PRIMARY KEY (dimension, objective, value, class, hour)
) STRICT, WITHOUT ROWID;

CREATE TABLE objective_running (
    -- Promises that are running now.
    number    INTEGER PRIMARY KEY, -- says nothing
    dimension TEXT NOT NULL,
    objective TEXT NOT NULL,
    value     TEXT NOT NULL,
    class     TEXT NOT NULL,
    running   INTEGER NOT NULL,
    UNIQUE (dimension, objective, value, class)
) STRICT;

CREATE TABLE counted_values (
    -- Campaigns and partners that are counted under their own names.
    dimension TEXT NOT NULL,
    value     TEXT NOT NULL,
    PRIMARY KEY (dimension, value)
) STRICT, WITHOUT ROWID;

CREATE TABLE capture_counts (
    -- What has become, until now, of the leads that were captured in an hour. Each lead counts once
    -- under each dimension; one that was reopened as it came the last time.
    dimension    TEXT NOT NULL,    -- campaign, source, partner
    hour         INTEGER NOT NULL, -- of leads.captured_us, since 1970, UTC
    value        TEXT NOT NULL,    -- as in objective_counts
    captured     INTEGER NOT NULL, -- leads
    contacted    INTEGER NOT NULL,
    qualified    INTEGER NOT NULL,
    disqualified INTEGER NOT NULL,
    late         INTEGER NOT NULL, -- that missed a promise
    contact_us   INTEGER NOT NULL, -- sum, of the contacted ones, from capture
    PRIMARY KEY (dimension, hour, value)
) STRICT, WITHOUT ROWID;

CREATE TABLE latency_counts (
    -- Where the time from capture to the first contact went, of the leads contacted in an hour.
    hour          INTEGER NOT NULL, -- since 1970, UTC
    class         TEXT NOT NULL,
    count         INTEGER NOT NULL,
    intake_us     INTEGER NOT NULL, -- sums
    routing_us    INTEGER NOT NULL,
    waiting_us    INTEGER NOT NULL,
    triage_us     INTEGER NOT NULL,
    enrichment_us INTEGER NOT NULL,
    crm_write_us  INTEGER NOT NULL,
    rep_us        INTEGER NOT NULL,
    PRIMARY KEY (hour, class)
) STRICT, WITHOUT ROWID;

CREATE TABLE series_hours (
    -- What came, hour by hour: what surges and alerts are measured by.
    hour   INTEGER NOT NULL, -- since 1970, UTC
    kind   TEXT NOT NULL,    -- source, campaign (records accepted), refused (by source), met, late
                             -- (by class/objective), exception (by kind), cause, delivery_failed
    name   TEXT NOT NULL,
    count  INTEGER NOT NULL,
    surged INTEGER NOT NULL, -- 1: it was in surge; no norm for later hours
    PRIMARY KEY (hour, kind, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE series_minutes (
    -- The same of the last six hours, minute by minute; older rows go in small bites.
    minute INTEGER NOT NULL, -- since 1970, UTC
    kind   TEXT NOT NULL,
    name   TEXT NOT NULL,
    count  INTEGER NOT NULL,
    PRIMARY KEY (minute, kind, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE surges (
    number     INTEGER PRIMARY KEY, -- S12
    last_seq   INTEGER NOT NULL,
    kind       TEXT NOT NULL,    -- source, campaign
    name       TEXT NOT NULL,
    started_us INTEGER NOT NULL,
    ended_us   INTEGER,          -- NULL: it runs
    expired    INTEGER NOT NULL, -- 1: the plan's own time was over
    expected   INTEGER NOT NULL, -- arrivals in the window when it began, in hundredths
    arrivals   INTEGER NOT NULL, -- in the window when it began
    peak       INTEGER NOT NULL, -- most arrivals in a window
    peak_us    INTEGER,
    peaked     INTEGER NOT NULL, -- 1: the rate has fallen since
    planned    INTEGER NOT NULL, -- 1: the surge plan is in force for it
    leads      INTEGER NOT NULL, -- that belong to it, and what the plan did to how many of them:
    overflow   INTEGER NOT NULL,
    triage     INTEGER NOT NULL,
    nurture    INTEGER NOT NULL,
    paced      INTEGER NOT NULL,
    relaxed    INTEGER NOT NULL
) STRICT;
CREATE INDEX surges_running ON surges (number) WHERE ended_us IS NULL;

CREATE TABLE alerts (
    number      INTEGER PRIMARY KEY, -- A12
    last_seq    INTEGER NOT NULL,
    state       TEXT NOT NULL,    -- pending, firing, resolved
    rule        TEXT NOT NULL,
    label       TEXT NOT NULL,    -- class, source, campaign; may be ''
    team        TEXT NOT NULL,    -- who is told
    urgent      INTEGER NOT NULL, -- 1: somebody is paged
    value       INTEGER NOT NULL, -- what was measured when it last changed
    pending_us  INTEGER NOT NULL, -- since when the condition holds
    fired_us    INTEGER,
    told_us     INTEGER,          -- when the team was told last
    resolved_us INTEGER
) STRICT;
CREATE INDEX alerts_open ON alerts (number) WHERE state <> 'resolved';

CREATE TABLE silences (
    number   INTEGER PRIMARY KEY, -- Z12
    rule     TEXT NOT NULL,       -- '': any
    label    TEXT NOT NULL,
    set_us   INTEGER NOT NULL,
    until_us INTEGER NOT NULL,
    ended_us INTEGER,             -- by hand, before its time
    actor    TEXT NOT NULL,
    reason   TEXT NOT NULL
) STRICT;

CREATE TABLE incidents (
    number    INTEGER PRIMARY KEY, -- I12
    last_seq  INTEGER NOT NULL,
    state     TEXT NOT NULL,       -- open, closed
    title     TEXT NOT NULL,
    team      TEXT NOT NULL,
    class     TEXT NOT NULL,       -- of a promise; '' another reason
    objective TEXT NOT NULL,       -- likewise
    attained  INTEGER NOT NULL,    -- share that was met, in hundredths of a percent
    norm      INTEGER NOT NULL,    -- and what it used to be
    alert     INTEGER,             -- alerts.number: that opened it
    opened_us INTEGER NOT NULL,
    opened_by TEXT NOT NULL,       -- '' for the engine itself
    closed_us INTEGER,
    closed_by TEXT,
    text      TEXT,                -- of the postmortem: what happened
    causes    TEXT,                -- a JSON array
    items_open INTEGER NOT NULL    -- remediation items that are not done
) STRICT;
CREATE INDEX incidents_open ON incidents (number) WHERE state = 'open' OR items_open > 0;

CREATE TABLE incident_notes (
    incident INTEGER NOT NULL,
    seq      INTEGER NOT NULL,
    time_us  INTEGER NOT NULL,
    actor    TEXT NOT NULL,
    text     TEXT NOT NULL,
    PRIMARY KEY (incident, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE incident_items (
    -- What a postmortem says is to be done.
    incident  INTEGER NOT NULL,
    item      INTEGER NOT NULL, -- from 0
    title     TEXT NOT NULL,
    owner     TEXT NOT NULL,
    due_us    INTEGER NOT NULL,
    remind_us INTEGER NOT NULL, -- when its owner is reminded next
    done_us   INTEGER,
    done_by   TEXT,
    note      TEXT,
    PRIMARY KEY (incident, item)
) STRICT, WITHOUT ROWID;

CREATE TABLE timeline (
    -- What happened to the company as a whole, for the story of an incident.
    seq     INTEGER PRIMARY KEY,
    time_us INTEGER NOT NULL,
    kind    TEXT NOT NULL, -- the event's type: release.activated, alert.firing, …
    subject TEXT NOT NULL, -- A12, a source, a rep, …
    actor   TEXT NOT NULL,
    text    TEXT NOT NULL
) STRICT;
CREATE INDEX timeline_time ON timeline (time_us, seq);

-- Two look-ups are filled thousands of leads at a time, in order, because filling them lead by lead
-- would double the cost of a lead: they cover leads up to the newest `through`, and a query looks at
-- the few newer leads one by one.
CREATE TABLE lead_index_runs (
    through INTEGER PRIMARY KEY -- leads.number
) STRICT;
CREATE TABLE lead_rep_index (
    rep  TEXT NOT NULL,
    lead INTEGER NOT NULL,
    PRIMARY KEY (rep, lead)
) STRICT, WITHOUT ROWID;
CREATE TABLE lead_key_index (
    -- The keys of a run in order, in pieces of about a hundred.
    run       INTEGER NOT NULL, -- lead_index_runs.through
    first_key INTEGER NOT NULL, -- of the piece; keys by the first 8 bytes of leads.key
    entries   BLOB NOT NULL,    -- 8 bytes of key and 8 bytes of leads.number each, big-endian
    PRIMARY KEY (run, first_key)
) STRICT, WITHOUT ROWID;

-- What a search need not look at: leads in blocks of 64, a segment of 128 blocks at a time. Leads
-- behind the newest segment are looked at one by one.
CREATE TABLE lead_segments (
    segment INTEGER PRIMARY KEY, -- from 0
    through INTEGER NOT NULL,    -- leads.number of its last lead
    bounds  BLOB NOT NULL        -- of each block the number of its first lead, and its earliest and
                                 -- latest leads.captured_us: 8 bytes each, big-endian
) STRICT;
CREATE TABLE lead_slices (
    -- Which blocks of a segment may hold three or five letters in a row, or a source, a campaign, a
    -- partner: positions 0 to 32767, each a bit for each block, 128 positions in a row.
    slice INTEGER PRIMARY KEY, -- segment * 256 + position / 128
    bits  BLOB NOT NULL
) STRICT;
CREATE TABLE lead_changes (
    -- Leads of a segment of which more became known: looked at one by one until the slices have it.
    lead INTEGER PRIMARY KEY -- leads.number
) STRICT;

CREATE VIEW lead AS
    -- Leads in words.
    SELECT 'L' || number AS id, number, last_seq AS version, state, place, rep AS owner, pool, route,
           class, source, score, kind, team,
           (SELECT substr(id, 1, 16) FROM releases WHERE number = leads.release) AS release,
           strftime('%Y-%m-%dT%H:%M:%fZ', captured_us / 1e6, 'unixepoch') AS captured_at,
           strftime('%Y-%m-%dT%H:%M:%fZ', assigned_us / 1e6, 'unixepoch') AS assigned_at,
           strftime('%Y-%m-%dT%H:%M:%fZ', contacted_us / 1e6, 'unixepoch') AS contacted_at,
           strftime('%Y-%m-%dT%H:%M:%fZ', closed_us / 1e6, 'unixepoch') AS closed_at,
           strftime('%Y-%m-%dT%H:%M:%fZ', due_us / 1e6, 'unixepoch') AS due_at,
           late_count, held, touchpoints, reopened, contract, 'D' || dead_letter AS dead_letter,
           campaign, partner, 'S' || surge AS surge, 'L' || merged_into AS merged_into,
           strftime('%Y-%m-%dT%H:%M:%fZ', contacted_due_us / 1e6, 'unixepoch') AS contact_due_at,
           (SELECT attributes FROM lead_attributes WHERE lead = leads.number) AS attributes
      FROM leads;

CREATE VIEW dead_letter AS
    -- Dead letters in words.
    SELECT 'D' || number AS id, number, last_seq AS version, state, source, contract, canary,
           violation, message, attempts, 'L' || lead AS lead, reason,
           strftime('%Y-%m-%dT%H:%M:%fZ', captured_us / 1e6, 'unixepoch') AS captured_at,
           strftime('%Y-%m-%dT%H:%M:%fZ', newest_us / 1e6, 'unixepoch') AS newest_at,
           errors, media_type, headers, CAST(payload AS TEXT) AS payload
      FROM dead_letters LEFT JOIN dead_letter_payloads ON dead_letter = number;

CREATE VIEW reconciliation AS
    -- Every record that was accepted or refused is in exactly one place, counted row by row.
    SELECT applied_seq AS seq, accepted + refused - replayed AS accepted, owned, waiting, exception,
           nurture, qualified, disqualified, dead_lettered, settled,
           owned + waiting + exception + nurture + qualified + disqualified + dead_lettered + settled
               = accepted + refused - replayed AS balanced,
           touchpoints, late
      FROM meta,
           (SELECT count(*) FILTER (WHERE place = 'owned') AS owned,
                   count(*) FILTER (WHERE place = 'waiting') AS waiting,
                   count(*) FILTER (WHERE place = 'exception') AS exception,
                   count(*) FILTER (WHERE place = 'nurture') AS nurture,
                   count(*) FILTER (WHERE place = 'closed' AND state = 'qualified') AS qualified,
                   count(*) FILTER (WHERE place = 'closed' AND state = 'disqualified')
                       AS disqualified
              FROM leads),
           (SELECT count(*) AS dead_lettered FROM dead_letters WHERE state = 'open'),
           (SELECT count(*) AS settled FROM dead_letters WHERE state IN ('merged', 'discarded'));
