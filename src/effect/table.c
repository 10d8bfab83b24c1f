/* A built-in provider: a row of a table of the mesh, by key. response.body is the row, its columns
 * by name; nobody is asked. */
#include "effect/facts.h"
#include "effect/options.h"
#include "effect/value.h"

#include <stdlib.h>

/* What the release knows under that name. */
struct rows {
    const struct cel_table *table;
    const struct cel_type *type; /* the columns */
};

static int open_table(const struct effect_place *place, void **ret_state, struct error *err)
{
    const struct cel_environment *environment = &place->release->outbox_environment;
    const char *name = options_text(place->options, "table");
    for (size_t i = POLICY_OUTBOX_TABLES_FROM; i < environment->count; i++) {
        const struct cel_variable *variable = &environment->variables[i];
        const struct cel_value *value =
            &place->release->table_values[i - POLICY_OUTBOX_TABLES_FROM];
        if (strcmp(variable->name, name) != 0)
            continue;
        if (value->kind != CEL_TABLE)
            return error_set(err, ML_EINVAL, place->declared->name,
                             "the table %s is a plain list; a provider needs one with columns",
                             name);
        struct rows *rows = malloc(sizeof *rows);
        if (rows == NULL)
            panic("out of memory");
        *rows = (struct rows){value->table, variable->type};
        *ret_state = rows;
        return 0;
    }
    return error_set(err, ML_ENOTFOUND, place->declared->name, "there is no table %s", name);
}

/* False: no such row. */
static bool show_row(const struct ask *ask, const struct rows *rows, struct bytes key)
{
    size_t count = rows->type->field_count;
    struct cel_value *row = arena_array(ask->attempt->arena, count, sizeof *row);
    struct effect_pairs pairs;
    effect_pairs_init(&pairs, (uint32_t)count, ask->attempt->arena);
    if (key.size == 0 || !rows->table->find(rows->table, key, row))
        return false;
    for (size_t i = 0; i < count; i++)
        if (row[i].kind != CEL_ABSENT) /* an empty cell leaves its field absent */
            effect_pairs_add(&pairs, rows->type->fields[i].name, row[i]);
    const struct cel_value body = effect_pairs_map(&pairs);
    facts_show(ask, &body);
    return true;
}

static enum effect_step converse(void *state, const struct effect_place *place,
                                 struct effect_attempt *attempt, const struct effect_answer *answer,
                                 struct effect_request *request, struct core_receipt *ret)
{
    struct effect_inputs inputs;
    const struct ask ask = {place, attempt, &inputs};
    struct bytes key;
    struct error err = {0};
    (void)answer;
    (void)request;
    effect_inputs_init(&inputs, place->release, attempt->messages[0], attempt->now_us,
                       attempt->arena);
    if (ask_text(&ask, "key", &key, &err) != 0)
        effect_refuse(attempt, ret, "%s", err.message);
    else if (show_row(&ask, state, key))
        facts_read(&ask, ret);
    else
        ret->excerpt = bytes_of(arena_printf(attempt->arena, "no row for %.*s", BYTES_ARG(key)));
    return EFFECT_DONE;
}

const struct effect_kind effect_table = {
    .kind = POLICY_TABLE, .open = open_table, .close = free, .converse = converse};
