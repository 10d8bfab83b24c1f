/* The network and who is behind it. */
#include "network.h"

#include "simulation.h"

#include "base/id.h"
#include "base/json.h"
#include "base/time.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { DESTINATIONS = 8, DELIVERIES_MAX = 1 << 16, SUSPECTS_MAX = 8192, LEADS_MAX = SIM_CALLS_MAX };

const char *const network_exercises[NETWORK_EXERCISES] = {
    [NETWORK_DELIVERED] = "deliveries that arrived",
    [NETWORK_RETRIED] = "attempts that failed",
    [NETWORK_FAILED] = "deliveries given up",
    [NETWORK_LATE_SUCCESS] = "deliveries that arrived after all",
    [NETWORK_EXPIRED] = "deliveries whose time was over",
    [NETWORK_SKIPPED] = "providers passed over",
    [NETWORK_DISCARDED] = "deliveries discarded",
    [NETWORK_REQUEUED] = "deliveries queued again",
    [NETWORK_TWICE] = "deliveries that arrived twice",
    [NETWORK_UNSURE] = "deliveries whose answer was lost",
    [NETWORK_OPENED] = "breakers opened",
    [NETWORK_HALF_OPEN] = "probes",
    [NETWORK_CLOSED] = "breakers closed",
    [NETWORK_DISABLED] = "destinations that were gone",
    [NETWORK_PAUSED] = "destinations paused",
    [NETWORK_ENRICHED] = "answers of providers",
    [NETWORK_REROUTED] = "leads routed anew because more was known",
    [NETWORK_HELD] = "leads held by a check",
    [NETWORK_TOLD] = "notifications",
    [NETWORK_SYNCED] = "changes of another system taken over",
    [NETWORK_SYNC_REFUSED] = "changes of another system refused",
};

static const char *const destination_names[DESTINATIONS] = {"crm",   "hook",  "mail",  "partners",
                                                            "facts", "clear", "fraud", "chat"};

/* A delivery as the journal tells of it, and as those outside have seen it. */
struct sim_delivery {
    uint64_t number;
    uint64_t lead;       /* 0: about none */
    uint64_t handed_at;  /* seq of the core when it was handed out last */
    uint64_t settled_at; /* seq */
    uint8_t destination; /* DESTINATIONS: nobody can be told */
    uint8_t purpose;
    uint8_t state;   /* enum core_delivery_state */
    char target[40]; /* of a notification */
    uint8_t arrived; /* how often; stops at 255 */
};

/* One that is on its way to its destination. */
struct packet {
    struct engine_delivery delivery;
    struct packet *next;
    uint64_t handed_at; /* seq of the core */
};

/* What came of one, on its way back. */
struct answer {
    struct engine_request request;
    struct core_command command;
    struct engine_result result;
    struct arena arena;
    struct network *network;
    bool is_sent;
    struct answer *next;
};

struct network {
    struct simulation *simulation;
    struct engine *engine; /* NULL: down */
    struct packet *packets;
    struct answer *answers;
    uint32_t outage[DESTINATIONS]; /* acts for which nothing arrives there */
    uint64_t counts[NETWORK_EXERCISES];
    bool calm;

    struct sim_delivery *deliveries; /* by number */
    uint32_t count;
    /* Deliveries that were given up and need an exception. */
    struct {
        uint64_t seq, lead;
        uint8_t destination;
    } suspects[SUSPECTS_MAX];
    uint32_t suspect_count;
    struct {
        uint64_t number, lead, closed; /* seq of its end; 0: open */
        uint8_t destination;
    } exceptions[SIM_THINGS_MAX];
    uint32_t exception_count;
    struct {
        uint64_t lead;
        uint32_t rerouted;
    } leads[LEADS_MAX];
    uint32_t lead_count;
};

struct network *network_new(struct simulation *simulation)
{
    struct network *network = calloc(1, sizeof *network);
    if (network == NULL ||
        (network->deliveries = calloc(DELIVERIES_MAX, sizeof *network->deliveries)) == NULL)
        panic("out of memory (network)");
    network->simulation = simulation;
    return network;
}

void network_free(struct network *network)
{
    if (network == NULL)
        return;
    network_forget(network);
    free(network->deliveries);
    free(network);
}

const uint64_t *network_counts(const struct network *network)
{
    return network->counts;
}

