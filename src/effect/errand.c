/* Errands: what a destination has (a listing, on demand), and what was changed there (a poll, now
 * and then). A poll's records become commands; the cursor moves on when they are decided, so that a
 * process that ends between the two asks again. */
#include "effect/internal.h"

#include "base/json.h"
#include "effect/change.h"
#include "effect/cursor.h"
#include "effect/value.h"

#include <stdio.h>
#include <stdlib.h>

/* Of one poll: nobody else is served meanwhile. */
enum { RECORDS_MAX = 4 * ENGINE_GROUP_MAX };

struct errand {
    struct errand *next, *next_running;
    enum effect_task task;
    char name[101]; /* of the destination */
    /* LIST */
    struct effect_listing listing;
    /* POLL */
    struct job *job;
    struct engine_request request;
    size_t capacity;
    size_t seen;  /* records */
    bool is_full; /* there was more than one request holds, or than is looked at in one go */
    struct bytes begun, cursor;
    struct bytes *befores; /* the cursor in front of each command's record */
    uint64_t *written;     /* leads that we have written there since we asked */
    size_t written_count, written_capacity;
    struct error mistake; /* the first record that cannot be read */
};

static struct errand *errand_new(enum effect_task task, const char *name)
{
    struct errand *errand = calloc(1, sizeof *errand);
    if (errand == NULL)
        panic("out of memory (an errand)");
    errand->task = task;
    memcpy(errand->name, name, strnlen(name, sizeof errand->name - 1));
    return errand;
}

static void errand_free(struct errand *errand)
{
    free(errand->request.commands);
    free(errand->request.results);
    free(errand->befores);
    free(errand->written);
    free(errand);
}

/* ---- listings */

/* ML_ENOTFOUND, ML_EINVAL. */
static int check_listing(struct effects *effects, const char *name, struct error *err)
{
    struct policy_release *release = engine_release_ref(effects->engine);
    uint32_t index =
        release != NULL ? policy_destination_find(release, bytes_of(name)) : POLICY_NONE;
    int code = 0;
    if (index == POLICY_NONE) {
        code = error_set(err, ML_ENOTFOUND, name, "the mesh has no destination of that name");
    } else {
        const struct effect_kind *kind = effect_kinds[release->destinations[index].kind];
        if (kind == NULL || !kind->lists)
            code =
                error_set(err, ML_EINVAL, name, "a destination of kind %s cannot say what it has",
                          policy_destination_kind_name(release->destinations[index].kind));
    }
    policy_release_unref(release);
    return code;
}

int effects_list(struct effects *effects, const char *destination,
                 const struct effect_listing *listing, struct error *err)
{
    int code = check_listing(effects, destination, err);
    if (code < 0)
        return code;
    pthread_mutex_lock(&effects->lock);
    bool is_busy = effects->is_stopping;
    for (const struct errand *at = effects->running; at != NULL; at = at->next_running)
        is_busy |= strcmp(at->name, destination) == 0;
    bool wake = false;
    if (!is_busy) {
        struct errand *errand = errand_new(EFFECT_LIST, destination);
        errand->listing = *listing;
        errand->next = effects->wanted;
        effects->wanted = errand;
        errand->next_running = effects->running;
        effects->running = errand;
        wake = effects_rouse(effects);
    }
    pthread_mutex_unlock(&effects->lock);
    if (wake)
        http_wake(effects->http);
    return is_busy ? error_set(err, ML_EBUSY, destination,
                               "it is being listed already; wait for that to end")
                   : 0;
}

static void finish_listing(struct effects *effects, struct errand *errand, const struct error *err)
{
    pthread_mutex_lock(&effects->lock);
    for (struct errand **at = &effects->running; *at != NULL; at = &(*at)->next_running)
        if (*at == errand) {
            *at = errand->next_running;
            break;
        }
    pthread_mutex_unlock(&effects->lock);
    errand->listing.done(errand->listing.context, err);
    errand_free(errand);
}

static struct outlet *find_active(struct effects *effects, const char *name)
{
    struct edition *edition = effects->active;
    uint32_t index =
        edition != NULL ? policy_destination_find(edition->release, bytes_of(name)) : POLICY_NONE;
    return index != POLICY_NONE ? &edition->outlets[index] : NULL;
}

static void begin(struct effects *effects, struct outlet *outlet, struct errand *errand)
{
    struct job *job = job_new(effects, outlet);
    job->errand = errand;
    errand->job = job;
    if (outlet->kind->carry != NULL)
        carrier_put(effects, job);
    else
        job_begin(job);
}

