/* Notifications in plain words. Pure but for the arena and the machine's time zones. */
#include "effect/story.h"

#include "base/json.h"
#include "base/time.h"
#include "base/zone.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

enum { VALUE_MAX = 200, SUBJECT_MAX = 200, SENTENCE_MAX = 2000 };

struct telling {
    const struct policy_release *release;
    const struct effect_message *message;
    struct json_object *data; /* the event's */
    const struct zone *zone;
    struct bytes zone_name;
    struct bytes person; /* "Jane Doe of Acme", or the lead's id */
    struct arena *arena;
    struct effect_story *story;
};

struct bytes effect_one_line(struct bytes text, size_t limit, struct arena *arena)
{
    size_t size = text.size < limit ? text.size : limit;
    while (size < text.size && size > 0 && ((unsigned char)text.data[size] & 0xc0) == 0x80)
        size--; /* a character that does not fit is left out whole */
    char *line = arena_alloc(arena, size + 1);
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        line[i] = byte < 0x20 || byte == 0x7f ? ' ' : (char)byte;
    }
    line[size] = '\0';
    return (struct bytes){line, size};
}

/* ---- saying */

__attribute__((format(printf, 2, 0))) static struct bytes
print(struct telling *telling, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    size_t size = (size_t)vsnprintf(NULL, 0, format, again);
    va_end(again);
    char *text = arena_alloc(telling->arena, size + 1);
    vsnprintf(text, size + 1, format, arguments);
    return effect_one_line((struct bytes){text, size}, SENTENCE_MAX, telling->arena);
}

__attribute__((format(printf, 2, 3))) static void say(struct telling *telling, const char *format,
                                                      ...)
{
    va_list arguments;
    if (telling->story->sentence_count == STORY_SENTENCES_MAX)
        return;
    va_start(arguments, format);
    telling->story->sentences[telling->story->sentence_count++] = print(telling, format, arguments);
    va_end(arguments);
}

__attribute__((format(printf, 2, 3))) static void title(struct telling *telling, const char *format,
                                                        ...)
{
    va_list arguments;
    va_start(arguments, format);
    telling->story->subject =
        effect_one_line(print(telling, format, arguments), SUBJECT_MAX, telling->arena);
    va_end(arguments);
}

static void fact(struct telling *telling, const char *name, struct bytes value)
{
    if (value.size == 0 || telling->story->fact_count == STORY_FACTS_MAX)
        return;
    size_t at = telling->story->fact_count++;
    telling->story->facts[at].name = name;
    telling->story->facts[at].value = effect_one_line(value, VALUE_MAX, telling->arena);
}

__attribute__((format(printf, 3, 4))) static void
link_to(struct telling *telling, const char *label, const char *format, ...)
{
    const char *base = telling->release->notifications.url;
    char path[200];
    va_list arguments;
    if (base == NULL || base[0] == '\0')
        return;
    va_start(arguments, format);
    vsnprintf(path, sizeof path, format, arguments);
    va_end(arguments);
    size_t size = strlen(base);
    while (size > 0 && base[size - 1] == '/')
        size--;
    telling->story->link = label;
    telling->story->url = bytes_of(arena_printf(telling->arena, "%.*s/%s", (int)size, base, path));
}

/* "missing_email" as people say it. */
static struct bytes words(struct telling *telling, struct bytes name)
{
    struct bytes text = effect_one_line(name, VALUE_MAX, telling->arena);
    char *spoken = arena_alloc(telling->arena, text.size + 1);
    for (size_t i = 0; i < text.size; i++)
        spoken[i] = text.data[i] == '_' || text.data[i] == '-' ? ' ' : text.data[i];
    spoken[text.size] = '\0';
    return (struct bytes){spoken, text.size};
}

/* "Mon 23 Nov 14:05 (Europe/Berlin)"; empty when there is no such time. */
static struct bytes when(struct telling *telling, int64_t time_us)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct zone_local local;
    if (time_us <= 0)
        return (struct bytes){0};
    zone_local(telling->zone, time_us / TIME_US_PER_SECOND, &local);
    return bytes_of(arena_printf(telling->arena, "%s %d %s %02d:%02d (%.*s)", days[local.weekday],
                                 local.day, months[local.month - 1], local.hour, local.minute,
                                 BYTES_ARG(telling->zone_name)));
}

/* ---- the person behind the lead */

static struct bytes value_of(const struct telling *telling, const char *name)
{
    const struct effect_message *message = telling->message;
    uint32_t at = policy_field_find(&telling->release->schema, bytes_of(name));
    if (at == POLICY_NONE || message->values == NULL || message->values[at].kind != CEL_STRING)
        return (struct bytes){0};
    return effect_one_line(message->values[at].string, VALUE_MAX, telling->arena);
}