static uint8_t destination_of(struct bytes name)
{
    uint8_t i = 0;
    while (i < DESTINATIONS && !bytes_is(name, destination_names[i]))
        i++;
    return i;
}

static struct sim_delivery *find_delivery(struct network *network, uint64_t number)
{
    uint32_t low = 0, high = network->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (network->deliveries[middle].number < number)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < network->count && network->deliveries[low].number == number;
    return found ? &network->deliveries[low] : NULL;
}

/* ---- on the way out */

static void take(void *context, const struct engine_delivery *deliveries, size_t count)
{
    struct network *network = context;
    for (size_t i = 0; i < count; i++) {
        struct packet *packet = malloc(sizeof *packet);
        if (packet == NULL)
            panic("out of memory (packet)");
        *packet = (struct packet){deliveries[i], network->packets,
                                  core_seq(engine_core(network->engine))};
        network->packets = packet;
    }
}

void network_connect(struct network *network, struct engine *engine)
{
    network->engine = engine;
    engine_set_outside(engine, &(struct engine_outside){network, take});
}

static void drop_packet(struct packet *packet)
{
    policy_release_unref(packet->delivery.release);
    free(packet);
}

void network_forget(struct network *network)
{
    while (network->packets != NULL) {
        struct packet *next = network->packets->next;
        drop_packet(network->packets);
        network->packets = next;
    }
    while (network->answers != NULL) {
        struct answer *next = network->answers->next;
        arena_release(&network->answers->arena);
        free(network->answers);
        network->answers = next;
    }
    network->engine = NULL;
}

/* Some packet, not always the oldest. */
static struct packet *pick(struct network *network)
{
    struct random *random = &network->simulation->random;
    struct packet **at = &network->packets;
    for (uint32_t skip = random_below(random, 6); skip > 0 && (*at)->next != NULL; skip--)
        at = &(*at)->next;
    struct packet *packet = *at;
    *at = packet->next;
    return packet;
}

/* ---- what arrives */

/* Of one lead the deliveries to one destination arrive in order: those before it have ended. */
static void check_order(struct network *network, const struct sim_delivery *delivery)
{
    if (delivery->lead == 0 || delivery->purpose != POLICY_DELIVER)
        return;
    for (const struct sim_delivery *before = delivery; before-- > network->deliveries;)
        if (before->lead == delivery->lead && before->destination == delivery->destination &&
            before->purpose == POLICY_DELIVER && before->state == CORE_DELIVERY_PENDING &&
            before->settled_at <= delivery->handed_at /* else it was queued again since */) {
            simulation_fail(network->simulation,
                            "order: M%" PRIu64 " of L%" PRIu64 " goes to %s before M%" PRIu64,
                            delivery->number, delivery->lead,
                            destination_names[delivery->destination], before->number);
            return;
        }
}

static void arrive(struct network *network, const struct packet *packet)
{
    const struct engine_delivery *handed = &packet->delivery;
    struct sim_delivery *delivery = find_delivery(network, handed->number);
    if (delivery == NULL) {
        simulation_fail(network->simulation, "I8: M%" PRIu64 " arrives and no event asks for it",
                        handed->number);
        return;
    }
    delivery->lead = handed->lead;
    delivery->handed_at = packet->handed_at;
    if (delivery->arrived == 0)
        check_order(network, delivery);
    network->counts[NETWORK_TWICE] += delivery->arrived == 1;
    if (delivery->arrived < UINT8_MAX)
        delivery->arrived++;
}

/* ---- answers */

static void answered(struct engine_request *request)
{
    struct answer *answer = request->context;
    for (struct answer **at = &answer->network->answers; *at != NULL; at = &(*at)->next)
        if (*at == answer) {
            *at = answer->next;
            break;
        }
    arena_release(&answer->arena);
    free(answer);
}

static struct answer *answer_new(struct network *network, enum core_command_type type)
{
    struct answer *answer = calloc(1, sizeof *answer);
    if (answer == NULL)
        panic("out of memory (answer)");
    arena_init(&answer->arena);
    answer->network = network;
    answer->command.type = type;
    answer->request = (struct engine_request){.commands = &answer->command,
                                              .results = &answer->result,
                                              .count = 1,
                                              .complete = answered,
                                              .context = answer};
    answer->next = network->answers;
    network->answers = answer;
    return answer;
}

/* A full queue or disk: later. */
static void send_answer(struct answer *answer)
{
    answer->is_sent = engine_submit(answer->network->engine, &answer->request, NULL) == 0;
}