static void begin_listings(struct effects *effects)
{
    pthread_mutex_lock(&effects->lock);
    struct errand *errand = effects->wanted;
    effects->wanted = NULL;
    pthread_mutex_unlock(&effects->lock);
    if (errand != NULL) { /* of the release that is in force now, which may be new here */
        effects->looked_us = 0;
        editions_look(effects, http_clock_us());
    }
    while (errand != NULL) {
        struct errand *next = errand->next;
        struct outlet *outlet = find_active(effects, errand->name);
        struct error err;
        if (outlet != NULL && outlet->kind != NULL && outlet->kind->lists) {
            begin(effects, outlet, errand);
        } else {
            error_set(&err, ML_ENOTFOUND, errand->name, "the destination is gone");
            finish_listing(effects, errand, &err);
        }
        errand = next;
    }
}

/* ---- polls */

static int open_view(struct effects *effects, struct store_reader **ret, struct error *err)
{
    char path[4200];
    int code = 0;
    if (effects->view == NULL) {
        (void)snprintf(path, sizeof path, "%s/state.db", effects->data_directory);
        code = store_reader_open(path, NULL, &effects->view, err);
    }
    *ret = effects->view;
    return code;
}

/* The command that a record comes to; ML_ENOTFOUND: none. */
static int read_change(struct effects *effects, const struct effect_place *place,
                       const struct cel_value *record, struct arena *arena,
                       struct core_command *ret, struct error *err)
{
    struct store_reader *view;
    pthread_mutex_lock(&effects->view_lock);
    int code = open_view(effects, &view, err);
    if (code == 0)
        code = effect_change_read(place->release, place->declared, view, record,
                                  engine_now_us(effects->engine), arena, ret, err);
    pthread_mutex_unlock(&effects->view_lock);
    if (code == 0 && ret->actor.size == 0)
        ret->actor = bytes_of(place->declared->name);
    return code;
}

static void add_command(struct errand *errand, const struct core_command *command)
{
    struct engine_request *request = &errand->request;
    if (request->count == errand->capacity) {
        errand->capacity = errand->capacity == 0 ? 64 : 2 * errand->capacity;
        request->commands =
            reallocarray(request->commands, errand->capacity, sizeof *request->commands);
        errand->befores = reallocarray(errand->befores, errand->capacity, sizeof *errand->befores);
        if (request->commands == NULL || errand->befores == NULL)
            panic("out of memory (%zu changes)", errand->capacity);
    }
    errand->befores[request->count] = errand->cursor;
    request->commands[request->count++] = *command;
}

static void take_record(void *context, struct cel_value record, struct bytes cursor)
{
    struct job *job = context;
    struct errand *errand = job->errand;
    struct core_command command = {0};
    struct error err = {0};
    if (errand->is_full || errand->request.count == ENGINE_GROUP_MAX ||
        errand->seen++ == RECORDS_MAX) {
        errand->is_full = true; /* the next poll begins where this one ended */
        return;
    }
    int code = read_change(job->effects, &job->outlet->place, &record, &job->arena, &command, &err);
    if (code == 0)
        add_command(errand, &command);
    else if (code != ML_ENOTFOUND && errand->mistake.code == 0)
        errand->mistake = err;
    errand->cursor = arena_copy(&job->arena, cursor);
}

static void note_written(struct errand *poll, const struct job *job)
{
    for (size_t i = 0; i < job->count; i++) {
        if (poll->written_count == poll->written_capacity) {
            poll->written_capacity = poll->written_capacity == 0 ? 16 : 2 * poll->written_capacity;
            poll->written =
                reallocarray(poll->written, poll->written_capacity, sizeof *poll->written);
            if (poll->written == NULL)
                panic("out of memory (%zu leads)", poll->written_capacity);
        }
        poll->written[poll->written_count++] = job->deliveries[i].lead;
    }
}

/* Also when one of the two began under another release. */
void errand_note_written(struct job *job)
{
    const char *name = job->outlet->place.declared->name;
    for (struct edition *at = job->effects->editions; at != NULL; at = at->next)
        for (size_t i = 0; i < at->count; i++)
            if (at->outlets[i].poll != NULL && strcmp(at->outlets[i].poll->name, name) == 0)
                note_written(at->outlets[i].poll, job);
}

static bool is_written(const struct errand *errand, uint64_t lead)
{
    for (size_t i = 0; i < errand->written_count; i++)
        if (errand->written[i] == lead)
            return true;
    return false;
}

