/* The clients: they submit, now and then all at once, contact, close, hand back, assign; they send
 * broken records, mend and replay them, and change the versions of contracts; they look after
 * promises and trouble (clients_trouble.c); they repeat what was not answered, say things twice and
 * in the wrong order, and remember every answer. */
#include "simulation.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct flight { /* one request on its way; freed when answered or forgotten */
    struct engine_request request;
    struct simulation *simulation;
    uint32_t calls[8];
    struct core_command commands[8];
    struct engine_result results[8];
    struct flight *next, **link; /* in simulation->flights */
};

static struct bytes person_email(struct simulation *simulation, uint32_t person)
{
    return bytes_of(arena_printf(&simulation->arena, "p%u@people.example", person));
}

static void set_field(const struct policy_release *release, struct cel_value *values,
                      const char *name, struct cel_value value)
{
    uint32_t field = policy_field_find(&release->schema, bytes_of(name));
    ML_ASSERT(field != POLICY_NONE);
    values[field] = value;
}

/* By which version the record is read, and what the candidate would have made of it: as the server
 * does, by the rollout of the moment. */
static void fill_reading(struct simulation *simulation, const struct sim_call *call,
                         const struct policy_release *release, uint32_t source,
                         uint32_t *ret_contract, struct bytes *ret_shadow)
{
    static const char *const outcomes[] = {
        "\"same\"", "\"same\"", "\"differs\",\"fields\":[\"email\",\"country\"]", "\"accepted\"",
        "\"refused\",\"pointer\":\"/email\",\"rule\":\"/type\",\"message\":\"must be a string\""};
    struct policy_rollout rollout;
    engine_rollout(simulation->engine, release, source, &rollout);
    bool canary = rollout.mode == POLICY_CANARY && (call->variant / 4) % 2 == 0;
    *ret_contract = canary && call->dead_letter == 0 ? rollout.candidate : rollout.active;
    if (rollout.mode == POLICY_SHADOW)
        *ret_shadow = bytes_of(arena_printf(&simulation->arena, "{\"contract\":%u,\"outcome\":%s}",
                                            rollout.candidate, outcomes[call->variant / 8 % 5]));
}

/* A person's submission: the same call always carries the same content. */
static void fill_submit(struct simulation *simulation, const struct sim_call *call,
                        struct core_command *command)
{
    static const char *const countries[] = {"DE", "AT", "US", "FR", "JP"};
    static const char *const campaigns[] = {"spring", "summer", "webinar"};
    struct policy_release *release = simulation->releases[call->variant % COMPANY_RELEASES];
    struct cel_value *values = arena_array(&simulation->arena, POLICY_FIELDS_MAX, sizeof *values);
    uint32_t v = call->variant;
    set_field(release, values, "email", cel_string(person_email(simulation, call->person)));
    if (v % 7 != 0)
        set_field(release, values, "country", cel_string(bytes_of(countries[v % 5])));
    if (v % 3 == 0)
        set_field(release, values, "form", cel_string(BYTES_LITERAL("demo")));
    if (v % 4 != 0)
        set_field(release, values, "employees", cel_int(v % 9000));
    if (v % 5 != 0)
        set_field(release, values, "intent", cel_double(v % 100 + 0.5));
    if (v % 6 == 0) {
        struct cel_value *tag = arena_array(&simulation->arena, 1, sizeof *tag);
        *tag = cel_string(BYTES_LITERAL("vip"));
        set_field(release, values, "tags",
                  (struct cel_value){.kind = CEL_LIST, .count = 1, .items = tag});
    }
    if (call->campaign != 0 || v % 10 == 1)
        set_field(release, values, "campaign", cel_string(bytes_of(campaigns[call->campaign % 3])));
    if (v % 11 == 1)
        set_field(release, values, "partner", cel_string(BYTES_LITERAL("reseller")));
    command->submit.release = release;
    command->submit.source = v % 2;
    command->submit.values = values;
    command->submit.key_kind = policy_business_key(release, command->submit.source, values,
                                                   &simulation->arena, &command->submit.key);
    fill_reading(simulation, call, release, command->submit.source, &command->submit.contract,
                 &command->submit.shadow);
    command->dead_letter = call->dead_letter;
}

