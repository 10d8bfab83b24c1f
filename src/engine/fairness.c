/* The account behind the fairness report. An assignment costs the same in a pool of ten thousand:
 * every tier of a pool keeps running sums of "one share of this assignment, per weight", over all
 * members and over those who could take it; a member's account is settled against the sums when its
 * readiness, weight or membership changes, and then only. */
#include "engine/fairness.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* What an assignment gave per unit of weight, summed up. */
struct sums {
    double all;  /* over all members of the tier that was entitled */
    double open; /* over the open ones of the tier that was asked */
};

struct tier {
    double weight, open_weight;
    uint32_t open_count;
    struct sums sums;
};

struct account {
    char *rep;
    bool member; /* of the release in force */
    uint32_t tier;
    double weight;
    enum core_readiness readiness;
    struct sums seen; /* of its tier, when it was last settled */
    uint64_t had;
    double fair, gained, open_share;
    double missed[CORE_READINESSES];
};

struct pool_account {
    char *id;
    enum policy_strategy strategy, order;
    struct tier tiers[POLICY_TIERS_MAX];
    uint32_t tier_count;
    int64_t tier_scores[POLICY_TIERS_MAX];
    struct account **accounts;
    uint32_t count;
    uint64_t assigned, on_call, overflowed;
};

/* A rep's places in pools. */
struct places {
    struct place {
        struct pool_account *pool;
        struct account *account;
    } * items;
    uint32_t count;
};

struct fairness {
    const struct fairness_options *options;
    struct pool_account **pools; /* by the core's index */
    uint32_t pool_count;
    struct places *reps; /* by the core's index */
    uint32_t rep_count;
    bool reseat;       /* the last event was an activation */
    uint32_t dirty[2]; /* reps whom the last event may have changed; CORE_NONE */
    uint64_t seq;      /* of the last event seen */
    uint64_t assigned; /* counted */
    int64_t first_us, last_us;
};

static void *larger(void *memory, size_t count, size_t size)
{
    void *grown = reallocarray(memory, count, size);
    if (grown == NULL)
        panic("out of memory (fairness)");
    return grown;
}

static void *fresh(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    if (memory == NULL)
        panic("out of memory (fairness)");
    return memory;
}

struct fairness *fairness_new(const struct fairness_options *options)
{
    struct fairness *fairness = fresh(1, sizeof *fairness);
    fairness->options = options;
    fairness->dirty[0] = fairness->dirty[1] = CORE_NONE;
    return fairness;
}

void fairness_free(struct fairness *fairness)
{
    if (fairness == NULL)
        return;
    for (uint32_t i = 0; i < fairness->pool_count; i++) {
        struct pool_account *pool = fairness->pools[i];
        for (uint32_t a = 0; a < pool->count; a++) {
            free(pool->accounts[a]->rep);
            free(pool->accounts[a]);
        }
        free(pool->accounts);
        free(pool->id);
        free(pool);
    }
    for (uint32_t i = 0; i < fairness->rep_count; i++)
        free(fairness->reps[i].items);
    free(fairness->pools);
    free(fairness->reps);
    free(fairness);
}

/* ---- settling */

/* Books what happened in the account's tier since it was last looked at. */
static void settle(struct pool_account *pool, struct account *account)
{
    const struct sums now = pool->tiers[account->tier].sums;
    double fair = account->weight * (now.all - account->seen.all);
    if (account->member && account->readiness == CORE_REP_OPEN) {
        double open = account->weight * (now.open - account->seen.open);
        account->gained += open - fair;
        account->open_share += open;
    } else if (account->member) {
        account->missed[account->readiness] += fair;
    }
    if (account->member)
        account->fair += fair;
    account->seen = now;
}

static void count_in(struct pool_account *pool, const struct account *account, int sign)
{
    struct tier *tier = &pool->tiers[account->tier];
    if (!account->member)
        return;
    tier->weight += sign * account->weight;
    if (account->readiness != CORE_REP_OPEN)
        return;
    tier->open_weight += sign * account->weight;
    tier->open_count += (uint32_t)sign;
}

