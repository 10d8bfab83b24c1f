/* Structure: walks a document beside its table and reports what does not fit. What a name refers to
 * is not its business. */
#include "policy/internal.h"

#include "base/time.h"

#include <inttypes.h>

uint32_t policy_choice(const char *const *choices, struct bytes text)
{
    for (uint32_t i = 0; choices[i] != NULL; i++)
        if (bytes_is(text, choices[i]))
            return i;
    return POLICY_NONE;
}

/* ---- formats of a text: NULL, or what it must look like */

static bool only(struct bytes text, const char *others)
{
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        bool alphanumeric = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
        if (!alphanumeric && (c == '\0' || strchr(others, c) == NULL))
            return false;
    }
    return true;
}

static const char *check_text(struct bytes text)
{
    for (size_t i = 0; i < text.size; i++)
        if (strchr(" \t\r\n", text.data[i]) == NULL)
            return NULL;
    return "must not be empty; write something or leave the key out";
}

static const char *check_name(struct bytes text)
{
    bool good = text.size >= 1 && text.size <= 64 && only(text, "_-.@+") &&
                only((struct bytes){text.data, 1}, "_");
    return good ? NULL
                : "must be 1 to 64 letters, digits or _ - . @ +, and start with a letter, a "
                  "digit or _";
}

static const char *check_field(struct bytes text)
{
    static const char *const reserved[] = {"true", "false", "null", "in", NULL};
    bool good = text.size >= 1 && text.size <= 64 && only(text, "_") &&
                !(text.data[0] >= '0' && text.data[0] <= '9') &&
                policy_choice(reserved, text) == POLICY_NONE;
    return good ? NULL
                : "must be a name: letters, digits and _, at most 64, not a digit "
                  "first, not true, false, null or in";
}

static const char *check_email(struct bytes text)
{
    const char *at = text.size > 0 ? memchr(text.data, '@', text.size) : NULL;
    size_t before = at == NULL ? 0 : (size_t)(at - text.data);
    bool good = before > 0 && before + 1 < text.size;
    for (size_t i = 0; i < text.size; i++)
        good = good && strchr(" \t\r\n", text.data[i]) == NULL;
    return good ? NULL : "must be an e-mail address such as sam@example.com";
}

/* The tz database is not asked: that would be I/O. */
static const char *check_zone(struct bytes text)
{
    bool good = text.size >= 1 && text.size <= 64 && only(text, "/_-+") &&
                (memchr(text.data, '/', text.size) != NULL || bytes_is(text, "UTC"));
    return good ? NULL : "must be a time zone such as Europe/Berlin or UTC";
}

static const char *check_duration(struct bytes text)
{
    int64_t duration_us;
    if (duration_parse(text, &duration_us, NULL) != 0)
        return "must be a duration such as 60s, 5m, 4h or 1h30m";
    if (duration_us < TIME_US_PER_MS || duration_us > 366 * TIME_US_PER_DAY)
        return "must be a duration from 1ms to 366d";
    return NULL;
}

static const char *check_delay(struct bytes text)
{
    int64_t duration_us;
    if (duration_parse(text, &duration_us, NULL) == 0 && duration_us == 0)
        return NULL;
    return check_duration(text);
}

static const char *check_share(struct bytes text)
{
    int64_t hundredths;
    bool good = policy_hundredths_parse(text, "%", &hundredths) && hundredths <= 10000;
    return good ? NULL : "must be a percentage such as 5%, at most 100%, with two decimals at most";
}

static const char *check_times(struct bytes text)
{
    int64_t hundredths;
    bool good =
        policy_hundredths_parse(text, "x", &hundredths) && hundredths > 0 && hundredths <= 100000;
    return good ? NULL : "must be a multiple such as 3x or 1.5x, at most 1000x";
}

