/* What must be true: after every step, after every restart, and at the end. Cites I1…I10. */
#include "simulation.h"

#include "base/json.h"

#include <inttypes.h>
#include <stdio.h>

/* ---- after every step */

static uint32_t release_by_id(const struct simulation *simulation, struct bytes id)
{
    for (uint32_t i = 0; i < COMPANY_RELEASES; i++)
        if (bytes_is(id, simulation->releases[i]->id_text))
            return i;
    return simulation->active;
}

static bool is_set(struct json_object *data, const char *member)
{
    return json_object_get_boolean(json_object_object_get(data, member));
}

/* I7: by policy nobody is loaded above capacity, and nobody is woken who is not on call; the
 * calendar is asked anew here. */
static void check_policy_assignment(struct simulation *simulation,
                                    const struct journal_record *record, struct json_object *data)
{
    const struct policy_release *release = simulation->releases[simulation->active];
    uint32_t rep = policy_rep_find(release, json_member_text(data, "rep"));
    int64_t ignored;
    if (json_member_int(data, "load", 0) > json_member_int(data, "capacity", 0))
        simulation_fail(simulation, "I7: seq %" PRIu64 " loads a rep above capacity", record->seq);
    if (rep == POLICY_NONE) {
        simulation_fail(simulation, "I7: seq %" PRIu64 " assigns to somebody who left",
                        record->seq);
        return;
    }
    enum policy_duty duty = policy_duty_at(release, rep, record->time_us, &ignored);
    if (duty == POLICY_TIME_OFF || (duty != POLICY_ON_DUTY && !is_set(data, "on_call")))
        simulation_fail(simulation, "I7: seq %" PRIu64 " assigns to %s, who is on %s", record->seq,
                        release->reps[rep].id, policy_duty_name(duty));
}

static void count_assignment(struct simulation *simulation, struct json_object *data)
{
    uint64_t *exercised = simulation->exercised;
    const struct policy_release *release = simulation->releases[simulation->active];
    struct bytes through = json_member_text(data, "through");
    uint32_t pool =
        policy_pool_find(release, through.size > 0 ? through : json_member_text(data, "pool"));
    if (pool != POLICY_NONE && !is_set(data, "on_call"))
        exercised[SIM_BY_STRATEGY + release->pools[pool].strategy]++;
    exercised[SIM_OVERFLOWED] += through.size > 0;
    exercised[SIM_CALLED] += is_set(data, "on_call");
    exercised[SIM_REENTERED] += bytes_is(json_member_text(data, "cause"), "reentered");
    struct json_object *candidates = json_object_object_get(data, "candidates");
    exercised[SIM_LIMITED] += json_member_int(candidates, "limited", 0) > 0;
}

/* I6: an assignment names the version that it replaces. */
static void check_assignment(struct simulation *simulation, const struct journal_record *record,
                             struct json_object *data)
{
    if (json_member_int(data, "prev", 0) <= 0)
        simulation_fail(simulation, "I6: seq %" PRIu64 " replaces no version", record->seq);
    bool decided = bytes_is(json_member_text(data, "cause"), "resolved") &&
                   json_member_text(data, "reason").size > 0; /* about its exception */
    struct bytes cause = json_member_text(data, "cause");
    if (decided || bytes_is(cause, "manual") || bytes_is(cause, "synced"))
        return; /* a person said so */
    check_policy_assignment(simulation, record, data);
    count_assignment(simulation, data);
}

/* Events whose being there is all that is asked of them. */
static void count_event(struct simulation *simulation, const struct journal_record *record,
                        struct json_object *data)
{
    uint64_t *exercised = simulation->exercised;
    exercised[SIM_EXCEPTED] += bytes_is(record->type, "lead.excepted");
    exercised[SIM_NURTURED] += bytes_is(record->type, "lead.nurtured");
    exercised[SIM_SHIFTED] += bytes_is(record->type, "rep.shifted");
    if (bytes_is(record->type, "source.switched")) {
        bool fell_back = bytes_is(json_member_text(data, "cause"), "fell_back");
        exercised[fell_back ? SIM_FELL_BACK : SIM_SWITCHED]++;
    } else if (bytes_is(record->type, "notice.due") &&
               json_object_array_length(json_object_object_get(data, "targets")) > 0) {
        exercised[is_set(data, "digest") ? SIM_DIGESTED : SIM_NOTICED]++;
    }
}

