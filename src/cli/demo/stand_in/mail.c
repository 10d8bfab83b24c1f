/* A mail server that people and partners have their addresses at: takes every mail. */
#include "cli/demo/stand_in/stand_in.h"

#include "base/error.h"

#include <stdlib.h>
#include <string.h>

struct mailbox {
    uint64_t mails;
};

static void *open_mailbox(void)
{
    struct mailbox *mailbox = calloc(1, sizeof *mailbox);
    if (mailbox == NULL)
        panic("out of memory (stand-in)");
    return mailbox;
}

static void keep(void *state, const struct smtp_mail *mail)
{
    struct mailbox *mailbox = state;
    (void)mail;
    mailbox->mails++;
}

static uint64_t kept(const void *state)
{
    return ((const struct mailbox *)state)->mails;
}

/* Who writes a mail names it: the delivery's id stands before the @. */
struct bytes stand_in_mail_key(struct bytes text)
{
    static const char name[] = "\r\nMessage-ID: <";
    const char *at = memmem(text.data, text.size, name, sizeof name - 1);
    if (at == NULL)
        return (struct bytes){0};
    at += sizeof name - 1;
    const char *stop = memchr(at, '@', (size_t)(text.data + text.size - at));
    return stop != NULL ? (struct bytes){at, (size_t)(stop - at)} : (struct bytes){0};
}

const struct stand_in_kind stand_in_mail = {
    .name = "mail", .open = open_mailbox, .close = free, .keep = keep, .kept = kept};
