/* The view is made by the store, then filled by hand: what reports read are tables. */
#include "unit.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

const char *company_file;

static void execute_file(const char *database, const char *path)
{
    struct buffer sql;
    sqlite3 *db;
    char *message = NULL;
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    buffer_init(&sql, 1024 * 1024);
    char piece[4096];
    for (size_t size; (size = fread(piece, 1, sizeof piece, file)) > 0;)
        buffer_append(&sql, piece, size);
    fclose(file);
    assert_int_equal(sqlite3_open(database, &db), SQLITE_OK);
    if (sqlite3_exec(db, buffer_string(&sql), NULL, NULL, &message) != SQLITE_OK)
        fail_msg("%s: %s", path, message);
    sqlite3_close(db);
    buffer_release(&sql);
}

static int set_up(void **state, bool filled)
{
    struct store *store;
    struct error err = {0};
    struct company *company = calloc(1, sizeof *company);
    assert_non_null(company);
    company->now_us = INT64_C(1795428000000000);
    snprintf(company->directory, sizeof company->directory, "/tmp/meshline-report-XXXXXX");
    assert_non_null(mkdtemp(company->directory));
    snprintf(company->path, sizeof company->path, "%s/state.db", company->directory);
    if (store_open(company->path, NULL, &store, &err) != 0)
        fail_msg("%s: %s", err.place, err.message);
    store_close(store);
    if (filled)
        execute_file(company->path, company_file);
    assert_int_equal(store_reader_open(company->path, NULL, &company->reader, NULL), 0);
    buffer_init(&company->text, REPORT_SIZE_MAX);
    *state = company;
    return 0;
}

int company_setup(void **state)
{
    return set_up(state, true);
}

int company_setup_empty(void **state)
{
    return set_up(state, false);
}

int company_teardown(void **state)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    struct company *company = *state;
    store_reader_close(company->reader);
    for (size_t i = 0; i < 3; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s%s", company->path, suffixes[i]);
        unlink(path);
    }
    rmdir(company->directory);
    buffer_release(&company->text);
    free(company);
    return 0;
}

const char *company_report(struct company *company, enum report_period period,
                           enum report_format format, const char *at, const char *zone)
{
    struct error err = {0};
    const struct report_request request = {.period = period,
                                           .format = format,
                                           .at = bytes_of(at),
                                           .zone = bytes_of(zone),
                                           .now_us = company->now_us};
    buffer_clear(&company->text);
    if (report_write(company->reader, &request, &company->text, &err) != 0)
        fail_msg("%s: %s", err.place, err.message);
    return buffer_string(&company->text);
}

struct json_object *company_json(struct company *company, enum report_period period, const char *at,
                                 const char *zone)
{
    struct json_object *tree = NULL;
    company_report(company, period, REPORT_JSON, at, zone);
    assert_int_equal(json_parse(buffer_bytes(&company->text), &tree, NULL), 0);
    return tree;
}

struct json_object *company_section(struct json_object *report, const char *id)
{
    struct json_object *sections = json_object_object_get(report, "sections");
    for (size_t i = 0; i < json_object_array_length(sections); i++) {
        struct json_object *section = json_object_array_get_idx(sections, i);
        if (bytes_is(json_member_text(section, "id"), id))
            return section;
    }
    fail_msg("there is no section %s", id);
    return NULL;
}

const char *company_row(struct json_object *report, const char *id, size_t index)
{
    struct json_object *rows = json_object_object_get(company_section(report, id), "rows");
    assert_true(index < json_object_array_length(rows));
    return json_object_to_json_string_ext(json_object_array_get_idx(rows, index),
                                          JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
}

size_t company_row_count(struct json_object *report, const char *id)
{
    return json_object_array_length(json_object_object_get(company_section(report, id), "rows"));
}
