/* Pictures of the lead path that were drawn a moment ago, for everybody who asks. Drawing one takes
 * as long as there are leads; a page asks for it every few seconds, and there may be many pages. */
#ifndef ML_SERVER_LEAD_PATH_KEPT_H
#define ML_SERVER_LEAD_PATH_KEPT_H

#include "base/buffer.h"
#include "engine/engine.h"

struct kept_pictures;
struct kept_picture;

/* What a picture is asked for with, and then what the caller draws. */
struct picture_wish {
    uint64_t minutes;
    const char *release;       /* the one in force */
    uint64_t min_seq;          /* the event that it must show; 0: whatever the view has */
    uint64_t seq;              /* set by _take: what is drawn shows this event, or more */
    int64_t now_us;            /* likewise: its time */
    struct kept_picture *kept; /* likewise: where it will be kept; or NULL */
};

/* `keep_ms`: as long as a picture is good while things happen. Borrows the engine. */
struct kept_pictures *kept_pictures_new(const struct engine *engine, uint32_t keep_ms);
void kept_pictures_free(struct kept_pictures *pictures); /* takes NULL */

/* Any thread; waits while somebody else draws what would do. True: a picture that will do was
 * appended to `ret`. False: the caller draws one, and must call kept_pictures_put with this wish.
 */
bool kept_pictures_take(struct kept_pictures *pictures, struct picture_wish *wish,
                        struct buffer *ret);
/* `text`: what was drawn, of which a copy is kept; empty: that has failed. */
void kept_pictures_put(struct kept_pictures *pictures, const struct picture_wish *wish,
                       struct bytes text);
/* That were drawn since the start. */
uint64_t kept_pictures_drawn(struct kept_pictures *pictures);

#endif
