/* The offline proof. */
#include "cli/proof.h"

#include "base/json_writer.h"
#include "cli/replay.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

enum { PROOF_PATH_MAX = 4200 };

static void note_trouble(struct proof *proof, enum proof_view view, const struct error *err)
{
    proof->view = view;
    snprintf(proof->trouble, sizeof proof->trouble, "%s%s%s", err->place,
             err->place[0] != '\0' ? ": " : "", err->message);
}

/* A core as state.db would have it, to compare with one that only saw the journal. */
static int digest_view(const char *path, uint64_t *ret_seq, struct hash256 *ret, struct error *err)
{
    struct store *store = NULL;
    int code = store_open(path, NULL, &store, err);
    if (code < 0)
        return code;
    struct core *core = core_new();
    *ret_seq = store_applied_seq(store);
    if (*ret_seq > 0)
        code = store_load_core(store, core, err);
    if (code == 0)
        *ret = core_digest(core);
    core_free(core);
    store_close(store);
    return code;
}

static int count_view(const char *path, struct store_reconciliation *ret, struct error *err)
{
    struct store_reader *reader = NULL;
    int code = store_reader_open(path, NULL, &reader, err);
    if (code == 0)
        code = store_read_reconciliation(reader, ret, err);
    store_reader_close(reader);
    return code;
}

static bool counts_agree(const struct store_reconciliation *view, const struct core_counts *counts)
{
    return view->accepted == counts->accepted && view->owned == counts->owned &&
           view->waiting == counts->waiting && view->in_exception == counts->exception &&
           view->nurture == counts->nurture && view->qualified == counts->qualified &&
           view->disqualified == counts->disqualified &&
           view->dead_lettered == counts->dead_lettered && view->settled == counts->settled &&
           view->touchpoints == counts->touchpoints && view->late == counts->late && view->balanced;
}

/* Replays as far as state.db has come and compares there; then the rest. */
static int replay_and_compare(const char *path, struct journal *journal, struct core *core,
                              struct proof *proof, struct error *err)
{
    struct error trouble;
    struct hash256 view = {0};
    bool exists = access(path, F_OK) == 0;
    bool readable = exists && digest_view(path, &proof->view_seq, &view, &trouble) == 0 &&
                    count_view(path, &proof->view_counts, &trouble) == 0;
    if (exists && !readable)
        note_trouble(proof, PROOF_VIEW_UNREADABLE, &trouble);
    if (readable && proof->view_seq > 0) {
        int code = replay_journal(journal, core, NULL, proof->view_seq, err);
        if (code < 0)
            return code;
        struct hash256 replayed = core_digest(core);
        const struct core_counts counts = core_counts(core);
        bool agrees = core_seq(core) == proof->view_seq &&
                      memcmp(&view, &replayed, sizeof view) == 0 &&
                      counts_agree(&proof->view_counts, &counts);
        proof->view = agrees ? PROOF_VIEW_AGREES : PROOF_VIEW_DIFFERS;
    }
    return replay_journal(journal, core, NULL, 0, err);
}

static void conclude(const struct core *core, struct proof *proof)
{
    proof->counts = core_counts(core);
    proof->closed = proof->counts.qualified + proof->counts.disqualified;
    proof->balanced = proof->counts.accepted ==
                      proof->counts.owned + proof->counts.waiting + proof->counts.exception +
                          proof->counts.nurture + proof->closed + proof->counts.dead_lettered +
                          proof->counts.settled;
    proof->digest = core_digest(core);
    char text[sizeof proof->violation];
    const char *violation = core_check(core, text, sizeof text);
    if (violation != NULL)
        snprintf(proof->violation, sizeof proof->violation, "%s", violation);
}

