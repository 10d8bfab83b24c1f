/* Books kept from the events alone, as an auditor would, and what must be true of them. */
#include "base/map.h"
#include "season.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* Timers are visited exactly; this much later is late. */
#define TOLERANCE_US POLICY_TICK_US

const char *const season_exercise_names[SEASON_EXERCISES] = {
    [SEASON_LEADS] = "leads",
    [SEASON_MET] = "objectives met",
    [SEASON_LATE] = "objectives late",
    [SEASON_REMINDED] = "reminders by a ladder",
    [SEASON_NOTIFIED] = "managers notified",
    [SEASON_TAKEN_BACK] = "taken back by a ladder",
    [SEASON_OVERFLOWED] = "moved to another pool by a ladder",
    [SEASON_EXCEPTED_BY_LADDER] = "put before a person by a ladder",
    [SEASON_WAITED_FOR_DUTY] = "steps that waited for duty",
    [SEASON_ACKNOWLEDGED] = "acknowledgements",
    [SEASON_RESOLVED_BY_PEOPLE] = "exceptions resolved by people",
    [SEASON_FELL_BACK] = "automatic fallbacks",
    [SEASON_ENRICHED] = "enriched",
    [SEASON_ENRICHMENT_LATE] = "enrichments that did not answer",
    [SEASON_NURTURED] = "nurtured",
    [SEASON_SURGES] = "surges",
    [SEASON_SURGE_OVERFLOW] = "given to another pool in a surge",
    [SEASON_SURGE_NURTURE] = "nurtured by a surge plan",
    [SEASON_SURGE_PACED] = "paced by a surge plan",
    [SEASON_ALERTS] = "alerts that fired",
    [SEASON_PAGES] = "pages",
    [SEASON_INCIDENTS] = "incidents",
    [SEASON_QUALIFIED] = "qualified",
    [SEASON_DISQUALIFIED] = "disqualified",
};

struct book { /* of one lead */
    uint64_t number;
    int64_t captured_us;
    int64_t due_us[POLICY_OBJECTIVES]; /* 0: not promised, or stopped */
    int64_t reached_us[POLICY_OBJECTIVES];
    uint32_t steps[POLICY_OBJECTIVES]; /* taken, a bit for each */
    uint8_t late;                      /* a bit for each objective */
    uint32_t class_index;
    uint32_t by_people; /* acts that may make its way longer */
    uint64_t surge;
    uint32_t measures;  /* a bit for each */
    int64_t free_us;    /* since when its ladder may act; INT64_MAX: it may not */
    int64_t stepped_us; /* the newest step: those behind one that waits for duty wait as well */
    int64_t owned_us;   /* since when its owner has it; 0: nobody has */
    bool stopped;       /* its ladder stood still at some time */
    bool aside;         /* in nurture: promises stand still */
    bool open;
};

struct opened { /* an exception */
    uint64_t number;
    int64_t due_us;
    bool open;
};

struct surge_book {
    uint64_t number;
    uint64_t leads;
    uint64_t measures[CORE_MEASURES];
};

enum { HOURS_MAX = 24 * 400, CLASSES = 8, SURGES_MAX = 4096 };

struct witness {
    const struct policy_release *release;
    int64_t longest_us;
    int64_t first_us;
    struct book *books;
    size_t book_count, book_capacity;
    struct map by_number;
    struct opened *exceptions;
    size_t exception_count, exception_capacity;
    struct map by_exception;
    struct surge_book surges[SURGES_MAX];
    size_t surge_count;
    /* Turns by hour since first_us. */
    uint32_t met[HOURS_MAX][CLASSES][POLICY_OBJECTIVES];
    uint32_t late[HOURS_MAX][CLASSES][POLICY_OBJECTIVES];
    uint64_t exercised[SEASON_EXERCISES];
    char complaint[400];
};

