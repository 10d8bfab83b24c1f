/* What the stand-ins have written down, request by request, against the journal: each receipt has
 * its request, each request an event that asked for it, each lead one record in the CRM. */
#include "base/id.h"
#include "cli/cli.h"
#include "cli/demo/demo_outcome.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { NOTED_MAX = 5 };

/* One stand-in's requests as they are read. */
struct matching {
    const struct demo_ledger *ledger;
    struct demo_outcome *outcome;
    struct demo_account *account;
    const char *name;
    size_t which;
    struct map accepted; /* number of a request that was answered well → its delivery's, or 0 */
    struct map keys;     /* deliveries that have been written → 1 */
    struct map records;  /* lead → how many records were made for it */
    struct map receipts; /* request that some receipt names → 1 */
    uint64_t noted;
};

static void note(struct matching *matching, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void note(struct matching *matching, const char *format, ...)
{
    char text[600];
    va_list list;
    if (matching->noted++ >= NOTED_MAX)
        return;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    cli_note("%s: %s", matching->name, text);
}

/* Whether what is asked of it carries the id of the delivery that asks. */
static bool is_keyed(const struct matching *matching)
{
    return matching->which == DEMO_CRM || matching->which == DEMO_MAIL;
}

/* ---- whether an event has asked for it */

static bool is_due(const struct matching *matching, uint64_t delivery)
{
    return map_find(&matching->ledger->due[matching->which], map_number_key(delivery)) != NULL;
}

/* Writes carry the delivery's id as their key; a question is about a lead. */
static bool crm_was_asked(struct matching *matching, struct json_object *request,
                          uint64_t *ret_delivery)
{
    uint64_t lead;
    struct bytes key = json_member_text(request, "key");
    struct bytes reference =
        json_member_text(json_object_object_get(request, "query"), "reference");
    if (bytes_is(json_member_text(request, "method"), "GET"))
        return lead_id_parse(reference, &lead) &&
               map_find(&matching->outcome->lookup.seen, map_number_key(lead)) != NULL;
    return entity_id_parse(ID_DELIVERY, key, ret_delivery) && is_due(matching, *ret_delivery);
}

static bool mail_was_asked(struct matching *matching, struct json_object *request,
                           uint64_t *ret_delivery)
{
    return entity_id_parse(ID_DELIVERY, json_member_text(request, "key"), ret_delivery) &&
           is_due(matching, *ret_delivery);
}

static bool provider_was_asked(struct matching *matching, struct json_object *request,
                               uint64_t *ret_delivery)
{
    static const char prefix[] = "/companies/";
    struct bytes path = json_member_text(request, "path");
    *ret_delivery = 0;
    if (path.size < sizeof prefix || memcmp(path.data, prefix, sizeof prefix - 1) != 0)
        return false;
    struct bytes domain = {path.data + sizeof prefix - 1, path.size - (sizeof prefix - 1)};
    return map_find(&matching->ledger->domains, hash128_of(&domain, 1)) != NULL;
}

static bool may_be_told(const struct matching *matching, struct bytes subject)
{
    return map_find(&matching->ledger->subjects, hash128_of(&subject, 1)) != NULL;
}

/* Messages carry no key, but name what they are about: "Ticket: surge (autumn)", or somewhere an id
 * as "L63" or "X71". */
static bool chat_was_asked(struct matching *matching, struct json_object *request,
                           uint64_t *ret_delivery)
{
    struct json_object *body = json_object_object_get(request, "body");
    struct bytes title = json_member_text(body, "text");
    const char *colon = memmem(title.data, title.size, ": ", 2);
    const char *text = json_object_to_json_string_ext(body, JSON_C_TO_STRING_PLAIN);
    *ret_delivery = 0;
    if (colon != NULL &&
        may_be_told(matching,
                    (struct bytes){colon + 2, (size_t)(title.data + title.size - colon - 2)}))
        return true;
    for (const char *at = text; *at != '\0'; at++) {
        if (!isupper((unsigned char)*at) || (at > text && isalnum((unsigned char)at[-1])))
            continue;
        size_t size = 1 + strspn(at + 1, "0123456789");
        if (size > 1 && !isalnum((unsigned char)at[size]) &&
            may_be_told(matching, (struct bytes){at, size}))
            return true;
    }
    return false;
}

static bool (*const was_asked[DEMO_STAND_INS])(struct matching *, struct json_object *,
                                               uint64_t *) = {
    [DEMO_CRM] = crm_was_asked,
    [DEMO_FIRMOGRAPHICS] = provider_was_asked,
    [DEMO_CHAT] = chat_was_asked,
    [DEMO_MAIL] = mail_was_asked,
};

/* ---- the requests */

/* A record was made: 201 to a POST. */
static void take_record(struct matching *matching, struct json_object *request)
{
    uint64_t lead = 0;
    struct bytes reference = json_member_text(json_object_object_get(request, "body"), "reference");
    if (!bytes_is(json_member_text(request, "method"), "POST") ||
        json_member_int(request, "status", 0) != 201)
        return;
    struct demo_records *records = &matching->outcome->records;
    records->made++;
    if (!lead_id_parse(reference, &lead) ||
        map_find(&matching->outcome->lookup.seen, map_number_key(lead)) == NULL) {
        records->foreign++;
        note(matching, "a record of \"%.*s\", which is no lead", BYTES_ARG(reference));
        return;
    }
    uint64_t *count = map_find(&matching->records, map_number_key(lead));
    map_put(&matching->records, map_number_key(lead), (count != NULL ? *count : 0) + 1);
}

static void take_request(struct matching *matching, struct json_object *request)
{
    uint64_t number = 0, delivery = 0;
    int64_t status = json_member_int(request, "status", 0);
    struct bytes id = json_member_text(request, "id");
    size_t name = strlen(matching->name) + 1;
    matching->account->requests++;
    if (id.size <= name || !number_parse((struct bytes){id.data + name, id.size - name}, &number))
        return;
    bool named = map_find(&matching->receipts, map_number_key(number)) != NULL;
    if (!was_asked[matching->which](matching, request, &delivery) &&
        !(named && matching->which == DEMO_CHAT)) {
        matching->account->unasked++;
        note(matching, "request %.*s came without an event that asked for it", BYTES_ARG(id));
    }
    if (status < 200 || status > 299)
        return;
    matching->account->accepted++;
    map_put(&matching->accepted, map_number_key(number), delivery);
    if (is_keyed(matching) && delivery != 0) {
        matching->account->repeated += map_find(&matching->keys, map_number_key(delivery)) != NULL;
        map_put(&matching->keys, map_number_key(delivery), 1);
    }
    if (matching->which == DEMO_CRM)
        take_record(matching, request);
}

static int read_log(struct matching *matching, const char *path, struct error *err)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t size;
    int code = 0;
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return error_set(err, ML_EIO, path, "cannot be read: %m");
    while (code == 0 && (size = getline(&line, &room, file)) > 0) {
        JSON_AUTO *request = NULL;
        code = json_parse((struct bytes){line, (size_t)size}, &request, err);
        if (code == 0)
            take_request(matching, request);
    }
    free(line);
    fclose(file);
    return code;
}