static int check_event(void *context, const struct journal_record *record, struct error *err)
{
    struct simulation *simulation = context;
    JSON_AUTO *data = NULL;
    if (json_parse(record->data, &data, err) < 0)
        return ML_ECORRUPT;
    simulation->checked_seq = record->seq;
    if (bytes_is(record->type, "release.activated"))
        simulation->active = release_by_id(simulation, json_member_text(data, "release"));
    else if (bytes_is(record->type, "lead.assigned"))
        check_assignment(simulation, record, data);
    count_event(simulation, record, data);
    letters_follow(simulation, record, data);
    trouble_follow(simulation, record, data);
    network_follow(simulation->network, record, data);
    return 0;
}

bool invariants_follow(struct simulation *simulation)
{
    struct journal_reader *reader;
    struct error err = {0};
    if (journal_reader_open(engine_journal(simulation->engine), &reader, &err) < 0)
        return false; /* a read fault: the next step looks again */
    engine_read(simulation->engine, reader, simulation->checked_seq + 1, 0, check_event, simulation,
                &err);
    journal_reader_close(reader);
    return simulation->checked_seq == journal_tail(engine_journal(simulation->engine)).seq;
}

void invariants_check_step(struct simulation *simulation)
{
    char text[256];
    const char *broken = core_check(engine_core(simulation->engine), text, sizeof text);
    if (broken != NULL)
        simulation_fail(simulation, "%s", broken);
    uint64_t seq = core_seq(engine_core(simulation->engine));
    if (seq != journal_tail(engine_journal(simulation->engine)).seq)
        simulation_fail(simulation, "I10: the core is at seq %" PRIu64 ", the journal is not", seq);
    if (engine_view_seq(simulation->engine) > engine_durable_seq(simulation->engine))
        simulation_fail(simulation, "I2: the view is ahead of the journal");
    if (invariants_follow(simulation)) {
        letters_check(simulation);
        trouble_check(simulation);
        network_check(simulation->network);
    }
}

/* ---- after a restart */

static int keep_hash(void *context, const struct journal_record *record, struct error *err)
{
    (void)err;
    *(struct hash256 *)context = record->hash;
    return 0;
}

/* I1: the newest record that anybody was told of is still there, byte for byte, and with it, by the
 * chain, all before it. */
static void check_told(struct simulation *simulation)
{
    if (simulation->told_seq == 0)
        return;
    struct journal_reader *reader;
    struct error err = {0};
    struct hash256 hash = {0};
    int code = journal_reader_open(engine_journal(simulation->engine), &reader, &err);
    if (code == 0) {
        code = journal_read(reader, simulation->told_seq, 1, keep_hash, &hash, &err);
        journal_reader_close(reader);
    }
    if (code < 0)
        simulation_fail(simulation, "I1: cannot read seq %" PRIu64 ": %s", simulation->told_seq,
                        err.message);
    else if (memcmp(&hash, &simulation->told_hash, sizeof hash) != 0)
        simulation_fail(simulation, "I1: acknowledged seq %" PRIu64 " is lost or changed",
                        simulation->told_seq);
}

static void check_acknowledged_leads(struct simulation *simulation)
{
    const struct core *core = engine_core(simulation->engine);
    enum core_state ignored;
    for (uint32_t person = 0; person < SIM_PEOPLE; person++) {
        uint64_t lead = simulation->person_lead[person];
        if (lead != 0 && core_lead_find(core, lead) == NULL &&
            !core_closed_find(core, lead, &ignored))
            simulation_fail(simulation, "I1: acknowledged lead L%" PRIu64 " is nowhere", lead);
    }
}

void invariants_check_restart(struct simulation *simulation)
{
    const struct journal_sqlite_options options = {.vfs = simulation->vfs,
                                                   .files = disk_files(simulation->disk)};
    struct journal_verification verification;
    struct error err = {0};
    if (journal_sqlite_verify(simulation_directory, &options, &verification, &err) < 0)
        simulation_fail(simulation, "K3: %s: %s", err.place, err.message);
    check_told(simulation);
    check_acknowledged_leads(simulation);
    invariants_check_step(simulation);
}

/* ---- digests */