static double weight_of(const struct pool_account *pool, const struct core_member *member,
                        const struct core_rep *rep)
{
    return pool->order == POLICY_LEAST_LOADED ? rep->capacity : member->weight;
}

static void refresh_rep(struct fairness *fairness, const struct core *core, uint32_t index)
{
    if (index == CORE_NONE || index >= fairness->rep_count)
        return;
    const struct core_rep *rep = core_rep_at(core, index);
    const struct places *places = &fairness->reps[index];
    for (uint32_t i = 0; i < places->count; i++) {
        struct pool_account *pool = places->items[i].pool;
        struct account *account = places->items[i].account;
        bool by_capacity = pool->order == POLICY_LEAST_LOADED;
        if (!account->member || (account->readiness == rep->readiness &&
                                 (!by_capacity || account->weight == (double)rep->capacity)))
            continue;
        settle(pool, account);
        count_in(pool, account, -1);
        account->readiness = rep->readiness;
        if (by_capacity)
            account->weight = rep->capacity;
        count_in(pool, account, 1);
    }
}

/* ---- who is in force */

static void make_room(struct fairness *fairness, const struct core *core)
{
    uint32_t pools = core_pool_count(core), reps = core_rep_count(core);
    if (pools > fairness->pool_count)
        fairness->pools = larger(fairness->pools, pools, sizeof *fairness->pools);
    for (; fairness->pool_count < pools; fairness->pool_count++) {
        struct pool_account *pool = fresh(1, sizeof *pool);
        pool->id = strdup(core_pool_id(core, fairness->pool_count));
        if (pool->id == NULL)
            panic("out of memory (fairness)");
        fairness->pools[fairness->pool_count] = pool;
    }
    if (reps > fairness->rep_count)
        fairness->reps = larger(fairness->reps, reps, sizeof *fairness->reps);
    for (; fairness->rep_count < reps; fairness->rep_count++)
        fairness->reps[fairness->rep_count] = (struct places){0};
}

/* The rep's account in the pool, new when there is none yet. */
static struct account *open_account(struct fairness *fairness, const struct core *core,
                                    struct pool_account *pool, uint32_t rep)
{
    struct places *places = &fairness->reps[rep];
    for (uint32_t i = 0; i < places->count; i++)
        if (places->items[i].pool == pool)
            return places->items[i].account;
    struct account *account = fresh(1, sizeof *account);
    account->rep = strdup(core_rep_id(core, rep));
    if (account->rep == NULL)
        panic("out of memory (fairness)");
    pool->accounts = larger(pool->accounts, pool->count + 1, sizeof(struct account *));
    pool->accounts[pool->count++] = account;
    places->items = larger(places->items, places->count + 1, sizeof *places->items);
    places->items[places->count++] = (struct place){pool, account};
    return account;
}

static void close_accounts(struct pool_account *pool)
{
    for (uint32_t i = 0; i < pool->count; i++) {
        settle(pool, pool->accounts[i]);
        pool->accounts[i]->member = false;
    }
    /* Nothing may be left of a weight but rounding errors: begin at zero again. */
    for (uint32_t i = 0; i < POLICY_TIERS_MAX; i++) {
        pool->tiers[i].weight = pool->tiers[i].open_weight = 0;
        pool->tiers[i].open_count = 0;
    }
}

static void seat_members(struct fairness *fairness, const struct core *core, uint32_t index)
{
    const struct policy_release *release = core_release(core);
    struct pool_account *pool = fairness->pools[index];
    uint32_t declared = policy_pool_find(release, bytes_of(pool->id));
    if (declared == POLICY_NONE)
        return;
    const struct policy_pool *policy = &release->pools[declared];
    pool->strategy = policy->strategy;
    pool->order = policy->otherwise;
    pool->tier_count = (uint32_t)policy->tier_count;
    memcpy(pool->tier_scores, policy->tier_scores, policy->tier_count * sizeof(int64_t));
    for (uint32_t i = 0; i < core_member_count(core, index); i++) {
        const struct core_member member = core_member_at(core, index, i);
        struct account *account = open_account(fairness, core, pool, member.rep);
        account->member = true;
        account->tier = pool->order == POLICY_SCORE_ORDERED ? member.tier : 0;
        account->weight = weight_of(pool, &member, core_rep_at(core, member.rep));
        account->readiness = member.readiness;
        account->seen = pool->tiers[account->tier].sums;
        count_in(pool, account, 1);
    }
}

