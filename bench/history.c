/* Leads and what became of them: see history.h. */
#include "history.h"

#include "driver.h"
#include "measure.h"
#include "service.h"

#include <pthread.h>

enum { OPEN_ONE_IN = 10 /* the others are contacted and closed */ };

/* The leads of the group that do not stay open. */
static size_t close_some(struct driver_group *group, uint64_t first, size_t count,
                         uint64_t leads[static ENGINE_GROUP_MAX])
{
    size_t closed = 0;
    for (size_t i = 0; i < count; i++)
        if ((first + i) % OPEN_ONE_IN != 0)
            leads[closed++] = group->results[i].lead;
    return closed;
}

static void follow(struct driver_group *group, const uint64_t *leads, size_t count,
                   enum core_command_type type)
{
    for (size_t i = 0; i < count; i++) {
        struct core_command *command = &group->commands[i];
        *command = (struct core_command){.type = type, .lead = leads[i]};
        if (type == CORE_CONTACT) {
            command->contact.channel = bytes_of("phone");
        } else {
            command->outcome.qualified = leads[i] % 3 == 0;
            command->outcome.reason = bytes_of("no budget this year");
        }
    }
    if (count > 0)
        driver_group_run(group, count);
}

/* One of the threads that make the history: while the group of one is written, the next parses. */
struct author {
    struct driver *driver;
    pthread_t thread;
    uint64_t first, end; /* the people it brings */
};

static void *author_main(void *argument)
{
    const struct author *author = argument;
    struct driver_group *group = driver_group_new(author->driver);
    for (uint64_t first = author->first; first < author->end; first += ENGINE_GROUP_MAX) {
        uint64_t numbers[ENGINE_GROUP_MAX], left = author->end - first;
        size_t count = left < ENGINE_GROUP_MAX ? left : ENGINE_GROUP_MAX;
        driver_group_fill(group, first, count);
        driver_group_run(group, count);
        count = close_some(group, first, count, numbers);
        follow(group, numbers, count, CORE_CONTACT);
        follow(group, numbers, count, CORE_OUTCOME);
    }
    driver_group_free(group);
    return NULL;
}

uint64_t history_make(const char *data, uint64_t leads)
{
    enum { AUTHORS = 4 };
    static struct driver driver;
    struct author authors[AUTHORS];
    driver_open(&driver, service_mesh(), data);
    for (uint64_t i = 0; i < AUTHORS; i++) {
        authors[i] = (struct author){
            .driver = &driver, .first = leads / AUTHORS * i, .end = leads / AUTHORS * (i + 1)};
        if (pthread_create(&authors[i].thread, NULL, author_main, &authors[i]) != 0)
            measure_fail("no more threads");
    }
    for (int i = 0; i < AUTHORS; i++)
        pthread_join(authors[i].thread, NULL);
    uint64_t events = engine_durable_seq(driver.engine);
    driver_close(&driver);
    return events;
}
