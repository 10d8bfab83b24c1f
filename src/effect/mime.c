/* E-mail by RFC 5322 (messages), 2045 (quoted-printable), 2046 (alternatives) and 2047 (words in
 * headers that are not ASCII). Pure. */
#include "effect/mime.h"

#include "base/buffer.h"
#include "base/time.h"

#include <sodium.h>

enum {
    LINE_MAX_OF_BODY = 76,
    WORD_BYTES_MAX = 42, /* of UTF-8 in one encoded word: 56 characters of base64, and 12 around */
    MAIL_MAX = 4 * 1024 * 1024,
};

/* ---- addresses */

struct bytes mime_address(struct bytes mailbox)
{
    const char *open = mailbox.size > 0 ? memrchr(mailbox.data, '<', mailbox.size) : NULL;
    if (open == NULL || mailbox.data[mailbox.size - 1] != '>')
        return mailbox;
    return (struct bytes){open + 1, (size_t)(mailbox.data + mailbox.size - open) - 2};
}

bool mime_is_address(struct bytes address)
{
    size_t at = 0, count = 0;
    for (size_t i = 0; i < address.size; i++) {
        unsigned char byte = (unsigned char)address.data[i];
        if (byte <= 0x20 || byte == 0x7f || strchr("<>,;:\"()\\", byte) != NULL)
            return false;
        if (byte == '@') {
            at = i;
            count++;
        }
    }
    return count == 1 && at > 0 && at + 1 < address.size && address.size <= 254;
}

/* ---- headers */

static bool is_plain(struct bytes text)
{
    for (size_t i = 0; i < text.size; i++)
        if ((unsigned char)text.data[i] < 0x20 || (unsigned char)text.data[i] >= 0x7f)
            return false;
    return memmem(text.data, text.size, "=?", 2) == NULL;
}

/* As many bytes of whole characters as one word holds. */
static size_t word_size(struct bytes text)
{
    size_t size = text.size < WORD_BYTES_MAX ? text.size : WORD_BYTES_MAX;
    while (size < text.size && size > 1 && ((unsigned char)text.data[size] & 0xc0) == 0x80)
        size--;
    return size;
}

static void write_encoded(struct buffer *out, struct bytes text)
{
    for (bool first = true; text.size > 0; first = false) {
        unsigned char piece[WORD_BYTES_MAX];
        char encoded[2 * WORD_BYTES_MAX];
        size_t size = word_size(text);
        for (size_t i = 0; i < size; i++) {
            unsigned char byte = (unsigned char)text.data[i];
            piece[i] = byte < 0x20 || byte == 0x7f ? ' ' : byte;
        }
        sodium_bin2base64(encoded, sizeof encoded, piece, size, sodium_base64_VARIANT_ORIGINAL);
        buffer_printf(out, "%s=?UTF-8?B?%s?=", first ? "" : "\r\n ", encoded);
        text = (struct bytes){text.data + size, text.size - size};
    }
}

/* Folded at blanks, so that lines stay short. */
static void write_folded(struct buffer *out, struct bytes text, size_t column)
{
    while (text.size > 0) {
        const char *blank = text.size > 1 ? memchr(text.data + 1, ' ', text.size - 1) : NULL;
        size_t size = blank != NULL ? (size_t)(blank - text.data) : text.size;
        bool break_here = column + size > LINE_MAX_OF_BODY && text.data[0] == ' ' && size > 1;
        if (break_here) {
            buffer_append(out, "\r\n", 2);
            column = 0;
        }
        buffer_append(out, text.data, size);
        column += size;
        text = (struct bytes){text.data + size, text.size - size};
    }
}

static void write_unstructured(struct buffer *out, const char *name, struct bytes text)
{
    buffer_printf(out, "%s: ", name);
    if (text.size == 0 || !is_plain(text))
        write_encoded(out, text);
    else
        write_folded(out, text, strlen(name) + 2);
    buffer_append(out, "\r\n", 2);
}

/* RFC 5322, 3.2.3: words of which a name may consist as it is. */
static bool is_phrase(struct bytes name)
{
    for (size_t i = 0; i < name.size; i++) {
        char c = name.data[i];
        if (!(c >= '0' && c <= '9') && !((c | 0x20) >= 'a' && (c | 0x20) <= 'z') &&
            (c == '\0' || strchr(" !#$%&'*+-/=?^_`{|}~", c) == NULL))
            return false;
    }
    return name.size > 0 && is_plain(name);
}