/* A record that breaks its contract, in one of a few ways that come often or one of many that do
 * not. */
static void fill_refuse(struct simulation *simulation, const struct sim_call *call,
                        struct core_command *command)
{
    static const struct bytes payloads[] = {
        BYTES_LITERAL("{\"email\": 7}"), BYTES_LITERAL("\xff\x00 not text"), BYTES_LITERAL(""),
        BYTES_LITERAL("email=%00&n=1"), BYTES_LITERAL("{\"emil\": \"\u00e9\"}")};
    struct arena *arena = &simulation->arena;
    uint32_t v = call->variant;
    command->refuse.release = simulation->releases[v % COMPANY_RELEASES];
    command->refuse.source = v % 2;
    fill_reading(simulation, call, command->refuse.release, v % 2, &command->refuse.contract,
                 &command->refuse.shadow);
    command->refuse.violation =
        bytes_of(arena_printf(arena, "/type at /field%u", v % 9 == 0 ? v / 9 % 150 : v / 9 % 3));
    command->refuse.message = bytes_of(arena_printf(arena, "must be a string, got %u", v % 1000));
    command->refuse.errors = BYTES_LITERAL("[{\"pointer\":\"/email\",\"rule\":\"/type\"}]");
    command->dead_letter = call->dead_letter;
    if (call->dead_letter != 0)
        return;
    command->refuse.media_type = v % 3 == 0 ? (struct bytes){0} : BYTES_LITERAL("application/json");
    command->refuse.headers = BYTES_LITERAL("{\"user-agent\":\"sim\"}");
    command->refuse.payload = payloads[v % (sizeof payloads / sizeof *payloads)];
}

static void fill_switch(const struct sim_call *call, struct core_command *command)
{
    static const struct bytes sources[] = {BYTES_LITERAL("web"), BYTES_LITERAL("ads"),
                                           BYTES_LITERAL("web"), BYTES_LITERAL("nowhere")};
    uint32_t v = call->variant;
    command->switch_.source = sources[v % 4];
    command->switch_.cause = (enum core_switch_cause)(v / 4 % CORE_SWITCH_FELL_BACK);
    command->switch_.version = v / 32 % 4;
    command->switch_.share = v / 128 % 20 * 500;
    command->switch_.note = v % 5 == 0 ? (struct bytes){0} : BYTES_LITERAL("as agreed");
}

static void fill_command(struct simulation *simulation, const struct sim_call *call,
                         struct core_command *command)
{
    uint32_t v = call->variant;
    *command = (struct core_command){.type = call->type,
                                     .lead = call->target,
                                     .idempotency = call->key,
                                     .fingerprint = call->fingerprint,
                                     .actor = BYTES_LITERAL("sim")};
    if (clients_is_trouble(call->type)) {
        clients_fill_trouble(simulation, call, command);
        return;
    }
    switch (call->type) {
    case CORE_SUBMIT: fill_submit(simulation, call, command); break;
    case CORE_REFUSE: fill_refuse(simulation, call, command); break;
    case CORE_DISCARD:
        command->dead_letter = call->dead_letter;
        command->discard.reason =
            v % 9 == 0 ? (struct bytes){0} : BYTES_LITERAL("a test of theirs");
        break;
    case CORE_SWITCH: fill_switch(call, command); break;
    case CORE_CONTACT: command->contact.channel = BYTES_LITERAL("phone"); break;
    case CORE_OUTCOME: command->outcome.qualified = v % 2; break;
    case CORE_HAND_BACK: command->hand_back.reason = BYTES_LITERAL("not mine"); break;
    case CORE_ASSIGN:
        command->assign.rep = bytes_of(company_rep(v));
        command->assign.cause = BYTES_LITERAL("vip");
        command->assign.remediation = BYTES_LITERAL("fix the route");
        break;
    case CORE_SET_REP:
        command->set_rep.rep = bytes_of(company_rep(v % 16));
        command->set_rep.available = (int)(v / 16 % 3) - 1;
        command->set_rep.capacity =
            call->target != 0 ? (int64_t)call->target : (int64_t)(v / 64 % 8) - 1;
        break;
    case CORE_ACTIVATE:
        command->activate.release = simulation->releases[v % COMPANY_RELEASES];
        break;
    default: panic("clients do not tick");
    }
}