struct witness *witness_new(const struct policy_release *release)
{
    struct witness *witness = calloc(1, sizeof *witness);
    if (witness == NULL)
        panic("out of memory (witness)");
    witness->release = release;
    witness->longest_us = season_longest_us(release);
    return witness;
}

void witness_free(struct witness *witness)
{
    map_release(&witness->by_number);
    map_release(&witness->by_exception);
    free(witness->books);
    free(witness->exceptions);
    free(witness);
}

const char *witness_complaint(const struct witness *witness)
{
    return witness->complaint[0] != '\0' ? witness->complaint : NULL;
}

const uint64_t *witness_exercised(const struct witness *witness)
{
    return witness->exercised;
}

__attribute__((format(printf, 2, 3))) static void complain(struct witness *witness,
                                                           const char *format, ...)
{
    if (witness->complaint[0] != '\0')
        return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(witness->complaint, sizeof witness->complaint, format, arguments);
    va_end(arguments);
}

/* ---- finding things in the books */

static void *grown(void *items, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return items;
    *capacity = *capacity > 0 ? *capacity * 2 : 1024;
    items = realloc(items, *capacity * size);
    if (items == NULL)
        panic("out of memory (witness)");
    return items;
}

static struct book *book_of(struct witness *witness, uint64_t number)
{
    const uint64_t *at = map_find(&witness->by_number, map_number_key(number));
    return at != NULL ? &witness->books[*at] : NULL;
}

static struct book *book_add(struct witness *witness, uint64_t number)
{
    struct book *known = book_of(witness, number);
    if (known == NULL) {
        witness->books = grown(witness->books, witness->book_count, &witness->book_capacity,
                               sizeof *witness->books);
        map_put(&witness->by_number, map_number_key(number), witness->book_count);
        known = &witness->books[witness->book_count++];
    }
    *known = (struct book){.number = number, .open = true};
    return known;
}

static struct surge_book *surge_of(struct witness *witness, uint64_t number)
{
    for (size_t i = 0; i < witness->surge_count; i++)
        if (witness->surges[i].number == number)
            return &witness->surges[i];
    return NULL;
}

static const struct policy_class *class_of(const struct witness *witness, const struct book *book)
{
    return &witness->release->classes[book->class_index];
}

static enum policy_objective pending_of(const struct book *book)
{
    if (book->reached_us[POLICY_ASSIGNED] == 0)
        return POLICY_ASSIGNED;
    return book->reached_us[POLICY_CONTACTED] == 0 ? POLICY_CONTACTED : POLICY_QUALIFIED;
}

static uint32_t *turns_at(struct witness *witness, bool met, const struct book *book,
                          enum policy_objective objective, int64_t time_us)
{
    int64_t hour = (time_us - witness->first_us) / (INT64_C(3600) * 1000000);
    ML_ASSERT(hour >= 0 && hour < HOURS_MAX && book->class_index < CLASSES);
    return met ? &witness->met[hour][book->class_index][objective]
               : &witness->late[hour][book->class_index][objective];
}

/* ---- promises */

static void begin(struct witness *witness, const struct core_event *event)
{
    struct book *book = book_add(witness, event->lead);
    book->captured_us = event->captured.captured_us;
    book->class_index = event->captured.class_index;
    book->surge = event->captured.surge;
    book->free_us = event->time_us;
    const struct policy_class *class = class_of(witness, book);
    for (int o = 0; o < POLICY_OBJECTIVES; o++) {
        int64_t within_us = class->objectives[o].within_us;
        if (o == POLICY_ENRICHED && event->captured.unasked)
            continue;
        if (event->captured.deadlines[o] != 0)
            book->due_us[o] = event->captured.deadlines[o];
        else if (within_us > 0)
            book->due_us[o] = book->captured_us + within_us;
    }
    struct surge_book *surge = surge_of(witness, book->surge);
    if (surge != NULL)
        surge->leads++;
    else if (book->surge != 0)
        complain(witness, "L%" PRIu64 " belongs to surge S%" PRIu64 ", which never began",
                 event->lead, book->surge);
    witness->exercised[SEASON_LEADS]++;
}

