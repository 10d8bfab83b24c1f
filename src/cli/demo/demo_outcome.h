/* What the end of a demo found out: what the senders were told, what the server says, what the
 * stand-ins received, what the files prove. Printed, and written as a report. */
#ifndef ML_CLI_DEMO_OUTCOME_H
#define ML_CLI_DEMO_OUTCOME_H

#include "cli/demo/demo.h"
#include "cli/proof.h"

/* The leads at the server, one by one. */
struct demo_lookup {
    struct map seen; /* lead number → how often listed */
    uint64_t listed, twice, misplaced, missing;
    uint64_t owned, waiting, exception, nurture, closed;
};

/* A destination or provider: deliveries as the server counts them, and requests as they arrived. */
struct demo_account {
    uint64_t due, delivered, pending, failed, discarded;
    bool balanced;
    uint64_t requests, accepted; /* received; of them answered well */
    uint64_t receipts;           /* of what was delivered, as the journal says */
    uint64_t matched;            /* of them: their request was received, and is that delivery's */
    uint64_t repeated;           /* writes under a key that had been written before */
    uint64_t unasked;            /* requests that no event asked for */
};

/* The CRM's records against the leads at the server. */
struct demo_records {
    uint64_t made;
    uint64_t once;    /* leads with exactly one record */
    uint64_t missing; /* leads without any */
    uint64_t twice;   /* leads with more */
    uint64_t foreign; /* records of no lead */
};

struct demo_outcome {
    struct demo_lookup lookup;
    struct demo_account accounts[DEMO_STAND_INS];
    struct demo_records records;
    struct proof proof;
    bool proved;
    const char *wanted; /* the scenario that was asked for, "all", or NULL */
    /* Verdicts. */
    bool senders_good, lookup_good, identity_good, scenarios_good, accounts_good, records_good;
    bool good;
};

/* ---- demo_lookup.c */

/* All leads of the server. */
int demo_lookup_make(const struct demo *demo, struct demo_lookup *ret, struct error *err);

/* ---- demo_ledger.c: what the files say of deliveries; the server has ended */

struct demo_ledger {
    const char *names[DEMO_STAND_INS];   /* borrowed */
    struct map due[DEMO_STAND_INS];      /* delivery number → 1 */
    struct map receipts[DEMO_STAND_INS]; /* delivery number → number of the request, 0: cached */
    struct map subjects;                 /* hash of what the chat may be told of → 1 */
    struct map domains;                  /* hash of a domain that the provider may be asked for */
};
/* Also fills what the accounts say of deliveries. Released in any case. */
int demo_ledger_make(const struct demo *demo, struct demo_ledger *ret,
                     struct demo_account *accounts, struct error *err);
void demo_ledger_release(struct demo_ledger *ledger);

/* ---- demo_match.c: against what the stand-ins have written down; they have ended */
int demo_match_make(const struct demo *demo, const struct demo_ledger *ledger,
                    struct demo_outcome *outcome, struct error *err);

/* ---- demo_report.c: one page of HTML */
int demo_report_write(const struct demo *demo, const struct demo_outcome *outcome, const char *path,
                      struct error *err);

#endif
