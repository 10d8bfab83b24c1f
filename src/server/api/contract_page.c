/* The page. HTML is written by templates in which {} stands for text, which is escaped. */
#include "server/api/contract_page.h"

#include "base/json_lines.h"
#include "policy/edge/kind.h"

#include <stdarg.h>

const char contract_page_policy[] =
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

enum { EXAMPLE_MAX = 256 * 1024, EXAMPLE_COLUMNS = 84, KIB = 1024 };

struct writing {
    const struct contract_page *page;
    struct arena *arena;
    struct buffer *out;
    struct bytes example;  /* compact JSON */
    bool example_complete; /* the contract takes it */
};

/* ---- HTML */

static void escape(struct buffer *out, struct bytes text)
{
    for (size_t i = 0; i < text.size; i++)
        switch (text.data[i]) {
        case '<': buffer_append(out, "&lt;", 4); break;
        case '>': buffer_append(out, "&gt;", 4); break;
        case '&': buffer_append(out, "&amp;", 5); break;
        case '"': buffer_append(out, "&quot;", 6); break;
        default: buffer_append_char(out, text.data[i]); break;
        }
}

/* Each {} takes a struct bytes. */
static void put(struct writing *writing, const char *html, ...)
{
    va_list arguments;
    va_start(arguments, html);
    for (const char *at = html; *at != '\0'; at++) {
        if (at[0] == '{' && at[1] == '}') {
            escape(writing->out, va_arg(arguments, struct bytes));
            at++;
        } else {
            buffer_append_char(writing->out, *at);
        }
    }
    va_end(arguments);
}

static struct bytes number_text(struct writing *writing, uint64_t number)
{
    return bytes_of(arena_printf(writing->arena, "%llu", (unsigned long long)number));
}

/* "100,000". */
static struct bytes count_text(struct writing *writing, uint64_t number)
{
    struct bytes digits = number_text(writing, number);
    char *text = arena_alloc(writing->arena, digits.size + digits.size / 3 + 1);
    size_t length = 0;
    for (size_t i = 0; i < digits.size; i++) {
        if (i > 0 && (digits.size - i) % 3 == 0)
            text[length++] = ',';
        text[length++] = digits.data[i];
    }
    return (struct bytes){text, length};
}

static const char style[] =
    "<style>\n"
    ":root{color-scheme:light dark;--ink:#1d2129;--soft:#5b6472;--line:#d9dde3;--paper:#fff;"
    "--shade:#f4f6f8;--mark:#0b5cad;--must:#a8330f}\n"
    "@media(prefers-color-scheme:dark){:root{--ink:#e4e7eb;--soft:#a0a8b4;--line:#3a414b;"
    "--paper:#16191d;--shade:#20252b;--mark:#7db8f5;--must:#f0956f}}\n"
    "body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,sans-serif}\n"
    "main{max-width:64rem;margin:0 auto;padding:2rem 1.25rem 4rem}\n"
    "h1{font-size:1.9rem;line-height:1.2;margin:0 0 .3rem}h2{font-size:1.3rem;margin:2.4rem 0 "
    ".6rem}\n"
    "p{margin:.5rem 0;max-width:46rem}ul{margin:.5rem 0;padding-left:1.3rem;max-width:46rem}\n"
    ".soft{color:var(--soft)}a{color:var(--mark)}\n"
    "code,pre{font:.875em/1.5 ui-monospace,SFMono-Regular,Menlo,monospace}\n"
    "code{background:var(--shade);border-radius:3px;padding:.1em .3em;overflow-wrap:anywhere}\n"
    "pre{background:var(--shade);border:1px solid var(--line);border-radius:6px;padding:.8rem "
    "1rem;overflow-x:auto}pre code{background:none;padding:0}\n"
    ".wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.92rem}\n"
    "th,td{text-align:left;vertical-align:top;padding:.45rem .7rem .45rem 0;border-bottom:1px "
    "solid var(--line)}th{color:var(--soft);font-weight:600}\n"
    "td.name{white-space:nowrap}td.name code{background:none;padding:0;font-weight:600}\n"
    ".must{color:var(--must);font-weight:600}.tag{border:1px solid "
    "var(--line);border-radius:9px;padding:0 .5em;font-size:.85em;white-space:nowrap}\n"
    ".on{border-color:var(--mark);color:var(--mark)}\n"
    "nav{margin:1.2rem 0;display:flex;gap:1.1rem;flex-wrap:wrap}\n"
    "</style>\n";