/* A lead that we wrote there while they were asked may stand in their answer as it was before, and
 * would look like a change of theirs: it is asked for again. */
static void leave_out_written(struct errand *errand)
{
    struct engine_request *request = &errand->request;
    size_t kept = 0;
    for (size_t i = 0; i < request->count; i++) {
        if (!is_written(errand, request->commands[i].lead))
            request->commands[kept++] = request->commands[i];
        else if (kept == i)
            errand->cursor = errand->befores[i]; /* of the first: all before it are done */
    }
    request->count = kept;
}

static void on_decided(struct engine_request *request)
{
    struct errand *errand = request->context;
    struct effects *effects = errand->job->effects;
    pthread_mutex_lock(&effects->lock);
    errand->next = effects->decided;
    effects->decided = errand;
    bool wake = effects_rouse(effects);
    pthread_mutex_unlock(&effects->lock);
    if (wake)
        http_wake(effects->http);
}

/* Where it ended is where the next one begins. */
static void finish_poll(struct effects *effects, struct errand *errand, bool is_decided)
{
    struct outlet *outlet = errand->job->outlet;
    int64_t every_us = outlet->place.declared->sync.poll_us;
    if (is_decided && errand->cursor.size > 0)
        cursors_set(effects, errand->name, errand->cursor);
    bool goes_on = is_decided && errand->is_full && !bytes_equal(errand->cursor, errand->begun);
    outlet->poll_us = http_clock_us() + (goes_on ? 0 : every_us);
    outlet->is_polled = false;
    outlet->poll = NULL;
    job_free(errand->job);
    errand_free(errand);
}

static void complain(struct effects *effects, struct outlet *outlet, const struct error *err)
{
    if (strcmp(outlet->failure.message, err->message) == 0)
        return; /* told already */
    outlet->failure = *err;
    if (effects->options.complain != NULL)
        effects->options.complain(effects->options.context, outlet->place.declared->name, err);
}

static void settle_poll(struct effects *effects, struct errand *errand)
{
    struct job *job = errand->job;
    struct engine_request *request = &errand->request;
    struct error err = errand->mistake;
    if (job->receipts == NULL || effects->is_ending) {
        finish_poll(effects, errand, false);
        return;
    }
    if (job->receipts[0].outcome != CORE_OUTCOME_OK)
        error_set(&err, ML_EIO, errand->name, "what was changed there cannot be asked: %.*s",
                  BYTES_ARG(job->receipts[0].reason));
    else if (errand->is_full && bytes_equal(errand->cursor, errand->begun))
        error_set(&err, ML_ELIMIT, errand->name,
                  "more than %d changes there have one `cursor`, and no poll gets behind them",
                  ENGINE_GROUP_MAX);
    if (err.code != 0)
        complain(effects, job->outlet, &err);
    leave_out_written(errand);
    if (request->count == 0) {
        finish_poll(effects, errand, true);
        return;
    }
    request->results = calloc(request->count, sizeof *request->results);
    if (request->results == NULL)
        panic("out of memory (%zu changes)", request->count);
    request->complete = on_decided;
    request->context = errand;
    if (engine_submit(effects->engine, request, &err) < 0)
        finish_poll(effects, errand, false);
    else
        effects->groups_out++;
}

void errands_take_back(struct effects *effects)
{
    pthread_mutex_lock(&effects->lock);
    struct errand *errand = effects->decided;
    effects->decided = NULL;
    pthread_mutex_unlock(&effects->lock);
    while (errand != NULL) {
        struct errand *next = errand->next;
        effects->groups_out--;
        finish_poll(effects, errand, true);
        errand = next;
    }
}

static bool is_polled(const struct outlet *outlet)
{
    return outlet->kind != NULL && outlet->kind->polls && outlet->place.declared->sync.poll_us > 0;
}

static void begin_polls(struct effects *effects, int64_t now_us)
{
    struct edition *edition = effects->active;
    for (size_t i = 0; edition != NULL && i < edition->count; i++) {
        struct outlet *outlet = &edition->outlets[i];
        if (!is_polled(outlet) || outlet->is_polled || outlet->poll_us > now_us)
            continue;
        outlet->is_polled = true;
        outlet->poll = errand_new(EFFECT_POLL, outlet->place.declared->name);
        begin(effects, outlet, outlet->poll);
    }
}

/* ---- both */

