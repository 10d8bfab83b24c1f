/* What is to be sent, and to whom; and the story of the company as a whole. */
#include "store/internal.h"

#include "base/id.h"

#include <stdio.h>

enum { TARGET_MAX = 300, TIMELINE_TEXT_MAX = 600 };

int store_delivery_add(const struct projection *p, const struct store_delivery *delivery,
                       struct bytes body)
{
    char target[TARGET_MAX];
    if (delivery->rep.size > 0)
        snprintf(target, sizeof target, "rep:%.*s", BYTES_ARG(delivery->rep));
    else if (delivery->team.size > 0)
        snprintf(target, sizeof target, "team:%.*s", BYTES_ARG(delivery->team));
    else
        return 0; /* nobody */
    sqlite3_stmt *add = p->store->statements[STORE_DELIVERY_ADD];
    sqlite3_bind_int64(add, 1, (int64_t)p->event->seq);
    store_bind_string(add, 2, bytes_of(delivery->kind));
    store_bind_string(add, 3, BYTES_LITERAL(""));
    store_bind_string(add, 4, bytes_of(target));
    sqlite3_bind_int64(add, 5, p->event->time_us);
    store_bind_string(add, 6, body);
    store_bind_string(add, 7, bytes_of(delivery->subject));
    return store_run(p->store, STORE_DELIVERY_ADD, p->err);
}

int store_timeline_add(const struct projection *p, const char *subject, const char *format, ...)
{
    static const char sql[] = "INSERT INTO timeline (seq, time_us, kind, subject, actor, text) "
                              "VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    const struct core_event *event = p->event;
    char text[TIMELINE_TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return STORE_EXECUTE(p->store, p->err, sql, STORE_INT(event->seq), STORE_INT(event->time_us),
                         STORE_STRING(bytes_of(core_event_type_name(event->type))),
                         STORE_STRING(bytes_of(subject)), STORE_STRING(event->actor),
                         STORE_STRING(store_text_whole(bytes_of(text))));
}