/* ---- the head */

static void put_head(struct writing *writing)
{
    const struct contract_page *page = writing->page;
    const struct policy_source *source = page->source;
    struct bytes title = bytes_of(source->title);
    put(writing,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<title>{}: what to send</title>\n",
        title);
    buffer_append(writing->out, style, sizeof style - 1);
    put(writing,
        "</head>\n<body>\n<main>\n<h1>{}</h1>\n<p class=\"soft\">Contract of the source "
        "<code>{}</code> of {}",
        title, bytes_of(source->name), bytes_of(page->mesh));
    if (page->contract != NULL)
        put(writing, ", version {}", number_text(writing, page->contract->version));
    put(writing, ". Whoever sends leads here reads on this page what to send, where, and what "
                 "comes back.</p>\n");
    if (source->kind != NULL)
        put(writing, "<p>This source takes what <strong>{}</strong> sends. {}</p>\n",
            bytes_of(source->kind->title), bytes_of(source->kind->about));
    put(writing, "<nav><a href=\"#send\">Send</a><a href=\"#fields\">Fields</a>"
                 "<a href=\"#answers\">Answers</a><a href=\"#versions\">Versions</a>"
                 "<a href=\"#limits\">Limits</a></nav>\n");
}

/* ---- the example */

static bool is_valid(const struct contract_page *page, struct bytes text, struct arena *arena)
{
    const struct contract_instance *instance;
    if (contract_instance_parse(text, NULL, arena, &instance, NULL) != 0)
        return false;
    if (page->contract == NULL)
        return true; /* made for the schema, and by it alone */
    struct contract_scratch *scratch = contract_scratch_new();
    bool valid = contract_schema_validate(page->contract->schema, instance, scratch);
    contract_scratch_free(scratch);
    return valid;
}

/* With everything that may be there if the contract takes that; else with what must be. */
static void make_example(struct writing *writing)
{
    struct buffer text;
    buffer_init(&text, EXAMPLE_MAX);
    for (int full = 1; full >= 0 && !writing->example_complete; full--) {
        buffer_clear(&text);
        contract_example(&writing->page->schemas, full == 1, &text);
        if (text.overflow)
            buffer_clear(&text);
        writing->example = arena_copy(writing->arena, buffer_bytes(&text));
        writing->example_complete =
            text.size > 0 && is_valid(writing->page, writing->example, writing->arena);
    }
    buffer_release(&text);
}

/* For a shell, inside single quotes. */
static struct bytes shell_quote(struct writing *writing, struct bytes text)
{
    struct buffer out;
    buffer_init(&out, 4 * (text.size + 1));
    for (size_t i = 0; i < text.size; i++)
        if (text.data[i] == '\'')
            buffer_append(&out, "'\\''", 4);
        else
            buffer_append_char(&out, text.data[i]);
    struct bytes kept = arena_copy(writing->arena, buffer_bytes(&out));
    buffer_release(&out);
    return kept;
}

static void put_example(struct writing *writing)
{
    struct buffer lines;
    buffer_init(&lines, 2 * (size_t)EXAMPLE_MAX);
    json_lines(writing->example, EXAMPLE_COLUMNS, &lines);
    struct bytes body = shell_quote(writing, buffer_bytes(&lines));
    buffer_release(&lines);
    if (!writing->example_complete)
        put(writing, "<p>This record shows the shape only: values that the contract would take "
                     "could not be made up from it.</p>\n");
    put(writing,
        "<pre><code>curl {}/v1/sources/{}/leads \\\n  -H 'Authorization: Bearer YOUR-KEY' \\\n"
        "  -H 'Content-Type: application/json' \\\n  -H 'Idempotency-Key: YOUR-OWN-ID' \\\n",
        writing->page->base, bytes_of(writing->page->source->name));
    if (writing->page->contract != NULL && writing->page->source->contract_count > 1)
        put(writing, "  -H 'Contract-Version: {}' \\\n",
            number_text(writing, writing->page->contract->version));
    put(writing, "  -d '{}'</code></pre>\n", body);
}