/* More is known: it may be of another class from now on, which may promise things sooner. */
static void see_class(const struct core_event *event, struct book *book)
{
    book->class_index = event->enriched.class_index;
    for (int o = 0; o < POLICY_OBJECTIVES; o++)
        if (event->enriched.deadlines[o] != 0)
            book->due_us[o] = event->enriched.deadlines[o];
}

/* When a step of the ladder was to be, on the wall clock. */
static int64_t step_us(const struct book *book, const struct policy_class *class,
                       enum policy_objective objective, const struct policy_step *step)
{
    int64_t within_us = class->objectives[objective].within_us;
    if (step->percent > 0)
        return book->due_us[objective] - within_us / 100 * (100 - step->percent);
    return book->due_us[objective] + step->after_us;
}

/* Earliest by the ladder: a new owner has a moment before the lead is taken away again. */
static int64_t earliest_us(const struct book *book, const struct policy_class *class,
                           enum policy_objective objective, const struct policy_step *step,
                           int64_t planned_us)
{
    static const int64_t most_us = INT64_C(600) * 1000000;
    int64_t free_us = book->free_us, half_us = class->objectives[objective].within_us / 2;
    bool takes =
        step->percent == 0 && step->action != POLICY_REMIND && step->action != POLICY_NOTIFY;
    if (takes && book->owned_us != 0)
        free_us = book->owned_us + (half_us < most_us ? half_us : most_us);
    free_us = book->stepped_us > free_us ? book->stepped_us : free_us;
    return planned_us > free_us ? planned_us : free_us;
}

/* The milestone comes, or the lead goes: by now all steps of the past must have been taken. What
 * stood still at some time, waits for duty or counts working time is checked step by step only. */
static void check_ladder(struct witness *witness, const struct book *book,
                         enum policy_objective objective, int64_t now_us)
{
    const struct policy_class *class = class_of(witness, book);
    const struct policy_escalation *ladder = &class->ladders[objective];
    if (book->stopped || class->objectives[objective].business || book->due_us[objective] == 0)
        return;
    for (size_t i = 0; i < ladder->count; i++) {
        const struct policy_step *step = &ladder->steps[i];
        if (step->on_duty)
            return; /* those behind it wait as well */
        int64_t planned_us = step_us(book, class, objective, step);
        if (earliest_us(book, class, objective, step, planned_us) + TOLERANCE_US >= now_us)
            return;
        if ((book->steps[objective] & 1u << i) == 0)
            complain(witness, "L%" PRIu64 ": step %zu of the ladder for %s was left out",
                     book->number, i, policy_objective_name(objective));
    }
}

static void reach(struct witness *witness, struct book *book, enum policy_objective objective,
                  int64_t now_us)
{
    if (book->reached_us[objective] != 0)
        return;
    book->reached_us[objective] = now_us;
    if (objective != POLICY_ENRICHED)
        check_ladder(witness, book, objective, now_us);
    if (book->due_us[objective] == 0 || (book->late & 1u << objective) != 0)
        return;
    if (now_us > book->due_us[objective] + TOLERANCE_US)
        complain(witness, "L%" PRIu64 ": %s %" PRId64 " s after the deadline, and nobody said late",
                 book->number, policy_objective_name(objective),
                 (now_us - book->due_us[objective]) / 1000000);
    (*turns_at(witness, true, book, objective, now_us))++;
    witness->exercised[SEASON_MET]++;
}