void errand_prepare(struct job *job)
{
    struct errand *errand = job->errand;
    job->attempt.task = errand->task;
    if (errand->task == EFFECT_LIST) {
        job->attempt.context = errand->listing.context;
        job->attempt.found = errand->listing.found;
    } else {
        job->attempt.cursor = arena_copy(&job->arena, cursors_get(job->effects, errand->name));
        errand->begun = job->attempt.cursor;
        job->attempt.context = job;
        job->attempt.record = take_record;
    }
}

void errand_settle(struct job *job)
{
    struct errand *errand = job->errand;
    struct effects *effects = job->effects;
    struct error err = {0};
    if (errand->task == EFFECT_POLL) {
        settle_poll(effects, errand);
        return;
    }
    if (effects->is_ending || job->receipts == NULL)
        error_set(&err, ML_EBUSY, errand->name, "the server is stopping");
    else if (job->receipts[0].outcome != CORE_OUTCOME_OK)
        error_set(&err, ML_EIO, errand->name, "%.*s", BYTES_ARG(job->receipts[0].reason));
    finish_listing(effects, errand, &err);
    job_free(job);
}

void errands_run(struct effects *effects, int64_t now_us)
{
    errands_take_back(effects);
    begin_listings(effects);
    begin_polls(effects, now_us);
    cursors_save(effects);
}

int64_t errands_due_us(const struct effects *effects)
{
    const struct edition *edition = effects->active;
    int64_t due_us = INT64_MAX;
    for (size_t i = 0; edition != NULL && i < edition->count; i++) {
        const struct outlet *outlet = &edition->outlets[i];
        if (is_polled(outlet) && !outlet->is_polled && outlet->poll_us < due_us)
            due_us = outlet->poll_us;
    }
    return due_us;
}

void errands_release(struct effects *effects)
{
    struct error err;
    errands_take_back(effects);
    cursors_save(effects);
    while (effects->wanted != NULL) {
        struct errand *errand = effects->wanted;
        effects->wanted = errand->next;
        error_set(&err, ML_EBUSY, errand->name, "the server is stopping");
        finish_listing(effects, errand, &err);
    }
    store_reader_close(effects->view);
}

/* ---- changes that they tell of by themselves */

struct told {
    struct arena arena;
    struct policy_release *release;
    struct core_command command;
    struct engine_result result;
    struct engine_request request;
    struct effect_change change;
};

static void told_free(struct told *told)
{
    arena_release(&told->arena);
    policy_release_unref(told->release);
    free(told);
}

static void on_told(struct engine_request *request)
{
    struct told *told = request->context;
    told->change.done(told->change.context, told->result.status, told->command.lead,
                      told->result.message);
    told_free(told);
}

static int read_told(struct effects *effects, struct told *told, const char *destination,
                     struct bytes record, struct error *err)
{
    JSON_AUTO *json = NULL;
    uint32_t index = told->release != NULL
                         ? policy_destination_find(told->release, bytes_of(destination))
                         : POLICY_NONE;
    if (index == POLICY_NONE)
        return error_set(err, ML_ENOTFOUND, destination,
                         "the mesh has no destination of that name");
    const struct effect_place place = {.release = told->release,
                                       .declared = &told->release->destinations[index]};
    if (place.declared->sync.field_count == 0 || !place.declared->sync.webhook)
        return error_set(err, ML_EINVAL, destination,
                         "it takes no changes: its `sync` does not say `webhook: true`");
    int code = json_parse(record, &json, err);
    if (code == 0) {
        struct cel_value value = effect_value_of_json(json, &told->arena);
        code = read_change(effects, &place, &value, &told->arena, &told->command, err);
    }
    /* What cannot be read is an answer, not a failure. */
    return code < 0 && (code == ML_EINVAL || code == ML_ENOTFOUND || code == ML_ELIMIT) ? 1 : code;
}

int effects_change(struct effects *effects, const char *destination, struct bytes record,
                   const struct effect_change *change, struct error *err)
{
    struct error mistake = {0};
    struct told *told = calloc(1, sizeof *told);
    if (told == NULL)
        panic("out of memory (a change)");
    arena_init(&told->arena);
    told->change = *change;
    told->release = engine_release_ref(effects->engine);
    told->request = (struct engine_request){.commands = &told->command,
                                            .results = &told->result,
                                            .count = 1,
                                            .complete = on_told,
                                            .context = told};
    int code = read_told(effects, told, destination, record, &mistake);
    if (code == 0)
        code = engine_submit(effects->engine, &told->request, &mistake);
    if (code == 0)
        return 0;
    if (code > 0)
        change->done(change->context, CORE_INVALID, 0, mistake.message);
    else if (err != NULL)
        *err = mistake;
    told_free(told);
    return code < 0 ? code : 0;
}
