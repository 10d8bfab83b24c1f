/* The files' word on deliveries: what was due, by which event, and the receipts, out of the
 * journal; the counts, out of state.db. The server has ended. */
#include "base/id.h"
#include "cli/demo/demo_outcome.h"

#include <stdio.h>

static void mark(struct map *set, struct bytes text)
{
    if (text.size > 0)
        map_put(set, hash128_of(&text, 1), 1);
}

static size_t stand_in_of(const struct demo_ledger *ledger, struct bytes name)
{
    size_t i = 0;
    while (i < DEMO_STAND_INS && !bytes_is(name, ledger->names[i]))
        i++;
    return i;
}

static void take_dues(struct demo_ledger *ledger, const struct journal_record *record,
                      struct json_object *data)
{
    struct json_object *dues = json_object_object_get(data, "dues");
    for (size_t n = 0; dues != NULL && n < json_object_array_length(dues); n++) {
        size_t to = stand_in_of(ledger, json_member_text(json_object_array_get_idx(dues, n), "to"));
        if (to == DEMO_STAND_INS)
            continue;
        map_put(&ledger->due[to], map_number_key(DEMO_DUES_MAX * record->seq + n), 1);
        if (to != DEMO_CHAT)
            continue;
        mark(&ledger->subjects, record->subject);
        mark(&ledger->subjects, json_member_text(data, "lead"));
        mark(&ledger->subjects, json_member_text(data, "what")); /* of alerts */
    }
}

/* "crm-17" is its 17th request; a mail server says "250 2.0.0 queued as mail-17". */
static uint64_t request_number(struct bytes id)
{
    uint64_t number = 0;
    const char *dash = memrchr(id.data != NULL ? id.data : "", '-', id.size);
    if (dash == NULL ||
        !number_parse((struct bytes){dash + 1, (size_t)(id.data + id.size - dash - 1)}, &number))
        return 0;
    return number;
}

static void take_receipt(struct demo_ledger *ledger, const struct journal_record *record,
                         struct json_object *data)
{
    uint64_t number;
    size_t to = stand_in_of(ledger, json_member_text(data, "destination"));
    if (to < DEMO_STAND_INS && entity_id_parse(ID_DELIVERY, record->subject, &number))
        map_put(
            &ledger->receipts[to], map_number_key(number),
            request_number(json_member_text(data, to == DEMO_MAIL ? "excerpt" : "response_id")));
}

static int take_record(void *context, const struct journal_record *record, struct error *err)
{
    struct demo_ledger *ledger = context;
    JSON_AUTO *data = NULL;
    int code = json_parse(record->data, &data, err);
    if (code < 0)
        return code;
    take_dues(ledger, record, data);
    mark(&ledger->domains, json_member_text(json_object_object_get(data, "attributes"), "domain"));
    if (bytes_is(record->type, "delivery.delivered"))
        take_receipt(ledger, record, data);
    return 0;
}

static int read_journal(const char *directory, struct demo_ledger *ledger, struct error *err)
{
    const struct journal_sqlite_options options = {.read_only = true};
    struct journal *journal = NULL;
    struct journal_reader *reader = NULL;
    int code = journal_sqlite_open(directory, &options, &journal, err);
    if (code == 0)
        code = journal_reader_open(journal, &reader, err);
    if (code == 0)
        code = journal_read(reader, 1, 0, take_record, ledger, err);
    journal_reader_close(reader);
    journal_close(journal);
    return code;
}

/* ---- what the view counts */

static int read_account(struct store_reader *reader, const char *name, struct demo_account *account,
                        struct error *err)
{
    struct store_destination_reconciliation terms;
    int code = store_read_destination_reconciliation(reader, bytes_of(name), &terms, err);
    if (code < 0)
        return code;
    account->due = terms.due;
    account->delivered = terms.delivered;
    account->pending = terms.pending;
    account->failed = terms.failed;
    account->discarded = terms.discarded;
    account->balanced = terms.balanced && terms.due == terms.delivered + terms.pending +
                                                           terms.failed + terms.discarded;
    return 0;
}

static int read_accounts(const struct demo *demo, struct demo_account *accounts, struct error *err)
{
    char path[4200];
    struct store_reader *reader = NULL;
    snprintf(path, sizeof path, "%s/state.db", demo->directory);
    int code = store_reader_open(path, NULL, &reader, err);
    for (size_t i = 0; code == 0 && i < DEMO_STAND_INS; i++)
        code = read_account(reader, demo->stand_ins.items[i].name, &accounts[i], err);
    store_reader_close(reader);
    return code;
}

int demo_ledger_make(const struct demo *demo, struct demo_ledger *ret,
                     struct demo_account *accounts, struct error *err)
{
    for (size_t i = 0; i < DEMO_STAND_INS; i++) {
        ret->names[i] = demo->stand_ins.items[i].name;
        map_init(&ret->due[i]);
        map_init(&ret->receipts[i]);
    }
    map_init(&ret->subjects);
    map_init(&ret->domains);
    int code = read_journal(demo->directory, ret, err);
    return code == 0 ? read_accounts(demo, accounts, err) : code;
}

void demo_ledger_release(struct demo_ledger *ledger)
{
    for (size_t i = 0; i < DEMO_STAND_INS; i++) {
        map_release(&ledger->due[i]);
        map_release(&ledger->receipts[i]);
    }
    map_release(&ledger->subjects);
    map_release(&ledger->domains);
}