static void reseat(struct fairness *fairness, const struct core *core)
{
    make_room(fairness, core);
    for (uint32_t i = 0; i < fairness->pool_count; i++) {
        close_accounts(fairness->pools[i]);
        seat_members(fairness, core, i);
    }
}

/* ---- assignments */

static uint32_t entitled_tier(const struct pool_account *pool, int64_t score)
{
    return policy_tier_for(pool->tier_scores, pool->tier_count, score);
}

/* As the strategy does: when nobody of that tier is open a lower one, at last a higher one. */
static uint32_t asked_tier(const struct pool_account *pool, uint32_t entitled)
{
    for (uint32_t tier = entitled; tier < POLICY_TIERS_MAX; tier++)
        if (pool->tiers[tier].open_count > 0)
            return tier;
    for (uint32_t tier = entitled; tier-- > 0;)
        if (pool->tiers[tier].open_count > 0)
            return tier;
    return entitled;
}

static struct account *account_of(const struct fairness *fairness, const struct pool_account *pool,
                                  uint32_t rep)
{
    const struct places *places = &fairness->reps[rep];
    for (uint32_t i = 0; i < places->count; i++)
        if (places->items[i].pool == pool)
            return places->items[i].account;
    return NULL;
}

static void share_out(struct pool_account *pool, int64_t score)
{
    uint32_t entitled = entitled_tier(pool, score);
    struct tier *fair = &pool->tiers[entitled], *open = &pool->tiers[asked_tier(pool, entitled)];
    if (fair->weight > 0)
        fair->sums.all += 1 / fair->weight;
    if (open->open_count > 0 && open->open_weight > 0)
        open->sums.open += 1 / open->open_weight;
}

static bool is_in_window(const struct fairness *fairness, int64_t time_us)
{
    const struct fairness_options *options = fairness->options;
    return time_us >= options->from_us && (options->to_us == 0 || time_us < options->to_us);
}

static void count_assignment(struct fairness *fairness, const struct core *core,
                             const struct core_event *event)
{
    uint32_t index = core_giving_pool(event);
    if (index == CORE_NONE || !is_in_window(fairness, event->time_us))
        return;
    struct pool_account *pool = fairness->pools[index];
    if (event->placed.on_call) {
        pool->on_call++;
        return;
    }
    struct account *account = account_of(fairness, pool, event->placed.rep);
    const struct core_lead *lead = core_lead_find(core, event->lead);
    if (account == NULL || lead == NULL)
        return;
    share_out(pool, lead->score);
    account->had++;
    pool->assigned++;
    if (event->placed.through != CORE_NONE)
        fairness->pools[event->placed.pool]->overflowed++;
    fairness->assigned++;
    if (fairness->first_us == 0)
        fairness->first_us = event->time_us;
    fairness->last_us = event->time_us;
}

/* ---- the walk */

/* Whom the event will change once it is applied. */
static void mark_dirty(struct fairness *fairness, const struct core *core,
                       const struct core_event *event)
{
    const struct core_lead *lead = event->lead != 0 ? core_lead_find(core, event->lead) : NULL;
    fairness->dirty[0] = lead != NULL ? lead->rep : CORE_NONE;
    fairness->dirty[1] = CORE_NONE;
    if (event->type == CORE_LEAD_ASSIGNED)
        fairness->dirty[1] = event->placed.rep;
    else if (event->type == CORE_REP_CHANGED)
        fairness->dirty[1] = event->rep.rep;
    else if (event->type == CORE_REP_SHIFTED)
        fairness->dirty[1] = event->shifted.rep;
    fairness->reseat = event->type == CORE_RELEASE_ACTIVATED;
}

