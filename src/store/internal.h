/* The inside of the view: the write handle, what it keeps in memory of the tables, and the row of a
 * lead while a batch of events runs over it. Nothing outside src/store includes this. */
#ifndef ML_STORE_INTERNAL_H
#define ML_STORE_INTERNAL_H

#include "store/clock.h"
#include "store/outbox.h"

#include <sqlite3.h>

extern const char store_schema[]; /* schema.sql */

enum {
    STORE_APPLICATION_ID = 0x4d4c5356, /* "MLSV", in the file's header */
    STORE_KEY_SIZE = 16,               /* of a hash128 as a blob */
    STORE_KEY_ENTRY_SIZE = 16,         /* of lead_key_index.entries */
    STORE_RECENT_NAMES = 1024,
};

/* ---- sqlite.c */

/* Fills `err` from what SQLite says and returns its code; "cannot <doing>: …". */
int store_sqlite_failed(sqlite3 *db, int rc, const char *path, const char *doing,
                        struct error *err);
int store_sqlite_open(const char *path, const char *vfs, int flags, sqlite3 **ret,
                      struct error *err);
int store_sqlite_exec(sqlite3 *db, const char *path, const char *sql, struct error *err);
int store_sqlite_prepare(sqlite3 *db, const char *path, const char *sql, sqlite3_stmt **ret,
                         struct error *err);
/* Runs a statement that answers with no row, and resets it. */
int store_sqlite_run(sqlite3_stmt *statement, const char *path, struct error *err);
/* 1 with a row, 0 at the end (the statement is reset), ML_E… (the statement is reset). */
int store_sqlite_step(sqlite3_stmt *statement, const char *path, struct error *err);
/* The first column of all its rows; what the statement may answer with must fit. On an error
 * *ret_count stays as it was. */
int store_sqlite_numbers(sqlite3_stmt *statement, const char *path, uint64_t *ret_numbers,
                         size_t *ret_count, struct error *err);
/* The format version and whose file it is; ML_EVERSION or ML_ECORRUPT when it is not this one's. */
int store_sqlite_check_format(sqlite3 *db, const char *path, struct error *err);

/* Borrowed until the statement is reset; empty text, time 0 and key "none" become NULL. */
void store_bind_text(sqlite3_stmt *statement, int at, struct bytes text);
void store_bind_string(sqlite3_stmt *statement, int at, struct bytes text); /* never NULL */
void store_bind_time(sqlite3_stmt *statement, int at, int64_t time_us);
void store_bind_number(sqlite3_stmt *statement, int at, uint64_t number); /* 0 becomes NULL */
void store_bind_key(sqlite3_stmt *statement, int at, struct hash128 key,
                    unsigned char room[static STORE_KEY_SIZE]);
/* Borrowed until the statement moves. */
struct bytes store_column_text(sqlite3_stmt *statement, int at);
struct hash128 store_column_key(sqlite3_stmt *statement, int at);

static inline void store_finalize_cleanup(sqlite3_stmt **statement)
{
    sqlite3_finalize(*statement);
}
#define STORE_STATEMENT_AUTO __attribute__((cleanup(store_finalize_cleanup))) sqlite3_stmt

/* ---- the write handle */

enum store_statement {
    STORE_BEGIN,
    STORE_COMMIT,
    STORE_ROLLBACK,
    STORE_META_WRITE,
    STORE_LEAD_READ,
    STORE_LEAD_INSERT,
    STORE_LEAD_ADVANCE,
    STORE_LEAD_UPDATE,
    STORE_ATTRIBUTES_WRITE,
    STORE_IDEMPOTENCY_INSERT,
    STORE_IDEMPOTENCY_OLDEST,
    STORE_IDEMPOTENCY_EXPIRE,
    STORE_REP_UPDATE,
    STORE_POOL_UPDATE,
    STORE_RUN_ADD,
    STORE_KEY_INDEX_ADD,
    STORE_REP_INDEX_ADD,
    STORE_REP_INDEX_REMOVE,
    STORE_DEAD_LETTER_ADD,
    STORE_DEAD_LETTER_RETRY,
    STORE_DEAD_LETTER_SETTLE,
    STORE_PAYLOAD_ADD,
    STORE_PAYLOAD_REMOVE,
    STORE_SOURCE_UPDATE,
    STORE_VERSION_WRITE,
    STORE_DIFFERENCE_COUNT,
    STORE_DIFFERENCE_ADD,
    STORE_VIOLATION_WRITE,
    STORE_VIOLATIONS_REMOVE,
    STORE_STATEMENTS,
};