static bool is_refusal(enum core_status status)
{
    return status >= CORE_NOT_FOUND;
}

/* The person of a lead never changes, but that people may say two leads are one. */
static void remember_person(struct simulation *simulation, const struct sim_call *call,
                            const struct engine_result *result)
{
    uint64_t *known = &simulation->person_lead[call->person];
    if (*known != 0 && *known != result->lead && invariants_follow(simulation) &&
        trouble_merged(simulation, *known) != trouble_merged(simulation, result->lead))
        simulation_fail(simulation, "A5: person %u was lead L%" PRIu64 " and is now L%" PRIu64,
                        call->person, *known, result->lead);
    *known = result->lead;
}

/* Whether the core must know that this call was done before. That a replay happens once hangs on
 * its dead letter, not on a key; a key that was answered with something older is forgotten sooner.
 */
static bool must_be_known(const struct sim_call *call, int64_t now_us)
{
    bool is_replay = call->dead_letter != 0 && call->type != CORE_DISCARD;
    return call->acknowledged && !is_refusal(call->status) && !hash128_is_none(call->key) &&
           !is_replay && call->seq != 0 && call->status != CORE_REPEATED &&
           now_us - call->done_us < CORE_IDEMPOTENCY_US;
}

/* The same command under the same key is done once. The key of a refused record stands for its lead
 * once it has been replayed. */
static void check_repetition(struct simulation *simulation, const struct sim_call *call,
                             const struct engine_result *result, int64_t now_us)
{
    if (!must_be_known(call, now_us))
        return;
    bool became_lead = call->type == CORE_REFUSE && result->lead != 0;
    if (result->status != CORE_REPEATED || (result->seq != call->seq && !became_lead))
        simulation_fail(simulation,
                        "A5: call %td was done at seq %" PRIu64
                        ", repeated it gave status %d seq %" PRIu64,
                        call - simulation->calls, call->seq, result->status, result->seq);
}

/* What a client was told must stay true for ever. */
static void remember(struct simulation *simulation, struct sim_call *call,
                     const struct engine_result *result)
{
    if (result->status == CORE_KEY_REUSED && !call->corrected)
        simulation_fail(simulation, "A5: a repeated command was taken for another one");
    int64_t now_us = core_time_us(engine_core(simulation->engine));
    check_repetition(simulation, call, result, now_us);
    if (!call->acknowledged) {
        call->status = result->status;
        call->lead = result->lead;
        call->seq = result->seq;
        call->done_us = now_us;
    }
    call->acknowledged = true;
    if (is_refusal(result->status))
        return;
    if (result->dead_letter != 0 && call->type == CORE_REFUSE)
        letters_told(simulation, result->dead_letter);
    if (result->lead != 0 && call->type == CORE_SUBMIT && call->dead_letter == 0 &&
        !call->corrected)
        remember_person(simulation, call, result);
}

static void land(struct flight *flight)
{
    struct simulation *simulation = flight->simulation;
    for (size_t i = 0; i < flight->request.count; i++)
        simulation->calls[flight->calls[i]].in_flight--;
    *flight->link = flight->next;
    if (flight->next != NULL)
        flight->next->link = flight->link;
    free(flight);
    if (simulation->flights == NULL)
        arena_reset(&simulation->arena);
}

void clients_forget_in_flight(struct simulation *simulation)
{
    while (simulation->flights != NULL)
        land(simulation->flights);
}

static void on_complete(struct engine_request *request)
{
    struct flight *flight = request->context;
    struct simulation *simulation = flight->simulation;
    struct journal_tail tail = journal_tail(engine_journal(simulation->engine));
    for (size_t i = 0; i < request->count; i++) {
        if (request->results[i].seq > tail.seq)
            simulation_fail(simulation, "I1: acknowledged seq %" PRIu64 " before it was durable",
                            request->results[i].seq);
        remember(simulation, &simulation->calls[flight->calls[i]], &request->results[i]);
    }
    simulation->told_seq = tail.seq;
    simulation->told_hash = tail.hash;
    land(flight);
}