static struct bytes name_of(const struct telling *telling)
{
    struct bytes whole = value_of(telling, "name");
    struct bytes first = value_of(telling, "first_name"), last = value_of(telling, "last_name");
    if (whole.size > 0 || first.size + last.size == 0)
        return whole;
    const char *gap = first.size > 0 && last.size > 0 ? " " : "";
    return bytes_of(
        arena_printf(telling->arena, "%.*s%s%.*s", BYTES_ARG(first), gap, BYTES_ARG(last)));
}

static struct bytes email_of(const struct telling *telling)
{
    uint32_t at = telling->release->schema.email;
    return at == POLICY_NONE ? (struct bytes){0}
                             : value_of(telling, telling->release->schema.fields[at].name);
}

static struct bytes lead_id(const struct telling *telling)
{
    char id[LEAD_ID_TEXT_SIZE];
    if (telling->message->lead == 0)
        return (struct bytes){0};
    lead_id_print(telling->message->lead, id);
    return arena_copy(telling->arena, bytes_of(id));
}

static struct bytes describe_person(const struct telling *telling)
{
    struct bytes name = name_of(telling), company = value_of(telling, "company");
    if (name.size == 0)
        name = email_of(telling);
    if (name.size == 0)
        name = bytes_of(arena_printf(telling->arena, "lead %.*s", BYTES_ARG(lead_id(telling))));
    if (company.size == 0)
        return name;
    return bytes_of(
        arena_printf(telling->arena, "%.*s of %.*s", BYTES_ARG(name), BYTES_ARG(company)));
}

static void lead_facts(struct telling *telling)
{
    const struct effect_message *message = telling->message;
    if (message->lead == 0)
        return;
    fact(telling, "Lead", lead_id(telling));
    fact(telling, "Name", name_of(telling));
    fact(telling, "Company", value_of(telling, "company"));
    fact(telling, "E-mail", email_of(telling));
    fact(telling, "Phone", value_of(telling, "phone"));
    fact(telling, "Class", message->class_name);
    fact(telling, "Owner", message->rep);
    fact(telling, "Source", message->source);
    fact(telling, "Came in", when(telling, message->captured_us));
}

static void link_to_lead(struct telling *telling)
{
    if (telling->message->lead != 0)
        link_to(telling, "Open the lead", "leads/%.*s", BYTES_ARG(lead_id(telling)));
}

/* By when somebody has to have been contacted; 0: nothing is promised. A promise on the business
 * clock is known to the core alone: the next step's time stands for it. */
static int64_t contact_by(const struct telling *telling)
{
    const struct policy_release *release = telling->release;
    const struct effect_message *message = telling->message;
    for (size_t i = 0; i < release->class_count; i++) {
        const struct policy_promise *promise = &release->classes[i].objectives[POLICY_CONTACTED];
        if (!bytes_is(message->class_name, release->classes[i].name) || promise->within_us == 0)
            continue;
        return promise->business ? message->due_us : message->captured_us + promise->within_us;
    }
    return 0;
}

/* ---- what each purpose says */

static void tell_assignment(struct telling *telling)
{
    const struct effect_message *message = telling->message;
    struct bytes by = when(telling, contact_by(telling));
    const char *gap = message->class_name.size > 0 ? ", " : "";
    title(telling, "New lead for you: %.*s%s%.*s", BYTES_ARG(telling->person), gap,
          BYTES_ARG(message->class_name));
    say(telling, "%.*s is yours.", BYTES_ARG(telling->person));
    if (by.size > 0)
        say(telling, "Please contact them by %.*s.", BYTES_ARG(by));
    fact(telling, "Contact by", by);
    lead_facts(telling);
    link_to_lead(telling);
}

/* What has not happened: the promise that an escalation is about. */
static const char *missing_step(const struct telling *telling)
{
    struct bytes objective = json_member_text(telling->data, "objective");
    if (bytes_is(objective, "qualified"))
        return "there is no decision about %.*s yet";
    if (bytes_is(objective, "assigned"))
        return "%.*s has no owner yet";
    return "%.*s has not been contacted yet";
}

static struct bytes fill_step(const struct telling *telling)
{
    const char *format = missing_step(telling), *place = strstr(format, "%.*s");
    return bytes_of(arena_printf(telling->arena, "%.*s%.*s%s", (int)(place - format), format,
                                 BYTES_ARG(telling->person), place + strlen("%.*s")));
}