static void check_replay(struct simulation *simulation, const struct hash256 *expected)
{
    struct core *core = core_new();
    struct error err = {0};
    int code = engine_replay(engine_journal(simulation->engine), core, NULL, 0, NULL, NULL, &err);
    struct hash256 digest = core_digest(core);
    if (code < 0)
        simulation_fail(simulation, "I4: replay failed: %s: %s", err.place, err.message);
    else if (memcmp(&digest, expected, sizeof digest) != 0)
        simulation_fail(simulation, "I2: a replayed core differs from the live one");
    core_free(core);
}

static bool view_digest(struct simulation *simulation, struct hash256 *ret)
{
    char path[64];
    struct store *store;
    struct error err = {0};
    snprintf(path, sizeof path, "%s/state.db", simulation_directory);
    int code = store_open(path, simulation->vfs, &store, &err);
    if (code == 0) {
        code = store_digest(store, ret, &err);
        store_close(store);
    }
    if (code < 0)
        simulation_fail(simulation, "state.db: %s", err.message);
    return code == 0;
}

static void remove_view(struct simulation *simulation)
{
    static const char *const names[] = {"state.db", "state.db-wal", "state.db-shm"};
    const struct journal_files *files = disk_files(simulation->disk);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[64];
        snprintf(path, sizeof path, "%s/%s", simulation_directory, names[i]);
        files->remove(files->context, path, NULL);
    }
}

/* Closes the engine cleanly; whatever was queued is forgotten by then. Returns with it open again.
 */
static bool reopen_and_compare(struct simulation *simulation, const struct hash256 *expected,
                               const char *what)
{
    if (!simulation_open(simulation))
        return false;
    struct hash256 digest = core_digest(engine_core(simulation->engine));
    if (memcmp(&digest, expected, sizeof digest) != 0)
        simulation_fail(simulation, "I2: a core %s differs from the live one", what);
    return true;
}

void invariants_check_digests(struct simulation *simulation)
{
    struct error err = {0};
    while (engine_project(simulation->engine, &err) > 0)
        ;
    struct hash256 live = core_digest(engine_core(simulation->engine));
    check_replay(simulation, &live);
    simulation_close(simulation);
    struct hash256 before, after;
    if (!view_digest(simulation, &before) ||
        !reopen_and_compare(simulation, &live, "loaded from state.db"))
        return;
    simulation_close(simulation);
    remove_view(simulation);
    if (!reopen_and_compare(simulation, &live, "rebuilt without state.db"))
        return;
    simulation_close(simulation);
    if (view_digest(simulation, &after) && memcmp(&before, &after, sizeof after) != 0)
        simulation_fail(simulation, "I2: a rebuilt state.db differs from the projected one");
    simulation_open(simulation);
}

/* ---- the end */

void invariants_check_converged(struct simulation *simulation)
{
    const struct core *core = engine_core(simulation->engine);
    struct core_counts counts = core_counts(core);
    if (!clients_all_acknowledged(simulation))
        simulation_fail(simulation, "liveness: a repeated call is still not acknowledged");
    if (counts.dead_lettered != 0)
        simulation_fail(simulation,
                        "liveness: %" PRIu64 " dead letters are open although all were mended",
                        counts.dead_lettered);
    if (counts.waiting != 0)
        simulation_fail(simulation, "liveness: %" PRIu64 " leads wait although everybody has room",
                        counts.waiting);
    if (engine_view_seq(simulation->engine) != engine_durable_seq(simulation->engine))
        simulation_fail(simulation, "liveness: the view did not catch up");
    char path[64];
    struct store_reader *reader;
    struct store_reconciliation view;
    struct error err = {0};
    snprintf(path, sizeof path, "%s/state.db", simulation_directory);
    if (store_reader_open(path, simulation->vfs, &reader, &err) < 0 ||
        store_read_reconciliation(reader, &view, &err) < 0) {
        simulation_fail(simulation, "reconciliation: %s", err.message);
        return;
    }
    store_reader_close(reader);
    if (!view.balanced || view.accepted != counts.accepted || view.owned != counts.owned ||
        view.waiting != counts.waiting || view.in_exception != counts.exception ||
        view.nurture != counts.nurture || view.closed != counts.qualified + counts.disqualified ||
        view.dead_lettered != counts.dead_lettered || view.settled != counts.settled ||
        view.touchpoints != counts.touchpoints || view.late != counts.late)
        simulation_fail(simulation, "I9: the view's reconciliation is not the core's");
}