static void see_late(struct witness *witness, const struct core_event *event, struct book *book)
{
    enum policy_objective objective = event->late.objective;
    int64_t due_us = book->due_us[objective];
    if ((book->late & 1u << objective) != 0)
        complain(witness, "L%" PRIu64 " is late with %s twice", book->number,
                 policy_objective_name(objective));
    if (event->late.objective_due_us != due_us || due_us == 0)
        complain(witness,
                 "L%" PRIu64 ": the deadline of %s is %" PRId64 " in the late event, %" PRId64
                 " in the books",
                 book->number, policy_objective_name(objective), event->late.objective_due_us,
                 due_us);
    if (event->time_us < due_us || event->time_us - due_us > TOLERANCE_US)
        complain(witness, "L%" PRIu64 ": %s turned late %" PRId64 " us away from its deadline",
                 book->number, policy_objective_name(objective), event->time_us - due_us);
    book->late |= (uint8_t)(1u << objective);
    (*turns_at(witness, false, book, objective, event->time_us))++;
    witness->exercised[objective == POLICY_ENRICHED ? SEASON_ENRICHMENT_LATE : SEASON_LATE]++;
}

/* ---- ladders */

static void count_step(struct witness *witness, const struct core_event *event)
{
    static const enum season_exercise by_action[POLICY_ACTIONS] = {
        [POLICY_REMIND] = SEASON_REMINDED,           [POLICY_NOTIFY] = SEASON_NOTIFIED,
        [POLICY_TAKE_BACK] = SEASON_TAKEN_BACK,      [POLICY_OVERFLOW] = SEASON_OVERFLOWED,
        [POLICY_EXCEPT] = SEASON_EXCEPTED_BY_LADDER,
    };
    witness->exercised[by_action[event->escalated.action]]++;
}

static void see_step(struct witness *witness, const struct core_event *event, struct book *book)
{
    enum policy_objective objective = event->escalated.objective;
    const struct policy_class *class = class_of(witness, book);
    uint32_t index = event->escalated.step;
    if (objective != pending_of(book))
        complain(witness, "L%" PRIu64 " is escalated for %s, which is not what it waits for",
                 book->number, policy_objective_name(objective));
    if (index == CORE_NONE)
        return; /* behind the end of the ladder */
    const struct policy_step *step = &class->ladders[objective].steps[index];
    if (index >= class->ladders[objective].count || step->action != event->escalated.action) {
        complain(witness, "L%" PRIu64 ": no such step %u of the ladder for %s", book->number, index,
                 policy_objective_name(objective));
        return;
    }
    if ((book->steps[objective] & 1u << index) != 0)
        complain(witness, "L%" PRIu64 ": step %u of the ladder for %s is taken twice", book->number,
                 index, policy_objective_name(objective));
    book->steps[objective] |= 1u << index;
    int64_t planned_us = event->escalated.planned_us;
    if (!class->objectives[objective].business &&
        planned_us != step_us(book, class, objective, step))
        complain(witness,
                 "L%" PRIu64 ": step %u for %s was planned %" PRId64 " s away from its time",
                 book->number, index, policy_objective_name(objective),
                 (planned_us - step_us(book, class, objective, step)) / 1000000);
    int64_t from_us = earliest_us(book, class, objective, step, planned_us);
    if (event->time_us < planned_us)
        complain(witness, "L%" PRIu64 ": step %u for %s came early", book->number, index,
                 policy_objective_name(objective));
    if (!step->on_duty && event->time_us - from_us > TOLERANCE_US && !book->stopped)
        complain(witness, "L%" PRIu64 ": step %u for %s came %" PRId64 " s late", book->number,
                 index, policy_objective_name(objective), (event->time_us - from_us) / 1000000);
    book->stepped_us = event->time_us;
    witness->exercised[SEASON_WAITED_FOR_DUTY] +=
        step->on_duty && event->time_us - from_us > TOLERANCE_US;
    count_step(witness, event);
}

/* ---- places */

