/* Dead letters, followed from event to event: an acknowledged refusal is never lost, none is over
 * twice, none makes two leads, and the record keeps the time when it came. */
#include "simulation.h"

#include "base/id.h"

#include <inttypes.h>

struct sim_letter *letters_find(struct simulation *simulation, uint64_t number)
{
    size_t low = 0, high = simulation->letter_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (simulation->letters[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < simulation->letter_count && simulation->letters[low].number == number;
    return found ? &simulation->letters[low] : NULL;
}

void letters_told(struct simulation *simulation, uint64_t number)
{
    if (simulation->told_letter_count < SIM_LETTERS_MAX)
        simulation->told_letters[simulation->told_letter_count++] = number;
}

/* ---- events */

static void follow_refused(struct simulation *simulation, const struct journal_record *record,
                           struct json_object *data)
{
    ML_ASSERT(simulation->letter_count < SIM_LETTERS_MAX);
    simulation->letters[simulation->letter_count++] =
        (struct sim_letter){.number = record->seq, .captured_us = record->time_us};
    simulation->exercised[SIM_REFUSED]++;
    if (json_object_get_boolean(json_object_object_get(data, "canary")))
        simulation->exercised[SIM_READ_BY_CANARY]++;
}

/* The open dead letter that the event is about; NULL, and the simulation has failed, when it is
 * not open. */
static struct sim_letter *open_letter(struct simulation *simulation,
                                      const struct journal_record *record, struct bytes id)
{
    uint64_t number;
    struct sim_letter *letter =
        dead_letter_id_parse(id, &number) ? letters_find(simulation, number) : NULL;
    if (letter != NULL && letter->state == SIM_OPEN)
        return letter;
    simulation_fail(simulation, "seq %" PRIu64 " (%.*s) is about dead letter %.*s, which %s",
                    record->seq, BYTES_ARG(record->type), BYTES_ARG(id),
                    letter == NULL ? "never was" : "is over");
    return NULL;
}

static void follow_discarded(struct simulation *simulation, const struct journal_record *record,
                             struct json_object *data)
{
    struct sim_letter *letter = open_letter(simulation, record, record->subject);
    bool expired = bytes_is(json_member_text(data, "reason"), "expired");
    if (letter != NULL)
        letter->state = SIM_DISCARDED;
    simulation->exercised[expired ? SIM_EXPIRED : SIM_DISCARDED_BY_HAND]++;
}

static void follow_submission(struct simulation *simulation, const struct journal_record *record,
                              struct json_object *data)
{
    struct bytes id = json_member_text(data, "dead_letter");
    simulation->exercised[SIM_SHADOWED] += json_object_object_get(data, "shadow") != NULL;
    struct sim_letter *letter = id.size > 0 ? open_letter(simulation, record, id) : NULL;
    if (letter == NULL)
        return;
    bool own = bytes_is(record->type, "lead.captured");
    letter->state = own ? SIM_REPLAYED : SIM_MERGED;
    simulation->exercised[own ? SIM_REPLAYED_TO_LEAD : SIM_MERGED_INTO_LEAD]++;
    int64_t captured_us = json_member_time_us(data, "captured_at");
    if (captured_us == 0)
        captured_us = record->time_us;
    if (!bytes_is(record->type, "lead.touched") && captured_us != letter->captured_us)
        simulation_fail(simulation, "D: seq %" PRIu64 " forgets when dead letter D%" PRIu64 " came",
                        record->seq, letter->number);
}

void letters_follow(struct simulation *simulation, const struct journal_record *record,
                    struct json_object *data)
{
    if (bytes_is(record->type, "record.refused")) {
        follow_refused(simulation, record, data);
    } else if (bytes_is(record->type, "record.retried")) {
        open_letter(simulation, record, record->subject);
        simulation->exercised[SIM_RETRIED]++;
    } else if (bytes_is(record->type, "record.discarded")) {
        follow_discarded(simulation, record, data);
    } else if (bytes_is(record->type, "lead.captured") || bytes_is(record->type, "lead.reopened") ||
               bytes_is(record->type, "lead.touched")) {
        follow_submission(simulation, record, data);
    }
}

/* ---- the core */

static void check_told(struct simulation *simulation)
{
    for (uint32_t i = 0; i < simulation->told_letter_count; i++)
        if (letters_find(simulation, simulation->told_letters[i]) == NULL)
            simulation_fail(simulation, "I1: acknowledged dead letter D%" PRIu64 " is nowhere",
                            simulation->told_letters[i]);
    simulation->told_letter_count = 0;
}

void letters_check(struct simulation *simulation)
{
    const struct core *core = engine_core(simulation->engine);
    const struct core_counts counts = core_counts(core);
    uint64_t open = 0, settled = 0;
    for (uint32_t i = 0; i < simulation->letter_count; i++) {
        const struct sim_letter *letter = &simulation->letters[i];
        struct core_dead_letter known;
        bool is_open = core_dead_letter_find(core, letter->number, &known);
        open += letter->state == SIM_OPEN;
        settled += letter->state == SIM_MERGED || letter->state == SIM_DISCARDED;
        if (is_open != (letter->state == SIM_OPEN))
            simulation_fail(simulation, "I1: dead letter D%" PRIu64 " is %s in the core",
                            letter->number, is_open ? "open" : "not open");
        else if (is_open && known.captured_us != letter->captured_us)
            simulation_fail(simulation, "D: dead letter D%" PRIu64 " forgot when it came",
                            letter->number);
    }
    if (counts.dead_lettered != open || counts.settled != settled)
        simulation_fail(simulation,
                        "I9: %" PRIu64 " dead letters are open and %" PRIu64
                        " settled, the core counts %" PRIu64 " and %" PRIu64,
                        open, settled, counts.dead_lettered, counts.settled);
    check_told(simulation);
}
