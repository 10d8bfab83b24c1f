/* From what is to be said to texts: templates of the mesh, or built-in forms. Pure but for the
 * arena. */
#include "effect/template.h"

#include "effect/html.h"
#include "effect/story.h"
#include "effect/value.h"

#include <ctype.h>

enum { MISSING_MAX = 400, SUBJECT_MAX = 300 };

static const char html_head[] =
    "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>";
static const char html_body[] =
    "</title>\n</head>\n<body style=\"margin:0;padding:24px;background:#f5f7fa;color:#1a2230;"
    "font:16px/1.5 system-ui,-apple-system,'Segoe UI',sans-serif\">\n"
    "<div style=\"max-width:560px;margin:0 auto;padding:24px;background:#fff;border:1px solid "
    "#dde2ea;border-radius:8px\">\n";
static const char html_end[] = "</div>\n</body>\n</html>\n";

void html_escape(struct bytes text, struct buffer *out)
{
    for (size_t i = 0; i < text.size; i++) {
        switch (text.data[i]) {
        case '<': buffer_append_bytes(out, BYTES_LITERAL("&lt;")); break;
        case '>': buffer_append_bytes(out, BYTES_LITERAL("&gt;")); break;
        case '&': buffer_append_bytes(out, BYTES_LITERAL("&amp;")); break;
        case '"': buffer_append_bytes(out, BYTES_LITERAL("&quot;")); break;
        case '\'': buffer_append_bytes(out, BYTES_LITERAL("&#39;")); break;
        default: buffer_append_char(out, text.data[i]);
        }
    }
}

/* One message on its way. */
struct filling {
    const struct policy_release *release;
    const struct effect_message *message;
    const struct policy_template *template;
    struct effect_story story;
    struct effect_inputs *inputs;
    struct arena *arena;
    struct buffer *missing;
};

/* ---- templates of the mesh */

static const struct policy_expression *find_expression(const struct policy_template *template,
                                                       struct bytes text)
{
    for (size_t i = 0; i < template->expression_count; i++)
        if (bytes_is(text, template->expressions[i].text))
            return &template->expressions[i];
    return NULL;
}

static struct bytes trim(struct bytes text)
{
    while (text.size > 0 && isspace((unsigned char)text.data[0]))
        text = (struct bytes){text.data + 1, text.size - 1};
    while (text.size > 0 && isspace((unsigned char)text.data[text.size - 1]))
        text.size--;
    return text;
}

static void note_missing(struct filling *filling, struct bytes text)
{
    struct bytes noted = buffer_bytes(filling->missing);
    if (noted.size > 0 && memmem(noted.data, noted.size, text.data, text.size) != NULL)
        return;
    if (noted.size > 0)
        buffer_append(filling->missing, ", ", 2);
    buffer_append_bytes(filling->missing, text);
}

static void write_expression(struct filling *filling, struct bytes text, bool html,
                             struct buffer *out)
{
    const struct policy_expression *expression = find_expression(filling->template, text);
    struct bytes value = {0};
    if (expression == NULL ||
        effect_evaluate_text(filling->inputs, expression, filling->arena, &value, NULL) != 0)
        value = (struct bytes){0};
    if (value.size == 0) {
        note_missing(filling, text);
        value = BYTES_LITERAL("–");
    }
    if (html)
        html_escape(value, out);
    else
        buffer_append_bytes(out, value);
}

static struct bytes fill(struct filling *filling, const char *source, bool html)
{
    struct buffer out;
    const char *open;
    buffer_init(&out, EFFECT_TEXT_MAX);
    while ((open = strstr(source, "{{")) != NULL) {
        const char *close = strstr(open, "}}");
        if (close == NULL)
            break;
        buffer_append(&out, source, (size_t)(open - source));
        struct bytes inner = {open + 2, (size_t)(close - open) - 2};
        write_expression(filling, trim(inner), html, &out);
        source = close + 2;
    }
    buffer_append_bytes(&out, bytes_of(source));
    struct bytes text = arena_copy(filling->arena, buffer_bytes(&out));
    buffer_release(&out);
    return text;
}

/* ---- built-in forms */

static void write_story_text(const struct effect_story *story, bool brief, struct buffer *out)
{
    for (size_t i = 0; i < story->sentence_count && (i == 0 || !brief); i++)
        buffer_printf(out, "%.*s\n", BYTES_ARG(story->sentences[i]));
    if (!brief && story->fact_count > 0)
        buffer_append_char(out, '\n');
    for (size_t i = 0; i < story->fact_count && !brief; i++)
        buffer_printf(out, "%s: %.*s\n", story->facts[i].name, BYTES_ARG(story->facts[i].value));
    if (story->url.size > 0)
        buffer_printf(out, "%s%s: %.*s\n", brief ? "" : "\n", story->link, BYTES_ARG(story->url));
}

static void write_element(const char *open, struct bytes text, const char *close,
                          struct buffer *out)
{
    buffer_append_bytes(out, bytes_of(open));
    html_escape(text, out);
    buffer_append_bytes(out, bytes_of(close));
}

static void write_facts_html(const struct effect_story *story, struct buffer *out)
{
    if (story->fact_count == 0)
        return;
    buffer_append_bytes(out, BYTES_LITERAL("<table style=\"border-collapse:collapse\">\n"));
    for (size_t i = 0; i < story->fact_count; i++) {
        write_element("<tr><th style=\"padding:2px 16px 2px 0;text-align:left;color:#5a6577;"
                      "font-weight:600\">",
                      bytes_of(story->facts[i].name), "</th>", out);
        write_element("<td style=\"padding:2px 0\">", story->facts[i].value, "</td></tr>\n", out);
    }
    buffer_append_bytes(out, BYTES_LITERAL("</table>\n"));
}