static void settle_all(struct fairness *fairness)
{
    for (uint32_t i = 0; i < fairness->pool_count; i++)
        for (uint32_t a = 0; a < fairness->pools[i]->count; a++)
            settle(fairness->pools[i], fairness->pools[i]->accounts[a]);
}

int fairness_observe(void *context, const struct core *core, const struct core_event *event,
                     struct error *err)
{
    (void)err;
    struct fairness *fairness = context;
    if (fairness->reseat)
        reseat(fairness, core);
    for (size_t i = 0; i < 2; i++)
        refresh_rep(fairness, core, fairness->dirty[i]);
    bool over = event == NULL ||
                (fairness->options->to_us != 0 && event->time_us >= fairness->options->to_us);
    if (over) {
        settle_all(fairness);
        return event != NULL;
    }
    fairness->seq = event->seq;
    if (event->type == CORE_LEAD_ASSIGNED)
        count_assignment(fairness, core, event);
    mark_dirty(fairness, core, event);
    return 0;
}

/* ---- the report */

static double missed_of(const struct account *account)
{
    double sum = 0;
    for (int i = 0; i < CORE_READINESSES; i++)
        sum += account->missed[i];
    return sum;
}

static double strategy_of(const struct account *account)
{
    return (double)account->had - account->open_share;
}

/* What the sentence names: missing leads as negative numbers. */
struct part {
    double count;
    const char *words;
};

enum { PARTS_MAX = 10 };

static const char *strategy_words(const struct pool_account *pool, bool more)
{
    if (pool->strategy == POLICY_STICKY)
        return more ? "its own people came back" : "the people of others came back";
    if (pool->order == POLICY_LEAST_LOADED)
        return more ? "less loaded than the others" : "more loaded than the others";
    return "the turns fell so";
}

static size_t list_parts(const struct pool_account *pool, const struct account *account,
                         struct part *parts)
{
    const double *missed = account->missed;
    double strategy = strategy_of(account);
    const struct part all[PARTS_MAX] = {
        {-missed[CORE_REP_AWAY], "away"},
        {-missed[CORE_REP_OFF_HOURS], "outside working hours"},
        {-missed[CORE_REP_HOLIDAY], "on a holiday"},
        {-missed[CORE_REP_TIME_OFF], "on time off"},
        {-missed[CORE_REP_FULL], "at capacity"},
        {-(missed[CORE_REP_HOUR_LIMIT] + missed[CORE_REP_DAY_LIMIT]),
         "at the hourly or daily limit"},
        {account->gained, "others could take none"},
        {strategy, strategy_words(pool, strategy > 0)},
    };
    size_t count = 0;
    for (size_t i = 0; i < PARTS_MAX; i++)
        if (all[i].words != NULL)
            parts[count++] = all[i];
    return count;
}

static int larger_part(const void *a, const void *b)
{
    double x = fabs(((const struct part *)a)->count), y = fabs(((const struct part *)b)->count);
    return x > y ? -1 : x < y;
}

/* "3.2 fewer: on a holiday (2.9), at capacity (1.1)": the parts that point the same way, the
 * largest first. */
static void write_reason(const struct pool_account *pool, const struct account *account,
                         struct json_writer *json)
{
    struct part parts[PARTS_MAX];
    struct buffer text;
    double difference = (double)account->had - account->fair;
    size_t count = list_parts(pool, account, parts), named = 0;
    buffer_init(&text, 1024);
    if (fabs(difference) < 0.5) {
        buffer_append_bytes(&text, BYTES_LITERAL("as it should be"));
    } else {
        qsort(parts, count, sizeof *parts, larger_part);
        buffer_printf(&text, "%.1f %s", fabs(difference), difference < 0 ? "fewer" : "more");
        for (size_t i = 0; i < count && named < 2; i++) {
            if (parts[i].count * difference <= 0 || fabs(parts[i].count) < 0.05)
                continue;
            buffer_printf(&text, "%s%s (%.1f)", named++ == 0 ? ": " : ", ", parts[i].words,
                          fabs(parts[i].count));
        }
    }
    json_member(json, "reason", buffer_bytes(&text));
    buffer_release(&text);
}