/* ---- sending */

static void put_origins(struct writing *writing)
{
    const struct policy_source *source = writing->page->source;
    if (source->origin_count == 0)
        return;
    put(writing, "<li>Web pages of ");
    for (size_t i = 0; i < source->origin_count; i++)
        put(writing, i > 0 ? ", <code>{}</code>" : "<code>{}</code>", bytes_of(source->origins[i]));
    put(writing, source->open ? " may post here from the browser, and need no key.</li>\n"
                              : " may post here from the browser, with a key.</li>\n");
}

static void put_send(struct writing *writing)
{
    const struct contract_page *page = writing->page;
    put(writing,
        "<h2 id=\"send\">Send</h2>\n<p><code>POST {}/v1/sources/{}/leads</code></p>\n<ul>\n"
        "<li><strong>Key.</strong> Each request carries the key that you were given for this "
        "source: <code>Authorization: Bearer mlt_…</code>; or it is signed with a secret that you "
        "were given, ",
        page->base, bytes_of(page->source->name));
    if (page->source->kind != NULL)
        put(writing, "in the way of {}, or ", bytes_of(page->source->kind->title));
    put(writing, "by the rules of Standard Webhooks (<code>webhook-id</code>, "
                 "<code>webhook-timestamp</code>, <code>webhook-signature</code>).</li>\n");
    put_origins(writing);
    put(writing,
        "<li><strong>One record</strong> as JSON (<code>application/json</code>), as an HTML form "
        "post, or as a CloudEvent.</li>\n"
        "<li><strong>Many records</strong> as NDJSON, one JSON object a line "
        "(<code>application/x-ndjson</code>), or as CSV with a header row "
        "(<code>text/csv</code>): the answer has one line for each, and a record that is wrong "
        "stops none of the others.</li>\n"
        "<li><strong>Repeats.</strong> Give every record an id of your own in "
        "<code>Idempotency-Key</code>. When the answer is lost, send the same again under the "
        "same key: it is taken once.</li>\n</ul>\n");
    put_example(writing);
    put(writing, "<p>For programs there is a JSON Schema (2020-12): ");
    if (page->contract != NULL)
        put(writing, "of <a href=\"/v1/contracts/{}/{}\">this version</a>, and of ",
            bytes_of(page->source->name), number_text(writing, page->contract->version));
    put(writing, "<a href=\"/v1/contracts/{}\">what is in force</a>.</p>\n",
        bytes_of(page->source->name));
}

/* ---- the fields */

static void put_need(struct writing *writing, enum contract_need need)
{
    static const char *const words[] = {
        [CONTRACT_OPTIONAL] = "",
        [CONTRACT_SOMETIMES] = "in some cases",
        [CONTRACT_REQUIRED] = "<span class=\"must\">required</span>",
    };
    put(writing, words[need]);
}

static void put_field(struct writing *writing, const struct contract_field *field)
{
    put(writing, "<tr><td class=\"name\"><code>{}</code></td><td>{}", field->path, field->type);
    if (field->format.size > 0)
        put(writing, ", <code>{}</code>", field->format);
    put(writing, "</td><td>");
    put_need(writing, field->need);
    put(writing, "</td><td>");
    if (field->deprecated)
        put(writing, "<span class=\"tag\">to be given up</span> ");
    put(writing, "{}", field->description);
    bool said = field->description.size > 0;
    if (field->rules.size > 0)
        put(writing, said ? "<br><span class=\"soft\">{}</span>" : "<span class=\"soft\">{}</span>",
            field->rules);
    if (field->example.size > 0)
        put(writing,
            said || field->rules.size > 0
                ? "<br><span class=\"soft\">example <code>{}</code></span>"
                : "<span class=\"soft\">example <code>{}</code></span>",
            field->example);
    put(writing, "</td></tr>\n");
}

