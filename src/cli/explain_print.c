/* Prints what the API answers to "why?", of leads that are there and of leads that might be. */
#include "cli/explain_print.h"

#include "base/arena.h"
#include "cli/table.h"
#include "cli/words.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct text {
    struct arena arena;
    struct json_object *root;
};

/* Member `name` of `object`, fit for a terminal; "" when there is none. */
static const char *of(struct text *text, struct json_object *object, const char *name)
{
    return printable(&text->arena, json_member_text(object, name));
}

static struct json_object *list_of(struct json_object *object, const char *name, size_t *ret_count)
{
    struct json_object *list = json_object_object_get(object, name);
    bool is_list = json_object_is_type(list, json_type_array);
    *ret_count = is_list ? json_object_array_length(list) : 0;
    return list;
}

static bool has(struct json_object *object, const char *name)
{
    return json_object_object_get(object, name) != NULL;
}

static struct json_object *newest_decision(struct text *text)
{
    size_t count;
    struct json_object *list = list_of(text->root, "decisions", &count);
    return count > 0 ? json_object_array_get_idx(list, count - 1) : NULL;
}

/* "lead.employees is 120": the parts that made the difference, but for the whole, which stands
 * above. */
static void print_values(struct text *text, struct json_object *trial, const char *indent)
{
    size_t count;
    struct json_object *values = list_of(trial, "values", &count);
    for (size_t i = 0; i < count; i++) {
        struct json_object *value = json_object_array_get_idx(values, i);
        if (!bytes_equal(json_member_text(value, "expression"), json_member_text(trial, "when")))
            printf("%s%s is %s\n", indent, of(text, value, "expression"), of(text, value, "value"));
    }
}

/* ---- the lead */

static void print_outlook(struct text *text)
{
    struct json_object *decision = newest_decision(text);
    const char *known = of(text, text->root, "known_lead"), *rep = of(text, decision, "rep");
    const char *event = of(text, decision, "event"), *kind = of(text, decision, "kind");
    if (known[0] != '\0')
        printf("This person is known: it would be a touchpoint on %s and change nothing else",
               known);
    else if (rep[0] != '\0')
        printf("It would go to %s", rep);
    else if (strcmp(event, "lead.excepted") == 0)
        printf("It would be an exception, %s", kind);
    else if (strcmp(event, "lead.nurtured") == 0)
        printf("It would be put into nurture, %s", kind);
    else
        printf("It would wait");
    puts(". Nothing was recorded.");
}

static void print_standing(struct text *text)
{
    struct json_object *now = json_object_object_get(text->root, "now");
    const char *owner = of(text, now, "owner"), *place = of(text, now, "place");
    const char *kind = of(text, now, "kind"), *team = of(text, now, "team");
    printf("%s is %s", of(text, text->root, "lead"), of(text, now, "state"));
    if (owner[0] != '\0')
        printf(", owned by %s", owner);
    if (strcmp(place, "exception") == 0)
        printf(", an exception (%s)%s%s", kind, team[0] ? " for team " : "", team);
    if (strcmp(place, "nurture") == 0)
        printf(", in nurture (%s) until %.*s UTC", kind,
               BYTES_ARG(short_time(json_member_text(now, "due_at"))));
    puts(".");
}

static void print_classes(struct text *text)
{
    size_t count;
    struct json_object *classes = list_of(text->root, "classes", &count);
    struct json_object *class = json_object_object_get(text->root, "class");
    const char *when = of(text, class, "when");
    printf("Class %s%s%s.\n", of(text, class, "name"), when[0] ? ", because " : "",
           when[0] ? when : ", which takes what no other class does");
    for (size_t i = 0; i < count; i++) {
        struct json_object *tried = json_object_array_get_idx(classes, i);
        const char *error = of(text, tried, "error");
        if (strcmp(of(text, tried, "outcome"), "matched") != 0)
            printf("  not %s: %s%s%s\n", of(text, tried, "class"), of(text, tried, "when"),
                   error[0] ? " failed: " : "", error);
        print_values(text, tried, "    ");
    }
}

static void print_score(struct text *text)
{
    struct json_object *score = json_object_object_get(text->root, "score");
    const char *expression = of(text, score, "expression"), *error = of(text, score, "error");
    printf("Score %" PRId64 "%s%s.\n", json_member_int(score, "value", 0),
           expression[0] ? ", from " : "", expression);
    if (error[0] != '\0')
        printf("  which failed: %s\n", error);
    print_values(text, score, "    ");
}