static void send_calls(struct simulation *simulation, const uint32_t *calls, size_t count)
{
    struct flight *flight = calloc(1, sizeof *flight);
    if (flight == NULL)
        panic("out of memory (simulated request)");
    flight->simulation = simulation;
    flight->request = (struct engine_request){.commands = flight->commands,
                                              .results = flight->results,
                                              .count = count,
                                              .complete = on_complete,
                                              .context = flight};
    for (size_t i = 0; i < count; i++) {
        flight->calls[i] = calls[i];
        fill_command(simulation, &simulation->calls[calls[i]], &flight->commands[i]);
        simulation->calls[calls[i]].in_flight++;
    }
    flight->next = simulation->flights;
    flight->link = &simulation->flights;
    if (flight->next != NULL)
        flight->next->link = &flight->next;
    simulation->flights = flight;
    struct error err = {0};
    if (engine_submit(simulation->engine, &flight->request, &err) < 0)
        land(flight); /* refused: the client will try again */
}

static uint32_t new_call(struct simulation *simulation, struct sim_call call)
{
    ML_ASSERT(simulation->call_count < SIM_CALLS_MAX);
    uint32_t index = simulation->call_count++;
    if (!call.without_key)
        call.key = (struct hash128){simulation->seed + 1, index + 1};
    call.fingerprint = index + 1;
    simulation->calls[index] = call;
    return index;
}

/* Some lead that a client knows of; 0 when none. */
static uint64_t some_lead(struct simulation *simulation)
{
    for (int i = 0; i < 8; i++) {
        uint64_t lead = simulation->person_lead[random_below(&simulation->random, SIM_PEOPLE)];
        if (lead != 0)
            return lead;
    }
    return 0;
}

/* Some dead letter, open or over; now and then one that never was. */
static uint64_t some_letter(struct simulation *simulation)
{
    struct random *random = &simulation->random;
    if (simulation->letter_count == 0 || random_chance(random, 12))
        return 1 + random_below(random, 5000);
    uint32_t newest = simulation->letter_count - 1;
    uint32_t back = random_below(random, newest < 12 ? newest + 1 : 12);
    return simulation
        ->letters[random_chance(random, 6) ? random_below(random, newest + 1) : newest - back]
        .number;
}

/* Something about a dead letter: mended and replayed, still broken, or given up. */
static void invent_letter_call(struct simulation *simulation, struct sim_call *call)
{
    static const enum core_command_type kinds[] = {CORE_SUBMIT, CORE_SUBMIT, CORE_REFUSE,
                                                   CORE_DISCARD};
    call->type = kinds[random_below(&simulation->random, sizeof kinds / sizeof *kinds)];
    call->dead_letter = some_letter(simulation);
    call->without_key = random_chance(&simulation->random, 2);
}

/* Which calls are about a lead. */
static bool is_about_lead(enum core_command_type type)
{
    return type == CORE_CONTACT || type == CORE_OUTCOME || type == CORE_HAND_BACK ||
           type == CORE_ASSIGN;
}

static uint32_t invent_call(struct simulation *simulation)
{
    static const enum core_command_type kinds[] = {
        CORE_SUBMIT,  CORE_SUBMIT,  CORE_SUBMIT,  CORE_SUBMIT, CORE_SUBMIT,
        CORE_CONTACT, CORE_CONTACT, CORE_OUTCOME, CORE_ASSIGN, CORE_HAND_BACK,
        CORE_SET_REP, CORE_SET_REP, CORE_REFUSE,  CORE_REFUSE, CORE_DISCARD};
    enum { OF_TROUBLE = 4 }; /* one call of so many is about promises and trouble */
    struct random *random = &simulation->random;
    struct sim_call call = {.type = kinds[random_below(random, sizeof kinds / sizeof *kinds)],
                            .person = random_below(random, SIM_PEOPLE),
                            .variant = random_below(random, 1 << 20)};
    if (random_chance(random, 60))
        call.type = CORE_ACTIVATE;
    else if (random_chance(random, 40))
        call.type = CORE_SWITCH;
    else if (random_chance(random, OF_TROUBLE))
        clients_invent_trouble(simulation, some_lead(simulation), &call);
    if (is_about_lead(call.type))
        call.target = some_lead(simulation);
    else if (call.type == CORE_DISCARD)
        invent_letter_call(simulation, &call);
    else if (call.type == CORE_REFUSE)
        call.without_key = random_chance(random, 2);
    return new_call(simulation, call);
}