static void put_fields(struct writing *writing)
{
    struct contract_outline outline;
    contract_outline(&writing->page->schemas, writing->arena, &outline);
    put(writing, "<h2 id=\"fields\">Fields</h2>\n");
    put(writing, outline.closed ? "<p>Other members than these are refused.</p>\n"
                                : "<p>Other members may come; they are passed over.</p>\n");
    put(writing, "<div class=\"wide\"><table>\n<thead><tr><th>Name</th><th>Type</th><th></th>"
                 "<th>What it is</th></tr></thead>\n<tbody>\n");
    for (size_t i = 0; i < outline.count; i++)
        put_field(writing, &outline.fields[i]);
    put(writing, "</tbody></table></div>\n");
    if (outline.truncated)
        put(writing, "<p>The schema has more, or deeper, fields than are shown here.</p>\n");
    put(writing, "<p class=\"soft\"><code>a.b</code> is the member <code>b</code> of the object "
                 "<code>a</code>, <code>a[].b</code> that of each item of the list "
                 "<code>a</code>.</p>\n");
    put(writing, writing->page->contract == NULL
                     ? "<p>Forms and CSV have nothing but texts: numbers and yes or no are read "
                       "from them, and what is left empty counts as left out.</p>\n"
                     : "<p>Forms and CSV have nothing but texts: they suit fields of the type "
                       "text; the others need JSON.</p>\n");
}

/* ---- the answers */

/* A real one: what the contract says to a record without anything in it. */
static void put_refusal(struct writing *writing)
{
    const struct policy_contract *contract = writing->page->contract;
    const struct contract_instance *empty;
    struct contract_report report = {0};
    struct buffer text, lines;
    struct json_writer json;
    if (contract == NULL ||
        contract_instance_parse(BYTES_LITERAL("{}"), NULL, writing->arena, &empty, NULL) != 0)
        return;
    struct contract_scratch *scratch = contract_scratch_new();
    contract_schema_report(contract->schema, empty, scratch, writing->arena, &report);
    contract_scratch_free(scratch);
    if (report.valid)
        return;
    buffer_init(&text, EXAMPLE_MAX);
    buffer_init(&lines, EXAMPLE_MAX);
    json_begin(&json, &text);
    json_object_open(&json);
    json_member(&json, "type", BYTES_LITERAL("/problems/invalid-lead"));
    json_member_integer(&json, "status", 422);
    json_member(&json, "dead_letter", BYTES_LITERAL("D12"));
    json_key(&json, "errors");
    json_array_open(&json);
    json_object_open(&json);
    json_member(&json, "pointer", report.errors[0].instance_location);
    json_member(&json, "message", report.errors[0].message);
    json_member(&json, "rule", report.errors[0].keyword_location);
    json_object_close(&json);
    json_array_close(&json);
    json_object_close(&json);
    json_lines(buffer_bytes(&text), EXAMPLE_COLUMNS, &lines);
    put(writing,
        "<p>A record <code>{}</code>, for example, is answered with</p>\n<pre><code>{}"
        "</code></pre>\n",
        BYTES_LITERAL("{}"), buffer_bytes(&lines));
    buffer_release(&text);
    buffer_release(&lines);
}