static bool send_answers(struct network *network)
{
    bool any = false;
    struct answer *next;
    for (struct answer *answer = network->answers; answer != NULL; answer = next) {
        next = answer->next;
        any = true;
        if (!answer->is_sent)
            send_answer(answer);
    }
    return any;
}

/* What a provider knows of anybody: now and then what changes class and route. */
static void fill_knowledge(struct network *network, const struct engine_delivery *handed,
                           struct answer *answer)
{
    static const char *const countries[] = {"DE", "US", "JP"};
    struct random *random = &network->simulation->random;
    const struct policy_schema *schema = &handed->release->schema;
    struct core_receipt *receipt = &answer->command.receipt;
    struct cel_value *values = arena_array(&answer->arena, schema->count, sizeof *values);
    for (size_t i = 0; i < schema->count; i++)
        values[i].kind = CEL_ABSENT;
    uint32_t employees = policy_field_find(schema, BYTES_LITERAL("employees"));
    uint32_t country = policy_field_find(schema, BYTES_LITERAL("country"));
    uint32_t intent = policy_field_find(schema, BYTES_LITERAL("intent"));
    if (random_chance(random, 2))
        values[employees] = cel_int(random_below(random, 9000));
    if (random_chance(random, 2))
        values[country] = cel_string(bytes_of(countries[random_below(random, 3)]));
    if (random_chance(random, 3))
        values[intent] = cel_double(random_below(random, 100));
    receipt->values = random_chance(random, 5) ? NULL : values;
    receipt->release = handed->release;
    if (bytes_is(bytes_of(handed->destination->name), "fraud") && random_chance(random, 5))
        receipt->verdict = BYTES_LITERAL("the address is on a list");
}

static void answer_with(struct network *network, const struct engine_delivery *handed,
                        enum core_outcome outcome)
{
    struct answer *answer = answer_new(network, CORE_RECEIPT);
    struct core_receipt *receipt = &answer->command.receipt;
    answer->command.entity = handed->number;
    receipt->outcome = outcome;
    receipt->started_us = network->simulation->clock_us;
    receipt->took_us = 1000;
    receipt->arena = &answer->arena;
    receipt->status = outcome == CORE_OUTCOME_OK          ? 200
                      : outcome == CORE_OUTCOME_PERMANENT ? 422
                      : outcome == CORE_OUTCOME_GONE      ? 410
                                                          : 503;
    if (outcome != CORE_OUTCOME_OK)
        receipt->reason = BYTES_LITERAL("the other side said no");
    else if (handed->purpose == POLICY_ENRICH)
        fill_knowledge(network, handed, answer);
    else if (handed->destination->sync.field_count > 0)
        receipt->external_id = bytes_of(arena_printf(&answer->arena, "r%" PRIu64, handed->lead));
    if (outcome == CORE_OUTCOME_TRANSIENT && random_chance(&network->simulation->random, 6))
        receipt->retry_after_us = 20 * TIME_US_PER_SECOND;
    send_answer(answer);
}

static void carry(struct network *network, struct packet *packet)
{
    struct random *random = &network->simulation->random;
    const struct engine_delivery *handed = &packet->delivery;
    if (core_delivery_event(handed->number) > network->simulation->checked_seq) {
        packet->next = network->packets; /* the journal could not be read yet: later */
        network->packets = packet;
        return;
    }
    uint8_t destination = destination_of(bytes_of(handed->destination->name));
    bool down = !network->calm && destination < DESTINATIONS && network->outage[destination] > 0;
    uint32_t fate = network->calm ? 0 : down ? 70 : random_below(random, 100);
    if (fate < 62) {
        arrive(network, packet);
        answer_with(network, handed, CORE_OUTCOME_OK);
    } else if (fate < 68) { /* twice, and both times there is an answer */
        arrive(network, packet);
        arrive(network, packet);
        answer_with(network, handed, CORE_OUTCOME_OK);
        answer_with(network, handed, CORE_OUTCOME_OK);
    } else if (fate < 82) { /* lost on the way out */
        answer_with(network, handed, CORE_OUTCOME_TRANSIENT);
    } else if (fate < 92) { /* lost on the way back */
        arrive(network, packet);
        network->counts[NETWORK_UNSURE]++;
        answer_with(network, handed, CORE_OUTCOME_TRANSIENT);
    } else if (fate < 96) {
        answer_with(network, handed, CORE_OUTCOME_PERMANENT);
    } else if (fate < 97) {
        answer_with(network, handed, CORE_OUTCOME_GONE);
    } else {
        engine_give_back(network->engine, handed->number);
    }
    drop_packet(packet);
}