static void write_from(struct buffer *out, struct bytes mailbox)
{
    struct bytes address = mime_address(mailbox);
    buffer_printf(out, "From: ");
    if (address.size < mailbox.size) {
        struct bytes name = {mailbox.data, (size_t)(address.data - mailbox.data) - 1};
        while (name.size > 0 && name.data[name.size - 1] == ' ')
            name.size--;
        if (is_phrase(name))
            buffer_append(out, name.data, name.size);
        else
            write_encoded(out, name);
        buffer_append_char(out, ' ');
    }
    buffer_printf(out, "<%.*s>\r\n", BYTES_ARG(address));
}

static void write_to(struct buffer *out, const char *const *to)
{
    buffer_printf(out, "To: ");
    for (size_t i = 0; to[i] != NULL; i++)
        buffer_printf(out, "%s<%s>", i > 0 ? ",\r\n " : "", to[i]);
    buffer_append(out, "\r\n", 2);
}

static void write_date(struct buffer *out, int64_t time_us)
{
    static const char *const days[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    int64_t day = time_us / TIME_US_PER_DAY;
    int second = (int)(time_us % TIME_US_PER_DAY / TIME_US_PER_SECOND);
    int32_t year;
    uint8_t month, of_month;
    time_civil(day, &year, &month, &of_month);
    buffer_printf(out, "Date: %s, %d %s %d %02d:%02d:%02d +0000\r\n", days[day % 7], of_month,
                  months[month - 1], year, second / 3600, second / 60 % 60, second % 60);
}

static void write_headers(struct buffer *out, const struct mime_mail *mail)
{
    struct bytes address = mime_address(mail->from);
    const char *at = memrchr(address.data, '@', address.size);
    size_t before = at != NULL ? (size_t)(at - address.data) : 0;
    write_from(out, mail->from);
    write_to(out, mail->to);
    write_unstructured(out, "Subject", mail->subject);
    write_date(out, mail->time_us);
    buffer_printf(out, "Message-ID: <%s%.*s>\r\n", mail->id, (int)(address.size - before),
                  address.data + before);
    buffer_printf(out, "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n");
}

/* ---- bodies */

static bool needs_quoting(struct bytes text, size_t i)
{
    unsigned char byte = (unsigned char)text.data[i];
    bool last = i + 1 == text.size || text.data[i + 1] == '\n' || text.data[i + 1] == '\r';
    if (byte == ' ' || byte == '\t')
        return last; /* blanks at the end of a line get lost on the way */
    return byte < 0x21 || byte > 0x7e || byte == '=';
}

static void write_quoted(struct buffer *out, struct bytes text)
{
    size_t column = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == '\n') {
            buffer_append(out, "\r\n", 2);
            column = 0;
            continue;
        }
        if (text.data[i] == '\r' && i + 1 < text.size && text.data[i + 1] == '\n')
            continue;
        size_t size = needs_quoting(text, i) ? 3 : 1;
        if (column + size >= LINE_MAX_OF_BODY) {
            buffer_append(out, "=\r\n", 3);
            column = 0;
        }
        if (size == 3)
            buffer_printf(out, "=%02X", (unsigned)(unsigned char)text.data[i]);
        else
            buffer_append_char(out, text.data[i]);
        column += size;
    }
    if (column > 0)
        buffer_append(out, "\r\n", 2);
}

static void write_part(struct buffer *out, const char *id, const char *type, struct bytes text)
{
    buffer_printf(out, "--=_%s\r\nContent-Type: %s; charset=utf-8\r\n", id, type);
    buffer_printf(out, "Content-Transfer-Encoding: quoted-printable\r\n\r\n");
    write_quoted(out, text);
}

struct bytes mime_write(const struct mime_mail *mail, struct arena *arena)
{
    struct buffer out;
    buffer_init(&out, MAIL_MAX);
    write_headers(&out, mail);
    /* No text has "=_" in it: it is quoted. So the boundary occurs nowhere else. */
    buffer_printf(&out, "Content-Type: multipart/alternative; boundary=\"=_%s\"\r\n\r\n", mail->id);
    write_part(&out, mail->id, "text/plain", mail->text);
    write_part(&out, mail->id, "text/html", mail->html);
    buffer_printf(&out, "--=_%s--\r\n", mail->id);
    struct bytes text = arena_copy(arena, buffer_bytes(&out));
    buffer_release(&out);
    return text;
}