static void tell_promise(struct telling *telling)
{
    struct bytes by = when(telling, contact_by(telling));
    bool contact = bytes_is(json_member_text(telling->data, "objective"), "contacted");
    if (contact && by.size > 0) {
        say(telling, "It was promised by %.*s.", BYTES_ARG(by));
        fact(telling, "Contact by", by);
    }
    lead_facts(telling);
    link_to_lead(telling);
}

static void tell_reminder(struct telling *telling)
{
    struct bytes step = fill_step(telling);
    title(telling, "Reminder: %.*s", BYTES_ARG(step));
    say(telling, "%.*s, and it is yours.", BYTES_ARG(step));
    tell_promise(telling);
    say(telling, "Record what you did, or hand it back if you cannot.");
}

static void tell_escalation(struct telling *telling)
{
    struct bytes step = fill_step(telling), rep = json_member_text(telling->data, "rep");
    struct bytes team = json_member_text(telling->data, "team");
    title(telling, "Escalation: %.*s", BYTES_ARG(step));
    if (rep.size > 0)
        say(telling, "%.*s. Its owner is %.*s.", BYTES_ARG(step), BYTES_ARG(rep));
    else
        say(telling, "%.*s.", BYTES_ARG(step));
    if (team.size > 0)
        say(telling, "You are told because it is about the team %.*s.", BYTES_ARG(team));
    tell_promise(telling);
}

static void tell_exception(struct telling *telling)
{
    struct bytes kind = words(telling, json_member_text(telling->data, "kind"));
    struct bytes context = json_member_text(telling->data, "context");
    struct bytes by = when(telling, json_member_time_us(telling->data, "due_at"));
    static const char *const things[] = {"source", "pool", "destination"};
    struct bytes about = telling->message->lead != 0 ? telling->person : (struct bytes){0};
    for (size_t i = 0; i < sizeof things / sizeof *things && about.size == 0; i++) {
        struct bytes name = json_member_text(telling->data, things[i]);
        if (name.size > 0)
            about =
                bytes_of(arena_printf(telling->arena, "the %s %.*s", things[i], BYTES_ARG(name)));
    }
    if (kind.size == 0) /* its deadline has passed: the event tells its kind no more */
        kind = BYTES_LITERAL("still undecided");
    title(telling, "Decision needed: %.*s%s%.*s", BYTES_ARG(kind), about.size > 0 ? ", " : "",
          BYTES_ARG(about));
    say(telling, "A person has to decide: %.*s%s%.*s.", BYTES_ARG(kind),
        about.size > 0 ? ", about " : "", BYTES_ARG(about));
    if (context.size > 0)
        say(telling, "%.*s", BYTES_ARG(context));
    if (by.size > 0)
        say(telling, "Without a decision the fallback is taken at %.*s.", BYTES_ARG(by));
    fact(telling, "Decide by", by);
    lead_facts(telling);
    if (telling->message->subject.size > 0 && telling->message->subject.data[0] == 'X')
        link_to(telling, "Open the exception", "exceptions/%.*s",
                BYTES_ARG(telling->message->subject));
    else
        link_to_lead(telling);
}

static struct bytes list_alerts(const struct telling *telling)
{
    struct json_object *alerts = NULL;
    struct buffer names;
    buffer_init(&names, VALUE_MAX);
    json_object_object_get_ex(telling->data, "alerts", &alerts);
    size_t count =
        json_object_is_type(alerts, json_type_array) ? json_object_array_length(alerts) : 0;
    for (size_t i = 0; i < count; i++)
        buffer_printf(&names, "%s%.*s", i > 0 ? ", " : "",
                      BYTES_ARG(json_text(json_object_array_get_idx(alerts, i))));
    struct bytes text = arena_copy(telling->arena, buffer_bytes(&names));
    buffer_release(&names);
    return text;
}

static void tell_page(struct telling *telling)
{
    struct bytes alerts = list_alerts(telling), what = json_member_text(telling->data, "what");
    struct bytes team = json_member_text(telling->data, "team");
    struct json_object *repeated = NULL;
    bool again = json_object_object_get_ex(telling->data, "repeated", &repeated);
    title(telling, "%s%s: %.*s", telling->message->purpose == POLICY_PAGE ? "Page" : "Ticket",
          again ? ", again" : "", BYTES_ARG(what.size > 0 ? what : alerts));
    say(telling, "These alerts are firing: %.*s.", BYTES_ARG(what.size > 0 ? what : alerts));
    if (again)
        say(telling, "You were told before, and they still fire.");
    say(telling, "Look at them, silence what is known, open an incident if promises suffer.");
    fact(telling, "Alerts", alerts);
    fact(telling, "Team", team);
    link_to(telling, "Open the alerts", "alerts");
}

