/* Operators and functions: found by name in the tables of all libraries, chosen by type when an
 * expression is checked and by kind when it runs. */
#include "cel/library.h"

static const struct cel_library *const libraries[] = {
    &cel_library_core,   &cel_library_convert, &cel_library_time,     &cel_library_strings,
    &cel_library_format, &cel_library_match,   &cel_library_math,     &cel_library_lists,
    &cel_library_encode, &cel_library_network, &cel_library_optional,
};

enum { LIBRARY_COUNT = sizeof libraries / sizeof *libraries };

/* ---- by name */

/* A row for each of the host's functions, so that they are treated like the others. */
static const struct cel_library *host_library(struct cel_unit *unit)
{
    const struct cel_environment *environment = unit->environment;
    if (unit->host.count == 0 && environment->function_count > 0) {
        struct cel_overload *rows =
            arena_array(unit->arena, environment->function_count, sizeof *rows);
        for (size_t i = 0; i < environment->function_count; i++)
            rows[i] = (struct cel_overload){
                environment->functions[i].name,
                environment->functions[i].member ? CEL_CALL_MEMBER : CEL_CALL_GLOBAL,
                environment->functions[i].signature, environment->functions[i].call};
        unit->host = (struct cel_library){rows, (uint32_t)environment->function_count};
    }
    return &unit->host;
}

static const struct cel_library *library_at(struct cel_unit *unit, uint32_t index)
{
    return index < LIBRARY_COUNT ? libraries[index] : host_library(unit);
}

struct cel_call cel_function_find(struct cel_unit *unit, struct bytes name,
                                  enum cel_call_style style)
{
    enum { FOUND_MAX = 64 };
    const struct cel_overload *found[FOUND_MAX];
    uint32_t count = 0;
    for (uint32_t l = 0; l <= LIBRARY_COUNT; l++) {
        const struct cel_library *library = library_at(unit, l);
        for (uint32_t i = 0; i < library->count && count < FOUND_MAX; i++)
            if ((library->overloads[i].styles & style) != 0 &&
                bytes_is(name, library->overloads[i].name))
                found[count++] = &library->overloads[i];
    }
    if (count == 0)
        return (struct cel_call){.count = 0};
    const struct cel_overload **kept = arena_array(unit->arena, count, sizeof *kept);
    memcpy((void *)kept, (const void *)found, count * sizeof *kept);
    return (struct cel_call){kept, count, false};
}

uint32_t cel_function_names(struct cel_unit *unit, const char ***ret)
{
    uint32_t room = 0, count = 0;
    for (uint32_t l = 0; l <= LIBRARY_COUNT; l++)
        room += library_at(unit, l)->count;
    *ret = arena_array(unit->work, room, sizeof **ret);
    for (uint32_t l = 0; l <= LIBRARY_COUNT; l++) {
        const struct cel_library *library = library_at(unit, l);
        for (uint32_t i = 0; i < library->count; i++)
            if ((library->overloads[i].styles & (CEL_CALL_GLOBAL | CEL_CALL_MEMBER)) != 0)
                (*ret)[count++] = library->overloads[i].name;
    }
    return count;
}

/* ---- signatures */

/* The end of one parameter: its letter and what stands in parentheses behind it. */
static const char *skip_parameter(const char *letter)
{
    uint32_t open = 0;
    if (*letter == '<')
        letter = strchr(letter, '>');
    letter++;
    if (*letter != '(')
        return letter;
    do {
        open += *letter == '(';
        open -= *letter == ')';
        letter++;
    } while (open > 0);
    return letter;
}

uint32_t cel_signature_count(const char *signature, bool *ret_variadic)
{
    uint32_t count = 0;
    *ret_variadic = false;
    while (*signature != ':') {
        if (*signature == '+') {
            *ret_variadic = true;
            signature++;
            continue;
        }
        signature = skip_parameter(signature);
        count++;
    }
    return count;
}

struct reader {
    struct cel_unit *unit;
    const char *at;
    const struct cel_type *variables[3]; /* A, B, C; NULL until they are met */
};

static const struct cel_type *read_type(struct reader *reader);

static const struct cel_type *variable(struct reader *reader, char letter)
{
    const struct cel_type **variable = &reader->variables[letter - 'A'];
    if (*variable == NULL)
        *variable = cel_type_parameter(reader->unit);
    return *variable;
}

