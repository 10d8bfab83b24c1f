/* The way from files to a release: sort out the documents, check their structure, build the model,
 * seal it. */
#include "policy/mesh/scenario_internal.h"

#include "base/id.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- which file is what */

enum { MESH, LEAD, PEOPLE, POOLS, ACCOUNTS, ON_CALL, ALERTS, NOTIFICATIONS, FILE_KINDS };

static const char *const file_names[] = {
    [MESH] = "mesh.yaml",         [LEAD] = "lead.schema.json",
    [PEOPLE] = "people.yaml",     [POOLS] = "pools.yaml",
    [ACCOUNTS] = "accounts.yaml", [ON_CALL] = "on-call.yaml",
    [ALERTS] = "alerts.yaml",     [NOTIFICATIONS] = "notifications.yaml",
};
enum { SOURCES, PIPELINES, DESTINATIONS, PROVIDERS, TESTS, DOCUMENT_FOLDERS };
enum { TERRITORIES = DOCUMENT_FOLDERS, TABLES, CALENDARS, CONTRACTS, FOLDERS };

static const char *const folders[] = {
    [SOURCES] = "sources",     [PIPELINES] = "pipelines",       [TERRITORIES] = "territories",
    [TABLES] = "tables",       [CALENDARS] = "calendars",       [TESTS] = "tests",
    [CONTRACTS] = "contracts", [DESTINATIONS] = "destinations", [PROVIDERS] = "providers",
};

/* What the names of the files in a folder end with. */
static const char *const endings[FOLDERS][2] = {
    [SOURCES] = {".yaml"},        [PIPELINES] = {".yaml"},    [TERRITORIES] = {".csv", ".json"},
    [TABLES] = {".csv", ".json"}, [CALENDARS] = {".ics"},     [TESTS] = {".yaml"},
    [CONTRACTS] = {".json"},      [DESTINATIONS] = {".yaml"}, [PROVIDERS] = {".yaml"},
};

static bool ends_with(struct bytes text, const char *end)
{
    size_t size = strlen(end);
    return text.size >= size && memcmp(text.data + text.size - size, end, size) == 0;
}

/* The documents of one run. */
struct documents {
    struct policy_build *build;
    struct policy_document *all;
    size_t count;
    const struct policy_document *single[FILE_KINDS]; /* NULL: not given */
    const struct policy_document **in[DOCUMENT_FOLDERS];
    size_t in_count[DOCUMENT_FOLDERS];
    struct policy_file *data;
    size_t data_count;
};

static struct policy_document *read_document(struct documents *documents,
                                             const struct policy_file *file)
{
    struct policy_document *document = &documents->all[documents->count++];
    *document = (struct policy_document){.path = file->path, .content = file->content};
    policy_document_read(documents->build, document);
    return document;
}

static void report_unread(struct documents *documents, const char *path, const char *advice)
{
    policy_report_at(documents->build, path, (struct policy_place){0, 0}, "this file is not read%s",
                     advice);
}

static void sort_root_file(struct documents *documents, const struct policy_file *file)
{
    struct bytes path = bytes_of(file->path);
    for (size_t i = 0; i < FILE_KINDS; i++)
        if (bytes_is(path, file_names[i])) {
            documents->single[i] = read_document(documents, file);
            return;
        }
    if (ends_with(path, ".yaml") || ends_with(path, ".yml") || ends_with(path, ".json"))
        report_unread(documents, file->path,
                      policy_hint(documents->build, path, file_names, FILE_KINDS));
}

/* Tables, calendars and schemas are read by their own readers, as they are; stored as texts. */
static void take_data(struct documents *documents, const struct policy_file *file)
{
    struct policy_build *build = documents->build;
    size_t bad = policy_bad_byte(file->content);
    if (!bytes_is_utf8(bytes_of(file->path))) {
        policy_report_at(build, file->path, (struct policy_place){0, 0},
                         "the name of the file is not UTF-8; rename it");
    } else if (file->content.size > POLICY_FILE_MAX) {
        policy_report_at(build, file->path, (struct policy_place){0, 0},
                         "the file has %zu bytes; %d are the most", file->content.size,
                         POLICY_FILE_MAX);
    } else if (bad < file->content.size) {
        struct policy_document document = {.path = file->path, .content = file->content};
        policy_document_index_lines(&build->scratch, &document);
        policy_report_bad_byte(build, &document, bad);
    } else {
        documents->data[documents->data_count++] = *file;
    }
}

static size_t folder_of(const char *name)
{
    size_t folder = 0;
    while (folder + 1 < FOLDERS && strcmp(folders[folder], name) != 0)
        folder++;
    return folder;
}

