/* Files with random damage never crash the compiler: they compile, or they are refused with at
 * least one mistake that has a place. The sanitizers do the watching. */
#include "directory.h"

#include <stdio.h>

enum { ROUNDS = 3000 };

/* xorshift64*: the same damage in every run. */
static uint64_t next_random(uint64_t *random)
{
    *random ^= *random >> 12;
    *random ^= *random << 25;
    *random ^= *random >> 27;
    return *random * UINT64_C(2685821657736338717);
}

static size_t below(uint64_t *random, size_t limit)
{
    return (size_t)(next_random(random) % limit);
}

/* One small edit: a byte changed, a run removed, or a piece with meaning put in. */
static void damage(struct buffer *text, struct bytes source, uint64_t *random)
{
    static const char *const pieces[] = {
        "\n",  " ",     "  - ", ": ",  "{",    "}",     "[",    "]",  "'",    "\"",
        "*x ", "&x ",   "!t ",  "|\n", ">-\n", "#",     "\t",   "\\", "\xC3", "\xFF",
        "? ",  "---\n", "%",    "@",   "null", "1e999", "<<: ", ",",
    };
    size_t at = below(random, source.size + 1);
    size_t cut = below(random, 3) == 0 ? below(random, 20) : 0;
    if (cut > source.size - at)
        cut = source.size - at;
    buffer_append(text, source.data, at);
    switch (below(random, 3)) {
    case 0: buffer_append_char(text, (char)next_random(random)); break;
    case 1: {
        const char *piece = pieces[below(random, sizeof pieces / sizeof *pieces)];
        buffer_append_bytes(text, bytes_of(piece));
        break;
    }
    default: cut = cut == 0 && at < source.size ? 1 : cut; break;
    }
    buffer_append(text, source.data + at + cut, source.size - at - cut);
}

static void compile_damaged(const struct mesh *mesh, uint64_t round)
{
    struct policy_diagnostics diagnostics;
    struct policy_release *release = NULL;
    struct error error = {0};
    policy_diagnostics_init(&diagnostics);
    int status = policy_release_compile(mesh->files, mesh->count, &diagnostics, &release, &error);
    if (status == 0) {
        struct policy_release *again = NULL;
        if (policy_release_from_canonical(release->canonical, &again, &error) != 0 ||
            strcmp(again->id_text, release->id_text) != 0)
            fail_msg("round %llu: no fixed point: %s", (unsigned long long)round, error.message);
        policy_release_unref(again);
    } else if (diagnostics.count == 0 || error.message[0] == '\0') {
        fail_msg("round %llu: refused without a reason", (unsigned long long)round);
    }
    for (size_t i = 0; i < diagnostics.count; i++)
        if (!bytes_is_utf8(bytes_of(diagnostics.items[i].message)))
            fail_msg("round %llu: a message is not UTF-8", (unsigned long long)round);
    policy_release_unref(release);
    policy_diagnostics_release(&diagnostics);
}

static void damaged_files_never_crash(void **state)
{
    (void)state;
    static const char *const meshes[] = {"starter", "outbox", "acme"};
    struct arena arena;
    struct buffer texts[2];
    arena_init(&arena);
    buffer_init(&texts[0], 1 << 20);
    buffer_init(&texts[1], 1 << 20);
    for (uint64_t round = 0; round < ROUNDS; round++) {
        uint64_t random = (round + 1) * UINT64_C(0x9E3779B97F4A7C15);
        struct mesh mesh;
        arena_reset(&arena);
        directory_read(meshes[round % 8 == 0 ? 2 : round % 2], &arena, &mesh);
        struct policy_file *file = &mesh.files[below(&random, mesh.count)];
        size_t edits = 1 + below(&random, 4);
        struct bytes current = file->content;
        for (size_t i = 0; i < edits; i++) {
            buffer_clear(&texts[i % 2]);
            damage(&texts[i % 2], current, &random);
            current = buffer_bytes(&texts[i % 2]);
        }
        file->content = current;
        compile_damaged(&mesh, round);
    }
    buffer_release(&texts[0]);
    buffer_release(&texts[1]);
    arena_release(&arena);
}

static void damaged_canonical_json_never_crashes(void **state)
{
    (void)state;
    struct arena arena;
    struct mesh mesh;
    struct buffer text;
    arena_init(&arena);
    buffer_init(&text, 1 << 20);
    directory_read("outbox", &arena, &mesh);
    struct policy_release *release = mesh_compile(&mesh);
    for (uint64_t round = 0; round < ROUNDS; round++) {
        uint64_t random = (round + 1) * UINT64_C(0x9E3779B97F4A7C15);
        struct policy_release *again = NULL;
        struct error error = {0};
        buffer_clear(&text);
        damage(&text, release->canonical, &random);
        if (policy_release_from_canonical(buffer_bytes(&text), &again, &error) != 0)
            assert_string_not_equal(error.message, "");
        policy_release_unref(again);
    }
    policy_release_unref(release);
    buffer_release(&text);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(damaged_files_never_crash),
        cmocka_unit_test(damaged_canonical_json_never_crashes),
    };
    return cmocka_run_group_tests_name("policy_robustness", tests, NULL, NULL);
}
