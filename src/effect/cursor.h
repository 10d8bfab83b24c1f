/* Where polls ended, by destination: DATA/cursors.json. A file that is lost means that they begin
 * at the beginning, which costs time and changes nothing twice. The effect thread's. */
#ifndef ML_EFFECT_CURSOR_H
#define ML_EFFECT_CURSOR_H

#include "base/bytes.h"

struct effects;

/* Empty: it was never polled. Good until the next call. */
struct bytes cursors_get(struct effects *effects, const char *destination);
void cursors_set(struct effects *effects, const char *destination, struct bytes cursor);
/* Writes them when they have changed. */
void cursors_save(struct effects *effects);

#endif
