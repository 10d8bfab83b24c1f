/* notifications.yaml → who is told by what, and when; the texts with their expressions; and what
 * people.yaml says of one rep. */
#include "policy/internal.h"

/* Kinds that a person reads, or a program on a person's behalf. */
static bool tells_people(enum policy_destination_kind kind)
{
    return kind == POLICY_WEBHOOK || kind == POLICY_SLACK || kind == POLICY_EMAIL;
}

/* A destination that can tell people; POLICY_NONE, reported, when it is none. */
static uint32_t build_via(struct policy_build *build, const struct policy_node *node)
{
    uint32_t found = policy_build_destination(build, node, false);
    if (found == POLICY_NONE)
        return POLICY_NONE;
    const struct policy_destination *via = &build->release->destinations[found];
    if (tells_people(via->kind))
        return found;
    policy_report(build, node,
                  "`%s` is of the kind %s, which people do not read; name one of the kind email, "
                  "slack or webhook",
                  via->name, policy_destination_kind_name(via->kind));
    return POLICY_NONE;
}

/* ---- channels */

static void check_kind(struct policy_build *build, const struct policy_node *node,
                       enum policy_audience audience, uint32_t destination)
{
    enum policy_destination_kind wanted = audience == POLICY_PARTNERS_BY_EMAIL ? POLICY_EMAIL
                                          : audience == POLICY_PARTNERS_BY_WEBHOOK
                                              ? POLICY_WEBHOOK
                                              : POLICY_DESTINATION_KINDS;
    if (destination == POLICY_NONE || wanted == POLICY_DESTINATION_KINDS)
        return;
    const struct policy_destination *found = &build->release->destinations[destination];
    if (found->kind != wanted)
        policy_report(build, node,
                      "`%s` needs a destination of the kind %s, and `%s` is of the "
                      "kind %s",
                      policy_audiences[audience], policy_destination_kind_name(wanted), found->name,
                      policy_destination_kind_name(found->kind));
}

static void build_hours(struct policy_build *build, const struct policy_node *node,
                        enum policy_audience audience, struct policy_channel *channel)
{
    if (!bytes_is(policy_node_text(node), "own")) {
        channel->hours = policy_build_calendar(build, node);
        return;
    }
    channel->own_hours = true;
    if (audience != POLICY_REPS && audience != POLICY_MANAGERS && audience != POLICY_ON_CALL)
        policy_report(build, node,
                      "`%s` are no people with hours of their own; name a calendar of people.yaml",
                      policy_audiences[audience]);
}

static void build_channel(struct policy_build *build, const struct policy_node *node,
                          enum policy_audience audience, struct policy_channel *channel)
{
    const struct policy_node *via =
        node != NULL && node->kind == POLICY_NODE_OBJECT ? policy_node_get(node, "via") : node;
    channel->destination = build_via(build, via);
    check_kind(build, via, audience, channel->destination);
    build_hours(build, policy_node_get(node, "hours"), audience, channel);
    channel->digest_us = policy_build_timer(build, policy_node_get(node, "digest"), "digest");
}

static uint32_t build_muted(const struct policy_node *node)
{
    uint32_t muted = 0;
    if (node == NULL)
        return 1u << POLICY_ASSIGNMENT;
    for (const struct policy_item *item = policy_node_items(node, POLICY_NODE_LIST); item != NULL;
         item = item->next)
        for (int i = 0; i < POLICY_PURPOSES; i++)
            if (bytes_is(policy_node_text(item->value),
                         policy_purpose_name((enum policy_purpose)i)))
                muted |= 1u << i;
    return muted;
}

/* ---- texts */

struct texts {
    struct policy_build *build;
    struct policy_template *template;
    struct policy_expression *expressions;
    const char *purpose;
};

static size_t find_pair(struct bytes text, size_t from, char character)
{
    for (size_t i = from; i + 1 < text.size; i++)
        if (text.data[i] == character && text.data[i + 1] == character)
            return i;
    return text.size;
}