/* ---- people */

static void change_destination(struct network *network, uint32_t destination,
                               enum core_destination_change change)
{
    struct answer *answer = answer_new(network, CORE_SET_DESTINATION);
    answer->command.actor = BYTES_LITERAL("sim");
    answer->command.set_destination.destination = bytes_of(destination_names[destination]);
    answer->command.set_destination.change = change;
    answer->command.set_destination.reason = BYTES_LITERAL("maintenance");
    send_answer(answer);
}

/* Once more, or never. */
static void decide_about(struct network *network, const struct sim_delivery *delivery)
{
    bool again = !random_chance(&network->simulation->random, 3);
    struct answer *answer = answer_new(network, again ? CORE_REQUEUE : CORE_DROP);
    answer->command.actor = BYTES_LITERAL("sim");
    answer->command.entity = delivery->number;
    if (!again) {
        answer->command.drop.reason = BYTES_LITERAL("not wanted any more");
    } else {
        answer->command.requeue.reason = BYTES_LITERAL("it was lost over there");
        answer->command.requeue.destination = bytes_of(destination_names[delivery->destination]);
        answer->command.requeue.about = delivery->lead;
        answer->command.requeue.target = arena_copy(&answer->arena, bytes_of(delivery->target));
        answer->command.requeue.purpose = (enum policy_purpose)delivery->purpose;
    }
    send_answer(answer);
}

/* Somebody there changes a lead. */
static void change_over_there(struct network *network)
{
    static const char *const statuses[] = {"contacted", "qualified", "disqualified", ""};
    struct simulation *simulation = network->simulation;
    struct random *random = &simulation->random;
    const struct policy_release *release = simulation->releases[simulation->active];
    uint32_t index = policy_destination_find(release, BYTES_LITERAL("crm"));
    uint64_t lead = simulation->person_lead[random_below(random, SIM_PEOPLE)];
    if (index == POLICY_NONE || lead == 0 || release->destinations[index].sync.field_count == 0)
        return;
    const struct policy_sync *sync = &release->destinations[index].sync;
    struct answer *answer = answer_new(network, CORE_SYNC);
    struct core_sync_value *values = arena_array(&answer->arena, sync->field_count, sizeof *values);
    for (size_t i = 0; i < sync->field_count; i++) {
        const char *text = sync->fields[i].kind == POLICY_SYNC_OWNER
                               ? company_rep(random_below(random, COMPANY_REPS))
                               : statuses[random_below(random, 4)];
        values[i].given = sync->fields[i].kind != POLICY_SYNC_FIELD && random_chance(random, 2);
        values[i].value = cel_string(bytes_of(text));
    }
    answer->command.actor = BYTES_LITERAL("crm");
    answer->command.lead = lead;
    answer->command.sync.destination = BYTES_LITERAL("crm");
    answer->command.sync.external_id = bytes_of(arena_printf(&answer->arena, "r%" PRIu64, lead));
    answer->command.sync.changed_us = simulation->clock_us;
    answer->command.sync.values = values;
    answer->command.sync.count = sync->field_count;
    answer->command.sync.release = release;
    answer->command.sync.arena = &answer->arena;
    send_answer(answer);
}

static void interfere(struct network *network)
{
    struct random *random = &network->simulation->random;
    uint32_t destination = random_below(random, DESTINATIONS);
    switch (random_below(random, 8)) {
    case 0: network->outage[destination] = random_below(random, 60); break;
    case 1: change_destination(network, destination, CORE_DESTINATION_PAUSED); break;
    case 2:
    case 3: change_destination(network, destination, CORE_DESTINATION_RESUMED); break;
    case 4:
    case 5: change_over_there(network); break;
    default:
        if (network->count > 0) {
            uint32_t back = random_below(random, network->count < 60 ? network->count : 60);
            const struct sim_delivery *some = &network->deliveries[network->count - 1 - back];
            if (some->destination < DESTINATIONS)
                decide_about(network, some);
        }
    }
}