static enum cel_type_kind letter_kind(char letter)
{
    static const struct {
        char letter;
        enum cel_type_kind kind;
    } kinds[] = {
        {'n', CEL_TYPE_NULL},      {'b', CEL_TYPE_BOOL},     {'i', CEL_TYPE_INT},
        {'u', CEL_TYPE_UINT},      {'d', CEL_TYPE_DOUBLE},   {'s', CEL_TYPE_STRING},
        {'y', CEL_TYPE_BYTES},     {'L', CEL_TYPE_LIST},     {'M', CEL_TYPE_MAP},
        {'t', CEL_TYPE_TIMESTAMP}, {'r', CEL_TYPE_DURATION}, {'T', CEL_TYPE_TYPE},
        {'O', CEL_TYPE_OPTIONAL},  {'p', CEL_TYPE_IP},       {'c', CEL_TYPE_CIDR},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].letter == letter)
            return kinds[i].kind;
    return CEL_TYPE_DYN;
}

static const struct cel_type *read_abstract(struct reader *reader)
{
    struct cel_type *type = arena_zalloc(reader->unit->work, sizeof *type);
    const char *name = reader->at, *end = strchr(name, '>');
    size_t room = strlen(end);
    struct cel_field *fields = arena_array(reader->unit->work, room, sizeof *fields);
    *type = (struct cel_type){.kind = CEL_TYPE_ABSTRACT, .fields = fields};
    type->name = arena_string(reader->unit->work, (struct bytes){name, (size_t)(end - name)});
    reader->at = end + 1;
    if (*reader->at == '(') {
        reader->at++;
        while (*reader->at != ')')
            fields[type->field_count++].type = read_type(reader);
        reader->at++;
    }
    return type;
}

/* One type, and moves on behind it. */
static const struct cel_type *read_type(struct reader *reader)
{
    struct arena *work = reader->unit->work;
    char letter = *reader->at++;
    if (letter == '<')
        return read_abstract(reader);
    if (letter >= 'A' && letter <= 'C')
        return variable(reader, letter);
    enum cel_type_kind kind = letter_kind(letter);
    bool map = kind == CEL_TYPE_MAP, inside = *reader->at == '(';
    bool generic = map || kind == CEL_TYPE_LIST || kind == CEL_TYPE_OPTIONAL;
    if (!inside && !generic)
        return cel_type_basic(kind);
    reader->at += inside;
    const struct cel_type *first = inside ? read_type(reader) : variable(reader, 'A');
    const struct cel_type *second = !map     ? NULL
                                    : inside ? read_type(reader)
                                             : variable(reader, 'B');
    reader->at += inside;
    return map ? cel_type_map(work, first, second) : cel_type_of(work, kind, first);
}

/* ---- by type, when it is checked */

static bool may_be_number(const struct cel_unit *unit, const struct cel_type *type)
{
    enum cel_type_kind kind = cel_type_resolve(unit, type)->kind;
    return kind == CEL_TYPE_INT || kind == CEL_TYPE_UINT || kind == CEL_TYPE_DOUBLE ||
           kind == CEL_TYPE_DYN || kind == CEL_TYPE_PARAMETER;
}

/* The result of this overload for these arguments, or NULL. */
static const struct cel_type *apply(struct cel_unit *unit, const struct cel_overload *overload,
                                    const struct cel_type *const *arguments, uint32_t count)
{
    struct reader reader = {unit, overload->signature, {NULL}};
    const struct cel_type *repeated = NULL;
    char letter = '\0';
    for (uint32_t i = 0; i < count; i++) {
        if (*reader.at == ':' && repeated == NULL)
            return NULL;
        letter = repeated != NULL ? letter : *reader.at;
        const struct cel_type *wanted = repeated != NULL ? repeated : read_type(&reader);
        if (repeated == NULL && *reader.at == '+') {
            repeated = wanted;
            reader.at++;
        }
        if (letter == 'N' ? !may_be_number(unit, arguments[i])
                          : !cel_types_match(unit, wanted, arguments[i]))
            return NULL;
    }
    if (*reader.at++ != ':')
        return NULL;
    return cel_type_substitute(unit, read_type(&reader));
}

/* When all outermost types are known, the first overload that fits is the one that will run. */
static bool is_known(const struct cel_unit *unit, const struct cel_type *const *arguments,
                     uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        enum cel_type_kind kind = cel_type_resolve(unit, arguments[i])->kind;
        if (kind == CEL_TYPE_DYN || kind == CEL_TYPE_PARAMETER)
            return false;
    }
    return true;
}