static void print_account(struct text *text)
{
    struct json_object *account = json_object_object_get(text->root, "account");
    const char *match = of(text, account, "match"), *key = of(text, account, "key");
    if (account == NULL)
        return;
    if (strcmp(match, "none") == 0)
        puts("No account matched.");
    else
        printf("Account %s, %s%s.\n", key,
               strcmp(match, "domain") == 0 ? "by its domain"
               : strcmp(match, "name") == 0 ? "by the company's name"
                                            : "by a similar name, similarity ",
               strcmp(match, "similar") == 0
                   ? arena_printf(&text->arena, "%.2f",
                                  json_object_get_double(json_object_object_get(account, "score")))
                   : "");
}

static void print_head(struct text *text)
{
    if (has(text->root, "hypothetical"))
        print_outlook(text);
    else
        print_standing(text);
    printf("\nIt %s from %s at %.*s UTC.\n",
           has(text->root, "hypothetical") ? "would come" : "came", of(text, text->root, "source"),
           BYTES_ARG(short_time(json_member_text(text->root, "captured_at"))));
    print_classes(text);
    print_score(text);
    print_account(text);
    printf("Decided by release %.12s%s.\n", of(text, text->root, "release"),
           has(text->root, "hypothetical") ? ""
           : json_object_get_boolean(json_object_object_get(text->root, "release_active"))
               ? ", which is in force"
               : ", which has been replaced since");
}

/* ---- the routes */

static void print_target(struct text *text, struct json_object *route)
{
    static const char *const kinds[][2] = {
        {"pool", "pool"}, {"rep", "rep"}, {"exception", "exception"}, {"nurture", "nurture"}};
    if (has(route, "names_nobody")) {
        printf("      matched, but %s names no rep: the routes below decide\n",
               of(text, route, "rep_expression"));
        return;
    }
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (has(route, kinds[i][0]))
            printf("      matched: to %s %s\n", kinds[i][1], of(text, route, kinds[i][0]));
}

static void print_route(struct text *text, struct json_object *route)
{
    const char *outcome = of(text, route, "outcome"), *when = of(text, route, "when");
    const char *error = of(text, route, "error");
    bool matched = strcmp(outcome, "matched") == 0;
    printf("  %s %-24s %s\n", matched ? "→" : " ", of(text, route, "route"),
           when[0] ? when : "always");
    if (matched)
        print_target(text, route);
    else if (error[0] != '\0')
        printf("      did not match: %s\n", error);
    else if (strcmp(outcome, "not_sampled") == 0)
        printf("      true, but this person is not among the %g %% that it takes\n",
               json_object_get_double(json_object_object_get(route, "percent")));
    print_values(text, route, "      ");
}

static void print_routes(struct text *text)
{
    size_t count;
    struct json_object *routes = list_of(text->root, "routes", &count);
    puts("\nRoutes, in order, as tried on what was captured:");
    for (size_t i = 0; i < count; i++)
        print_route(text, json_object_array_get_idx(routes, i));
}

/* ---- the decisions */

static void print_passed_over(struct text *text, struct json_object *decision)
{
    size_t count;
    struct json_object *candidates = json_object_object_get(decision, "candidates");
    struct json_object *passed = list_of(candidates, "passed_over", &count);
    struct json_object *others = json_object_object_get(decision, "others");
    for (size_t i = 0; i < count; i++) {
        struct json_object *rep = json_object_array_get_idx(passed, i);
        printf("      passed over %s: %.*s\n", of(text, rep, "rep"),
               BYTES_ARG(words_readiness(bytes_of(of(text, rep, "why")))));
    }
    if (others != NULL)
        printf("      %" PRId64 " more could have taken it: %s\n",
               json_member_int(others, "count", 0), of(text, others, "why"));
}