static void see_placed(struct witness *witness, const struct core_event *event, struct book *book)
{
    for (int o = 0; o < POLICY_OBJECTIVES; o++)
        if (event->placed.deadlines[o] != 0)
            book->due_us[o] = event->placed.deadlines[o];
    bool works = event->type == CORE_LEAD_ASSIGNED || event->type == CORE_LEAD_QUEUED;
    bool held = event->type == CORE_LEAD_QUEUED && event->placed.held;
    book->stopped = book->stopped || !works || held;
    book->free_us = works ? event->time_us : INT64_MAX;
    book->owned_us = event->type == CORE_LEAD_ASSIGNED ? event->time_us : 0;
    book->by_people += event->placed.cause == CORE_CAUSE_MANUAL;
    if (event->type == CORE_LEAD_ASSIGNED)
        reach(witness, book, POLICY_ASSIGNED, event->time_us);
    if (event->type == CORE_LEAD_NURTURED) {
        witness->exercised[SEASON_NURTURED]++;
        for (int o = 0; o < POLICY_OBJECTIVES; o++)
            if (book->reached_us[o] == 0 && (book->late & 1u << o) == 0)
                book->due_us[o] = 0; /* set anew when it comes back */
    }
    struct surge_book *surge = surge_of(witness, event->placed.surge);
    enum core_measure measure = event->placed.measure;
    if (measure == CORE_MEASURE_NONE)
        return;
    if (surge == NULL || event->placed.surge != book->surge) {
        complain(witness, "L%" PRIu64 ": a measure of a surge that it does not belong to",
                 book->number);
        return;
    }
    if ((book->measures & 1u << measure) == 0)
        surge->measures[measure]++;
    book->measures |= 1u << measure;
    witness->exercised[SEASON_SURGE_OVERFLOW] +=
        measure == CORE_MEASURE_OVERFLOW || measure == CORE_MEASURE_TRIAGE;
    witness->exercised[SEASON_SURGE_NURTURE] += measure == CORE_MEASURE_NURTURE;
    witness->exercised[SEASON_SURGE_PACED] += measure == CORE_MEASURE_PACED;
}

static void check_age(struct witness *witness, const struct book *book, int64_t now_us)
{
    int64_t allowed_us = witness->longest_us * (1 + book->by_people);
    if (now_us - book->captured_us > allowed_us)
        complain(witness,
                 "L%" PRIu64 " is %" PRId64 " hours old, %" PRId64 " are the most there may be",
                 book->number, (now_us - book->captured_us) / 3600000000, allowed_us / 3600000000);
}

static void see_outcome(struct witness *witness, const struct core_event *event, struct book *book)
{
    reach(witness, book, POLICY_QUALIFIED, event->time_us);
    check_age(witness, book, event->time_us);
    book->open = false;
    witness
        ->exercised[event->type == CORE_LEAD_QUALIFIED ? SEASON_QUALIFIED : SEASON_DISQUALIFIED]++;
}

/* ---- exceptions */

static void exception_add(struct witness *witness, uint64_t number, int64_t due_us)
{
    witness->exceptions = grown(witness->exceptions, witness->exception_count,
                                &witness->exception_capacity, sizeof *witness->exceptions);
    map_put(&witness->by_exception, map_number_key(number), witness->exception_count);
    witness->exceptions[witness->exception_count++] = (struct opened){number, due_us, true};
}

static struct opened *exception_of(struct witness *witness, const struct core_event *event)
{
    const uint64_t *at = map_find(&witness->by_exception, map_number_key(event->entity));
    if (at == NULL || !witness->exceptions[*at].open) {
        complain(witness, "seq %" PRIu64 " is about exception X%" PRIu64 ", which is not open",
                 event->seq, event->entity);
        return NULL;
    }
    return &witness->exceptions[*at];
}

static void check_deadline(struct witness *witness, const struct core_event *event,
                           const struct opened *exception)
{
    if (event->time_us < exception->due_us || event->time_us - exception->due_us > TOLERANCE_US)
        complain(witness, "X%" PRIu64 " fell back %" PRId64 " us away from its deadline",
                 exception->number, event->time_us - exception->due_us);
    witness->exercised[SEASON_FELL_BACK]++;
}