struct store_meta {
    uint64_t applied_seq;
    int64_t time_us;
    uint64_t accepted;
    uint64_t touchpoints;
    uint64_t late;
    uint64_t refused, replayed; /* dead letters ever; those that became leads of their own */
};

/* What events change of reps and pools is kept here and written once a batch. The place in each
 * table is the row's number less one. */
struct store_rep {
    char *id;              /* owned */
    struct core_rep state; /* load, and what core_load_rep takes; names unused */
    bool dirty;
};

struct store_pool {
    char *id; /* owned */
    uint32_t last_rep;
    uint32_t turn; /* CORE_NONE: none */
    uint32_t waiting;
    bool dirty;
};

struct store_roster {
    struct store_rep *reps;
    struct store_pool *pools;
    char (*releases)[HASH256_TEXT_SIZE];
    uint32_t rep_count, pool_count, release_count;
    struct map rep_index, pool_index, release_index; /* hash of the id → place */
    /* Where the core's indices were found the last time; checked by name at every use. */
    uint32_t *rep_of_core, *pool_of_core;
    uint32_t rep_of_core_count, pool_of_core_count;
    /* Names read lately: place plus 1, by a cheap hash, 0 for none; checked by name at every use.
     */
    uint32_t recent_reps[STORE_RECENT_NAMES], recent_pools[STORE_RECENT_NAMES];
};

/* What came of the candidate beside the active version. */
enum store_shadow {
    STORE_SHADOW_SAME,
    STORE_SHADOW_DIFFERS,
    STORE_SHADOW_REFUSED,
    STORE_SHADOW_ACCEPTED,
    STORE_SHADOWS,
};

struct store_version {
    uint32_t version;
    uint32_t kinds; /* rows in shadow_differences, but for the others */
    uint64_t accepted, refused;
    uint64_t shadows[STORE_SHADOWS];
    bool dirty;
};

struct store_violation {
    char *kind, *message; /* owned */
    uint32_t contract;
    uint64_t count;                              /* since the last notice */
    uint64_t examples[CORE_NOTICE_EXAMPLES_MAX]; /* newest first; 0: none */
    int64_t first_us, last_us;
    bool dirty;
};

/* As the core keeps it (I2), and what is counted of its records. */
struct store_source {
    char *id;                           /* owned */
    struct core_source state;           /* `id` unused */
    struct policy_rollout declared;     /* by the newest release that has it */
    int64_t switched_us;                /* 0: never */
    const char *switch_cause;           /* static; NULL: never */
    struct store_version *versions;     /* owned; in order of first use */
    struct store_violation *violations; /* owned; in order of first appearance */
    uint32_t version_count, violation_count;
    bool present_before;   /* while a release comes into force: in the one before */
    bool violations_moved; /* some are gone: all rows are written anew */
    bool dirty;
};

/* In what a candidate differed, in this batch. */
struct store_difference {
    uint32_t source;      /* place */
    uint32_t version;     /* place in its versions */
    struct bytes outcome; /* static */
    struct bytes detail;
    uint64_t count, first_seq, last_seq;
};

enum { STORE_SAME_MAX = 120 };
struct store_sources {
    struct store_source *items;
    uint32_t count;
    struct map index;                     /* hash of the id → place */
    uint32_t recent[STORE_RECENT_NAMES];  /* as in the roster */
    struct store_difference *differences; /* owned; of the batch, in order of appearance */
    size_t difference_count, difference_capacity;
    struct map difference_index;
    struct arena arena; /* of the differences */
    /* The newest note of a candidate that made the same lead; nearly all are. */
    char same[STORE_SAME_MAX];
    size_t same_size;
    uint32_t same_version;
};

/* A lead's row while a batch runs over it: read at most once, written at most once. */
struct store_row {
    uint64_t number;
    uint64_t last_seq;
    int64_t score;
    int64_t captured_us, assigned_us, contacted_us, closed_us, due_us;
    uint64_t touchpoints;
    uint64_t dead_letter; /* 0: none */
    uint32_t contract;
    struct hash128 key;
    struct bytes source, class_name, route; /* borrowed from a release or the batch's arena */
    struct bytes key_kind;
    struct bytes kind, team; /* of an exception or nurture */
    struct bytes campaign, partner;
    struct core_promises promises;
    int64_t acknowledged_us, until_us;
    uint64_t surge, merged_into; /* 0: none */
    uint32_t fallbacks;
    uint8_t measures;   /* of its surge's plan that touched it, a bit for each */
    uint8_t enrichment; /* core_enrichment_take */
    int64_t place_since_us;
    int64_t parts[STORE_ROW_PARTS]; /* where the time to the first contact went, so far */
    /* What runs, as the table of running promises has it. */
    uint8_t counted;
    struct store_subject counted_as;
    struct store_share share; /* as the table has it */
    struct bytes attributes;  /* to be written; empty when they stay */
    enum core_state state;
    enum core_place place;
    uint32_t urgency;
    uint32_t rep, pool, before, kept_from, release; /* in the roster; CORE_NONE */
    uint32_t indexed_rep;                           /* whom lead_rep_index may name; CORE_NONE */
    uint32_t late_count;
    uint32_t reopened;
    bool held;
    bool fresh; /* not in the table yet */
    bool moved; /* more has changed than STORE_LEAD_ADVANCE writes */
};