void network_act(struct network *network)
{
    struct random *random = &network->simulation->random;
    if (network->engine == NULL)
        return;
    send_answers(network);
    for (uint32_t i = 0; i < DESTINATIONS; i++)
        network->outage[i] -= network->outage[i] > 0;
    for (uint32_t n = random_below(random, 5); n > 0 && network->packets != NULL; n--)
        carry(network, pick(network));
    if (random_chance(random, 15))
        interfere(network);
}

/* Something is due at a destination that takes it, by its rate or its day not at once. */
static bool is_paced(const struct network *network)
{
    const struct core *core = engine_core(network->engine);
    int64_t now_us = core_time_us(core);
    for (uint32_t i = 0; i < core_destination_count(core); i++) {
        const struct policy_destination *declared = core_destination_declared(core, i);
        if (declared != NULL && declared->rate > 0 && !core_destination_is_closed(core, i) &&
            core_outbox_due_us(core, i) <= now_us)
            return true;
    }
    return false;
}

bool network_settle(struct network *network)
{
    network->calm = true;
    bool any = send_answers(network) || network->packets != NULL;
    if (!any && is_paced(network)) {
        network->simulation->clock_us += TIME_US_PER_SECOND;
        any = true;
    }
    struct packet *packets = network->packets;
    network->packets = NULL;
    while (packets != NULL) {
        struct packet *next = packets->next;
        carry(network, packets);
        packets = next;
    }
    return any;
}

void network_repair(struct network *network)
{
    for (uint32_t i = 0; i < DESTINATIONS; i++)
        change_destination(network, i, CORE_DESTINATION_RESUMED);
}

/* ---- what the journal says */

static void follow_dues(struct network *network, const struct journal_record *record,
                        struct json_object *data, struct json_object *dues)
{
    uint64_t lead = 0;
    if (!lead_id_parse(record->subject, &lead))
        lead_id_parse(json_member_text(data, "lead"), &lead);
    for (size_t i = 0; i < json_object_array_length(dues); i++) {
        struct json_object *due = json_object_array_get_idx(dues, i);
        struct bytes purpose = json_member_text(due, "purpose");
        struct bytes to = json_member_text(due, "to");
        if (to.size == 0)
            continue; /* nobody can be told */
        if (network->count == DELIVERIES_MAX)
            panic("the simulator's table of deliveries is too small");
        struct sim_delivery *delivery = &network->deliveries[network->count++];
        *delivery = (struct sim_delivery){.number = core_delivery_number(record->seq, (uint32_t)i),
                                          .lead = lead,
                                          .destination = destination_of(to),
                                          .state = CORE_DELIVERY_PENDING};
        struct bytes target = json_member_text(due, "target");
        snprintf(delivery->target, sizeof delivery->target, "%.*s", BYTES_ARG(target));
        for (int p = 0; p < POLICY_PURPOSES; p++)
            if (bytes_is(purpose, policy_purpose_name((enum policy_purpose)p)))
                delivery->purpose = (uint8_t)p;
        network->counts[NETWORK_TOLD] += delivery->purpose > POLICY_ENRICH;
    }
}

static bool move(struct network *network, struct sim_delivery *delivery,
                 const struct journal_record *record, enum core_delivery_state to)
{
    static const bool allowed[CORE_DELIVERY_STATES][CORE_DELIVERY_STATES] = {
        [CORE_DELIVERY_PENDING] = {true, true, true, true},
        [CORE_DELIVERY_IS_DELIVERED] = {[CORE_DELIVERY_PENDING] = true},
        [CORE_DELIVERY_IS_FAILED] = {true, true, false, true},
        [CORE_DELIVERY_IS_DISCARDED] = {[CORE_DELIVERY_PENDING] = true},
    };
    if (!allowed[delivery->state][to])
        simulation_fail(network->simulation, "seq %" PRIu64 ": M%" PRIu64 " goes from %s to %s",
                        record->seq, delivery->number,
                        core_delivery_state_name((enum core_delivery_state)delivery->state),
                        core_delivery_state_name(to));
    delivery->state = (uint8_t)to;
    delivery->settled_at = record->seq;
    return allowed[delivery->state][to];
}

static void suspect(struct network *network, const struct sim_delivery *delivery, uint64_t seq)
{
    if (delivery->purpose == POLICY_ENRICH)
        return; /* the promise says what follows */
    if (network->suspect_count == SUSPECTS_MAX)
        panic("the simulator's table of failures is too small");
    network->suspects[network->suspect_count].seq = seq;
    network->suspects[network->suspect_count].lead = delivery->lead;
    network->suspects[network->suspect_count++].destination = delivery->destination;
}