static void see_resolved(struct witness *witness, const struct core_event *event, struct book *book)
{
    struct opened *exception = exception_of(witness, event);
    if (exception == NULL)
        return;
    exception->open = false;
    if (event->resolved.action == CORE_RESOLVED_OVERTAKEN)
        return;
    if (event->resolved.automatic) {
        check_deadline(witness, event, exception);
        return;
    }
    witness->exercised[SEASON_RESOLVED_BY_PEOPLE]++;
    if (book != NULL)
        book->by_people++;
}

/* ---- surges */

static void see_surge_end(struct witness *witness, const struct core_event *event)
{
    const struct surge_book *surge = surge_of(witness, event->entity);
    if (surge == NULL) {
        complain(witness, "surge S%" PRIu64 " ends and never began", event->entity);
        return;
    }
    if (surge->leads != event->surge.leads)
        complain(witness,
                 "surge S%" PRIu64 ": %" PRIu64 " leads by the event, %" PRIu64 " by the books",
                 event->entity, event->surge.leads, surge->leads);
    for (int m = CORE_MEASURE_OVERFLOW; m < CORE_MEASURES; m++)
        if (surge->measures[m] != event->surge.measures[m])
            complain(witness,
                     "surge S%" PRIu64 ": %s touched %" PRIu64 " leads by the event, %" PRIu64
                     " by the books",
                     event->entity, core_measure_name((enum core_measure)m),
                     event->surge.measures[m], surge->measures[m]);
}

/* ---- an event */

static void see_lead_event(struct witness *witness, const struct core_event *event,
                           struct book *book)
{
    switch (event->type) {
    case CORE_LEAD_ASSIGNED:
    case CORE_LEAD_QUEUED:
    case CORE_LEAD_NURTURED: see_placed(witness, event, book); break;
    case CORE_LEAD_EXCEPTED:
        exception_add(witness, event->seq, event->placed.due_us);
        see_placed(witness, event, book);
        break;
    case CORE_LEAD_LATE: see_late(witness, event, book); break;
    case CORE_LEAD_ESCALATED: see_step(witness, event, book); break;
    case CORE_LEAD_CONTACTED: reach(witness, book, POLICY_CONTACTED, event->time_us); break;
    case CORE_LEAD_ENRICHED:
        witness->exercised[SEASON_ENRICHED]++;
        reach(witness, book, POLICY_ENRICHED, event->time_us);
        see_class(event, book);
        break;
    case CORE_LEAD_QUALIFIED:
    case CORE_LEAD_DISQUALIFIED: see_outcome(witness, event, book); break;
    case CORE_LEAD_ACKNOWLEDGED:
        witness->exercised[SEASON_ACKNOWLEDGED]++;
        book->by_people++;
        book->stopped = true;
        break;
    case CORE_LEAD_RETURNED: book->by_people += event->actor.size > 0; break;
    default: break;
    }
}

