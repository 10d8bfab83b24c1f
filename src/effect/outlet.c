/* Destinations of releases, opened and closed. */
#include "effect/internal.h"

#include "base/json.h"

#include <stdlib.h>

/* A destination that cannot be opened is looked at again so often. */
#define AGAIN_US INT64_C(10000000)
/* How often it is asked which release is in force. */
#define LOOK_US INT64_C(1000000)

static struct edition *edition_new(struct effects *effects, struct policy_release *release)
{
    size_t count = release->destination_count;
    struct edition *edition = calloc(1, sizeof *edition + count * sizeof edition->outlets[0]);
    if (edition == NULL)
        panic("out of memory (%zu destinations)", count);
    edition->release = release;
    edition->count = count;
    for (size_t i = 0; i < count; i++) {
        const struct policy_destination *declared = &release->destinations[i];
        edition->outlets[i] = (struct outlet){
            .edition = edition,
            .kind = effect_kinds[declared->kind],
            .place = {.release = release,
                      .declared = declared,
                      .secrets = &effects->secrets,
                      .data_directory = effects->data_directory},
        };
    }
    return edition;
}

/* Takes over the reference. */
static struct edition *find_edition(struct effects *effects, struct policy_release *release)
{
    for (struct edition *edition = effects->editions; edition != NULL; edition = edition->next)
        if (edition->release == release && !edition->is_old) {
            policy_release_unref(release);
            return edition;
        }
    struct edition *edition = edition_new(effects, release);
    edition->next = effects->editions;
    effects->editions = edition;
    return edition;
}

struct outlet *outlet_find(struct effects *effects, struct engine_delivery *delivery)
{
    struct edition *edition = find_edition(effects, delivery->release);
    size_t index = (size_t)(delivery->destination - edition->release->destinations);
    ML_ASSERT(index < edition->count);
    return &edition->outlets[index];
}

static int open_state(struct effects *effects, struct outlet *outlet, struct error *err)
{
    struct effect_place *place = &outlet->place;
    (void)effects;
    if (outlet->kind == NULL)
        return error_set(err, ML_EINVAL, place->declared->name,
                         "this program was built without destinations of kind %s",
                         policy_destination_kind_name(place->declared->kind));
    if (place->options == NULL && place->declared->options.size > 0) {
        int code = json_parse(place->declared->options, &place->options, err);
        if (code < 0)
            return code;
    }
    return outlet->kind->open != NULL ? outlet->kind->open(place, &outlet->state, err) : 0;
}

int outlet_open(struct effects *effects, struct outlet *outlet, struct error *err)
{
    int64_t now_us = http_clock_us();
    if (outlet->is_open)
        return 0;
    if (outlet->failure.code != 0 && now_us < outlet->again_us) {
        *err = outlet->failure;
        return err->code;
    }
    struct error failure = {0};
    int code = open_state(effects, outlet, &failure);
    bool is_new = code < 0 && strcmp(failure.message, outlet->failure.message) != 0;
    outlet->is_open = code == 0;
    outlet->failure = failure;
    outlet->again_us = now_us + AGAIN_US;
    if (is_new && effects->options.complain != NULL)
        effects->options.complain(effects->options.context, outlet->place.declared->name, &failure);
    if (code < 0)
        *err = failure;
    return code;
}

void outlet_close(struct outlet *outlet)
{
    if (outlet->is_open && outlet->kind->close != NULL)
        outlet->kind->close(outlet->state);
    json_object_put(outlet->place.options);
    outlet->place.options = NULL;
    outlet->state = NULL;
    outlet->is_open = false;
}

/* What a carrier holds it closes itself. */
static void edition_free(struct edition *edition)
{
    for (size_t i = 0; i < edition->count; i++)
        outlet_close(&edition->outlets[i]);
    policy_release_unref(edition->release);
    free(edition);
}

/* A secret that is missing is to be heard of now, not with the first lead. */
static void open_all(struct effects *effects, struct edition *edition)
{
    struct error err;
    for (size_t i = 0; i < edition->count; i++)
        if (edition->outlets[i].kind == NULL || edition->outlets[i].kind->converse != NULL)
            (void)outlet_open(effects, &edition->outlets[i], &err);
}

void editions_look(struct effects *effects, int64_t now_us)
{
    bool rereads = atomic_exchange(&effects->rereads, false);
    if (!rereads && now_us - effects->looked_us < LOOK_US && effects->looked_us != 0)
        return;
    effects->looked_us = now_us;
    struct policy_release *release = engine_release_ref(effects->engine);
    if (release == NULL)
        return;
    for (struct edition *at = effects->editions; rereads && at != NULL; at = at->next)
        at->is_old = true;
    struct edition *active = find_edition(effects, release);
    if (active != effects->active) {
        effects->active = active;
        open_all(effects, active);
    }
    for (struct edition **at = &effects->editions; *at != NULL;) {
        struct edition *edition = *at;
        if (edition == active || edition->uses > 0) {
            at = &edition->next;
        } else {
            *at = edition->next;
            edition_free(edition);
        }
    }
}

void editions_release(struct effects *effects)
{
    while (effects->editions != NULL) {
        struct edition *edition = effects->editions;
        effects->editions = edition->next;
        edition_free(edition);
    }
}
