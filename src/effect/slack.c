/* Slack by an incoming webhook: blocks of what is to be said, with the lead, its clock, its owner
 * and a link. Whoever has the address may post, so it is a secret. Runs on the effect thread. */
#include "effect/ask.h"
#include "effect/options.h"
#include "effect/story.h"
#include "effect/template.h"

#include "base/json_writer.h"

/* Slack's own ceilings, in characters; here in bytes, which are never fewer. */
enum { HEADER_MAX = 150, SECTION_MAX = 3000, FIELD_MAX = 2000, FIELDS_MAX = 10, LIST_MAX = 40 };

static int open_slack(const struct effect_place *place, void **ret_state, struct error *err)
{
    char *url;
    int rc = effect_secret_read(place->secrets, options_member(place->options, "url"), &url, err);
    if (rc == 0)
        *ret_state = url;
    return rc;
}

static void close_slack(void *state)
{
    effect_secret_free(state);
}

/* What is to be told, and to whom. */
struct posting {
    struct ask ask;
    struct effect_recipient recipient;
    struct effect_text text;
    struct json_writer json;
};

/* Slack reads three characters as its own. */
static struct bytes escape(struct bytes text, size_t limit, struct arena *arena)
{
    struct buffer out;
    buffer_init(&out, limit);
    for (size_t i = 0; i < text.size && !out.overflow; i++) {
        switch (text.data[i]) {
        case '<': buffer_append_bytes(&out, BYTES_LITERAL("&lt;")); break;
        case '>': buffer_append_bytes(&out, BYTES_LITERAL("&gt;")); break;
        case '&': buffer_append_bytes(&out, BYTES_LITERAL("&amp;")); break;
        default: buffer_append_char(&out, text.data[i]);
        }
    }
    while (out.overflow && out.size > 0 && ((unsigned char)out.data[out.size - 1] & 0x80) != 0)
        out.size--; /* perhaps half a character */
    struct bytes escaped = arena_copy(arena, buffer_bytes(&out));
    buffer_release(&out);
    return escaped;
}

/* ---- blocks */

/* A person's own address is a channel ("#…", "@…"), or a member id, which is called by name. */
static bool is_channel(struct bytes address)
{
    return address.size > 0 && (address.data[0] == '#' || address.data[0] == '@');
}

static const char *mention(const struct posting *posting)
{
    struct bytes address = posting->recipient.address;
    if (address.size == 0 || is_channel(address))
        return "";
    struct bytes member = escape(address, FIELD_MAX / 2, posting->ask.attempt->arena);
    return arena_printf(posting->ask.attempt->arena, "<@%.*s> ", BYTES_ARG(member));
}

static void write_words(struct posting *posting, const char *type, struct bytes text)
{
    json_object_open(&posting->json);
    json_member(&posting->json, "type", bytes_of(type));
    json_member(&posting->json, "text", text);
    json_object_close(&posting->json);
}

static void write_block(struct posting *posting, const char *type, const char *words,
                        struct bytes text)
{
    if (text.size == 0)
        return;
    json_object_open(&posting->json);
    json_member(&posting->json, "type", bytes_of(type));
    json_key(&posting->json, "text");
    write_words(posting, words, text);
    json_object_close(&posting->json);
}

static void write_section(struct posting *posting, struct bytes text)
{
    struct arena *arena = posting->ask.attempt->arena;
    struct bytes words = escape(text, SECTION_MAX - FIELD_MAX / 2, arena);
    if (words.size > 0)
        write_block(posting, "section", "mrkdwn",
                    bytes_of(arena_printf(arena, "%s%.*s", mention(posting), BYTES_ARG(words))));
}

static void write_fields(struct posting *posting, const struct effect_story *story)
{
    struct arena *arena = posting->ask.attempt->arena;
    if (story->fact_count == 0)
        return;
    json_object_open(&posting->json);
    json_member(&posting->json, "type", BYTES_LITERAL("section"));
    json_key(&posting->json, "fields");
    json_array_open(&posting->json);
    for (size_t i = 0; i < story->fact_count && i < FIELDS_MAX; i++) {
        struct bytes value = escape(story->facts[i].value, FIELD_MAX / 2, arena);
        write_words(
            posting, "mrkdwn",
            bytes_of(arena_printf(arena, "*%s*\n%.*s", story->facts[i].name, BYTES_ARG(value))));
    }
    json_array_close(&posting->json);
    json_object_close(&posting->json);
}

static void write_link(struct posting *posting, const struct effect_story *story)
{
    struct arena *arena = posting->ask.attempt->arena;
    if (story->url.size == 0)
        return;
    struct bytes url = escape(story->url, SECTION_MAX / 2, arena);
    write_block(posting, "section", "mrkdwn",
                bytes_of(arena_printf(arena, "<%.*s|%s>", BYTES_ARG(url), story->link)));
}

static void write_story(struct posting *posting, const struct effect_message *message)
{
    struct arena *arena = posting->ask.attempt->arena;
    const struct policy_release *release = posting->ask.place->release;
    struct effect_story story;
    effect_story_tell(release, message, &posting->recipient, arena, &story);
    write_block(posting, "header", "plain_text",
                effect_one_line(posting->text.subject, HEADER_MAX, arena));
    const struct policy_template *template = &release->notifications.templates[message->purpose];
    if (message->purpose != POLICY_DELIVER && template->text != NULL) {
        write_section(posting, posting->text.text); /* the mesh has words of its own */
    } else {
        struct buffer words;
        buffer_init(&words, SECTION_MAX);
        for (size_t i = 0; i < story.sentence_count; i++)
            buffer_printf(&words, "%s%.*s", i > 0 ? "\n" : "", BYTES_ARG(story.sentences[i]));
        write_section(posting, buffer_bytes(&words));
        buffer_release(&words);
    }
    write_fields(posting, &story);
    write_link(posting, &story);
}

