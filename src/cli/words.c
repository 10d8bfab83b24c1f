/* Names → words. A name that is not in a table is shown as it is: a newer server may know more. */
#include "cli/words.h"

struct word {
    const char *name, *words;
};

static struct bytes look_up(const struct word *words, size_t count, struct bytes name)
{
    for (size_t i = 0; i < count; i++)
        if (bytes_is(name, words[i].name))
            return bytes_of(words[i].words);
    return name;
}

#define LOOK_UP(table, name) look_up(table, sizeof(table) / sizeof *(table), name)

struct bytes words_readiness(struct bytes name)
{
    static const struct word words[] = {
        {"away", "is away"},
        {"off_hours", "is outside working hours"},
        {"holiday", "is on a holiday"},
        {"time_off", "is on time off"},
        {"full", "has no room"},
        {"hour_limit", "has had all new leads of this hour"},
        {"day_limit", "has had all new leads of this day"},
        {"excluded", "just gave it back or lost it"},
        {"unknown", "is not in the policy"},
    };
    return LOOK_UP(words, name);
}

struct bytes words_duty(struct bytes name)
{
    static const struct word words[] = {
        {"on_duty", "on duty"},
        {"off_hours", "off hours"},
        {"holiday", "on a holiday"},
        {"time_off", "on time off"},
    };
    return LOOK_UP(words, name);
}

struct bytes words_strategy(struct bytes name)
{
    static const struct word words[] = {
        {"round_robin", "next in turn of those who could take it"},
        {"weighted", "next in turn, by weight, of those who could take it"},
        {"least_loaded", "the least loaded of those who could take it"},
        {"score_ordered", "of the tier for its score, who waited longest"},
        {"sticky", "who had the person before, if that one could"},
    };
    return LOOK_UP(words, name);
}

struct bytes words_cause(struct bytes name)
{
    static const struct word words[] = {
        {"routed", "by the policy, on arrival"},
        {"drained", "from the waiting queue, when somebody could take it"},
        {"returned", "given back, or taken back for want of contact"},
        {"manual", "by a person"},
        {"displaced", "its rep or pool left the policy"},
        {"reentered", "its time in nurture was over"},
    };
    return LOOK_UP(words, name);
}
