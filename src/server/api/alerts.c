/* Lists of what is wrong or was: alerts, silences, surges, incidents. */
#include "server/api/alerts.h"

#include "server/api/entity.h"
#include "server/api/listing.h"
#include "server/internal.h"

enum { PAGE_DEFAULT = 100 };

enum { OPEN, BEFORE, LIMIT };
const char *const trouble_parameters[] = {"open", "before", "limit", NULL};

struct list {
    const char *name;
    enum id_letter letter;
    int (*read)(struct store_reader *, bool open, uint64_t before, uint32_t limit,
                struct json_writer *, uint64_t *ret_next, struct error *);
};

static void answer_list(struct request *request, const struct list *list)
{
    static const char *const booleans[] = {"true", "false"};
    struct error err;
    uint64_t before, limit, next = 0;
    char id[LEAD_ID_TEXT_SIZE];
    if (!listing_check_word(request, OPEN, booleans, 2) ||
        !entity_parameter(request, BEFORE, list->letter, &before) ||
        !request_number(request, LIMIT, 1, STORE_PAGE_MAX, PAGE_DEFAULT, &limit))
        return;
    bool open = bytes_is(request->parameters[OPEN], "true");
    struct json_writer *json = request_answer_json(request, 200);
    json_object_open(json);
    json_key(json, list->name);
    int code = list->read(request->reader->store, open, before, (uint32_t)limit, json, &next, &err);
    if (code != 0) {
        request_refuse_error(request, code, &err);
        return;
    }
    entity_id_print(list->letter, next, id);
    if (next != 0)
        json_member(json, "next", bytes_of(id));
    json_object_close(json);
    if (next != 0)
        request->answer.link = listing_next_link(request, limit, "before", id);
}

void alerts_run(struct request *request)
{
    static const struct list list = {"alerts", ID_ALERT, store_read_alerts};
    answer_list(request, &list);
}

void silences_run(struct request *request)
{
    static const struct list list = {"silences", ID_SILENCE, store_read_silences};
    answer_list(request, &list);
}

void surges_run(struct request *request)
{
    static const struct list list = {"surges", ID_SURGE, store_read_surges};
    answer_list(request, &list);
}

void incidents_run(struct request *request)
{
    static const struct list list = {"incidents", ID_INCIDENT, store_read_incidents};
    answer_list(request, &list);
}
