/* What candidates in shadow mode would have made of the records: counts by version, and a bounded
 * list of the kinds of differences. Gathered in memory and written once a batch. */
#include "store/internal.h"

#include "base/json.h"
#include "policy/edge/edge.h"

#include <stdlib.h>

enum { KINDS_MAX = 200 }; /* of one version; the rest counts as STORE_OTHERS */

static const char *const outcomes[STORE_SHADOWS] = {
    [STORE_SHADOW_SAME] = "same",
    [STORE_SHADOW_DIFFERS] = "differs",
    [STORE_SHADOW_REFUSED] = "refused",
    [STORE_SHADOW_ACCEPTED] = "accepted",
};

void store_shadows_clear(struct store_sources *sources)
{
    sources->difference_count = 0;
    map_release(&sources->difference_index);
    arena_reset(&sources->arena);
}

/* ---- noting */

/* Names of fields, joined; or the kind of the first mistake. */
static struct bytes detail_of(struct json_object *shadow, enum store_shadow outcome,
                              struct arena *arena)
{
    if (outcome == STORE_SHADOW_REFUSED) {
        struct policy_problems problems = {.count = 1};
        problems.items[0] = (struct policy_problem){
            .pointer = arena_string(arena, json_member_text(shadow, "pointer")),
            .message = arena_string(arena, json_member_text(shadow, "message")),
            .rule = arena_string(arena, json_member_text(shadow, "rule"))};
        return policy_edge_violation(&problems, arena);
    }
    struct json_object *fields = json_object_object_get(shadow, "fields");
    size_t count =
        json_object_is_type(fields, json_type_array) ? json_object_array_length(fields) : 0;
    const char *text = "";
    for (size_t i = 0; i < count; i++)
        text = arena_printf(arena, "%s%s%.*s", text, i > 0 ? ", " : "",
                            BYTES_ARG(json_text(json_object_array_get_idx(fields, i))));
    return bytes_of(text);
}

static void note_difference(struct store_sources *sources, uint32_t source, uint32_t version,
                            enum store_shadow outcome, struct bytes detail, uint64_t seq)
{
    const uint32_t place[] = {source, version, (uint32_t)outcome};
    const struct bytes pieces[] = {{(const char *)place, sizeof place}, detail};
    struct hash128 key = hash128_of(pieces, 2);
    const uint64_t *found = map_find(&sources->difference_index, key);
    if (found != NULL) {
        sources->differences[*found].count++;
        sources->differences[*found].last_seq = seq;
        return;
    }
    size_t at = sources->difference_count++;
    if (at == sources->difference_capacity) {
        sources->difference_capacity = at == 0 ? 16 : at * 2;
        sources->differences = realloc(sources->differences,
                                       sources->difference_capacity * sizeof *sources->differences);
        if (sources->differences == NULL)
            panic("out of memory (view)");
    }
    map_put(&sources->difference_index, key, at);
    sources->differences[at] = (struct store_difference){
        source, version, bytes_of(outcomes[outcome]), detail, 1, seq, seq};
}

static int note_parsed(struct store *store, uint32_t at, struct json_object *shadow, uint64_t seq,
                       enum store_shadow *ret_outcome, struct error *err)
{
    struct store_sources *sources = &store->sources;
    struct store_source *source = &sources->items[at];
    struct bytes word = json_member_text(shadow, "outcome");
    int outcome = 0;
    while (outcome < STORE_SHADOWS && !bytes_is(word, outcomes[outcome]))
        outcome++;
    if (outcome == STORE_SHADOWS)
        return error_set(err, ML_ECORRUPT, store->path,
                         "event %llu says of its candidate \"%.*s\", which this version does not "
                         "know",
                         (unsigned long long)seq, BYTES_ARG(word));
    *ret_outcome = (enum store_shadow)outcome;
    struct store_version *version =
        store_version_get(source, (uint32_t)json_member_int(shadow, "contract", 0));
    version->shadows[outcome]++;
    version->dirty = true;
    if (outcome != STORE_SHADOW_SAME)
        note_difference(sources, at, version->version, *ret_outcome,
                        detail_of(shadow, *ret_outcome, &sources->arena), seq);
    return 0;
}

int store_shadow_note(struct store *store, uint32_t source, struct bytes shadow, uint64_t seq,
                      struct error *err)
{
    struct store_sources *sources = &store->sources;
    if (shadow.size == 0)
        return 0;
    if (bytes_equal(shadow, (struct bytes){sources->same, sources->same_size})) {
        struct store_version *version =
            store_version_get(&sources->items[source], sources->same_version);
        version->shadows[STORE_SHADOW_SAME]++;
        version->dirty = true;
        return 0;
    }
    JSON_AUTO *parsed = NULL;
    enum store_shadow outcome = STORE_SHADOW_DIFFERS;
    int code = json_parse(shadow, &parsed, err);
    if (code == 0)
        code = note_parsed(store, source, parsed, seq, &outcome, err);
    if (code == 0 && outcome == STORE_SHADOW_SAME && shadow.size <= sizeof sources->same) {
        memcpy(sources->same, shadow.data, shadow.size);
        sources->same_size = shadow.size;
        sources->same_version = (uint32_t)json_member_int(parsed, "contract", 0);
    }
    return code;
}

/* ---- writing */

static void bind_difference(sqlite3_stmt *statement, const struct store_source *source,
                            const struct store_difference *difference, struct bytes detail)
{
    store_bind_text(statement, 1, bytes_of(source->id));
    sqlite3_bind_int64(statement, 2, difference->version);
    store_bind_text(statement, 3, difference->outcome);
    store_bind_string(statement, 4, detail);
    sqlite3_bind_int64(statement, 5, (int64_t)difference->count);
    sqlite3_bind_int64(statement, 6, (int64_t)difference->last_seq);
}

/* Counts on in the row of that detail; *ret_found: there was one. */
static int count_on(struct store *store, const struct store_difference *difference,
                    struct bytes detail, bool *ret_found, struct error *err)
{
    const struct store_source *source = &store->sources.items[difference->source];
    bind_difference(store->statements[STORE_DIFFERENCE_COUNT], source, difference, detail);
    int code = store_run(store, STORE_DIFFERENCE_COUNT, err);
    *ret_found = sqlite3_changes(store->db) > 0;
    return code;
}

static int write_difference(struct store *store, const struct store_difference *difference,
                            struct error *err)
{
    struct store_source *source = &store->sources.items[difference->source];
    struct bytes detail = difference->detail;
    bool found;
    int code = count_on(store, difference, detail, &found, err);
    if (code != 0 || found)
        return code;
    struct store_version *version = store_version_get(source, difference->version);
    if (version->kinds < KINDS_MAX) {
        version->kinds++;
    } else {
        detail = bytes_of(STORE_OTHERS);
        code = count_on(store, difference, detail, &found, err);
        if (code != 0 || found)
            return code;
    }
    sqlite3_stmt *add = store->statements[STORE_DIFFERENCE_ADD];
    bind_difference(add, source, difference, detail);
    sqlite3_bind_int64(add, 7, (int64_t)difference->first_seq);
    return store_run(store, STORE_DIFFERENCE_ADD, err);
}

int store_shadows_write(struct store *store, struct error *err)
{
    struct store_sources *sources = &store->sources;
    if (sources->difference_count == 0)
        return 0;
    int code = 0;
    for (size_t i = 0; code == 0 && i < sources->difference_count; i++)
        code = write_difference(store, &sources->differences[i], err);
    store_shadows_clear(sources);
    return code;
}