static struct bytes trim(struct bytes text)
{
    while (text.size > 0 && strchr(" \t\r\n", text.data[0]) != NULL)
        text = (struct bytes){text.data + 1, text.size - 1};
    while (text.size > 0 && strchr(" \t\r\n", text.data[text.size - 1]) != NULL)
        text.size--;
    return text;
}

/* `inside` what begins at the byte, as a place in all of the text. */
static struct cel_position position_at(struct bytes text, const char *at,
                                       struct cel_position inside)
{
    struct cel_position start = policy_position_of(text, at);
    return (struct cel_position){start.line + inside.line - 1,
                                 inside.line == 1 ? start.column + inside.column - 1
                                                  : inside.column};
}

static void add_expression(const struct texts *texts, const struct policy_node *node,
                           struct bytes part)
{
    static const uint32_t readable =
        1u << CEL_TYPE_STRING | 1u << CEL_TYPE_INT | 1u << CEL_TYPE_UINT | 1u << CEL_TYPE_DOUBLE |
        1u << CEL_TYPE_BOOL | 1u << CEL_TYPE_TIMESTAMP | 1u << CEL_TYPE_DURATION;
    struct policy_build *build = texts->build;
    struct policy_template *template = texts->template;
    const char *file = node->document ? node->document->path : "";
    struct cel_diagnostic diagnostic = {.position = {1, 1}};
    for (size_t i = 0; i < template->expression_count; i++)
        if (bytes_is(part, template->expressions[i].text))
            return;
    if (template->expression_count == POLICY_EXPRESSIONS_MAX) {
        policy_report(build, node, "more than %d expressions; that is the most",
                      POLICY_EXPRESSIONS_MAX);
        return;
    }
    if (build->release->schema.count == 0)
        return; /* reported already, and every field would be unknown */
    struct policy_expression *expression = &texts->expressions[template->expression_count];
    expression->path = texts->purpose;
    expression->text = arena_string(build->arena, part);
    expression->program = policy_outbox_expression_compile(
        build, (struct bytes){expression->text, part.size}, NULL, &diagnostic);
    if (expression->program != NULL)
        template->expression_count++;
    struct policy_place place =
        policy_node_place_inside(node, position_at(node->text, part.data, diagnostic.position));
    if (expression->program == NULL)
        policy_report_at(build, file, place, "%s", diagnostic.message);
    else if (build->from_files)
        policy_check_maps(build, node, part);
    if (expression->program != NULL && build->from_files &&
        !policy_program_may_be(expression->program, readable))
        policy_report_at(build, file, place,
                         "`%s` gives a list or a map, which is no text; take something out of it",
                         expression->text);
}

static const char *build_template_text(const struct texts *texts, const struct policy_node *node)
{
    struct bytes text = policy_node_text(node);
    if (text.size == 0)
        return NULL;
    for (size_t at = find_pair(text, 0, '{'); at < text.size;) {
        size_t end = find_pair(text, at + 2, '}');
        struct bytes part = {0};
        if (end < text.size)
            part = trim((struct bytes){text.data + at + 2, end - at - 2});
        if (part.size == 0) {
            policy_report_at(
                texts->build, node->document ? node->document->path : "",
                policy_node_place_inside(node, policy_position_of(text, text.data + at)),
                end == text.size ? "this {{ is never closed; write }} behind the expression"
                                 : "there is no expression between {{ and }}");
            break;
        }
        add_expression(texts, node, part);
        at = find_pair(text, end + 2, '{');
    }
    return arena_string(texts->build->arena, text);
}