static void write_number(struct json_writer *json, const char *key, double number)
{
    /* A millionth of a lead is rounding. */
    double rounded = round(number * 1e6) / 1e6;
    json_key(json, key);
    json_double(json, rounded == 0 ? 0 : rounded);
}

static void write_missed(const struct account *account, struct json_writer *json)
{
    static const enum core_readiness reasons[] = {
        CORE_REP_AWAY, CORE_REP_OFF_HOURS, CORE_REP_HOLIDAY, CORE_REP_TIME_OFF, CORE_REP_FULL};
    double limits = account->missed[CORE_REP_HOUR_LIMIT] + account->missed[CORE_REP_DAY_LIMIT];
    json_key(json, "missed_by");
    json_object_open(json);
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (account->missed[reasons[i]] > 0)
            write_number(json, core_readiness_name(reasons[i]), account->missed[reasons[i]]);
    if (limits > 0)
        write_number(json, "limits", limits);
    json_object_close(json);
}

static void write_account(const struct pool_account *pool, const struct account *account,
                          struct json_writer *json)
{
    json_object_open(json);
    json_member(json, "rep", bytes_of(account->rep));
    json_member_bool(json, "member", account->member);
    json_member_unsigned(json, "had", account->had);
    write_number(json, "fair", account->fair);
    write_number(json, "missed", missed_of(account));
    write_missed(account, json);
    write_number(json, "gained", account->gained);
    write_number(json, "strategy", strategy_of(account));
    write_reason(pool, account, json);
    json_object_close(json);
}

static void write_pool(const struct pool_account *pool, struct json_writer *json)
{
    json_object_open(json);
    json_member(json, "pool", bytes_of(pool->id));
    json_member(json, "strategy", bytes_of(policy_strategy_name(pool->strategy)));
    json_member_unsigned(json, "assigned", pool->assigned);
    json_member_unsigned(json, "on_call", pool->on_call);
    json_member_unsigned(json, "overflowed", pool->overflowed);
    json_key(json, "members");
    json_array_open(json);
    for (uint32_t i = 0; i < pool->count; i++)
        if (pool->accounts[i]->member || pool->accounts[i]->had > 0 || pool->accounts[i]->fair > 0)
            write_account(pool, pool->accounts[i], json);
    json_array_close(json);
    json_object_close(json);
}

int fairness_write(const struct fairness *fairness, struct json_writer *json, struct error *err)
{
    const struct fairness_options *options = fairness->options;
    bool found = options->pool.size == 0;
    for (uint32_t i = 0; i < fairness->pool_count && !found; i++)
        found = bytes_is(options->pool, fairness->pools[i]->id);
    if (!found)
        return error_set(err, ML_ENOTFOUND, "", "there is no pool \"%.*s\"",
                         (int)(options->pool.size > 64 ? 64 : options->pool.size),
                         options->pool.data);
    json_object_open(json);
    json_member_unsigned(json, "seq", fairness->seq);
    if (options->from_us != 0)
        json_member_time(json, "from", options->from_us);
    if (options->to_us != 0)
        json_member_time(json, "to", options->to_us);
    json_member_unsigned(json, "assigned", fairness->assigned);
    json_member_time(json, "first_assigned_at", fairness->first_us);
    json_member_time(json, "last_assigned_at", fairness->last_us);
    json_key(json, "pools");
    json_array_open(json);
    for (uint32_t i = 0; i < fairness->pool_count; i++)
        if (options->pool.size == 0 || bytes_is(options->pool, fairness->pools[i]->id))
            write_pool(fairness->pools[i], json);
    json_array_close(json);
    json_object_close(json);
    return 0;
}
