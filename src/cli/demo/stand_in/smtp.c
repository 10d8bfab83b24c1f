/* Receiving mail. Each connection is a small machine that is fed line by line. */
#include "cli/demo/stand_in/smtp.h"

#include "base/buffer.h"
#include "base/error.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PEERS_MAX = 32, LINE_MAX_SIZE = 4096, LIST_MAX = 8192, LISTENER = 0, STOP = 1, FIXED = 2 };

struct peer {
    int socket;           /* -1: free */
    bool in_text;         /* after DATA, up to the line that is a dot */
    bool over;            /* has said QUIT, or too much */
    struct buffer unread; /* what has come and is no whole line yet */
    struct buffer from, to, text;
};

struct smtp {
    int listener, stop;
    pthread_t thread;
    smtp_take *take;
    void *context;
    struct peer peers[PEERS_MAX];
};

/* ---- one connection */

static void say(struct peer *peer, const char *reply)
{
    char line[SMTP_REPLY_SIZE + 2];
    int size = snprintf(line, sizeof line, "%s\r\n", reply);
    if (send(peer->socket, line, (size_t)size, MSG_NOSIGNAL) != size)
        peer->over = true; /* so short a reply always has room, unless nobody is there */
}

static void forget_mail(struct peer *peer)
{
    buffer_clear(&peer->from);
    buffer_clear(&peer->to);
    buffer_clear(&peer->text);
    peer->in_text = false;
}

static void open_peer(struct peer *peer, int socket)
{
    *peer = (struct peer){.socket = socket};
    buffer_init(&peer->unread, SMTP_MAIL_MAX);
    buffer_init(&peer->from, LIST_MAX);
    buffer_init(&peer->to, LIST_MAX);
    buffer_init(&peer->text, SMTP_MAIL_MAX);
    say(peer, "220 mail.example ready");
}

static void close_peer(struct peer *peer)
{
    close(peer->socket);
    buffer_release(&peer->unread);
    buffer_release(&peer->from);
    buffer_release(&peer->to);
    buffer_release(&peer->text);
    peer->socket = -1;
}

/* What stands between < and >. */
static struct bytes address_in(struct bytes line)
{
    const char *open = memchr(line.data, '<', line.size);
    const char *close =
        open != NULL ? memchr(open, '>', (size_t)(line.data + line.size - open)) : NULL;
    return close != NULL ? (struct bytes){open + 1, (size_t)(close - open - 1)} : (struct bytes){0};
}

static bool begins(struct bytes line, const char *word)
{
    size_t size = strlen(word);
    return line.size >= size && strncasecmp(line.data, word, size) == 0;
}

static const char *obey_recipient(struct peer *peer, struct bytes line)
{
    struct bytes address = address_in(line);
    if (address.size == 0)
        return "501 whom is it for?";
    if (peer->to.size > 0)
        buffer_append_bytes(&peer->to, BYTES_LITERAL(", "));
    buffer_append_bytes(&peer->to, address);
    return peer->to.overflow ? "452 too many recipients" : "250 accepted";
}

static const char *obey(struct peer *peer, struct bytes line)
{
    if (begins(line, "EHLO") || begins(line, "HELO"))
        return "250 mail.example";
    if (begins(line, "MAIL FROM:")) {
        forget_mail(peer);
        buffer_append_bytes(&peer->from, address_in(line));
        return "250 accepted";
    }
    if (begins(line, "RCPT TO:"))
        return obey_recipient(peer, line);
    if (begins(line, "DATA")) {
        peer->in_text = peer->to.size > 0;
        return peer->in_text ? "354 go on, up to a dot" : "503 whom is it for?";
    }
    if (begins(line, "RSET"))
        forget_mail(peer);
    peer->over = begins(line, "QUIT");
    if (peer->over)
        return "221 goodbye";
    return begins(line, "RSET") || begins(line, "NOOP") ? "250 accepted" : "502 not known here";
}

static void end_mail(struct smtp *smtp, struct peer *peer)
{
    char reply[SMTP_REPLY_SIZE] = "552 too large";
    const struct smtp_mail mail = {.from = buffer_bytes(&peer->from),
                                   .to = buffer_bytes(&peer->to),
                                   .text = buffer_bytes(&peer->text)};
    if (!peer->text.overflow)
        smtp->take(smtp->context, &mail, reply);
    forget_mail(peer);
    say(peer, reply);
}