static void write_story_html(const struct effect_story *story, bool brief, struct buffer *out)
{
    for (size_t i = 0; i < story->sentence_count && (i == 0 || !brief); i++)
        write_element("<p style=\"margin:0 0 12px\">", story->sentences[i], "</p>\n", out);
    if (!brief)
        write_facts_html(story, out);
    if (story->url.size == 0)
        return;
    write_element("<p style=\"margin:16px 0 0\"><a style=\"color:#1d5fa8\" href=\"", story->url,
                  "\">", out);
    write_element("", bytes_of(story->link), "</a></p>\n", out);
}

/* ---- one message */

static struct bytes subject_of(struct filling *filling)
{
    if (filling->template->subject == NULL)
        return filling->story.subject;
    return effect_one_line(fill(filling, filling->template->subject, false), SUBJECT_MAX,
                           filling->arena);
}

static void write_text(struct filling *filling, bool brief, struct buffer *out)
{
    if (filling->template->text != NULL)
        buffer_append_bytes(out, fill(filling, filling->template->text, false));
    else
        write_story_text(&filling->story, brief, out);
}

/* Plain text as it stands, when the mesh has words of its own but no HTML. */
static void write_html(struct filling *filling, bool brief, struct buffer *out)
{
    if (filling->template->html != NULL)
        buffer_append_bytes(out, fill(filling, filling->template->html, true));
    else if (filling->template->text != NULL)
        write_element("<div style=\"white-space:pre-wrap\">",
                      fill(filling, filling->template->text, false), "</div>\n", out);
    else
        write_story_html(&filling->story, brief, out);
}

/* Whom it is for, as `target`. */
static struct cel_value recipient_value(const struct effect_recipient *recipient,
                                        struct arena *arena)
{
    struct effect_pairs pairs;
    effect_pairs_init(&pairs, 5, arena);
    effect_pairs_add(&pairs, "kind", cel_string(recipient->kind));
    effect_pairs_add(&pairs, "id", cel_string(recipient->id));
    effect_pairs_add(&pairs, "name", cel_string(recipient->name));
    effect_pairs_add(&pairs, "email", cel_string(recipient->email));
    effect_pairs_add(&pairs, "address", cel_string(recipient->address));
    return effect_pairs_map(&pairs);
}

static void begin(struct filling *filling, const struct effect_message *message,
                  const struct effect_recipient *recipient, int64_t now_us)
{
    static const struct policy_template none;
    const struct policy_notifications *notifications = &filling->release->notifications;
    filling->message = message;
    filling->template =
        message->purpose == POLICY_DELIVER ? &none : &notifications->templates[message->purpose];
    effect_story_tell(filling->release, message, recipient, filling->arena, &filling->story);
    effect_inputs_init(filling->inputs, filling->release, message, now_us, filling->arena);
    if (recipient != NULL)
        filling->inputs->variables[POLICY_OUTBOX_TARGET] =
            recipient_value(recipient, filling->arena);
}

static void write_one(struct filling *filling, struct effect_text *ret, struct buffer *text,
                      struct buffer *html)
{
    ret->subject = subject_of(filling);
    write_text(filling, false, text);
    write_html(filling, false, html);
}

/* ---- several that are told together */

static void write_item(struct filling *filling, struct buffer *text, struct buffer *html)
{
    struct bytes subject = subject_of(filling);
    if (text->size > 0)
        buffer_append_char(text, '\n');
    buffer_printf(text, "* %.*s\n", BYTES_ARG(subject));
    write_text(filling, true, text);
    write_element("<h2 style=\"font-size:17px;margin:16px 0 4px\">", subject, "</h2>\n", html);
    write_html(filling, true, html);
}

/* ---- whole */

static struct bytes keep(struct buffer *buffer, struct arena *arena)
{
    struct bytes text = arena_copy(arena, buffer_bytes(buffer));
    buffer_release(buffer);
    return text;
}

static bool is_document(const struct filling *filling, size_t count)
{
    const char *html = count == 1 && filling->template != NULL ? filling->template->html : NULL;
    return html != NULL && strstr(html, "<html") != NULL;
}

void effect_template_fill(const struct policy_release *release,
                          const struct effect_message *const *messages, size_t count,
                          const struct effect_recipient *recipient, int64_t now_us,
                          struct arena *arena, struct effect_text *ret)
{
    struct effect_inputs inputs;
    struct buffer text, html, missing, document;
    struct filling filling = {
        .release = release, .inputs = &inputs, .arena = arena, .missing = &missing};
    buffer_init(&text, EFFECT_TEXT_MAX);
    buffer_init(&html, EFFECT_TEXT_MAX);
    buffer_init(&missing, MISSING_MAX);
    buffer_init(&document, EFFECT_TEXT_MAX + sizeof html_head + sizeof html_body + 2048);
    for (size_t i = 0; i < count; i++) {
        begin(&filling, messages[i], recipient, now_us);
        if (count == 1)
            write_one(&filling, ret, &text, &html);
        else
            write_item(&filling, &text, &html);
    }
    if (count > 1)
        ret->subject = bytes_of(arena_printf(arena, "%zu things for you", count));
    if (!is_document(&filling, count)) {
        write_element(html_head, ret->subject, html_body, &document);
        buffer_append_bytes(&document, buffer_bytes(&html));
        buffer_append_bytes(&document, bytes_of(html_end));
    } else {
        buffer_append_bytes(&document, buffer_bytes(&html));
    }
    buffer_release(&html);
    ret->text = keep(&text, arena);
    ret->html = keep(&document, arena);
    ret->missing = keep(&missing, arena);
}
