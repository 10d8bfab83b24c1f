/* The words of the core as the tables have them, read back. */
#include "store/internal.h"

bool store_state_parse(struct bytes word, enum core_state *ret)
{
    for (int state = 0; state < CORE_STATES; state++) {
        if (!bytes_is(word, core_state_name((enum core_state)state)))
            continue;
        *ret = (enum core_state)state;
        return true;
    }
    return false;
}

bool store_place_parse(struct bytes word, enum core_place *ret)
{
    for (int place = 0; place < CORE_PLACES; place++) {
        if (!bytes_is(word, core_place_name((enum core_place)place)))
            continue;
        *ret = (enum core_place)place;
        return true;
    }
    return false;
}

bool store_duty_parse(struct bytes word, enum policy_duty *ret)
{
    for (int duty = 0; duty <= POLICY_TIME_OFF; duty++) {
        if (!bytes_is(word, policy_duty_name((enum policy_duty)duty)))
            continue;
        *ret = (enum policy_duty)duty;
        return true;
    }
    return false;
}

static const char *const key_kinds[] = {
    [POLICY_KEY_NONE] = "",
    [POLICY_KEY_EMAIL] = "email",
    [POLICY_KEY_PHONE] = "phone",
    [POLICY_KEY_EXTERNAL_ID] = "external_id",
};

const char *store_key_kind_name(enum policy_key_kind kind)
{
    return key_kinds[kind];
}

enum policy_key_kind store_key_kind_parse(struct bytes word)
{
    for (int kind = POLICY_KEY_EMAIL; kind <= POLICY_KEY_EXTERNAL_ID; kind++)
        if (bytes_is(word, key_kinds[kind]))
            return (enum policy_key_kind)kind;
    return POLICY_KEY_NONE;
}

static const char *const dead_letter_states[STORE_DEAD_LETTER_STATES] = {
    [STORE_OPEN] = "open",
    [STORE_REPLAYED] = "replayed",
    [STORE_MERGED] = "merged",
    [STORE_DISCARDED] = "discarded",
};

const char *store_dead_letter_state_name(enum store_dead_letter_state state)
{
    return dead_letter_states[state];
}

bool store_dead_letter_state_parse(struct bytes word, enum store_dead_letter_state *ret)
{
    for (int state = 0; state < STORE_DEAD_LETTER_STATES; state++) {
        if (!bytes_is(word, dead_letter_states[state]))
            continue;
        *ret = (enum store_dead_letter_state)state;
        return true;
    }
    return false;
}

bool store_rollout_mode_parse(struct bytes word, enum policy_rollout_mode *ret)
{
    for (int mode = 0; mode <= POLICY_CANARY; mode++) {
        if (!bytes_is(word, policy_rollout_mode_name((enum policy_rollout_mode)mode)))
            continue;
        *ret = (enum policy_rollout_mode)mode;
        return true;
    }
    return false;
}

const char *store_switch_cause_parse(struct bytes word)
{
    for (int cause = 0; cause < CORE_SWITCH_CAUSES; cause++)
        if (bytes_is(word, core_switch_cause_name((enum core_switch_cause)cause)))
            return core_switch_cause_name((enum core_switch_cause)cause);
    return NULL;
}

bool store_objective_parse(struct bytes word, enum policy_objective *ret)
{
    for (int objective = 0; objective < POLICY_OBJECTIVES; objective++) {
        if (!bytes_is(word, policy_objective_name((enum policy_objective)objective)))
            continue;
        *ret = (enum policy_objective)objective;
        return true;
    }
    return false;
}

bool store_series_kind_parse(struct bytes word, enum core_series_kind *ret)
{
    for (int kind = 0; kind < CORE_SERIES_KINDS; kind++) {
        if (!bytes_is(word, core_series_kind_name((enum core_series_kind)kind)))
            continue;
        *ret = (enum core_series_kind)kind;
        return true;
    }
    return false;
}

bool store_about_parse(struct bytes word, enum core_about *ret)
{
    for (int about = 0; about < CORE_ABOUTS; about++) {
        if (!bytes_is(word, core_about_name((enum core_about)about)))
            continue;
        *ret = (enum core_about)about;
        return true;
    }
    return false;
}