/* "NAME.json" in a folder; contracts/ has one of its own for each source. */
static bool fits_folder(struct bytes name, size_t folder)
{
    size_t slashes = 0;
    for (size_t i = 0; i < name.size; i++)
        slashes += name.data[i] == '/';
    for (size_t i = 0; i < 2; i++)
        if (endings[folder][i] != NULL && ends_with(name, endings[folder][i]))
            return slashes == (folder == CONTRACTS ? 1 : 0);
    return false;
}

/* "1.json": a version and nothing else. */
static bool is_version_file(struct bytes rest)
{
    const char *name = (const char *)memchr(rest.data, '/', rest.size) + 1;
    uint64_t version = 0;
    struct bytes digits = {name, strspn(name, "0123456789")};
    return strcmp(name + digits.size, ".json") == 0 && digits.size > 0 && name[0] != '0' &&
           number_parse(digits, &version) && version <= POLICY_VERSION_MAX;
}

static void take_contract(struct documents *documents, const struct policy_file *file,
                          struct bytes rest)
{
    if (strncmp(rest.data, "shared/", strlen("shared/")) == 0 || is_version_file(rest))
        take_data(documents, file);
    else
        report_unread(documents, file->path,
                      "; the schema of version 1 of a source is contracts/SOURCE/1.json, and what "
                      "several have in common is contracts/shared/NAME.json");
}

static void sort_folder_file(struct documents *documents, const struct policy_file *file,
                             struct bytes folder)
{
    struct bytes rest = bytes_of(file->path + folder.size + 1);
    struct arena *scratch = &documents->build->scratch;
    for (size_t i = 0; i < FOLDERS; i++) {
        if (!bytes_is(folder, folders[i]))
            continue;
        if (rest.size > 0 && (rest.data[0] == '.' || ends_with(rest, ".md")))
            return; /* notes for people */
        if (i == CONTRACTS && !fits_folder(rest, i))
            report_unread(documents, file->path,
                          "; `contracts` holds a folder for each source, with files named *.json");
        else if (!fits_folder(rest, i))
            report_unread(documents, file->path,
                          arena_printf(scratch, "; `%s` holds files named *%s%s%s", folders[i],
                                       endings[i][0], endings[i][1] ? " or *" : "",
                                       endings[i][1] ? endings[i][1] : ""));
        else if (i < DOCUMENT_FOLDERS)
            documents->in[i][documents->in_count[i]++] = read_document(documents, file);
        else if (i == CONTRACTS)
            take_contract(documents, file, rest);
        else
            take_data(documents, file);
        return;
    }
    const char *near = bytes_suggest(folder, folders, FOLDERS);
    if (near != NULL && fits_folder(rest, folder_of(near)))
        report_unread(documents, file->path,
                      arena_printf(scratch, "; did you mean the folder `%s`?", near));
}

static int compare_files(const void *left, const void *right)
{
    const struct policy_file *a = left, *b = right;
    return strcmp(a->path, b->path);
}

static void sort_files(struct documents *documents, const struct policy_file *files, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *slash = strchr(files[i].path, '/');
        if (slash == NULL)
            sort_root_file(documents, &files[i]);
        else
            sort_folder_file(documents, &files[i],
                             (struct bytes){files[i].path, (size_t)(slash - files[i].path)});
    }
    static const char *const purposes[FILE_KINDS] = {
        [MESH] = "the name of the mesh and its owners",
        [LEAD] = "the fields of a lead",
        [PEOPLE] = "the reps",
        [POOLS] = "the pools that routes lead to",
    };
    if (documents->data_count > 1)
        qsort(documents->data, documents->data_count, sizeof *documents->data, compare_files);
    for (size_t i = 0; i < FILE_KINDS; i++)
        if (documents->single[i] == NULL && purposes[i] != NULL)
            policy_report_at(documents->build, file_names[i], (struct policy_place){0, 0},
                             "the file is missing; it holds %s (`meshline init` writes an example)",
                             purposes[i]);
}

/* ---- documents → build */

static const struct policy_node *checked(struct policy_build *build,
                                         const struct policy_document *document,
                                         const struct policy_shape *shape)
{
    if (document->root != NULL)
        policy_check(build, document->root, shape);
    return document->root;
}

static const struct policy_node *checked_single(struct policy_build *build,
                                                const struct documents *documents, size_t kind,
                                                const struct policy_shape *shape)
{
    const struct policy_document *document = documents->single[kind];
    return document == NULL ? NULL : checked(build, document, shape);
}

