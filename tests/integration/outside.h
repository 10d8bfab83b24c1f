/* Who carries deliveries out, played by a test: what the engine hands out is kept until the test
 * says what came of it. */
#ifndef ML_TESTS_INTEGRATION_OUTSIDE_H
#define ML_TESTS_INTEGRATION_OUTSIDE_H

#include "server_fixture.h"

/* Opens the fixture and takes over; its mesh sends assignments to the destinations hook (webhook),
 * export (ndjson) and crm (rest). */
void outside_open(struct fixture *fixture);
/* After fixture_close. */
void outside_close(void);

struct outside_delivery {
    uint64_t number, lead;
    uint32_t attempt;
    enum policy_purpose purpose;
    char destination[64];
    char target[256];
};
/* Waits for the next one to that destination. */
struct outside_delivery outside_next(const char *destination);
/* None to that destination has been handed out that was not asked for. */
bool outside_is_idle(const char *destination);
/* Says what came of it, and waits until that is durable. */
void outside_answer(struct fixture *fixture, const struct outside_delivery *delivery,
                    enum core_outcome outcome, uint32_t status, const char *reason);
/* A lead's assignment, to each of the three destinations; the one to `destination` is returned, the
 * others arrive. */
struct outside_delivery outside_deliver(struct fixture *fixture, const char *destination,
                                        const char *email);

#endif
