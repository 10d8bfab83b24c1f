/* The offline proof of a data directory: the chain, a replay of everything, the invariants and the
 * identity over the result, and whether state.db says the same. Trusts nothing but the journal. */
#ifndef ML_CLI_PROOF_H
#define ML_CLI_PROOF_H

#include "core/core.h"
#include "journal/journal.h"
#include "store/store.h"

enum proof_view {
    PROOF_VIEW_MISSING,    /* there is no state.db: no contradiction, it can be made */
    PROOF_VIEW_UNREADABLE, /* `trouble` says why */
    PROOF_VIEW_DIFFERS,    /* it says something else than the journal at the same seq */
    PROOF_VIEW_AGREES,
};

struct proof {
    struct journal_verification chain;
    struct core_counts counts; /* after the last record */
    uint64_t closed;
    bool balanced;       /* I9: accepted = owned + waiting + exception + nurture + closed +
                            dead-lettered + settled */
    char violation[256]; /* of I5, I6, I7 or I9, as core_check found it; empty: all hold */
    enum proof_view view;
    uint64_t view_seq; /* what state.db has seen */
    struct store_reconciliation view_counts;
    char trouble[700];
    struct hash256 digest; /* of the replayed core at its end */
};

/* The caller holds the directory's lock, so that nothing moves. ML_ECORRUPT when the chain is
 * broken; what was found until then is in *ret. */
int proof_make(const char *data, struct proof *ret, struct error *err);
/* Everything holds: chain (else proof_make fails), invariants, identity, view. */
bool proof_holds(const struct proof *proof);
void proof_print(const struct proof *proof);

/* The identity as a small table; `view_*` of the API, or of a proof. */
struct proof_terms {
    uint64_t accepted, owned, waiting, in_exception, nurture, qualified, disqualified,
        dead_lettered, settled;
    uint64_t touchpoints, late;
    bool balanced;
};
void proof_print_terms(const struct proof_terms *terms);

#endif