static void build_template(struct policy_build *build, const struct policy_node *node,
                           enum policy_purpose purpose, struct policy_template *template)
{
    struct texts texts = {
        .build = build, .template = template, .purpose = policy_purpose_name(purpose)};
    if (node == NULL || node->kind != POLICY_NODE_OBJECT)
        return;
    texts.expressions =
        arena_array(build->arena, POLICY_EXPRESSIONS_MAX, sizeof *texts.expressions);
    template->expressions = texts.expressions;
    template->subject = build_template_text(&texts, policy_node_get(node, "subject"));
    template->text = build_template_text(&texts, policy_node_get(node, "text"));
    template->html = build_template_text(&texts, policy_node_get(node, "html"));
}

void policy_build_notifications(struct policy_build *build)
{
    struct policy_notifications *notifications = &build->release->notifications;
    const struct policy_node *channels = policy_node_get(build->notifications, "channels");
    const struct policy_node *templates = policy_node_get(build->notifications, "templates");
    notifications->url = policy_build_text(build, policy_node_get(build->notifications, "url"));
    notifications->muted = build_muted(policy_node_get(build->notifications, "mute"));
    for (int i = 0; i < POLICY_AUDIENCES; i++)
        build_channel(build, policy_node_get(channels, policy_audiences[i]),
                      (enum policy_audience)i, &notifications->channels[i]);
    for (int i = POLICY_ASSIGNMENT; i < POLICY_PURPOSES; i++) {
        enum policy_purpose purpose = (enum policy_purpose)i;
        build_template(build, policy_node_get(templates, policy_purpose_name(purpose)), purpose,
                       &notifications->templates[i]);
    }
}

/* ---- people.yaml */

static void check_address(struct policy_build *build, const struct policy_node *rep,
                          const struct policy_node *contact, uint32_t destination)
{
    const struct policy_node *address = policy_node_get(contact, "address");
    struct bytes text = policy_node_text(address);
    if (destination == POLICY_NONE || !build->from_files)
        return;
    const struct policy_destination *via = &build->release->destinations[destination];
    if (via->kind == POLICY_EMAIL && text.size > 0 && policy_check_mailbox(text) != NULL)
        policy_report(build, address,
                      "`address` must be an e-mail address, because `%s` sends "
                      "mail, got `%.*s`",
                      via->name, POLICY_CLIP(text));
    if (via->kind == POLICY_EMAIL && text.size == 0 &&
        policy_node_text(policy_node_get(rep, "email")).size == 0)
        policy_report(build, contact,
                      "there is no address to send mail to; give the rep an `email`, or `contact` "
                      "an `address`");
    if (via->kind == POLICY_WEBHOOK && text.size > 0 && !policy_is_web_address(text))
        policy_report(build, address,
                      "`address` must be an address that begins with https:// or http://, because "
                      "`%s` is a webhook, got `%.*s`",
                      via->name, POLICY_CLIP(text));
}

static void build_external(struct policy_build *build, const struct policy_node *node,
                           struct policy_contact *contact)
{
    if (policy_build_too_many(build, node, "systems of one rep", POLICY_EXTERNAL_MAX))
        return;
    for (const struct policy_item *item = policy_node_items(node, POLICY_NODE_OBJECT); item != NULL;
         item = item->next) {
        uint32_t destination = policy_build_destination(build, item->key, false);
        const char *id = policy_build_text(build, item->value);
        if (destination == POLICY_NONE || id[0] == '\0')
            continue;
        contact->external[contact->external_count].destination = destination;
        contact->external[contact->external_count++].id = id;
    }
}

const struct policy_contact *policy_build_contact(struct policy_build *build,
                                                  const struct policy_node *rep)
{
    const struct policy_node *node = policy_node_get(rep, "contact");
    const struct policy_node *external = policy_node_get(rep, "external");
    if (node == NULL && external == NULL)
        return NULL;
    struct policy_contact *contact = arena_zalloc(build->arena, sizeof *contact);
    contact->destination = build_via(build, policy_node_get(node, "via"));
    contact->address = policy_build_text(build, policy_node_get(node, "address"));
    check_address(build, rep, node, contact->destination);
    build_external(build, external, contact);
    return contact;
}