void witness_see(struct witness *witness, const struct core *core, const struct core_event *event)
{
    (void)core;
    if (witness->first_us == 0)
        witness->first_us = event->time_us / (INT64_C(3600) * 1000000) * (INT64_C(3600) * 1000000);
    struct book *book = event->lead != 0 ? book_of(witness, event->lead) : NULL;
    switch (event->type) {
    case CORE_LEAD_CAPTURED:
    case CORE_LEAD_REOPENED: begin(witness, event); return;
    case CORE_EXCEPTION_OPENED:
        exception_add(witness, event->entity, event->exception.due_us);
        return;
    case CORE_EXCEPTION_ESCALATED: {
        struct opened *exception = exception_of(witness, event);
        if (exception != NULL) {
            check_deadline(witness, event, exception);
            exception->due_us = event->exception.due_us;
        }
        return;
    }
    case CORE_EXCEPTION_RESOLVED: see_resolved(witness, event, book); return;
    case CORE_SURGE_STARTED:
        ML_ASSERT(witness->surge_count < SURGES_MAX);
        witness->surges[witness->surge_count++] = (struct surge_book){.number = event->entity};
        witness->exercised[SEASON_SURGES]++;
        return;
    case CORE_SURGE_ENDED: see_surge_end(witness, event); return;
    case CORE_ALERT_FIRING: witness->exercised[SEASON_ALERTS]++; return;
    case CORE_PAGE_DUE: witness->exercised[SEASON_PAGES]++; return;
    case CORE_INCIDENT_OPENED: witness->exercised[SEASON_INCIDENTS]++; return;
    default: break;
    }
    if (book != NULL && book->open)
        see_lead_event(witness, event, book);
}

void witness_check(struct witness *witness, const struct core *core)
{
    int64_t now_us = core_time_us(core);
    if (core_due_us(core) <= now_us)
        complain(witness, "something is due at seq %" PRIu64 " and was not done", core_seq(core));
    for (size_t i = 0; i < witness->book_count; i++)
        if (witness->books[i].open)
            check_age(witness, &witness->books[i], now_us);
    for (size_t i = 0; i < witness->exception_count; i++)
        if (witness->exceptions[i].open && now_us - witness->exceptions[i].due_us > TOLERANCE_US)
            complain(witness, "X%" PRIu64 " is past its deadline and nothing happened",
                     witness->exceptions[i].number);
}

/* ---- the end */

static void compare_series(struct witness *witness, const struct core *core, uint32_t class_index,
                           enum policy_objective objective, int64_t from_us, int64_t to_us)
{
    const int64_t hour_us = INT64_C(3600) * 1000000;
    char name[CORE_SERIES_NAME_MAX];
    int size = snprintf(name, sizeof name, "%s/%s", witness->release->classes[class_index].name,
                        policy_objective_name(objective));
    uint64_t met = 0, late = 0;
    for (int64_t t = from_us; t < to_us; t += hour_us) {
        size_t hour = (size_t)((t - witness->first_us) / hour_us);
        met += witness->met[hour][class_index][objective];
        late += witness->late[hour][class_index][objective];
    }
    const struct bytes text = {name, (size_t)size};
    uint64_t core_met = core_series_sum(core, CORE_SERIES_MET, text, from_us, to_us);
    uint64_t core_late = core_series_sum(core, CORE_SERIES_LATE, text, from_us, to_us);
    if (met != core_met || late != core_late)
        complain(witness,
                 "%s: %" PRIu64 " met and %" PRIu64 " late by the books, %" PRIu64 " and %" PRIu64
                 " by the core",
                 name, met, late, core_met, core_late);
}

void witness_close(struct witness *witness, const struct core *core)
{
    const int64_t hour_us = INT64_C(3600) * 1000000;
    int64_t to_us = core_time_us(core) / hour_us * hour_us;
    int64_t oldest_us = to_us - (CORE_SERIES_HOURS - 1) * hour_us;
    int64_t from_us = witness->first_us > oldest_us ? witness->first_us : oldest_us;
    for (uint32_t c = 0; c < witness->release->class_count; c++)
        for (int o = 0; o < POLICY_OBJECTIVES; o++)
            compare_series(witness, core, c, (enum policy_objective)o, from_us, to_us);
    uint64_t open = 0;
    for (size_t i = 0; i < witness->exception_count; i++)
        open += witness->exceptions[i].open;
    size_t known = 0;
    for (size_t i = 0; i < witness->exception_count; i++) {
        struct core_exception exception;
        known += core_exception_find(core, witness->exceptions[i].number, &exception);
    }
    if (open != known)
        complain(witness, "%" PRIu64 " exceptions are open by the books, %zu by the core", open,
                 known);
}