static bool are_plain(const struct cel_overload *const *overloads, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const char *signature = overloads[i]->signature;
        if (signature[strcspn(signature, ":(<+")] != ':')
            return false;
    }
    return true;
}

bool cel_function_resolve(struct cel_unit *unit, struct cel_call call,
                          const struct cel_type *const *arguments, uint32_t count,
                          struct cel_resolution *ret)
{
    bool known = is_known(unit, arguments, count);
    const struct cel_overload **found = arena_array(unit->arena, call.count, sizeof *found);
    const struct cel_type *type = NULL;
    uint32_t found_count = 0;
    for (uint32_t i = 0; i < call.count && !(known && found_count > 0); i++) {
        const struct cel_type *result = apply(unit, call.overloads[i], arguments, count);
        if (result == NULL)
            continue;
        found[found_count++] = call.overloads[i];
        type = type == NULL ? result : cel_types_join(unit, type, result);
    }
    if (found_count == 0)
        return false;
    *ret = (struct cel_resolution){{found, found_count, are_plain(found, found_count)}, type};
    return true;
}

/* ---- by kind, when it runs */

static bool takes(char letter, enum cel_kind kind)
{
    switch (letter) {
    case 'n': return kind == CEL_NULL;
    case 'b': return kind == CEL_BOOL;
    case 'i': return kind == CEL_INT;
    case 'u': return kind == CEL_UINT;
    case 'd': return kind == CEL_DOUBLE;
    case 'N': return kind == CEL_INT || kind == CEL_UINT || kind == CEL_DOUBLE;
    case 's': return kind == CEL_STRING;
    case 'y': return kind == CEL_BYTES;
    case 'L': return kind == CEL_LIST;
    case 'M': return kind == CEL_MAP;
    case 't': return kind == CEL_TIMESTAMP;
    case 'r': return kind == CEL_DURATION;
    case 'T': return kind == CEL_TYPE;
    case 'O': return kind == CEL_OPTIONAL;
    case 'p': return kind == CEL_IP;
    case 'c': return kind == CEL_CIDR;
    case ':': return false;
    default: return true;
    }
}

static bool fits_plainly(const char *letters, const struct cel_value *arguments, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (!takes(letters[i], arguments[i].kind))
            return false;
    return letters[count] == ':';
}

/* `ret_repeated` is the place of the parameter that is repeated, or `count` when none is. */
static bool fits(const char *letter, const struct cel_value *arguments, uint32_t count,
                 uint32_t *ret_repeated)
{
    *ret_repeated = count;
    const char *repeated = NULL;
    for (uint32_t i = 0; i < count; i++) {
        const char *at = repeated != NULL ? repeated : letter;
        if (*at == ':' || !takes(*at, arguments[i].kind))
            return false;
        if (repeated != NULL)
            continue;
        letter = letter[1] == '(' || *letter == '<' ? skip_parameter(letter) : letter + 1;
        if (*letter == '+') {
            repeated = at;
            *ret_repeated = i;
            letter++;
        }
    }
    return *letter == ':';
}

static struct cel_value call_repeated(const struct cel_overload *overload,
                                      struct cel_scratch *scratch,
                                      const struct cel_value *arguments, uint32_t count,
                                      uint32_t repeated)
{
    struct cel_value packed[CEL_PARAMETERS_MAX];
    ML_ASSERT(repeated < CEL_PARAMETERS_MAX);
    memcpy(packed, arguments, repeated * sizeof *packed);
    packed[repeated] = (struct cel_value){
        .kind = CEL_LIST, .count = count - repeated, .items = arguments + repeated};
    return overload->call(scratch, packed);
}

struct cel_value cel_function_call(struct cel_scratch *scratch, const struct cel_call *call,
                                   const struct cel_value *arguments, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (arguments[i].kind == CEL_ERROR)
            return arguments[i];
    for (uint32_t o = 0; o < call->count; o++) {
        const struct cel_overload *overload = call->overloads[o];
        uint32_t repeated;
        if (call->plain) {
            if (fits_plainly(overload->signature, arguments, count))
                return overload->call(scratch, arguments);
            continue;
        }
        if (!fits(overload->signature, arguments, count, &repeated))
            continue;
        return repeated == count ? overload->call(scratch, arguments)
                                 : call_repeated(overload, scratch, arguments, count, repeated);
    }
    return cel_error_overload(scratch, call->overloads[0]->name, arguments, count);
}