/* "enterprise", "enterprise/dach". */
static const char *check_group(struct bytes text)
{
    size_t depth = 0;
    for (size_t at = 0; at <= text.size && text.size > 0; depth++) {
        const char *slash = memchr(text.data + at, '/', text.size - at);
        size_t end = slash == NULL ? text.size : (size_t)(slash - text.data);
        if (check_name((struct bytes){text.data + at, end - at}) != NULL)
            return "must be 1 to 64 letters, digits or _ - . @ +, and start with a letter, a "
                   "digit or _";
        at = end + 1;
    }
    if (depth == 0)
        return check_text(text);
    return depth <= POLICY_GROUPS_MAX ? NULL : "names more than 8 groups in each other";
}

static const char *(*const format_checks[POLICY_FORMATS])(struct bytes) = {
    [POLICY_FORMAT_TEXT] = check_text,
    [POLICY_FORMAT_NAME] = check_name,
    [POLICY_FORMAT_FIELD] = check_field,
    [POLICY_FORMAT_EMAIL] = check_email,
    [POLICY_FORMAT_ZONE] = check_zone,
    [POLICY_FORMAT_DURATION] = check_duration,
    [POLICY_FORMAT_DELAY] = check_delay,
    [POLICY_FORMAT_GROUP] = check_group,
    [POLICY_FORMAT_SHARE] = check_share,
    [POLICY_FORMAT_TIMES] = check_times,
    [POLICY_FORMAT_URL] = policy_check_url,
    [POLICY_FORMAT_SMTP] = policy_check_smtp,
    [POLICY_FORMAT_NATS] = policy_check_nats,
    [POLICY_FORMAT_CONNECTION] = policy_check_connection,
    [POLICY_FORMAT_PATH] = policy_check_path,
    [POLICY_FORMAT_SIZE] = policy_check_size,
    [POLICY_FORMAT_HEADER] = policy_check_header,
    [POLICY_FORMAT_LINE] = policy_check_line,
    [POLICY_FORMAT_MAILBOX] = policy_check_mailbox,
};

/* ---- kinds */

static unsigned accepts_of(enum policy_node_kind kind)
{
    switch (kind) {
    case POLICY_NODE_BOOLEAN: return POLICY_ACCEPT_BOOLEAN;
    case POLICY_NODE_INTEGER: return POLICY_ACCEPT_INTEGER | POLICY_ACCEPT_NUMBER;
    case POLICY_NODE_NUMBER: return POLICY_ACCEPT_NUMBER;
    case POLICY_NODE_TEXT: return POLICY_ACCEPT_TEXT;
    case POLICY_NODE_LIST: return POLICY_ACCEPT_LIST;
    case POLICY_NODE_OBJECT: return POLICY_ACCEPT_OBJECT;
    case POLICY_NODE_NULL: return POLICY_ACCEPT_NULL;
    default: return 0;
    }
}