/* Several together: a list. */
static void write_list(struct posting *posting)
{
    const struct effect_attempt *attempt = posting->ask.attempt;
    write_block(posting, "header", "plain_text", posting->text.subject);
    for (size_t i = 0; i < attempt->count && i < LIST_MAX; i++) {
        struct effect_story story;
        effect_story_tell(posting->ask.place->release, attempt->messages[i], &posting->recipient,
                          attempt->arena, &story);
        struct bytes subject = escape(story.subject, SECTION_MAX / 3, attempt->arena);
        struct bytes url = escape(story.url, SECTION_MAX / 3, attempt->arena);
        const char *line =
            url.size > 0
                ? arena_printf(attempt->arena, "• <%.*s|%.*s>", BYTES_ARG(url), BYTES_ARG(subject))
                : arena_printf(attempt->arena, "• %.*s", BYTES_ARG(subject));
        write_block(posting, "section", "mrkdwn", bytes_of(line));
    }
    if (attempt->count > LIST_MAX)
        write_section(posting, bytes_of(arena_printf(attempt->arena, "… and %zu more",
                                                     attempt->count - LIST_MAX)));
}

/* ---- the request */

/* What is shown where blocks are not: in notifications of the desktop, and by `text`. */
static int summary_of(struct posting *posting, struct bytes *ret, struct error *err)
{
    *ret = posting->text.subject;
    return ask_option(posting->ask.place, "text") == NULL
               ? 0
               : ask_text(&posting->ask, "text", ret, err);
}

static struct bytes write_body(struct posting *posting, struct bytes summary)
{
    struct effect_attempt *attempt = posting->ask.attempt;
    struct effect_recipient *recipient = &posting->recipient;
    const char *channel = options_text(posting->ask.place->options, "channel");
    bool own_words = ask_option(posting->ask.place, "text") != NULL && attempt->count == 1 &&
                     attempt->messages[0]->purpose == POLICY_DELIVER;
    struct buffer body;
    buffer_init(&body, EFFECT_BODY_MAX);
    json_begin(&posting->json, &body);
    json_object_open(&posting->json);
    json_member_if(&posting->json, "channel",
                   is_channel(recipient->address) ? recipient->address : bytes_of(channel));
    json_member(&posting->json, "text", escape(summary, SECTION_MAX, attempt->arena));
    if (!own_words) {
        json_key(&posting->json, "blocks");
        json_array_open(&posting->json);
        if (attempt->count == 1)
            write_story(posting, attempt->messages[0]);
        else
            write_list(posting);
        json_array_close(&posting->json);
    }
    json_object_close(&posting->json);
    struct bytes text = arena_copy(attempt->arena, buffer_bytes(&body));
    buffer_release(&body);
    return text;
}

static enum effect_step begin(struct posting *posting, const char *url,
                              struct effect_request *request, struct core_receipt *ret)
{
    struct effect_attempt *attempt = posting->ask.attempt;
    const struct effect_place *place = posting->ask.place;
    struct bytes summary;
    struct error err = {0};
    effect_recipient_find(place->release, place->declared, attempt->messages[0]->target,
                          attempt->arena, &posting->recipient);
    effect_template_fill(place->release, attempt->messages, attempt->count, &posting->recipient,
                         attempt->now_us, attempt->arena, &posting->text);
    if (summary_of(posting, &summary, &err) != 0) {
        effect_refuse(attempt, ret, "%s", err.message);
        return EFFECT_DONE;
    }
    request->method = "POST";
    request->url = url;
    request->body = write_body(posting, summary);
    ask_header(request, BYTES_LITERAL("Content-Type"), BYTES_LITERAL("application/json"));
    struct bytes *missing = arena_alloc(attempt->arena, sizeof *missing);
    *missing = posting->text.missing;
    attempt->memory = missing;
    return EFFECT_ASK;
}

static enum effect_step converse(void *state, const struct effect_place *place,
                                 struct effect_attempt *attempt, const struct effect_answer *answer,
                                 struct effect_request *request, struct core_receipt *ret)
{
    struct effect_inputs inputs;
    struct posting posting = {.ask = {place, attempt, &inputs}};
    if (answer == NULL) {
        effect_inputs_init(&inputs, place->release, attempt->messages[0], attempt->now_us,
                           attempt->arena);
        return begin(&posting, state, request, ret);
    }
    const struct bytes *missing = attempt->memory;
    effect_judge(answer, attempt, ret);
    if (ret->outcome == CORE_OUTCOME_OK && missing->size > 0)
        ret->excerpt =
            bytes_of(arena_printf(attempt->arena, "sent without %.*s", BYTES_ARG(*missing)));
    ret->response_id = ask_answer_id(answer);
    return EFFECT_DONE;
}

const struct effect_kind effect_slack = {
    .kind = POLICY_SLACK, .open = open_slack, .close = close_slack, .converse = converse};