static void follow_settled(struct network *network, const struct journal_record *record,
                           struct json_object *data, struct sim_delivery *delivery)
{
    uint64_t *counts = network->counts;
    struct bytes outcome = json_member_text(data, "outcome"), lead = json_member_text(data, "lead");
    if (lead.size > 0)
        lead_id_parse(lead, &delivery->lead);
    if (bytes_is(record->type, "delivery.delivered")) {
        counts[NETWORK_DELIVERED]++;
        counts[NETWORK_LATE_SUCCESS] += delivery->state == CORE_DELIVERY_IS_FAILED;
        counts[NETWORK_ENRICHED] += delivery->purpose == POLICY_ENRICH;
        if (delivery->arrived == 0)
            simulation_fail(network->simulation, "I8: M%" PRIu64 " has a receipt and never arrived",
                            delivery->number);
        move(network, delivery, record, CORE_DELIVERY_IS_DELIVERED);
    } else if (bytes_is(record->type, "delivery.retried")) {
        counts[NETWORK_RETRIED]++;
        if (delivery->state != CORE_DELIVERY_PENDING)
            simulation_fail(network->simulation, "seq %" PRIu64 ": M%" PRIu64 " is not pending",
                            record->seq, delivery->number);
    } else if (bytes_is(record->type, "delivery.failed")) {
        counts[NETWORK_FAILED]++;
        counts[NETWORK_EXPIRED] += bytes_is(outcome, "expired");
        counts[NETWORK_SKIPPED] += bytes_is(outcome, "skipped");
        move(network, delivery, record, CORE_DELIVERY_IS_FAILED);
        suspect(network, delivery, record->seq);
    } else if (bytes_is(record->type, "delivery.requeued")) {
        counts[NETWORK_REQUEUED]++;
        move(network, delivery, record, CORE_DELIVERY_PENDING);
    } else {
        counts[NETWORK_DISCARDED]++;
        move(network, delivery, record, CORE_DELIVERY_IS_DISCARDED);
    }
}

static void follow_destination(struct network *network, struct json_object *data)
{
    static const struct {
        const char *change;
        enum network_exercise exercise;
    } changes[] = {{"opened", NETWORK_OPENED},
                   {"half_open", NETWORK_HALF_OPEN},
                   {"closed", NETWORK_CLOSED},
                   {"paused", NETWORK_PAUSED},
                   {"disabled", NETWORK_DISABLED}};
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
        if (bytes_is(json_member_text(data, "change"), changes[i].change))
            network->counts[changes[i].exercise]++;
}

static void follow_exception(struct network *network, const struct journal_record *record,
                             struct json_object *data)
{
    uint64_t number = 0;
    entity_id_parse(ID_EXCEPTION, record->subject, &number);
    if (bytes_is(record->type, "exception.resolved")) {
        for (uint32_t i = 0; i < network->exception_count; i++)
            if (network->exceptions[i].number == number)
                network->exceptions[i].closed = record->seq;
        return;
    }
    if (!bytes_is(record->type, "exception.opened") ||
        !bytes_is(json_member_text(data, "kind"), "delivery_failed"))
        return;
    ML_ASSERT(network->exception_count < SIM_THINGS_MAX);
    uint32_t at = network->exception_count++;
    network->exceptions[at].number = number;
    network->exceptions[at].closed = 0;
    network->exceptions[at].lead = 0;
    lead_id_parse(json_member_text(data, "lead"), &network->exceptions[at].lead);
    network->exceptions[at].destination = destination_of(json_member_text(data, "destination"));
}

/* Enrichment never changes an owner twice. */
static void follow_reroute(struct network *network, const struct journal_record *record,
                           struct json_object *data)
{
    uint64_t lead;
    bool begins = bytes_is(record->type, "lead.reopened");
    bool placed = bytes_is(record->type, "lead.assigned") || bytes_is(record->type, "lead.queued");
    bool enriched = bytes_is(json_member_text(data, "cause"), "enriched");
    network->counts[NETWORK_HELD] += enriched && bytes_is(record->type, "lead.excepted");
    if (!lead_id_parse(record->subject, &lead) || !(begins || (placed && enriched)))
        return;
    uint32_t at = 0;
    while (at < network->lead_count && network->leads[at].lead != lead)
        at++;
    if (at == network->lead_count) {
        ML_ASSERT(network->lead_count < LEADS_MAX);
        network->leads[network->lead_count++].lead = lead;
        network->leads[at].rerouted = 0;
    }
    network->counts[NETWORK_REROUTED] += !begins;
    network->leads[at].rerouted = begins ? 0 : network->leads[at].rerouted + 1;
    if (network->leads[at].rerouted > 1)
        simulation_fail(network->simulation,
                        "seq %" PRIu64 ": enrichment moves L%" PRIu64 " a second time", record->seq,
                        lead);
}

