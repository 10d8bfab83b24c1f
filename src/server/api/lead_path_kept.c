/* A picture depends on the view, the release and the window, and on the time only in that leads
 * leave the window. So it is good for a moment while things happen, for longer while nothing does,
 * and never for somebody who wants to see more than it shows. One thread draws a window; those who
 * come meanwhile wait for it instead of drawing the same.
 *
 * Measured with 100,000 leads in the window and 24 more a second: one picture takes 60 ms, and
 * twenty pages that ask every four seconds take 8 % of a core, all else included; when each insists
 * on the newest event, 35 %, and before pictures were shared, 33 %. */
#include "server/api/lead_path_kept.h"

#include "base/hash.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    PICTURES = 8, /* windows at once; the oldest gives way */
    PICTURE_CEILING = 64 * 1024 * 1024,
};
#define MINUTE_US INT64_C(60000000)
/* While nothing happens, a picture is good for this part of its window, and for so long at most. */
#define QUIET_PART INT64_C(360)
#define QUIET_US INT64_C(10000000)

struct kept_picture {
    uint64_t minutes;   /* 0: of no window yet */
    bool drawing;       /* a thread does; what is kept is of the time before */
    struct buffer text; /* empty: nothing is kept */
    char release[HASH256_TEXT_SIZE];
    uint64_t seq;     /* that the view had when the drawing began */
    int64_t drawn_us; /* likewise the time */
};

struct kept_pictures {
    const struct engine *engine;
    int64_t keep_us;
    pthread_mutex_t lock;
    pthread_cond_t drawn;
    struct kept_picture pictures[PICTURES];
    uint64_t count; /* that were begun */
};

struct kept_pictures *kept_pictures_new(const struct engine *engine, uint32_t keep_ms)
{
    struct kept_pictures *pictures = calloc(1, sizeof *pictures);
    if (pictures == NULL)
        panic("out of memory (pictures)");
    pictures->engine = engine;
    pictures->keep_us = INT64_C(1000) * keep_ms;
    pthread_mutex_init(&pictures->lock, NULL);
    pthread_cond_init(&pictures->drawn, NULL);
    for (size_t i = 0; i < PICTURES; i++)
        buffer_init(&pictures->pictures[i].text, PICTURE_CEILING);
    return pictures;
}

void kept_pictures_free(struct kept_pictures *pictures)
{
    if (pictures == NULL)
        return;
    for (size_t i = 0; i < PICTURES; i++)
        buffer_release(&pictures->pictures[i].text);
    pthread_cond_destroy(&pictures->drawn);
    pthread_mutex_destroy(&pictures->lock);
    free(pictures);
}

static struct kept_picture *find(struct kept_pictures *pictures, uint64_t minutes)
{
    for (size_t i = 0; i < PICTURES; i++)
        if (pictures->pictures[i].minutes == minutes)
            return &pictures->pictures[i];
    return NULL;
}

/* A clock that was set back makes every picture an old one. */
static bool will_do(const struct kept_pictures *pictures, const struct kept_picture *picture,
                    const struct picture_wish *wish)
{
    if (picture->text.size == 0 || picture->seq < wish->min_seq ||
        strcmp(picture->release, wish->release) != 0)
        return false;
    int64_t age_us = engine_now_us(pictures->engine) - picture->drawn_us;
    int64_t quiet_us = (int64_t)wish->minutes * MINUTE_US / QUIET_PART;
    if (quiet_us > QUIET_US)
        quiet_us = QUIET_US;
    bool quiet = engine_view_seq(pictures->engine) == picture->seq;
    return age_us >= 0 && (age_us < pictures->keep_us || (quiet && age_us < quiet_us));
}

/* NULL: all windows are being drawn, and this picture will be kept by nobody. */
static struct kept_picture *make_room(struct kept_pictures *pictures)
{
    struct kept_picture *oldest = NULL;
    for (size_t i = 0; i < PICTURES; i++) {
        struct kept_picture *picture = &pictures->pictures[i];
        if (!picture->drawing && (oldest == NULL || picture->drawn_us < oldest->drawn_us))
            oldest = picture;
    }
    if (oldest != NULL)
        buffer_clear(&oldest->text);
    return oldest;
}

static void begin(struct kept_pictures *pictures, struct kept_picture *picture,
                  struct picture_wish *wish)
{
    pictures->count++;
    wish->seq = engine_view_seq(pictures->engine);
    wish->now_us = engine_now_us(pictures->engine);
    wish->kept = picture;
    if (picture != NULL) {
        picture->minutes = wish->minutes;
        picture->drawing = true;
    }
}

bool kept_pictures_take(struct kept_pictures *pictures, struct picture_wish *wish,
                        struct buffer *ret)
{
    pthread_mutex_lock(&pictures->lock);
    struct kept_picture *picture = find(pictures, wish->minutes);
    while (picture != NULL && picture->drawing && !will_do(pictures, picture, wish)) {
        pthread_cond_wait(&pictures->drawn, &pictures->lock);
        picture = find(pictures, wish->minutes); /* another window may be there now */
    }
    bool found = picture != NULL && will_do(pictures, picture, wish);
    if (found)
        buffer_append_bytes(ret, buffer_bytes(&picture->text));
    else
        begin(pictures, picture != NULL ? picture : make_room(pictures), wish);
    pthread_mutex_unlock(&pictures->lock);
    return found;
}

void kept_pictures_put(struct kept_pictures *pictures, const struct picture_wish *wish,
                       struct bytes text)
{
    struct kept_picture *picture = wish->kept;
    pthread_mutex_lock(&pictures->lock);
    if (picture != NULL) {
        picture->drawing = false;
        picture->seq = wish->seq;
        picture->drawn_us = wish->now_us;
        snprintf(picture->release, sizeof picture->release, "%s", wish->release);
        buffer_clear(&picture->text);
        buffer_append_bytes(&picture->text, text);
    }
    pthread_cond_broadcast(&pictures->drawn);
    pthread_mutex_unlock(&pictures->lock);
}

uint64_t kept_pictures_drawn(struct kept_pictures *pictures)
{
    pthread_mutex_lock(&pictures->lock);
    uint64_t count = pictures->count;
    pthread_mutex_unlock(&pictures->lock);
    return count;
}