static void put_answers(struct writing *writing)
{
    static const char *const rows[][2] = {
        {"201", "A lead. It has an id and an owner; the record is safely stored."},
        {"200", "Taken as well: the person is known and the record is a touchpoint of the same "
                "lead; or it was repeated under its Idempotency-Key; or it is no lead by the "
                "contract (<code>skipped</code>)."},
        {"207", "Of several records some were refused: see each of the results."},
        {"400", "The body cannot be read as what its Content-Type says. The place is named."},
        {"401, 403", "The key is missing, wrong, or of another source."},
        {"413", "Too large; nothing was stored."},
        {"415", "A media type that is not taken; nothing was stored."},
        {"422", "The record breaks the contract. <code>errors</code> names every place as a JSON "
                "Pointer, the rule, and what would be right. The record is kept under the id in "
                "<code>dead_letter</code>."},
        {"429, 503", "Too much at once; nothing was stored. Send the same again after the seconds "
                     "in <code>Retry-After</code>."},
    };
    put(writing, "<h2 id=\"answers\">Answers</h2>\n<div class=\"wide\"><table>\n<tbody>\n");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        put(writing, "<tr><td class=\"name\"><code>{}</code></td><td>", bytes_of(rows[i][0]));
        put(writing, rows[i][1]);
        put(writing, "</td></tr>\n");
    }
    put(writing,
        "</tbody></table></div>\n"
        "<p>Refusals are <code>application/problem+json</code> (RFC 9457); the page behind their "
        "<code>type</code> says what to do.</p>\n");
    put_refusal(writing);
    put(writing,
        "<p><strong>What becomes of refused records.</strong> With 400 and 422 the record is kept "
        "whole, as a dead letter. Those who own the source see it there, beside others with the "
        "same mistake. When the contract is mended, they replay what was kept, with the time at "
        "which it first came in: you need not send it again. When the record itself is wrong, send "
        "it corrected, under the same Idempotency-Key: it takes the place of the one that was "
        "kept.</p>\n");
}

/* ---- versions and limits */

static void put_version(struct writing *writing, const struct policy_contract *contract)
{
    const struct contract_page *page = writing->page;
    struct bytes name = bytes_of(page->source->name);
    struct bytes number = number_text(writing, contract->version);
    put(writing,
        "<tr><td class=\"name\"><a href=\"/v1/contracts/{}/{}/docs\">version {}</a></td><td>", name,
        number, number);
    if (contract->version == page->rollout.active)
        put(writing, "<span class=\"tag on\">in force</span> ");
    if (contract->version == page->rollout.candidate)
        put(writing, page->rollout.mode == POLICY_CANARY
                         ? "<span class=\"tag on\">candidate: reads a share of the records</span> "
                         : "<span class=\"tag\">candidate: tried beside the one in force</span> ");
    if (contract->version == page->rollout.previous)
        put(writing, "<span class=\"tag\">in force before</span> ");
    put(writing, "</td><td><a href=\"/v1/contracts/{}/{}\">schema</a></td></tr>\n", name, number);
}

static void put_versions(struct writing *writing)
{
    const struct policy_source *source = writing->page->source;
    put(writing, "<h2 id=\"versions\">Versions</h2>\n");
    if (source->contract_count == 0) {
        put(writing, "<p>This source has no versions: the fields are those of the lead itself.</p>"
                     "\n");
        return;
    }
    put(writing, "<div class=\"wide\"><table>\n<tbody>\n");
    for (size_t i = source->contract_count; i > 0; i--)
        put_version(writing, &source->contracts[i - 1]);
    put(writing,
        "</tbody></table></div>\n<p>Records are read by the version in force, unless you say "
        "which one you send: <code>Contract-Version: {}</code>.</p>\n",
        number_text(writing, writing->page->contract->version));
}

static void put_limits(struct writing *writing)
{
    const struct contract_page *page = writing->page;
    put(writing,
        "<h2 id=\"limits\">Limits</h2>\n<ul>\n<li>{} KiB for one record; {} MiB and {} "
        "records for one NDJSON or CSV body.</li>\n",
        number_text(writing, page->record_bytes / KIB),
        number_text(writing, page->batch_bytes / KIB / KIB),
        count_text(writing, page->batch_records));
    if (page->source->rate > 0)
        put(writing, "<li>{} records a second, {} at once; more get 429.</li>\n",
            count_text(writing, page->source->rate), count_text(writing, page->source->burst));
    put(writing, "<li>JSON is UTF-8; forms and CSV may name another encoding in "
                 "<code>charset=</code>.</li>\n"
                 "<li>A record is taken or refused as a whole, and stored before you are "
                 "answered.</li>\n</ul>\n</main>\n</body>\n</html>\n");
}

void contract_page_write(const struct contract_page *page, struct arena *arena, struct buffer *out)
{
    struct writing writing = {.page = page, .arena = arena, .out = out};
    make_example(&writing);
    put_head(&writing);
    put_send(&writing);
    put_fields(&writing);
    put_answers(&writing);
    put_versions(&writing);
    put_limits(&writing);
}
