/* E-mail as it goes over the wire (RFC 5322, 2045, 2047): headers that cannot be broken out of, and
 * a text in two forms. */
#ifndef ML_EFFECT_MIME_H
#define ML_EFFECT_MIME_H

#include "base/arena.h"

#include <stdint.h>

struct mime_mail {
    struct bytes from;       /* "leads@example.com" or "Leads <leads@example.com>" */
    const char *const *to;   /* addresses, NULL-terminated, at least one */
    struct bytes subject;    /* UTF-8 */
    const char *id;          /* of the message, unique: "M12"; letters and digits */
    int64_t time_us;         /* UTC; of the Date header */
    struct bytes text, html; /* UTF-8 */
};

enum { MIME_RECIPIENTS_MAX = 50 };

/* The address in "Name <address>", or the whole. */
struct bytes mime_address(struct bytes mailbox);
/* True for something that may stand as an address in a header and an envelope: one @ with something
 * on both sides, and none of blanks, control characters and <>,;:"() and backslashes. */
bool mime_is_address(struct bytes address);
/* multipart/alternative, lines of at most 78 characters ended by CRLF. Control characters in
 * headers become blanks. In `arena`. */
struct bytes mime_write(const struct mime_mail *mail, struct arena *arena);

#endif