/* How far the look-ups reach, and the leads behind that (lookup.c). */
struct store_uncovered {
    uint64_t number;
    int64_t key; /* first 8 bytes of leads.key, 0 for none */
    uint32_t rep;
};
struct store_lookup {
    uint64_t through;
    struct store_uncovered *leads; /* owned; by number */
    size_t count, capacity;
};

/* How far lead_segments reaches (blocks.c). */
struct store_blocks {
    uint64_t through;
    int64_t segments;
    int64_t newer;   /* leads behind `through` */
    int64_t changes; /* leads in lead_changes, at most */
};

struct store {
    sqlite3 *db;
    char *path;
    sqlite3_stmt *statements[STORE_STATEMENTS];
    struct store_meta meta;
    struct store_roster roster;
    struct store_sources sources;
    struct store_destinations destinations;
    struct store_lookup lookup;
    struct store_blocks blocks;
    struct store_counts counts;
    struct store_cohorts cohorts;
    struct store_series series;
    struct store_surges surges;
    struct {
        const char *text;
        sqlite3_stmt *statement;
    } sql[STORE_SQL_KEPT]; /* prepared at first use */
    size_t sql_count;
    struct policy_release *active; /* in force, one reference; NULL: not read yet */
    bool stale; /* a transaction was rolled back: memory is ahead of the tables */
    /* The batch. */
    struct store_row *rows;
    size_t row_count, row_capacity;
    struct map row_index; /* lead number → place in rows */
    struct arena arena;
};

int store_run(struct store *store, enum store_statement statement, struct error *err);

/* What is kept in memory of the tables: meta, the roster, how far the look-ups go. */
int store_memory_read(struct store *store, struct error *err);

/* One event on its way into the rows (project.c). */
struct projection {
    struct store *store;
    const struct core *core;
    const struct core_event *event;
    struct error *err;
};
/* The row of the lead that the event is about; the event must follow the one the row knows. */
int store_known_row(const struct projection *p, struct store_row **ret);
/* Sets the running timer: of a lead in an exception it is the exception's. */
int store_row_set_due(const struct projection *p, struct store_row *row, int64_t due_us);
/* The exception that held it is over: the event behind this one says where it goes. */
void store_row_free(const struct projection *p, struct store_row *row);

/* ---- roster.c */
/* New entries, which must not be there yet; the rows are the caller's business. */
uint32_t store_roster_add_rep(struct store_roster *roster, struct bytes id);
uint32_t store_roster_add_pool(struct store_roster *roster, struct bytes id);
uint32_t store_roster_add_release(struct store_roster *roster, struct bytes id);
int store_roster_read(struct store *store, struct error *err);
void store_roster_release(struct store_roster *roster);
/* The place of a rep or pool of the core; ML_ECORRUPT when the view never heard of it. CORE_NONE
 * stays CORE_NONE. */
int store_roster_rep(struct store *store, const struct core *core, uint32_t rep, uint32_t *ret,
                     struct error *err);
int store_roster_pool(struct store *store, const struct core *core, uint32_t pool, uint32_t *ret,
                      struct error *err);
int store_roster_release_find(struct store *store, const struct policy_release *release,
                              uint32_t *ret, struct error *err);
/* The place of a name as the table has it; CORE_NONE for an empty one. */
int store_roster_rep_named(struct store *store, struct bytes id, uint32_t *ret, struct error *err);
int store_roster_pool_named(struct store *store, struct bytes id, uint32_t *ret, struct error *err);
struct bytes store_rep_id(const struct store *store, uint32_t rep);   /* empty for CORE_NONE */
struct bytes store_pool_id(const struct store *store, uint32_t pool); /* empty for CORE_NONE */
void store_rep_add_load(struct store *store, uint32_t rep, int by);
void store_pool_add_waiting(struct store *store, uint32_t pool, int by);
/* Writes the rows that have changed. */
int store_roster_write(struct store *store, struct error *err);

