/* The permanent business key: what makes two records the same person. */
#include "policy/internal.h"

enum { PHONE_DIGITS_MIN = 5, PHONE_DIGITS_MAX = 31 };

static struct bytes trim(struct bytes text)
{
    while (text.size > 0 && strchr(" \t\r\n", text.data[0]) != NULL && text.data[0] != '\0') {
        text.data++;
        text.size--;
    }
    while (text.size > 0 && text.data[text.size - 1] != '\0' &&
           strchr(" \t\r\n", text.data[text.size - 1]) != NULL)
        text.size--;
    return text;
}

static struct bytes field_text(const struct cel_value *values, uint32_t field)
{
    if (field == POLICY_NONE || values[field].kind != CEL_STRING)
        return (struct bytes){0};
    return trim(values[field].string);
}

/* Empty unless there is something on both sides of an @. */
static struct bytes normal_email(struct bytes email, struct arena *arena)
{
    const char *at = email.size > 0 ? memchr(email.data, '@', email.size) : NULL;
    if (at == NULL || at == email.data || at == email.data + email.size - 1)
        return (struct bytes){0};
    char *lower = arena_alloc(arena, email.size);
    for (size_t i = 0; i < email.size; i++) {
        char c = email.data[i];
        lower[i] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
    }
    return (struct bytes){lower, email.size};
}

static bool starts_with(struct bytes text, size_t at, const char *word)
{
    size_t size = strlen(word);
    return text.size - at >= size && memcmp(text.data + at, word, size) == 0;
}

/* Empty when too few digits are left to tell one person from another. */
static struct bytes normal_phone(struct bytes phone, struct arena *arena)
{
    char *digits = arena_alloc(arena, PHONE_DIGITS_MAX + 1);
    size_t size = 0, at = 0;
    bool international = starts_with(phone, 0, "+") || starts_with(phone, 0, "00");
    if (international) {
        digits[size++] = '+';
        at = phone.data[0] == '+' ? 1 : 2;
    }
    for (; at < phone.size && size < PHONE_DIGITS_MAX; at++) {
        char c = phone.data[at];
        if ((c | 0x20) >= 'a' && (c | 0x20) <= 'z')
            break; /* an extension */
        if (international && starts_with(phone, at, "(0)"))
            at += 2; /* the trunk prefix, dialled at home only */
        else if (c >= '0' && c <= '9')
            digits[size++] = c;
    }
    return size - international < PHONE_DIGITS_MIN ? (struct bytes){0}
                                                   : (struct bytes){digits, size};
}

enum policy_key_kind policy_business_key(const struct policy_release *release, uint32_t source,
                                         const struct cel_value *values, struct arena *arena,
                                         struct hash128 *ret)
{
    const struct policy_schema *schema = &release->schema;
    struct bytes key = normal_email(field_text(values, schema->email), arena);
    if (key.size > 0) {
        *ret = hash128_of((struct bytes[]){BYTES_LITERAL("email"), key}, 2);
        return POLICY_KEY_EMAIL;
    }
    key = normal_phone(field_text(values, schema->phone), arena);
    if (key.size > 0) {
        *ret = hash128_of((struct bytes[]){BYTES_LITERAL("phone"), key}, 2);
        return POLICY_KEY_PHONE;
    }
    key = field_text(values, schema->external_id);
    if (key.size > 0) {
        struct bytes name = bytes_of(release->sources[source].name);
        *ret = hash128_of((struct bytes[]){BYTES_LITERAL("external_id"), name, key}, 3);
        return POLICY_KEY_EXTERNAL_ID;
    }
    *ret = (struct hash128){0};
    return POLICY_KEY_NONE;
}