int proof_make(const char *data, struct proof *ret, struct error *err)
{
    char path[PROOF_PATH_MAX];
    const struct journal_sqlite_options options = {.read_only = true};
    struct journal *journal = NULL;
    *ret = (struct proof){0};
    int code = journal_sqlite_verify(data, &options, &ret->chain, err);
    if (code == 0)
        code = journal_sqlite_open(data, &options, &journal, err);
    if (code < 0)
        return code;
    snprintf(path, sizeof path, "%s/state.db", data);
    struct core *core = core_new();
    code = replay_and_compare(path, journal, core, ret, err);
    if (code == 0)
        conclude(core, ret);
    core_free(core);
    journal_close(journal);
    return code;
}

bool proof_holds(const struct proof *proof)
{
    return proof->balanced && proof->violation[0] == '\0' &&
           (proof->view == PROOF_VIEW_AGREES || proof->view == PROOF_VIEW_MISSING);
}

void proof_print_terms(const struct proof_terms *terms)
{
    const struct {
        const char *name;
        uint64_t count;
    } rows[] = {
        {"owned by a rep", terms->owned},        {"waiting for one", terms->waiting},
        {"in exception", terms->in_exception},   {"nurture", terms->nurture},
        {"closed, qualified", terms->qualified}, {"closed, disqualified", terms->disqualified},
        {"dead-lettered", terms->dead_lettered}, {"settled", terms->settled},
    };
    uint64_t sum = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        printf("  %-22s %10" PRIu64 "\n", rows[i].name, rows[i].count);
        sum += rows[i].count;
    }
    printf("  %-22s %10s\n", "", "----------");
    printf("  %-22s %10" PRIu64 "\n", "together", sum);
    printf("  %-22s %10" PRIu64 "   %s\n", "accepted", terms->accepted,
           terms->balanced ? "balances" : "DOES NOT BALANCE");
    puts("\n  Every record that was taken is a lead in one of these places, a dead letter that is\n"
         "  open, or one that was settled: it became a touchpoint, or was discarded.");
    printf("  Not counted in it: %" PRIu64 " %s of known people, %" PRIu64 " %s missed.\n",
           terms->touchpoints, terms->touchpoints == 1 ? "touchpoint" : "touchpoints", terms->late,
           terms->late == 1 ? "promise" : "promises");
}

static void print_view(const struct proof *proof)
{
    switch (proof->view) {
    case PROOF_VIEW_MISSING:
        puts("state.db    is not there or empty; the server or `meshline rebuild` makes it");
        break;
    case PROOF_VIEW_UNREADABLE:
        printf("state.db    CANNOT BE READ: %s; `meshline rebuild` makes it anew\n",
               proof->trouble);
        break;
    case PROOF_VIEW_DIFFERS:
        printf("state.db    SAYS SOMETHING ELSE at seq %" PRIu64
               "; `meshline rebuild` makes it anew\n",
               proof->view_seq);
        break;
    case PROOF_VIEW_AGREES:
        printf("state.db    says the same, counted row by row at seq %" PRIu64 "\n",
               proof->view_seq);
        break;
    }
}

void proof_print(const struct proof *proof)
{
    char hash[HASH256_TEXT_SIZE];
    const struct proof_terms terms = {
        .accepted = proof->counts.accepted,
        .owned = proof->counts.owned,
        .waiting = proof->counts.waiting,
        .in_exception = proof->counts.exception,
        .nurture = proof->counts.nurture,
        .qualified = proof->counts.qualified,
        .disqualified = proof->counts.disqualified,
        .dead_lettered = proof->counts.dead_lettered,
        .settled = proof->counts.settled,
        .touchpoints = proof->counts.touchpoints,
        .late = proof->counts.late,
        .balanced = proof->balanced,
    };
    proof_print_terms(&terms);
    hash256_print(&proof->chain.hash, hash);
    printf("\nchain       holds over %" PRIu64 " records, last hash %.16s…\n", proof->chain.records,
           hash);
    if (proof->violation[0] == '\0')
        puts("invariants  hold after a replay of all of them: one place, one owner, one running "
             "timer a lead");
    else
        printf("invariants  BROKEN: %s\n", proof->violation);
    print_view(proof);
}