void network_follow(struct network *network, const struct journal_record *record,
                    struct json_object *data)
{
    uint64_t number;
    if (entity_id_parse(ID_DELIVERY, record->subject, &number)) {
        struct sim_delivery *delivery = find_delivery(network, number);
        if (delivery == NULL)
            simulation_fail(network->simulation, "seq %" PRIu64 " is about no delivery",
                            record->seq);
        else
            follow_settled(network, record, data, delivery);
    }
    if (bytes_is(record->type, "destination.changed"))
        follow_destination(network, data);
    network->counts[NETWORK_SYNCED] += bytes_is(record->type, "sync.applied");
    network->counts[NETWORK_SYNC_REFUSED] += bytes_is(record->type, "sync.refused");
    follow_exception(network, record, data);
    follow_reroute(network, record, data);
    struct json_object *dues = json_object_object_get(data, "dues");
    if (dues != NULL)
        follow_dues(network, record, data, dues);
}

/* ---- what must be true */

/* A3: what was given up is before a person: there was such an exception then, or it was opened. */
static void check_suspects(struct network *network)
{
    for (uint32_t i = 0; i < network->suspect_count; i++) {
        uint64_t lead = network->suspects[i].lead;
        bool found = false;
        for (uint32_t at = network->exception_count; at-- > 0 && !found;)
            found = (network->exceptions[at].closed == 0 ||
                     network->exceptions[at].closed > network->suspects[i].seq) &&
                    ((lead != 0 && network->exceptions[at].lead == lead) ||
                     (network->exceptions[at].lead == 0 &&
                      network->exceptions[at].destination == network->suspects[i].destination));
        if (!found)
            simulation_fail(network->simulation,
                            "A3: what was given up at seq %" PRIu64 " is before nobody",
                            network->suspects[i].seq);
    }
    network->suspect_count = 0;
}

void network_check(struct network *network)
{
    const struct core *core = engine_core(network->simulation->engine);
    check_suspects(network);
    uint64_t pending = 0, failed = 0, known_pending = 0, known_failed = 0;
    for (uint32_t i = 0; i < network->count; i++) {
        pending += network->deliveries[i].state == CORE_DELIVERY_PENDING;
        /* Questions that were given up are forgotten: nobody sends them again. */
        failed += network->deliveries[i].state == CORE_DELIVERY_IS_FAILED &&
                  network->deliveries[i].purpose != POLICY_ENRICH;
    }
    for (uint32_t i = 0; i < core_destination_count(core); i++) {
        known_pending += core_destination_at(core, i)->pending;
        known_failed += core_destination_at(core, i)->failed;
    }
    if (pending != known_pending || failed != known_failed)
        simulation_fail(network->simulation,
                        "the journal knows %" PRIu64 " pending and %" PRIu64
                        " failed deliveries, the core %" PRIu64 " and %" PRIu64,
                        pending, failed, known_pending, known_failed);
}

void network_check_converged(struct network *network)
{
    const struct core *core = engine_core(network->simulation->engine);
    for (uint32_t i = 0; i < network->count; i++) {
        const struct sim_delivery *delivery = &network->deliveries[i];
        struct core_delivery known;
        if (delivery->state != CORE_DELIVERY_PENDING)
            continue;
        if (delivery->purpose > POLICY_ENRICH &&
            core_delivery_find(core, delivery->number, &known) && known.due_us > core_time_us(core))
            continue; /* not before somebody's working hours */
        const char *name = destination_names[delivery->destination];
        uint32_t index = core_destination_find(core, bytes_of(name));
        if (index == CORE_NONE || core_destination_declared(core, index) != NULL) {
            simulation_fail(network->simulation,
                            "liveness: M%" PRIu64 " to %s is pending although everything arrives",
                            delivery->number, name);
            return;
        }
    }
}
