/* What the files of the codec share (codec.c, codec_edge.c). */
#ifndef ML_CORE_CODEC_H
#define ML_CORE_CODEC_H

#include "core/internal.h"

struct decoder {
    const struct core *core;
    struct bytes data;
    struct json_object *object;
    struct arena *arena;
    struct core_event *event;
    struct error *err;
    char place[48];
};

int decoder_corrupt(struct decoder *d, const char *member);
/* Text that outlives the tree. */
struct bytes decoder_text(struct decoder *d, const char *key);
/* A member as it was written, byte for byte; empty when there is none. */
struct bytes decoder_raw(struct decoder *d, const char *key);
uint32_t decoder_u32(struct decoder *d, const char *key);
bool decoder_bool(struct decoder *d, const char *key);
/* The index of the word among `count` of them. */
int decoder_word(struct decoder *d, const char *key, const char *const *words, size_t count,
                 unsigned *ret);
/* Members `release` and `source`: an index in the core, and one in that release. */
int decoder_release_source(struct decoder *d, uint32_t *ret_release, uint32_t *ret_source);

/* ---- codec_edge.c: one for each type of event */
void edge_write_refused(struct json_writer *json, const struct core *core,
                        const struct core_event *event);
void edge_write_discarded(struct json_writer *json, const struct core *core,
                          const struct core_event *event);
void edge_write_switched(struct json_writer *json, const struct core *core,
                         const struct core_event *event);
void edge_write_notice(struct json_writer *json, const struct core *core,
                       const struct core_event *event);
int edge_read_refused(struct decoder *d);
int edge_read_discarded(struct decoder *d);
int edge_read_switched(struct decoder *d);
int edge_read_notice(struct decoder *d);
/* Members of a captured, reopened or touched event: contract, shadow, dead_letter. */
void edge_write_reading(struct json_writer *json, const struct core_event *event);
int edge_read_reading(struct decoder *d);

#endif