/* A record that was refused under a key is sent again under it: the contract was mended, or the
 * sender has corrected the record. */
static void mend(struct simulation *simulation, struct sim_call *call)
{
    bool refused = call->type == CORE_REFUSE && call->dead_letter == 0 && call->acknowledged &&
                   !is_refusal(call->status) && !hash128_is_none(call->key);
    if (!refused || call->in_flight > 0 || !random_chance(&simulation->random, 2))
        return;
    call->type = CORE_SUBMIT;
    call->corrected = true;
    call->acknowledged = false;
    if (random_chance(&simulation->random, 2))
        call->fingerprint += SIM_CALLS_MAX;
}

/* Many at once, or some for minutes, under the same campaign, of one source. */
static void begin_burst(struct simulation *simulation)
{
    struct random *random = &simulation->random;
    bool slow = random_chance(random, 3);
    simulation->burst_acts = slow ? 30 : 2 + random_below(random, 6);
    simulation->burst_size = slow ? 2 : 8;
    simulation->burst_campaign = 1 + random_below(random, 3);
}

static void act_in_burst(struct simulation *simulation)
{
    struct random *random = &simulation->random;
    uint32_t calls[8];
    for (size_t i = 0; i < simulation->burst_size; i++)
        calls[i] =
            new_call(simulation, (struct sim_call){.type = CORE_SUBMIT,
                                                   .person = random_below(random, SIM_PEOPLE),
                                                   .variant = random_below(random, 1 << 19) * 2 + 1,
                                                   .campaign = simulation->burst_campaign});
    send_calls(simulation, calls, simulation->burst_size);
    simulation->burst_acts--;
}

void clients_act(struct simulation *simulation)
{
    struct random *random = &simulation->random;
    uint32_t calls[8];
    if (simulation->call_count + 8 > SIM_CALLS_MAX / 2)
        simulation->burst_acts = 0; /* no room */
    else if (simulation->burst_acts == 0 && random_chance(random, 80))
        begin_burst(simulation);
    if (simulation->burst_acts > 0) {
        act_in_burst(simulation);
        return;
    }
    size_t count = 1 + (random_chance(random, 4) ? random_below(random, 8) : 0);
    for (size_t i = 0; i < count; i++) {
        bool again = simulation->call_count > 10 && random_chance(random, 6);
        if (again || simulation->call_count > SIM_CALLS_MAX / 2) {
            calls[i] = random_below(random, simulation->call_count); /* twice, or out of order */
            mend(simulation, &simulation->calls[calls[i]]);
        } else {
            calls[i] = invent_call(simulation);
        }
    }
    send_calls(simulation, calls, count);
}

void clients_make_room(struct simulation *simulation, unsigned rep)
{
    enum { AVAILABLE = 16 * 2, PLENTY = 10000 };
    uint32_t call = new_call(
        simulation,
        (struct sim_call){.type = CORE_SET_REP, .variant = rep + AVAILABLE, .target = PLENTY});
    send_calls(simulation, &call, 1);
}

void clients_activate(struct simulation *simulation, unsigned release)
{
    uint32_t call =
        new_call(simulation, (struct sim_call){.type = CORE_ACTIVATE, .variant = release});
    send_calls(simulation, &call, 1);
}

void clients_replay_open(struct simulation *simulation)
{
    for (uint32_t i = 0; i < simulation->letter_count && !simulation->failed; i++) {
        if (simulation->letters[i].state != SIM_OPEN)
            continue;
        uint32_t call =
            new_call(simulation, (struct sim_call){.type = CORE_SUBMIT,
                                                   .person = i % SIM_PEOPLE,
                                                   .variant = i,
                                                   .dead_letter = simulation->letters[i].number});
        send_calls(simulation, &call, 1);
        simulation_work_off(simulation);
    }
}

void clients_repeat_unacknowledged(struct simulation *simulation)
{
    for (uint32_t i = 0; i < simulation->call_count; i++)
        if (!simulation->calls[i].acknowledged && simulation->calls[i].in_flight == 0)
            send_calls(simulation, &i, 1);
}

bool clients_all_acknowledged(const struct simulation *simulation)
{
    for (uint32_t i = 0; i < simulation->call_count; i++)
        if (!simulation->calls[i].acknowledged)
            return false;
    return true;
}