/* ---- activate.c */
/* The release in force; read from its table when it is not known yet. */
int store_active_release(struct store *store, const struct policy_release **ret, struct error *err);
void store_active_keep(struct store *store, struct policy_release *release); /* NULL: forget it */
int store_activate(struct store *store, const struct core_event *event, struct error *err);

/* ---- dead_letter.c: rows of records that were refused, event by event */
int store_dead_letter_refuse(struct store *store, const struct core *core,
                             const struct core_event *event, struct error *err);
int store_dead_letter_retry(struct store *store, const struct core_event *event, struct error *err);
int store_dead_letter_discard(struct store *store, const struct core_event *event,
                              struct error *err);
/* A submission of the dead letter that the event names became or joined a lead. */
int store_dead_letter_settle(struct store *store, const struct core_event *event,
                             struct error *err);

/* ---- source.c: sources, and counts of their records */
int store_sources_read(struct store *store, struct error *err);
void store_sources_release(struct store_sources *sources);
/* CORE_NONE when the view does not know it. */
uint32_t store_source_find(const struct store *store, struct bytes id);
/* Makes the release's sources the present ones. */
int store_sources_activate(struct store *store, const struct policy_release *release,
                           struct error *err);
/* A record was read, by the event's contract version: into a lead, or into a dead letter. */
int store_source_accept(struct store *store, const struct core *core,
                        const struct core_event *event, struct error *err);
int store_source_refuse(struct store *store, const struct core *core,
                        const struct core_event *event, struct error *err);
int store_source_switch(struct store *store, const struct core *core,
                        const struct core_event *event, struct error *err);
int store_source_notify(struct store *store, const struct core *core,
                        const struct core_event *event, struct error *err);
/* Writes what has changed. */
int store_sources_write(struct store *store, struct error *err);
/* Makes room for one more than `count` (0 at first); doubles. */
void *store_grow(void *items, size_t count, size_t size);
char *store_copy(struct bytes text); /* with a NUL behind; the caller frees it */

/* ---- violation.c: what partners are told */
extern const char store_violation_rows[];
int store_violation_read(struct store *store, sqlite3_stmt *row, struct error *err);
void store_violations_release(struct store_source *source);
void store_violation_count(struct store_source *source, const struct core_event *event);
void store_violations_tell(struct store_source *source, const struct core_event *event);
int store_violations_write(struct store *store, struct store_source *source, struct error *err);

/* ---- shadow.c: what candidates would have done */
/* Notes what the event says of the source's candidate. */
int store_shadow_note(struct store *store, uint32_t source, struct bytes shadow, uint64_t seq,
                      struct error *err);
int store_shadows_write(struct store *store, struct error *err);
#define STORE_OTHERS "(others)" /* the detail of differences past the table's bound */
/* Forgets what was not written. */
void store_shadows_clear(struct store_sources *sources);
struct store_version *store_version_get(struct store_source *source, uint32_t version);

/* ---- words.c */
/* False when there is no such word. */
bool store_state_parse(struct bytes word, enum core_state *ret);
bool store_place_parse(struct bytes word, enum core_place *ret);
bool store_duty_parse(struct bytes word, enum policy_duty *ret);
const char *store_key_kind_name(enum policy_key_kind kind); /* "" for none */
enum policy_key_kind store_key_kind_parse(struct bytes word);
enum store_dead_letter_state {
    STORE_OPEN,
    STORE_REPLAYED,  /* became a lead of its own */
    STORE_MERGED,    /* of a person who was known: a touchpoint, or the same lead anew */
    STORE_DISCARDED, /* by hand, or because its time was over */
    STORE_DEAD_LETTER_STATES,
};
const char *store_dead_letter_state_name(enum store_dead_letter_state state);
bool store_dead_letter_state_parse(struct bytes word, enum store_dead_letter_state *ret);
bool store_rollout_mode_parse(struct bytes word, enum policy_rollout_mode *ret);
/* NULL when there is no such word; static storage. */
const char *store_switch_cause_parse(struct bytes word);

/* ---- row.c */
/* The row of a lead that exists; ML_ECORRUPT when it does not. Valid until the next call. */
int store_row_get(struct store *store, uint64_t number, struct store_row **ret, struct error *err);
/* A row for a lead that does not exist yet. */
struct store_row *store_row_add(struct store *store, uint64_t number);
/* From the columns enriched_us to steps, which begin at `at`; the other milestones are the
 * caller's.
 */
