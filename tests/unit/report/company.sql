-- A company on Monday, 23 November 2026, as its view would have it. Hours of objective_counts are
-- counted from 1970.
INSERT INTO reps (number, id, name, email, team, time_zone, country, present, declared_capacity,
                  per_hour, per_day, available, capacity, load, duty)
VALUES (0, 'ana', 'Ana', 'ana@acme.example', 'north', 'Europe/Berlin', 'DE', 1, 5, 0, 0, 1, 5, 3, 'on_duty'),
       (1, 'ben', 'Ben', 'ben@acme.example', 'south', 'Europe/Berlin', 'DE', 1, 5, 0, 0, 1, 5, 5, 'on_duty');
INSERT INTO pools (number, id, title, strategy, present, overflow, waiting)
VALUES (0, 'dach', 'DACH', 'round_robin', 1, 'world', 1), (1, 'world', 'World', 'round_robin', 1, '', 0);
INSERT INTO pool_members (pool, position, rep, weight, tier)
VALUES ('dach', 0, 'ana', 1, 0), ('dach', 1, 'ben', 1, 0), ('world', 0, 'ben', 1, 0);
INSERT INTO releases (number, id, activated_us, active, canonical)
VALUES (0, 'feed', unixepoch('2026-11-02 12:00') * 1000000, 1,
        '{"pipeline": {"routes": [{"name": "germany", "to": {"pool": "dach"}}]}}');
UPDATE meta SET applied_seq = 500, time_us = unixepoch('2026-11-23 10:00') * 1000000;

-- L10 waits for its first contact since Friday; L20 is older and owned by nobody; L30 was late and
-- is contacted; L40 is closed; L50 helped itself from another pool, in time.
CREATE TEMP TABLE lead (number, state, place, pool, rep, campaign, came, assigned, contacted, late, due);
INSERT INTO lead VALUES
  (10, 'assigned', 'owned', 'dach', 'ana', 'fair', '2026-11-20 10:00', '2026-11-20 10:01', NULL, 4, '2026-11-20 14:00'),
  (20, 'captured', 'waiting', 'dach', NULL, '<script>alert(1)</script>', '2026-11-20 09:00', NULL, NULL, 2, '2026-11-20 09:05'),
  (30, 'contacted', 'owned', 'dach', 'ben', 'fair', '2026-11-20 08:00', '2026-11-20 08:30', '2026-11-20 09:00', 2, '2026-11-20 08:05'),
  (40, 'disqualified', 'closed', 'dach', 'ben', NULL, '2026-11-19 08:00', '2026-11-19 08:30', NULL, 4, '2026-11-19 12:00'),
  (450, 'assigned', 'owned', 'world', 'ben', 'fair', '2026-11-23 09:30', '2026-11-23 09:30', NULL, 0, '2026-11-23 13:30');
INSERT INTO leads (number, last_seq, state, place, source, class, urgency, score, route, pool, rep,
                   release, captured_us, assigned_us, first_assigned_us, contacted_us, due_us, late_count,
                   held, contract, touchpoints, reopened, campaign, assigned_due_us, contacted_due_us, late,
                   void, steps, fallbacks, place_since_us, intake_us, routing_us, waiting_us, triage_us,
                   enrichment_us, measures, enrichment)
SELECT number, number, state, place, 'website', 'hot', 0, 10, 'germany', pool, rep, 0,
       unixepoch(came) * 1000000, unixepoch(assigned) * 1000000, unixepoch(assigned) * 1000000,
       unixepoch(contacted) * 1000000, unixepoch(due) * 1000000, late <> 0, 0, 0, 0, 0, campaign,
       unixepoch(due) * 1000000, unixepoch(due) * 1000000, late, 0, 0, 0, unixepoch(came) * 1000000, 0, 0, 0, 0, 0,
       0, 0
  FROM lead;
DROP TABLE lead;

CREATE TEMP TABLE turned (dimension, objective, value, class, at, met, late, late_met, took);
INSERT INTO turned VALUES
  ('class', 'captured', 'hot', 'hot', '2026-11-23 08:00', 12, 0, 0, 0),
  ('class', 'assigned', 'hot', 'hot', '2026-11-23 08:00', 9, 1, 1, 600),
  ('class', 'assigned', 'hot', 'hot', '2026-11-23 09:00', 2, 0, 0, 20),
  ('class', 'contacted', 'hot', 'hot', '2026-11-23 09:00', 1, 3, 0, 60),
  ('class', 'contacted', 'hot', 'hot', '2026-11-22 23:00', 7, 0, 0, 60),
  ('class', 'contacted', 'hot', 'hot', '2026-11-03 10:00', 99, 1, 0, 60),
  ('campaign', 'captured', 'fair', 'hot', '2026-11-23 08:00', 10, 0, 0, 0),
  ('campaign', 'assigned', 'fair', 'hot', '2026-11-23 08:00', 9, 0, 0, 90),
  ('campaign', 'captured', 'spring | sale', 'hot', '2026-11-23 08:00', 2, 0, 0, 0),
  ('campaign', 'assigned', 'spring | sale', 'hot', '2026-11-23 08:00', 0, 1, 1, 510),
  ('rep', 'contacted', 'ana', 'hot', '2026-11-23 09:00', 1, 3, 0, 60);
INSERT INTO objective_counts (dimension, objective, value, class, hour, met, late, late_met, void, sum_us, histogram)
SELECT dimension, objective, value, class, unixepoch(at) / 3600, met, late, late_met, 0, took * 1000000, x''
  FROM turned;
