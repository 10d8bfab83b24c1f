/* The story of the company as a whole. */
#include "store/internal.h"

#include <stdio.h>

enum { TIMELINE_TEXT_MAX = 600 };

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