/* ---- the receipts */

/* So that requests know which of them a receipt names. */
static void take_receipts(struct matching *matching)
{
    const struct map *receipts = &matching->ledger->receipts[matching->which];
    for (size_t i = 0; i < receipts->capacity; i++)
        if (!hash128_is_none(receipts->entries[i].key) && receipts->entries[i].value != 0)
            map_put(&matching->receipts, map_number_key(receipts->entries[i].value), 1);
}

/* The request that a receipt names was received, answered well, and was that delivery's. */
static void match_receipts(struct matching *matching)
{
    const struct map *receipts = &matching->ledger->receipts[matching->which];
    for (size_t i = 0; i < receipts->capacity; i++) {
        const struct map_entry *entry = &receipts->entries[i];
        if (hash128_is_none(entry->key))
            continue;
        matching->account->receipts++;
        const uint64_t *delivery = map_find(&matching->accepted, map_number_key(entry->value));
        if (delivery != NULL && (!is_keyed(matching) || *delivery == entry->key.low))
            matching->account->matched++;
        else
            note(matching,
                 "the receipt of M%" PRIu64 " names request %" PRIu64
                 ", which was not received as that",
                 entry->key.low, entry->value);
    }
}

static void match_records(struct matching *matching)
{
    struct demo_records *records = &matching->outcome->records;
    const struct map *seen = &matching->outcome->lookup.seen;
    for (size_t i = 0; i < seen->capacity; i++) {
        if (hash128_is_none(seen->entries[i].key))
            continue;
        const uint64_t *count = map_find(&matching->records, seen->entries[i].key);
        records->once += count != NULL && *count == 1;
        records->twice += count != NULL && *count > 1;
        records->missing += count == NULL;
        if (count == NULL || *count > 1)
            note(matching, "lead L%" PRIu64 " has %s record", seen->entries[i].key.low,
                 count == NULL ? "no" : "more than one");
    }
}

int demo_match_make(const struct demo *demo, const struct demo_ledger *ledger,
                    struct demo_outcome *outcome, struct error *err)
{
    int code = 0;
    for (size_t i = 0; code == 0 && i < DEMO_STAND_INS; i++) {
        struct matching matching = {.ledger = ledger,
                                    .outcome = outcome,
                                    .account = &outcome->accounts[i],
                                    .name = demo->stand_ins.items[i].name,
                                    .which = i};
        struct map *maps[] = {&matching.accepted, &matching.keys, &matching.records,
                              &matching.receipts};
        for (size_t m = 0; m < sizeof maps / sizeof *maps; m++)
            map_init(maps[m]);
        take_receipts(&matching);
        code = read_log(&matching, demo->stand_ins.items[i].log, err);
        match_receipts(&matching);
        if (i == DEMO_CRM)
            match_records(&matching);
        for (size_t m = 0; m < sizeof maps / sizeof *maps; m++)
            map_release(maps[m]);
    }
    return code;
}