static int compare_documents(const void *left, const void *right)
{
    const struct policy_document *const *a = left, *const *b = right;
    return strcmp((*a)->path, (*b)->path);
}

static void take_sources(struct policy_build *build, const struct documents *documents)
{
    size_t count = documents->in_count[SOURCES];
    if (count == 0)
        policy_report_at(build, "sources/", (struct policy_place){0, 0},
                         "the folder holds no source; add a file such as sources/website.yaml");
    if (count > POLICY_SOURCES_MAX) {
        policy_report_at(build, "sources/", (struct policy_place){0, 0},
                         "%zu sources are too many; %d are the most", count, POLICY_SOURCES_MAX);
        count = POLICY_SOURCES_MAX;
    }
    build->sources = arena_array(&build->scratch, count, sizeof *build->sources);
    for (size_t i = 0; i < count; i++) {
        const struct policy_node *root =
            checked(build, documents->in[SOURCES][i], &policy_shape_source);
        if (root != NULL)
            build->sources[build->source_count++] = root;
    }
}

static void take_pipeline(struct policy_build *build, const struct documents *documents)
{
    const struct policy_document *const *in = documents->in[PIPELINES];
    size_t count = documents->in_count[PIPELINES], first = 0;
    if (count == 0)
        policy_report_at(build, "pipelines/", (struct policy_place){0, 0},
                         "the folder holds no pipeline; add a file such as pipelines/inbound.yaml");
    for (size_t i = 1; i < count; i++)
        if (strcmp(in[i]->path, in[first]->path) < 0)
            first = i;
    for (size_t i = 0; i < count; i++) {
        const struct policy_node *root = checked(build, in[i], &policy_shape_pipeline);
        if (i == first)
            build->pipeline = root;
        else
            policy_report_at(build, in[i]->path, (struct policy_place){1, 1},
                             "a mesh has one pipeline, and %s is it; merge the two",
                             in[first]->path);
    }
}

/* Their structure depends on their kind and is checked when they are built. */
static void take_outbox(struct policy_build *build, const struct documents *documents)
{
    size_t count = documents->in_count[DESTINATIONS] + documents->in_count[PROVIDERS];
    build->outbox = arena_array(&build->scratch, count, sizeof *build->outbox);
    for (size_t folder = DESTINATIONS; folder <= PROVIDERS; folder++) {
        if (folder == PROVIDERS)
            build->outbox_providers = build->outbox_count;
        if (documents->in_count[folder] > 1)
            qsort(documents->in[folder], documents->in_count[folder], sizeof *documents->in[folder],
                  compare_documents);
        for (size_t i = 0; i < documents->in_count[folder]; i++)
            if (documents->in[folder][i]->root != NULL)
                build->outbox[build->outbox_count++] = documents->in[folder][i]->root;
    }
}

static void take_documents(struct policy_build *build, const struct documents *documents)
{
    build->mesh = checked_single(build, documents, MESH, &policy_shape_mesh);
    build->lead = checked_single(build, documents, LEAD, &policy_shape_lead);
    build->people = checked_single(build, documents, PEOPLE, &policy_shape_people);
    build->pools = checked_single(build, documents, POOLS, &policy_shape_pools);
    build->accounts = checked_single(build, documents, ACCOUNTS, &policy_shape_accounts);
    build->on_call = checked_single(build, documents, ON_CALL, &policy_shape_on_call);
    build->alerts = checked_single(build, documents, ALERTS, &policy_shape_alerts);
    build->notifications =
        checked_single(build, documents, NOTIFICATIONS, &policy_shape_notifications);
    build->data = documents->data;
    build->data_count = documents->data_count;
    take_sources(build, documents);
    take_pipeline(build, documents);
    take_outbox(build, documents);
}

/* Tests are no part of a release; they are checked against it. */
static void take_tests(struct policy_build *build, const struct documents *documents,
                       struct policy_scenarios *scenarios)
{
    size_t count = documents->in_count[TESTS];
    const struct policy_node **roots = arena_array(&build->scratch, count, sizeof *roots);
    if (count > 1)
        qsort(documents->in[TESTS], count, sizeof *documents->in[TESTS], compare_documents);
    for (size_t i = 0; i < count; i++)
        roots[i] = checked(build, documents->in[TESTS][i], &policy_shape_test);
    policy_build_scenarios(build, roots, count, scenarios);
}

/* ---- build → release */