void store_promises_read(sqlite3_stmt *from, int at, struct core_promises *ret);
/* A bit for each that runs. */
uint8_t store_promises_running(const struct core_promises *promises);
/* Writes and forgets all rows. */
int store_rows_write(struct store *store, struct error *err);
/* Forgets them unwritten. */
void store_rows_clear(struct store *store);

/* ---- lookup.c */
int store_lookup_read(struct store *store, struct error *err);
/* Takes note of a lead that was written: a new one, or one with another owner. */
int store_lookup_follow(struct store *store, const struct store_row *row, struct error *err);
/* Covers the newest leads when enough of them have gathered. */
int store_lookup_extend(struct store *store, struct error *err);

/* ---- blocks.c */
int store_blocks_read(struct store *store, struct error *err);
/* Takes note of a lead that was written: a new one, or one of which more is known. */
int store_blocks_follow(struct store *store, const struct store_row *row, struct error *err);
/* Fills a segment when enough leads have gathered. */
int store_blocks_extend(struct store *store, struct error *err);

/* ---- the read handle */

enum store_query {
    STORE_QUERY_BEGIN,
    STORE_QUERY_END,
    STORE_QUERY_SEQ,
    STORE_QUERY_LEAD,
    STORE_QUERY_REFERENCE,
    STORE_QUERY_KEY_PIECES,
    STORE_QUERY_KEY_NEWEST,
    STORE_QUERY_KEY_CHECK,
    STORE_QUERY_REPS,
    STORE_QUERY_REP,
    STORE_QUERY_POOLS,
    STORE_QUERY_RELEASE,
    STORE_QUERY_ACTIVATION,
    STORE_QUERY_RECONCILIATION,
    STORE_QUERY_DEAD_LETTER,
    STORE_QUERY_SOURCES,
    STORE_QUERY_SOURCE,
    STORE_QUERY_VERSIONS,
    STORE_QUERY_DIFFERENCES,
    STORE_QUERIES,
};

struct store_reader {
    sqlite3 *db;
    char *path;
    sqlite3_stmt *queries[STORE_QUERIES]; /* prepared at first use */
    struct policy_release *active;        /* in force when it was asked for last; may be NULL */
};

int store_query(struct store_reader *reader, enum store_query query, sqlite3_stmt **ret,
                struct error *err);
/* The row of a number, which is the query's first parameter: 1, 0 when there is none, or ML_E…. */
int store_query_number(struct store_reader *reader, enum store_query query, uint64_t number,
                       sqlite3_stmt **ret, struct error *err);

/* One snapshot for several queries; both give what they got or an error. */
int store_read_begin(struct store_reader *reader, struct error *err);
int store_read_end(struct store_reader *reader, int code, struct error *err);

/* ---- read_key.c */
/* The lead with this business key; 0 when there is none. */
int store_read_key(struct store_reader *reader, struct hash128 key, uint64_t *ret_number,
                   struct error *err);

/* The columns of a lead as the API shows it, of a table called `leads`, and how they are printed.
 */
#define STORE_LEAD_COLUMNS                                                                 \
    "last_seq, state, place, leads.rep, pool, route, class, source, score, "               \
    "(SELECT substr(id, 1, 16) FROM releases WHERE releases.number = leads.release), "     \
    "late_count, touchpoints, reopened, held, captured_us, assigned_us, contacted_us, "    \
    "closed_us, due_us, kind, team, contract, dead_letter, "                               \
    "(SELECT attributes FROM lead_attributes WHERE lead_attributes.lead = leads.number), " \
    "campaign, partner, surge, merged_into, acknowledged_us, until_us, "                   \
    "enriched_us, first_assigned_us, enriched_due_us, assigned_due_us, contacted_due_us, " \
    "qualified_due_us, late, void, steps"
void store_print_lead(sqlite3_stmt *row, struct json_writer *json);
/* "D12" under `key`; nothing for 0. */
void store_print_dead_letter_id(struct json_writer *json, const char *key, int64_t number);

#define STORE_DEAD_LETTER_COLUMNS                                                           \
    "number, last_seq, state, source, contract, canary, captured_us, newest_us, attempts, " \
    "violation, message, lead, reason"

static inline void store_reset_cleanup(sqlite3_stmt **statement)
{
    if (*statement != NULL)
        sqlite3_reset(*statement);
}
/* Reset when the scope ends, however it ends: a reader must not hold a snapshot. */
#define STORE_QUERY_AUTO __attribute__((cleanup(store_reset_cleanup))) sqlite3_stmt

#endif
