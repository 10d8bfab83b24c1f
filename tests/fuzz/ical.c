/* iCalendar files from anybody: read or refused within bounds, and what comes of them is in order.
 */
#include "policy/calendar/calendar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct policy_interval *times;
    size_t count;
    struct error err = {0};
    arena_init(&arena);
    int status =
        policy_ical_read((struct bytes){(const char *)data, size},
                         zone_find(BYTES_LITERAL("Europe/Berlin")), &arena, &times, &count, &err);
    ML_ASSERT(status == 0 || (err.code == status && strncmp(err.message, "line ", 5) == 0));
    for (size_t i = 0; status == 0 && i < count; i++) {
        ML_ASSERT(times[i].from_us < times[i].to_us);
        ML_ASSERT(i == 0 || times[i - 1].to_us < times[i].from_us);
    }
    arena_release(&arena);
    return 0;
}