void policy_build_model(struct policy_build *build)
{
    policy_build_mesh(build);
    policy_build_schema(build);
    policy_build_tables(build);
    policy_build_params(build);
    policy_build_environment(build);
    policy_build_contract_environment(build);
    policy_build_outbox_environment(build);
    policy_build_calendars(build);
    policy_build_destinations(build);
    policy_build_people(build);
    policy_build_destination_teams(build);
    policy_build_notifications(build);
    policy_build_rotas(build);
    policy_build_pools(build);
    policy_build_sources(build);
    policy_build_accounts(build);
    policy_build_pipeline(build);
    policy_build_trouble(build);
    policy_build_reach(build);
    policy_check_destinations(build);
    policy_use_finish(build);
}

void policy_build_seal(struct policy_build *build, struct bytes canonical)
{
    struct policy_release *release = build->release;
    release->canonical = arena_copy(build->arena, canonical);
    for (size_t i = 0; i < release->route_count; i++)
        ((struct policy_route *)release->routes)[i].place = NULL; /* it goes with the documents */
    release->id = hash256_of(&release->canonical, 1);
    hash256_print(&release->id, release->id_text);
}

static int seal_new(struct policy_build *build, struct error *err)
{
    struct buffer canonical;
    buffer_init(&canonical, POLICY_CANONICAL_MAX);
    policy_canonical_write(build, &canonical);
    if (canonical.overflow) {
        buffer_release(&canonical);
        return error_set(err, ML_ELIMIT, "",
                         "the mesh, with its tables, is larger than %d MiB; shorten its largest "
                         "files",
                         POLICY_CANONICAL_MAX / 1024 / 1024);
    }
    policy_build_seal(build, buffer_bytes(&canonical));
    buffer_release(&canonical);
    return 0;
}

void policy_build_init(struct policy_build *build, struct policy_diagnostics *diagnostics)
{
    struct policy_block *block = policy_block_new();
    *build = (struct policy_build){
        .arena = &block->arena,
        .diagnostics = diagnostics,
        .release = &block->release,
    };
    arena_init(&build->scratch);
}

int policy_build_finish(struct policy_build *build, int status, struct policy_release **ret)
{
    arena_release(&build->scratch);
    if (status == 0)
        *ret = build->release;
    else
        policy_release_unref(build->release);
    return status;
}

static int refuse(const struct policy_diagnostics *diagnostics, struct error *err)
{
    const struct policy_diagnostic *first = &diagnostics->items[0];
    char place[160];
    if (first->line > 0)
        snprintf(place, sizeof place, "%s:%u:%u", first->file, first->line, first->column);
    else
        snprintf(place, sizeof place, "%s", first->file);
    if (diagnostics->count == 1)
        return error_set(err, ML_EINVAL, place, "%s", first->message);
    return error_set(err, ML_EINVAL, place, "%s (the first of %zu mistakes in the mesh)",
                     first->message, diagnostics->count);
}

int policy_scenarios_compile(const struct policy_file *files, size_t count,
                             struct policy_diagnostics *diagnostics, struct policy_release **ret,
                             struct policy_scenarios *ret_scenarios, struct error *err)
{
    if (count > POLICY_FILES_MAX)
        return error_set(err, ML_ELIMIT, "", "%zu files are too many for a mesh; %d are the most",
                         count, POLICY_FILES_MAX);
    struct policy_build build;
    policy_build_init(&build, diagnostics);
    build.from_files = true;
    struct documents documents = {.build = &build};
    documents.all = arena_array(&build.scratch, count, sizeof *documents.all);
    documents.data = arena_array(&build.scratch, count, sizeof *documents.data);
    for (size_t i = 0; i < DOCUMENT_FOLDERS; i++)
        documents.in[i] = arena_array(&build.scratch, count, sizeof *documents.in[i]);
    sort_files(&documents, files, count);
    take_documents(&build, &documents);
    policy_build_model(&build);
    struct policy_scenarios scenarios = {0};
    arena_init(&scenarios.arena);
    take_tests(&build, &documents, &scenarios);
    policy_diagnostics_finish(&build);
    int status = diagnostics->count > 0 ? refuse(diagnostics, err) : seal_new(&build, err);
    if (status == 0)
        *ret_scenarios = scenarios;
    else
        policy_scenarios_release(&scenarios);
    return policy_build_finish(&build, status, ret);
}

int policy_release_compile(const struct policy_file *files, size_t count,
                           struct policy_diagnostics *diagnostics, struct policy_release **ret,
                           struct error *err)
{
    struct policy_scenarios scenarios;
    int status = policy_scenarios_compile(files, count, diagnostics, ret, &scenarios, err);
    if (status == 0)
        policy_scenarios_release(&scenarios);
    return status;
}