static void print_candidates(struct text *text, struct json_object *decision)
{
    static const char *const counts[][2] = {
        {"full", "full"}, {"away", "away"}, {"off_duty", "off duty"}, {"limited", "at a limit"}};
    struct json_object *candidates = json_object_object_get(decision, "candidates");
    int64_t members = json_member_int(candidates, "members", 0);
    struct bytes strategy = words_strategy(bytes_of(of(text, decision, "strategy")));
    if (members == 0)
        return;
    printf("      %" PRId64 " candidate%s", members, members == 1 ? "" : "s");
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        if (json_member_int(candidates, counts[i][0], 0) > 0)
            printf(", %" PRId64 " %s", json_member_int(candidates, counts[i][0], 0), counts[i][1]);
    if (strategy.size > 0 && has(decision, "rep") && !has(decision, "on_call"))
        printf("; %.*s", BYTES_ARG(strategy));
    putchar('\n');
    if (!has(decision, "members"))
        print_passed_over(text, decision);
}

static void print_members(struct json_object *decision)
{
    static const struct table_column columns[] = {{"   "},        {"POOL"},           {"REP"},
                                                  {"LOAD", true}, {"CAPACITY", true}, {"WHY"}};
    size_t count;
    struct json_object *members = list_of(decision, "members", &count);
    struct table table;
    if (count == 0)
        return;
    table_init(&table, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < count; i++) {
        struct json_object *member = json_object_array_get_idx(members, i);
        table_add(&table, bytes_of(has(member, "chosen") ? "  →" : ""));
        table_add(&table, json_member_text(member, "pool"));
        table_add(&table, json_member_text(member, "rep"));
        table_addf(&table, "%" PRId64, json_member_int(member, "load", 0));
        table_addf(&table, "%" PRId64, json_member_int(member, "capacity", 0));
        table_add(&table, json_member_text(member, "why"));
    }
    table_print(&table, stdout);
    table_release(&table);
}

static void print_move(struct text *text, struct json_object *decision)
{
    const char *event = of(text, decision, "event"), *rep = of(text, decision, "rep");
    const char *pool = of(text, decision, "pool"), *kind = of(text, decision, "kind");
    const char *team = of(text, decision, "team"), *through = of(text, decision, "through");
    if (strcmp(event, "lead.assigned") == 0) {
        printf("to %s%s%s", rep, has(decision, "on_call") ? ", on call" : "",
               through[0] ? arena_printf(&text->arena, " of pool %s, into which %s overflows",
                                         through, pool)
                          : "");
    } else if (strcmp(event, "lead.returned") == 0) {
        printf("taken from %s", rep);
    } else if (strcmp(event, "lead.excepted") == 0) {
        printf("exception %s%s%s, to be decided by %.*s UTC", kind, team[0] ? " for team " : "",
               team, BYTES_ARG(short_time(json_member_text(decision, "due_at"))));
    } else if (strcmp(event, "lead.nurtured") == 0) {
        printf("nurture %s until %.*s UTC", kind,
               BYTES_ARG(short_time(json_member_text(decision, "due_at"))));
    } else {
        printf("waiting%s%s", pool[0] ? " in pool " : "", pool);
        if (has(decision, "held"))
            printf(", but not for %s until its timer fires", of(text, decision, "kept_from"));
    }
}

static void print_decision(struct text *text, struct json_object *decision)
{
    const char *actor = of(text, decision, "actor"), *reason = of(text, decision, "reason");
    printf("  %.*s  ", BYTES_ARG(short_time(json_member_text(decision, "at"))));
    print_move(text, decision);
    printf(": %.*s", BYTES_ARG(words_cause(bytes_of(of(text, decision, "cause")))));
    if (actor[0] != '\0')
        printf(" (%s)", actor);
    putchar('\n');
    if (reason[0] != '\0')
        printf("      reason: %s\n", reason);
    if (json_member_int(decision, "capacity", -1) >= 0)
        printf("      load %" PRId64 " of %" PRId64 "%s\n", json_member_int(decision, "load", 0),
               json_member_int(decision, "capacity", 0),
               has(decision, "override") ? ", although the policy would not have" : "");
    print_candidates(text, decision);
    print_members(decision);
}

void explain_print(struct json_object *explanation)
{
    struct text text = {.root = explanation};
    size_t count;
    struct json_object *decisions = list_of(explanation, "decisions", &count);
    arena_init(&text.arena);
    print_head(&text);
    print_routes(&text);
    if (count > 0)
        printf("\nWhat %s decided:\n", has(explanation, "hypothetical") ? "would be" : "was");
    for (size_t i = 0; i < count; i++)
        print_decision(&text, json_object_array_get_idx(decisions, i));
    arena_release(&text.arena);
}
