/* A record of another system as a command: which lead it is about, and what it says of it. */
#ifndef ML_EFFECT_CHANGE_H
#define ML_EFFECT_CHANGE_H

#include "core/core.h"
#include "store/store.h"

/* Fills *ret with a CORE_SYNC command by the destination's `sync` (its lead, change, time, fields);
 * all of it lives in `arena`, release and destination. `reader` knows leads by their ids over
 * there; used for this call only, by one thread. ML_ENOTFOUND: the record is about no lead of ours,
 * which is no mistake; ML_EINVAL with a sentence: it cannot be read. Any thread. */
int effect_change_read(const struct policy_release *release,
                       const struct policy_destination *destination, struct store_reader *reader,
                       const struct cel_value *record, int64_t now_us, struct arena *arena,
                       struct core_command *ret, struct error *err);

#endif
