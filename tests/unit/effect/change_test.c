/* What a record of a two-way system says: which lead, which values, since when. */
#include "talk.h"

#include "base/json.h"
#include "effect/change.h"
#include "effect/value.h"

#include <stdio.h>
#include <string.h>

#define CRM                                                                        \
    "destination: crm\nkind: rest\nevents: [lead.assigned]\n"                      \
    "create: {url: '\"https://crm.example\"'}\n"                                   \
    "sync:\n"                                                                      \
    "  webhook: true\n"                                                            \
    "  lead: 'record.ref'\n"                                                       \
    "  id: 'record.id'\n"                                                          \
    "  change: 'record.version'\n"                                                 \
    "  time: 'timestamp(record.at)'\n"                                             \
    "  fields:\n"                                                                  \
    "    owner: {from: 'record.owner', authority: theirs}\n"                       \
    "    status: {from: 'record.won ? \"qualified\" : \"\"', authority: theirs}\n" \
    "    employees: {from: 'record.size', authority: newest}\n"

static int read_record(struct talk *talk, const char *json, struct core_command *ret,
                       struct error *err)
{
    JSON_AUTO *tree = NULL;
    assert_int_equal(json_parse(bytes_of(json), &tree, NULL), 0);
    struct cel_value record = effect_value_of_json(tree, &talk->arena);
    return effect_change_read(talk->release, &talk->release->destinations[0], NULL, &record,
                              TALK_NOW, &talk->arena, ret, err);
}

static void open_crm(struct talk *talk)
{
    talk_release(talk, "destinations/crm.yaml", CRM);
}

static void says_what_was_changed(void **state)
{
    struct talk talk;
    struct core_command command;
    (void)state;
    open_crm(&talk);
    assert_int_equal(read_record(&talk,
                                 "{\"ref\":\"L12\",\"id\":77,\"version\":3,\"at\":"
                                 "\"2026-11-23T09:00:00Z\",\"owner\":5,\"won\":true,\"size\":40}",
                                 &command, NULL),
                     0);
    assert_int_equal(command.type, CORE_SYNC);
    assert_int_equal(command.lead, 12);
    assert_string_equal(talk_text(&talk, command.sync.destination), "crm");
    assert_string_equal(talk_text(&talk, command.sync.external_id), "77");
    assert_string_equal(talk_text(&talk, command.sync.change), "3");
    assert_true(command.sync.changed_us == TALK_NOW - INT64_C(3600000000));
    assert_int_equal(command.sync.count, 3);
    assert_string_equal(talk_text(&talk, command.sync.values[0].value.string), "5");
    assert_string_equal(talk_text(&talk, command.sync.values[1].value.string), "qualified");
    assert_int_equal(command.sync.values[2].value.integer, 40);
    talk_close(&talk);
}

static void says_nothing_of_what_is_not_there(void **state)
{
    struct talk talk;
    struct core_command command;
    (void)state;
    open_crm(&talk);
    assert_int_equal(
        read_record(&talk, "{\"ref\":\"L12\",\"owner\":null,\"won\":false}", &command, NULL), 0);
    for (size_t i = 0; i < command.sync.count; i++)
        assert_false(command.sync.values[i].given);
    assert_int_equal(command.sync.changed_us, 0);
    talk_close(&talk);
}

static void may_be_about_no_lead_of_ours(void **state)
{
    struct talk talk;
    struct core_command command;
    struct error err = {0};
    (void)state;
    open_crm(&talk);
    assert_int_equal(read_record(&talk, "{\"ref\":\"somebody's own\"}", &command, &err),
                     ML_ENOTFOUND);
    assert_int_equal(read_record(&talk, "{}", &command, &err), ML_ENOTFOUND);
    assert_string_equal(err.message, "the record is about no lead that is known here");
    talk_close(&talk);
}

static void is_no_change_of_tomorrow(void **state)
{
    struct talk talk;
    struct core_command command;
    (void)state;
    open_crm(&talk);
    assert_int_equal(
        read_record(&talk, "{\"ref\":\"L12\",\"at\":\"9999-01-01T00:00:00Z\"}", &command, NULL), 0);
    assert_true(command.sync.changed_us == TALK_NOW);
    assert_int_equal(
        read_record(&talk, "{\"ref\":\"L12\",\"at\":\"0001-01-01T00:00:00Z\"}", &command, NULL), 0);
    assert_true(command.sync.changed_us == 1);
    talk_close(&talk);
}

/* It would stand in an event, and on every page that shows it. */
static void is_refused_when_it_names_something_endless(void **state)
{
    struct talk talk;
    struct core_command command;
    struct error err = {0};
    char record[1000];
    (void)state;
    open_crm(&talk);
    (void)snprintf(record, sizeof record, "{\"ref\":\"L12\",\"owner\":\"%0300d\"}", 7);
    assert_int_equal(read_record(&talk, record, &command, &err), ML_EINVAL);
    assert_non_null(strstr(err.message, "has 300 bytes"));
    (void)snprintf(record, sizeof record, "{\"ref\":\"L12\",\"id\":\"%0300d\"}", 7);
    assert_int_equal(read_record(&talk, record, &command, &err), ML_EINVAL);
    talk_close(&talk);
}

static void is_refused_when_it_makes_no_sense(void **state)
{
    struct talk talk;
    struct core_command command;
    struct error err = {0};
    (void)state;
    open_crm(&talk);
    assert_int_equal(read_record(&talk, "{\"ref\":\"L12\",\"size\":\"many\"}", &command, &err),
                     ML_EINVAL);
    assert_string_equal(err.message, "`employees` of the record must be an integer, got a string");
    assert_int_equal(read_record(&talk, "{\"ref\":\"L12\",\"owner\":[1]}", &command, &err),
                     ML_EINVAL);
    assert_true(talk_has(bytes_of(err.message), "neither a text nor a number"));
    assert_int_equal(read_record(&talk, "{\"ref\":\"L12\",\"at\":\"yesterday\"}", &command, &err),
                     ML_EINVAL);
    assert_true(talk_has(bytes_of(err.message), "`sync/time` cannot be worked out"));
    talk_close(&talk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(says_what_was_changed),
        cmocka_unit_test(says_nothing_of_what_is_not_there),
        cmocka_unit_test(may_be_about_no_lead_of_ours),
        cmocka_unit_test(is_refused_when_it_makes_no_sense),
        cmocka_unit_test(is_refused_when_it_names_something_endless),
        cmocka_unit_test(is_no_change_of_tomorrow),
    };
    return cmocka_run_group_tests_name("change", tests, NULL, NULL);
}