/* A line without its end. A dot before what begins with one is the sender's (RFC 5321, 4.5.2). */
static void take_line(struct smtp *smtp, struct peer *peer, struct bytes line)
{
    if (!peer->in_text) {
        say(peer, obey(peer, line));
        return;
    }
    if (bytes_is(line, ".")) {
        end_mail(smtp, peer);
        return;
    }
    if (line.size > 0 && line.data[0] == '.')
        line = (struct bytes){line.data + 1, line.size - 1};
    buffer_append_bytes(&peer->text, line);
    buffer_append_bytes(&peer->text, BYTES_LITERAL("\r\n"));
}

static void read_peer(struct smtp *smtp, struct peer *peer)
{
    char piece[LINE_MAX_SIZE];
    ssize_t got = recv(peer->socket, piece, sizeof piece, 0);
    if (got > 0)
        buffer_append(&peer->unread, piece, (size_t)got);
    struct bytes rest = buffer_bytes(&peer->unread);
    const char *newline;
    while (!peer->over && rest.data != NULL &&
           (newline = memchr(rest.data, '\n', rest.size)) != NULL) {
        size_t whole = (size_t)(newline - rest.data) + 1, size = whole - 1;
        if (size > 0 && rest.data[size - 1] == '\r')
            size--;
        take_line(smtp, peer, (struct bytes){rest.data, size});
        rest = (struct bytes){rest.data + whole, rest.size - whole};
    }
    if (got <= 0 || peer->over || peer->unread.overflow || peer->unread.data == NULL) {
        close_peer(peer);
        return;
    }
    memmove(peer->unread.data, rest.data, rest.size);
    peer->unread.size = rest.size;
}

/* ---- all of them */

static void accept_peer(struct smtp *smtp)
{
    int socket = accept4(smtp->listener, NULL, NULL, SOCK_CLOEXEC);
    for (size_t i = 0; socket >= 0 && i < PEERS_MAX; i++)
        if (smtp->peers[i].socket < 0) {
            open_peer(&smtp->peers[i], socket);
            return;
        }
    if (socket >= 0)
        close(socket);
}

static void *serve(void *context)
{
    struct smtp *smtp = context;
    struct pollfd waits[FIXED + PEERS_MAX] = {[LISTENER] = {.fd = smtp->listener, .events = POLLIN},
                                              [STOP] = {.fd = smtp->stop, .events = POLLIN}};
    while (waits[STOP].revents == 0) {
        for (size_t i = 0; i < PEERS_MAX; i++) /* poll passes over what is -1 */
            waits[FIXED + i] = (struct pollfd){.fd = smtp->peers[i].socket, .events = POLLIN};
        if (poll(waits, FIXED + PEERS_MAX, -1) <= 0)
            continue;
        for (size_t i = 0; i < PEERS_MAX; i++)
            if (waits[FIXED + i].revents != 0)
                read_peer(smtp, &smtp->peers[i]);
        if (waits[LISTENER].revents != 0)
            accept_peer(smtp);
    }
    return NULL;
}

struct smtp *smtp_start(int listener, smtp_take *take, void *context)
{
    struct smtp *smtp = calloc(1, sizeof *smtp);
    if (smtp == NULL)
        panic("out of memory (stand-in)");
    *smtp = (struct smtp){
        .listener = listener, .stop = eventfd(0, EFD_CLOEXEC), .take = take, .context = context};
    for (size_t i = 0; i < PEERS_MAX; i++)
        smtp->peers[i].socket = -1;
    if (smtp->stop >= 0 && pthread_create(&smtp->thread, NULL, serve, smtp) == 0)
        return smtp;
    if (smtp->stop >= 0)
        close(smtp->stop);
    free(smtp);
    return NULL;
}

void smtp_stop(struct smtp *smtp)
{
    eventfd_write(smtp->stop, 1);
    pthread_join(smtp->thread, NULL);
    for (size_t i = 0; i < PEERS_MAX; i++)
        if (smtp->peers[i].socket >= 0)
            close_peer(&smtp->peers[i]);
    close(smtp->listener);
    close(smtp->stop);
    free(smtp);
}
