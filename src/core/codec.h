/* What the files of the codec share (codec.c, codec_clock.c, codec_edge.c,
 * codec_outbox.c, codec_read.c, codec_watch.c). */
#ifndef ML_CORE_CODEC_H
#define ML_CORE_CODEC_H

#include "base/id.h"
#include "core/internal.h"

/* Words of enum policy_key_kind. */
enum { CODEC_KEY_KINDS = POLICY_KEY_EXTERNAL_ID + 1 };
extern const char *const codec_key_kinds[CODEC_KEY_KINDS];

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
/* Member `class`, required: an index in that release. */
int decoder_class(struct decoder *d, const struct policy_release *release, uint32_t *ret);
/* Members `release` and `source`: an index in the core, and one in that release. */
int decoder_release_source(struct decoder *d, uint32_t *ret_release, uint32_t *ret_source);

/* The index of a rep, or CORE_NONE when there is no such member. */
int decoder_rep_if(struct decoder *d, const char *key, uint32_t *ret);
/* The member `attributes`, as values that outlive the tree and as its own text. */
int decoder_attributes(struct decoder *d, const struct policy_schema *schema,
                       const struct cel_value **ret_values, struct bytes *ret_text);

/* ---- codec_clock.c: members that several have; what is absent, or 0, is left out */
void encoder_lead(struct json_writer *json, const char *key, uint64_t number);
void encoder_entity(struct json_writer *json, const char *key, enum id_letter letter,
                    uint64_t number);
void encoder_time_if(struct json_writer *json, const char *key, int64_t time_us);
void encoder_rep_if(struct json_writer *json, const struct core *core, const char *key,
                    uint32_t rep);
void encoder_deadlines(struct json_writer *json, const int64_t deadlines[static POLICY_OBJECTIVES]);
int decoder_lead(struct decoder *d, const char *key, uint64_t *ret);
int decoder_entity(struct decoder *d, const char *key, enum id_letter letter, uint64_t *ret);
int64_t decoder_time(struct decoder *d, const char *key); /* 0: absent */
void decoder_deadlines(struct decoder *d, int64_t deadlines[static POLICY_OBJECTIVES]);
int decoder_measure(struct decoder *d, enum core_measure *ret);
int decoder_objective(struct decoder *d, enum policy_objective *ret); /* required */
/* Of an event that is about an entity: its number, and the lead it is about. *ret_is_entity false:
 * the event is about a lead, a dead letter or nothing. */
int decoder_entity_subject(struct decoder *d, struct bytes subject, bool *ret_is_entity);

/* One for each type of event. */
void clock_write_escalated(struct json_writer *json, const struct core *core,
                           const struct core_event *event);
void clock_write_acknowledged(struct json_writer *json, const struct core *core,
                              const struct core_event *event);
void clock_write_enriched(struct json_writer *json, const struct core *core,
                          const struct core_event *event);
void clock_write_exception(struct json_writer *json, const struct core *core,
                           const struct core_event *event);
void clock_write_resolved(struct json_writer *json, const struct core *core,
                          const struct core_event *event);
int clock_read_escalated(struct decoder *d);
int clock_read_acknowledged(struct decoder *d);
int clock_read_enriched(struct decoder *d);
int clock_read_exception(struct decoder *d);
int clock_read_resolved(struct decoder *d);

/* ---- codec_watch.c */
void watch_write_surge(struct json_writer *json, const struct core *core,
                       const struct core_event *event);
void watch_write_alert(struct json_writer *json, const struct core *core,
                       const struct core_event *event);
void watch_write_silence(struct json_writer *json, const struct core *core,
                         const struct core_event *event);
void watch_write_page(struct json_writer *json, const struct core *core,
                      const struct core_event *event);
void watch_write_incident(struct json_writer *json, const struct core *core,
                          const struct core_event *event);
void watch_write_remediation(struct json_writer *json, const struct core *core,
                             const struct core_event *event);
int watch_read_surge(struct decoder *d);
int watch_read_alert(struct decoder *d);
int watch_read_silence(struct decoder *d);
int watch_read_page(struct decoder *d);
int watch_read_incident(struct decoder *d);
int watch_read_remediation(struct decoder *d);

/* ---- codec_outbox.c */
/* The member `dues`, which any event may have. */
void outbox_write_dues(struct json_writer *json, const struct core *core,
                       const struct core_event *event);
int outbox_read_dues(struct decoder *d);
void outbox_write_delivery(struct json_writer *json, const struct core *core,
                           const struct core_event *event);
void outbox_write_destination(struct json_writer *json, const struct core *core,
                              const struct core_event *event);
void outbox_write_sync(struct json_writer *json, const struct core *core,
                       const struct core_event *event);
int outbox_read_delivery(struct decoder *d);
int outbox_read_destination(struct decoder *d);
int outbox_read_sync(struct decoder *d);

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
