/* territories/ and tables/ → typed tables that expressions look things up in. */
#include "policy/internal.h"

static const char *const keywords[] = {"true", "false", "null", "in", NULL};
/* Words that begin something else in an expression, or are kept back by the language. */
static const char *const taken[] = {
    "lead",      "source",   "params", "account", "now",    "territory", "lookup",    "as",
    "break",     "const",    "else",   "for",     "if",     "continue",  "function",  "import",
    "let",       "loop",     "var",    "void",    "while",  "package",   "namespace", "return",
    "int",       "uint",     "double", "bool",    "string", "bytes",     "list",      "map",
    "type",      "dyn",      "google", "math",    "sets",   "lists",     "strings",   "base64",
    "null_type", "optional", "cel",    "net",     "ip",     "cidr",      NULL,
};

/* Words that were free once: a stored release may have such a table. */
static const char *const taken_since[] = {"payload", "event",    "meta",        "owner",
                                          "target",  "response", "external_id", "record",
                                          "cursor",  "token",    NULL};

/* What stands before the last dot of "tables/accounts.csv". */
static struct bytes base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *start = slash == NULL ? path : slash + 1;
    const char *dot = strrchr(start, '.');
    return (struct bytes){start, dot == NULL ? strlen(start) : (size_t)(dot - start)};
}

static bool is_identifier(struct bytes text)
{
    bool good = text.size >= 1 && text.size <= 64 && !(text.data[0] >= '0' && text.data[0] <= '9');
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        good = good &&
               ((c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_');
    }
    return good;
}

static bool check_name(struct policy_build *build, const char *path, struct bytes name,
                       bool territory)
{
    struct policy_place nowhere = {0, 0};
    if (!is_identifier(name)) {
        policy_report_at(build, path, nowhere,
                         "expressions cannot name a table `%.*s`; rename the file to letters, "
                         "digits and _, at most 64, not a digit first",
                         POLICY_CLIP(name));
        return false;
    }
    if (policy_choice(keywords, name) != POLICY_NONE ||
        (!territory && policy_choice(taken, name) != POLICY_NONE) ||
        (!territory && build->from_files && policy_choice(taken_since, name) != POLICY_NONE)) {
        policy_report_at(build, path, nowhere,
                         "`%.*s` means something else in expressions; rename the file",
                         POLICY_CLIP(name));
        return false;
    }
    return true;
}

static struct policy_table *read_table(struct policy_build *build, const struct policy_file *file,
                                       const char *name)
{
    enum { PROBLEMS_MAX = 100 };
    struct policy_table_problem problems[PROBLEMS_MAX];
    size_t length = strlen(file->path), count = 0;
    const char *path = arena_string(build->arena, bytes_of(file->path));
    struct policy_table *table = NULL;
    bool json = length > 5 && strcmp(file->path + length - 5, ".json") == 0;
    int status = (json ? policy_table_read_json : policy_table_read_csv)(
        name, path, file->content, build->arena, &table, problems, PROBLEMS_MAX, &count);
    size_t described = count < PROBLEMS_MAX ? count : PROBLEMS_MAX;
    for (size_t i = 0; i < described; i++)
        policy_report_at(build, file->path,
                         (struct policy_place){problems[i].line, problems[i].column}, "%s",
                         problems[i].message);
    if (count > described)
        policy_report_at(build, file->path, (struct policy_place){0, 0},
                         "%zu more mistakes in this file are not shown; correct these first",
                         count - described);
    if (status != 0 && count == 0)
        policy_report_at(build, file->path, (struct policy_place){0, 0},
                         "the table cannot be read");
    return status == 0 && count == 0 ? table : NULL;
}

static void build_table(struct policy_build *build, const struct policy_file *file)
{
    bool territory = strncmp(file->path, "territories/", strlen("territories/")) == 0;
    if (!territory && strncmp(file->path, "tables/", strlen("tables/")) != 0)
        return;
    struct bytes word = base_name(file->path);
    if (!check_name(build, file->path, word, territory))
        return;
    struct policy_index *words = territory ? &build->territory_words : &build->table_words;
    const char *name =
        arena_printf(build->arena, "%s%.*s", territory ? "territory." : "", BYTES_ARG(word));
    uint32_t at = (uint32_t)build->table_count;
    if (policy_index_add(words, arena_copy(&build->scratch, word), at) != POLICY_NONE) {
        policy_report_at(build, file->path, (struct policy_place){0, 0},
                         "there are two files for the table `%s`; keep one", name);
        return;
    }
    build->table_names[at] = name;
    build->tables[at] = read_table(build, file, name);
    build->table_count++;
}

void policy_build_tables(struct policy_build *build)
{
    size_t count = 0;
    for (size_t i = 0; i < build->data_count; i++)
        count += strncmp(build->data[i].path, "calendars/", strlen("calendars/")) != 0 &&
                 strncmp(build->data[i].path, "contracts/", strlen("contracts/")) != 0;
    policy_index_init(&build->table_words, &build->scratch, count);
    policy_index_init(&build->territory_words, &build->scratch, count);
    build->tables = arena_array(&build->scratch, count, sizeof *build->tables);
    build->table_names = arena_array(&build->scratch, count, sizeof *build->table_names);
    build->use.tables = arena_array(&build->scratch, count, sizeof *build->use.tables);
    if (count > POLICY_TABLES_MAX)
        policy_report_at(build, "tables/", (struct policy_place){0, 0},
                         "%zu tables and territories are too many; %d are the most", count,
                         POLICY_TABLES_MAX);
    for (size_t i = 0; i < build->data_count && build->table_count < POLICY_TABLES_MAX; i++)
        build_table(build, &build->data[i]);
}
