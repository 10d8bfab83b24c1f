/* One compilation from source to program, and where its first mistake is. */
#include "cel/ast.h"
#include "cel/program.h"

#include <stdarg.h>
#include <stdio.h>

static struct cel_position position_at(struct bytes source, uint32_t offset)
{
    struct cel_position position = {1, 1};
    for (uint32_t i = 0; i < offset && i < source.size; i++) {
        if (source.data[i] == '\n')
            position = (struct cel_position){position.line + 1, 1};
        else if (((unsigned char)source.data[i] & 0xC0) != 0x80)
            position.column++;
    }
    return position;
}

int cel_unit_fail(struct cel_unit *unit, int code, uint32_t offset, const char *format, ...)
{
    if (unit->code != 0)
        return unit->code;
    unit->code = code;
    if (unit->diagnostic == NULL)
        return code;
    unit->diagnostic->position = position_at(unit->source, offset);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(unit->diagnostic->message, sizeof unit->diagnostic->message, format, arguments);
    va_end(arguments);
    return code;
}

/* A column can only be counted in text, so this comes before everything else. */
static int check_text(struct cel_unit *unit)
{
    if (bytes_is_utf8(unit->source))
        return 0;
    uint32_t good = 0;
    for (uint32_t i = 1; i <= unit->source.size; i++)
        if (bytes_is_utf8((struct bytes){unit->source.data + good, i - good}))
            good = i;
        else if (i - good >= 4)
            break;
    return cel_unit_fail(unit, ML_EINVAL, good, "the expression is not UTF-8 here");
}

static int compile(struct cel_unit *unit, const struct cel_type *expected,
                   const struct cel_program **ret)
{
    if (check_text(unit) != 0)
        return unit->code;
    struct ast_node *root = cel_parse(unit);
    if (root == NULL || cel_check(unit, root, expected) != 0)
        return unit->code;
    return cel_program_generate(unit, root, ret);
}

static int compile_source(const struct cel_environment *environment, struct bytes source,
                          const struct cel_type *expected, bool unchecked, struct arena *arena,
                          const struct cel_program **ret, struct cel_diagnostic *diagnostic)
{
    struct arena work;
    struct cel_diagnostic ignored;
    struct cel_unit unit = {.environment = environment,
                            .arena = arena,
                            .work = &work,
                            .diagnostic = diagnostic != NULL ? diagnostic : &ignored,
                            .unchecked = unchecked};
    arena_init(&work);
    if (source.size > CEL_SOURCE_MAX) {
        cel_unit_fail(&unit, ML_ELIMIT, 0,
                      "the expression has %zu bytes, more than the %d that are allowed",
                      source.size, CEL_SOURCE_MAX);
    } else if (environment->count > UINT16_MAX) {
        cel_unit_fail(&unit, ML_ELIMIT, 0, "%zu variables are declared, more than the %d possible",
                      environment->count, UINT16_MAX);
    } else {
        unit.source = arena_copy(arena, source);
        compile(&unit, expected, ret);
    }
    arena_release(&work);
    return unit.code;
}

int cel_program_compile(const struct cel_environment *environment, struct bytes source,
                        const struct cel_type *expected, struct arena *arena,
                        const struct cel_program **ret, struct cel_diagnostic *diagnostic)
{
    return compile_source(environment, source, expected, false, arena, ret, diagnostic);
}

int cel_program_compile_unchecked(const struct cel_environment *environment, struct bytes source,
                                  struct arena *arena, const struct cel_program **ret,
                                  struct cel_diagnostic *diagnostic)
{
    return compile_source(environment, source, NULL, true, arena, ret, diagnostic);
}