static const char *expectation(unsigned accepts)
{
    static const struct {
        unsigned accepts;
        const char *words;
    } table[] = {
        {POLICY_ACCEPT_TEXT, "a text"},
        {POLICY_ACCEPT_INTEGER, "a whole number"},
        {POLICY_ACCEPT_NUMBER, "a number"},
        {POLICY_ACCEPT_BOOLEAN, "true or false"},
        {POLICY_ACCEPT_LIST, "a list"},
        {POLICY_ACCEPT_OBJECT, "a mapping of keys to values"},
        {POLICY_ACCEPT_TEXT | POLICY_ACCEPT_OBJECT, "a text or a mapping"},
        {POLICY_ACCEPT_LIST | POLICY_ACCEPT_OBJECT, "a mapping or a list of mappings"},
        {POLICY_ACCEPT_TEXT | POLICY_ACCEPT_OBJECT | POLICY_ACCEPT_LIST,
         "a text, a mapping or a list"},
        {POLICY_ACCEPT_TEXT | POLICY_ACCEPT_NUMBER, "a number or a text"},
        {POLICY_ACCEPT_INTEGER | POLICY_ACCEPT_OBJECT, "a whole number or a mapping"},
        {POLICY_ACCEPT_TEXT | POLICY_ACCEPT_INTEGER, "a text or a whole number"},
        {POLICY_ACCEPT_TEXT | POLICY_ACCEPT_NULL, "a text, or null to take it away"},
        {POLICY_ACCEPT_TEXT | POLICY_ACCEPT_NUMBER | POLICY_ACCEPT_BOOLEAN,
         "a text, a number, true or false"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (table[i].accepts == accepts)
            return table[i].words;
    return "a text, a number, true, false or a list";
}

/* `label` names the place: "`capacity`", "an item of `members`". */
static void report_kind(struct policy_build *build, const struct policy_node *node,
                        const struct policy_shape *shape, const char *label)
{
    if (shape->meaning == POLICY_MEANS_SECRET && node->kind <= POLICY_NODE_TEXT) {
        policy_report(build, node, /* without the text */
                      "%s is a secret, which must not stand in a mesh; write {env: NAME} for a "
                      "variable of the environment, or {file: secrets/name} for a file",
                      label);
        return;
    }
    bool quotes_help = (shape->accepts & POLICY_ACCEPT_TEXT) != 0 &&
                       node->kind >= POLICY_NODE_BOOLEAN && node->kind <= POLICY_NODE_NUMBER;
    policy_report(build, node, "%s must be %s, got %s%s", label, expectation(shape->accepts),
                  policy_node_describe(&build->scratch, node),
                  quotes_help ? "; put it in quotes" : "");
}

/* ---- the walk */

static void check_node(struct policy_build *build, const struct policy_node *node,
                       const struct policy_shape *shape, const char *label);

static bool may_hold_password(struct bytes text, enum policy_format format)
{
    return format == POLICY_FORMAT_CONNECTION ||
           (format >= POLICY_FORMAT_URL && format < POLICY_FORMAT_CONNECTION &&
            memchr(text.data, '@', text.size) != NULL);
}

static void check_scalar(struct policy_build *build, const struct policy_node *node,
                         const struct policy_shape *shape, const char *label)
{
    if (node->kind == POLICY_NODE_INTEGER && (shape->minimum != 0 || shape->maximum != 0) &&
        (node->integer < shape->minimum || node->integer > shape->maximum)) {
        policy_report(build, node, "%s must be between %" PRId64 " and %" PRId64 ", got `%.*s`",
                      label, shape->minimum, shape->maximum, POLICY_CLIP(node->text));
        return;
    }
    if (node->kind != POLICY_NODE_TEXT)
        return;
    if (shape->choices == NULL) {
        const char *wrong = format_checks[shape->format](node->text);
        if (wrong != NULL && may_hold_password(node->text, shape->format))
            policy_report(build, node, "%s %s", label, wrong); /* it is not repeated here */
        else if (wrong != NULL)
            policy_report(build, node, "%s %s, got `%.*s`", label, wrong, POLICY_CLIP(node->text));
    } else if (policy_choice(shape->choices, node->text) == POLICY_NONE) {
        const char *list = shape->choices[0];
        size_t count = 1;
        for (; shape->choices[count] != NULL; count++)
            list = arena_printf(&build->scratch, "%s, %s", list, shape->choices[count]);
        policy_report(build, node, "%s must be %s%s, got `%.*s`%s", label,
                      count > 1 ? "one of " : "", list, POLICY_CLIP(node->text),
                      policy_hint(build, node->text, shape->choices, count));
    }
}

/* From the environment, or from a file. */
static void check_secret(struct policy_build *build, const struct policy_node *node,
                         const char *label)
{
    bool env = policy_node_get(node, "env") != NULL, file = policy_node_get(node, "file") != NULL;
    if (env == file)
        policy_report(build, node,
                      "%s is a secret: give it one of {env: NAME}, a variable of the environment, "
                      "and {file: secrets/name}",
                      label);
}

static void check_list(struct policy_build *build, const struct policy_node *node,
                       const struct policy_shape *shape, const char *label)
{
    if (node->count < shape->least)
        policy_report(build, node, "%s is empty; add at least one item", label);
    const char *item_label = arena_printf(&build->scratch, "an item of %s", label);
    for (const struct policy_item *item = node->items; item != NULL; item = item->next)
        check_node(build, item->value, shape->element, item_label);
}

static const struct policy_member *find_member(const struct policy_member *members,
                                               struct bytes name)
{
    for (; members->name != NULL; members++)
        if (bytes_is(name, members->name))
            return members;
    return NULL;
}

static void report_unknown_key(struct policy_build *build, const struct policy_node *key,
                               const struct policy_shape *shape, const char *label)
{
    enum { NAMES_MAX = 32 };
    if (policy_report_full(build))
        return;
    const char *names[NAMES_MAX];
    size_t count = 0;
    for (; count < NAMES_MAX && shape->members[count].name != NULL; count++)
        names[count] = shape->members[count].name;
    const char *hint = policy_hint(build, key->text, names, count);
    if (hint[0] == '\0') {
        hint = arena_printf(&build->scratch, "; the keys here are %s", names[0]);
        for (size_t i = 1; i < count; i++)
            hint = arena_printf(&build->scratch, "%s, %s", hint, names[i]);
    }
    policy_report(build, key, "unknown key `%.*s` in %s%s", POLICY_CLIP(key->text), label, hint);
}

static void check_members(struct policy_build *build, const struct policy_node *node,
                          const struct policy_shape *shape, const char *label)
{
    for (const struct policy_item *item = node->items; item != NULL; item = item->next) {
        const struct policy_member *member = find_member(shape->members, item->key->text);
        if (member == NULL) {
            report_unknown_key(build, item->key, shape, label);
        } else if (item->value->kind != POLICY_NODE_NULL) {
            check_node(build, item->value, member->shape,
                       arena_printf(&build->scratch, "`%s`", member->name));
        } else if (member->required) {
            policy_report(build, item->key, "`%s` has no value; give it one", member->name);
        }
    }
    for (const struct policy_member *member = shape->members; member->name != NULL; member++) {
        bool given = false;
        for (const struct policy_item *item = node->items; item != NULL; item = item->next)
            given = given || bytes_is(item->key->text, member->name);
        if (member->required && !given)
            policy_report(build, node, "`%s` is missing in %s", member->name, label);
    }
}

static void check_free_keys(struct policy_build *build, const struct policy_node *node,
                            const struct policy_shape *shape, const char *label)
{
    if (node->count < shape->least)
        policy_report(build, node, "%s is empty; add at least one key", label);
    for (const struct policy_item *item = node->items; item != NULL; item = item->next) {
        const char *wrong = format_checks[shape->key_format](item->key->text);
        if (wrong != NULL)
            policy_report(build, item->key, "a key of %s %s, got `%.*s`", label, wrong,
                          POLICY_CLIP(item->key->text));
        const char *value_label =
            arena_printf(&build->scratch, "`%.*s`", POLICY_CLIP(item->key->text));
        check_node(build, item->value, shape->element, value_label);
    }
}

static void check_node(struct policy_build *build, const struct policy_node *node,
                       const struct policy_shape *shape, const char *label)
{
    if ((accepts_of(node->kind) & shape->accepts) == 0)
        report_kind(build, node, shape, label);
    else if (node->kind == POLICY_NODE_LIST && shape->element != NULL)
        check_list(build, node, shape, label);
    else if (node->kind == POLICY_NODE_OBJECT && shape->members != NULL)
        check_members(build, node, shape, label);
    else if (node->kind == POLICY_NODE_OBJECT && shape->element != NULL)
        check_free_keys(build, node, shape, label);
    else if (shape->accepts != POLICY_ACCEPT_ANY)
        check_scalar(build, node, shape, label);
    if (node->kind == POLICY_NODE_OBJECT && shape->meaning == POLICY_MEANS_SECRET)
        check_secret(build, node, label);
}

void policy_check_as(struct policy_build *build, const struct policy_node *node,
                     const struct policy_shape *shape, const char *label)
{
    check_node(build, node, shape, label);
}

void policy_check(struct policy_build *build, const struct policy_node *root,
                  const struct policy_shape *shape)
{
    check_node(build, root, shape, "this file");
}
