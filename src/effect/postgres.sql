-- What Meshline keeps in a warehouse: every delivery as a row, and each lead as it was last told of.
-- Steps are run in order, each once; a step that was published is never changed.

-- step 1
CREATE TABLE events (
    delivery   text PRIMARY KEY, -- the id that repeats are told by
    seq        bigint NOT NULL,  -- of the event
    type       text NOT NULL,    -- lead.assigned, …
    time       timestamptz NOT NULL,
    subject    text,
    lead       text,
    data       jsonb NOT NULL,   -- the event
    stored_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX events_lead ON events (lead, seq);
CREATE INDEX events_time ON events (time);
CREATE TABLE leads (
    id          text PRIMARY KEY,
    seq         bigint NOT NULL, -- of the event that this row is as of
    state       text NOT NULL,
    place       text,
    class       text,
    score       bigint,
    route       text,
    pool        text,
    source      text,
    owner       text,
    captured_at timestamptz,
    assigned_at timestamptz,
    contacted_at timestamptz,
    attributes  jsonb NOT NULL,
    updated_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX leads_captured ON leads (captured_at);