static void tell_violation(struct telling *telling, struct json_object *item)
{
    say(telling, "%" PRId64 " of them: %.*s (contract %" PRId64 "). For example: %.*s.",
        json_member_int(item, "count", 0), BYTES_ARG(json_member_text(item, "violation")),
        json_member_int(item, "contract", 0), BYTES_ARG(json_member_text(item, "message")));
}

static void tell_notice(struct telling *telling)
{
    struct bytes source = json_member_text(telling->data, "source");
    int64_t total = json_member_int(telling->data, "total", 0);
    struct json_object *items = NULL;
    title(telling, "Records of %.*s break the contract", BYTES_ARG(source));
    say(telling,
        "%" PRId64 " record%s that you sent for %.*s broke the contract. Nothing is lost: they are "
        "kept, and can be read again once this is repaired.",
        total, total == 1 ? "" : "s", BYTES_ARG(source));
    json_object_object_get_ex(telling->data, "items", &items);
    size_t count =
        json_object_is_type(items, json_type_array) ? json_object_array_length(items) : 0;
    for (size_t i = 0; i < count && i < STORY_SENTENCES_MAX - 2; i++)
        tell_violation(telling, json_object_array_get_idx(items, i));
    fact(telling, "Source", source);
    fact(telling, "Since", when(telling, json_member_time_us(telling->data, "since")));
}

static void tell_remediation(struct telling *telling)
{
    struct bytes incident = telling->message->subject;
    int64_t item = json_member_int(telling->data, "item", 0) + 1;
    title(telling, "Late: item %" PRId64 " of the postmortem of %.*s", item, BYTES_ARG(incident));
    say(telling, "Item %" PRId64 " of the postmortem of %.*s is late, and it is yours.", item,
        BYTES_ARG(incident));
    say(telling, "Do it and say so, or move it to somebody who can.");
    link_to(telling, "Open the incident", "incidents/%.*s", BYTES_ARG(incident));
}

/* An event that a destination asked for. */
static void tell_event(struct telling *telling)
{
    const struct effect_message *message = telling->message;
    const char *type = core_event_type_name(message->type);
    if (message->lead == 0) {
        title(telling, "%s: %.*s", type, BYTES_ARG(message->subject));
        say(telling, "%s: %.*s.", type, BYTES_ARG(message->subject));
        return;
    }
    const char *behind = strchr(type, '.');
    struct bytes what = words(telling, bytes_of(behind != NULL ? behind + 1 : type));
    title(telling, "Lead %.*s: %.*s", BYTES_ARG(what), BYTES_ARG(telling->person));
    if (message->rep.size > 0)
        say(telling, "%.*s: %.*s, owned by %.*s.", BYTES_ARG(telling->person), BYTES_ARG(what),
            BYTES_ARG(message->rep));
    else
        say(telling, "%.*s: %.*s.", BYTES_ARG(telling->person), BYTES_ARG(what));
    lead_facts(telling);
    link_to_lead(telling);
}

static void (*const tellers[POLICY_PURPOSES])(struct telling *) = {
    [POLICY_DELIVER] = tell_event,
    [POLICY_ENRICH] = tell_event,
    [POLICY_ASSIGNMENT] = tell_assignment,
    [POLICY_REMINDER] = tell_reminder,
    [POLICY_ESCALATION] = tell_escalation,
    [POLICY_EXCEPTION] = tell_exception,
    [POLICY_PAGE] = tell_page,
    [POLICY_TICKET] = tell_page,
    [POLICY_NOTICE] = tell_notice,
    [POLICY_REMEDIATION] = tell_remediation,
};

static struct bytes zone_of(const struct policy_release *release,
                            const struct effect_recipient *recipient)
{
    uint32_t rep = recipient == NULL || !bytes_is(recipient->kind, "rep")
                       ? POLICY_NONE
                       : policy_rep_find(release, recipient->id);
    struct bytes name =
        rep == POLICY_NONE ? (struct bytes){0} : bytes_of(release->reps[rep].time_zone);
    return name.size > 0 && zone_find(name) != NULL ? name : BYTES_LITERAL("UTC");
}

void effect_story_tell(const struct policy_release *release, const struct effect_message *message,
                       const struct effect_recipient *recipient, struct arena *arena,
                       struct effect_story *ret)
{
    JSON_AUTO *data = NULL;
    struct bytes zone = zone_of(release, recipient);
    struct telling telling = {.release = release,
                              .message = message,
                              .zone = zone_find(zone),
                              .zone_name = zone,
                              .arena = arena,
                              .story = ret};
    *ret = (struct effect_story){.link = ""};
    if (json_parse(message->data, &data, NULL) != 0)
        data = json_object_new_object();
    telling.data = data;
    telling.person = describe_person(&telling);
    tellers[message->purpose](&telling);
}