DROP TABLE turned;

CREATE TEMP TABLE exception (number, state, kind, queue, team, opened, due, resolved, resolution, automatic, who, cause, remediation);
INSERT INTO exception VALUES
  (100, 'open', 'missing_email', 'validation', 'north', '2026-11-23 09:30', '2026-11-24 09:30', NULL, NULL, 0, NULL, NULL, NULL),
  (101, 'open', 'missing_email', 'validation', 'north', '2026-11-21 09:30', '2026-11-23 11:00', NULL, NULL, 0, NULL, NULL, NULL),
  (102, 'resolved', 'missing_email', 'validation', 'north', '2026-11-23 06:00', '2026-11-24 06:00', '2026-11-23 07:00', 'assign', 0, 'mia', 'bad_data', 'asked <by phone>'),
  (103, 'resolved', 'missing_email', 'validation', 'north', '2026-11-23 06:00', '2026-11-24 06:00', '2026-11-23 09:00', 'disqualify', 0, 'tom', 'bad_data', 'a test'),
  (104, 'resolved', 'enrichment_timeout', 'triage', 'north', '2026-11-23 06:00', '2026-11-23 08:00', '2026-11-23 08:00', 'dismiss', 1, NULL, NULL, NULL),
  (105, 'resolved', 'missing_email', 'validation', 'north', '2026-11-17 06:00', '2026-11-18 06:00', '2026-11-17 07:00', 'assign', 0, 'mia', 'vendor_outage', 'waited');
INSERT INTO exceptions (number, last_seq, state, kind, queue, team, about, lead, holding, context, opened_us, due_us,
                        expired, resolved_us, resolution, automatic, resolved_by, cause, remediation)
SELECT number, number, state, kind, queue, team, 'lead', 10, 0, '', unixepoch(opened) * 1000000,
       unixepoch(due) * 1000000, 0, unixepoch(resolved) * 1000000, resolution, automatic, who, cause, remediation
  FROM exception;
DROP TABLE exception;

INSERT INTO alerts (number, last_seq, state, rule, label, team, urgent, value, pending_us, fired_us, resolved_us)
VALUES (200, 200, 'resolved', 'surge', 'fair', 'north', 1, 1, unixepoch('2026-11-23 08:00') * 1000000,
        unixepoch('2026-11-23 08:00') * 1000000, unixepoch('2026-11-23 08:45') * 1000000),
       (201, 201, 'pending', 'open-exceptions', '', 'north', 0, 101, unixepoch('2026-11-23 09:00') * 1000000, NULL, NULL);
INSERT INTO surges (number, last_seq, kind, name, started_us, ended_us, expired, expected, arrivals, peak, peak_us,
                    peaked, planned, leads, overflow, triage, nurture, paced, relaxed)
VALUES (300, 300, 'campaign', 'fair', unixepoch('2026-11-23 08:00') * 1000000, NULL, 0, 500, 20, 50, NULL, 0, 1,
        40, 12, 3, 5, 7, 9);
INSERT INTO latency_counts (hour, class, count, intake_us, routing_us, waiting_us, triage_us, enrichment_us,
                            crm_write_us, rep_us)
VALUES (unixepoch('2026-11-23 09:00') / 3600, 'hot', 4, 4000000, 0, 240000000, 0, 0, 0, 14400000000);
INSERT INTO deliveries (number, event, lead, destination, purpose, target, subject, state, created_us, since_us,
                        due_us, attempts, step, digest, cached)
SELECT 64 * seq, 'lead.escalated', 10, '', 'reminder', 'rep:ana', 'L10', 'unrouted', unixepoch(at) * 1000000,
       unixepoch(at) * 1000000, unixepoch(at) * 1000000, 0, 0, 0, 0
  FROM (SELECT 60 AS seq, '2026-11-23 07:00' AS at UNION ALL SELECT 61, '2026-11-23 08:00');

INSERT INTO incidents (number, last_seq, state, title, team, class, objective, attained, norm, opened_us, opened_by,
                       closed_us, closed_by, text, causes, items_open)
VALUES (400, 410, 'closed', 'Hot leads are contacted late', 'north', 'hot', 'contacted', 7000, 9500,
        unixepoch('2026-11-10 12:00') * 1000000, '', unixepoch('2026-11-10 18:00') * 1000000, 'mia',
        'the CRM was down', '["vendor_outage"]', 1);
INSERT INTO incident_notes (incident, seq, time_us, actor, text)
VALUES (400, 405, unixepoch('2026-11-10 13:00') * 1000000, 'mia', 'called the vendor');
INSERT INTO incident_items (incident, item, title, owner, due_us, remind_us, done_us, done_by, note)
VALUES (400, 0, 'second provider', 'tom', unixepoch('2026-11-20 00:00') * 1000000, 0, NULL, NULL, NULL),
       (400, 1, 'runbook', 'mia', unixepoch('2026-11-20 00:00') * 1000000, 0, unixepoch('2026-11-12 00:00') * 1000000, 'mia', 'written');
INSERT INTO timeline (seq, time_us, kind, subject, actor, text)
VALUES (390, unixepoch('2026-11-10 11:30') * 1000000, 'release.activated', 'feed', 'ops', 'a new release'),
       (440, unixepoch('2026-11-22 09:00') * 1000000, 'source.switched', 'website', 'ops', 'canary of version 2');
