/* The SQL of lists of leads. It is put together from fixed pieces; what the caller gives is only
 * ever bound. Each filter that can is led by an index; the others are asked of each lead. */
#include "store/lead_select.h"

enum { SQL_MAX = 16384 };

enum parameter {
    REP = STORE_SPAN_LAST + 1,
    POOL,
    CLASS,
    SOURCE,
    ROUTE,
    CAMPAIGN,
    PARTNER,
    FROM,
    TO,
    TURNED_FROM,
    TURNED_TO,
};

#define THROUGH "(SELECT coalesce(max(through), 0) FROM lead_index_runs)"
#define NEVER "9223372036854775807"

/* ---- words of a filter */

static const char *const outcome_names[STORE_OUTCOMES] = {
    [STORE_OUTCOME_MET] = "met",           [STORE_OUTCOME_LATE] = "late",
    [STORE_OUTCOME_LATE_MET] = "late_met", [STORE_OUTCOME_OVERDUE] = "overdue",
    [STORE_OUTCOME_RUNNING] = "running",   [STORE_OUTCOME_VOID] = "void",
};

const char *store_outcome_name(enum store_outcome outcome)
{
    return outcome_names[outcome];
}

static bool asks_when_it_turned(const struct store_lead_filter *filter)
{
    return filter->turned_from_us != 0 || filter->turned_to_us != 0;
}

static int check_promise(const struct store_lead_filter *filter, struct error *err)
{
    enum policy_objective objective;
    if (filter->objective.size > 0 && !store_objective_parse(filter->objective, &objective))
        return error_set(err, ML_EINVAL, "objective",
                         "there is no objective \"%.*s\"; there are enriched, assigned, contacted "
                         "and qualified",
                         BYTES_ARG(filter->objective));
    if (!asks_when_it_turned(filter))
        return 0;
    bool turns = filter->outcome == STORE_OUTCOME_MET || filter->outcome == STORE_OUTCOME_LATE ||
                 filter->outcome == STORE_OUTCOME_LATE_MET || filter->outcome == STORE_OUTCOME_VOID;
    if (filter->objective.size == 0 || !turns)
        return error_set(err, ML_EINVAL, "turned_from",
                         "`turned_from` and `turned_to` ask when a promise turned out: they need "
                         "`objective`, and `outcome` met, late, late_met or void");
    return 0;
}

int store_lead_filter_check(const struct store_lead_filter *filter, struct error *err)
{
    enum core_state state;
    enum core_place place;
    if (filter->state.size > 0 && !store_state_parse(filter->state, &state))
        return error_set(err, ML_EINVAL, "state",
                         "there is no state \"%.*s\"; a lead is captured, assigned, contacted, "
                         "qualified or disqualified",
                         BYTES_ARG(filter->state));
    if (filter->place.size > 0 && !store_place_parse(filter->place, &place))
        return error_set(err, ML_EINVAL, "place",
                         "there is no place \"%.*s\"; a lead is owned, waiting, in an exception, "
                         "in nurture or closed",
                         BYTES_ARG(filter->place));
    return check_promise(filter, err);
}

/* ---- promises */

static const struct {
    const char *due, *reached;
    int bit;
} promises[POLICY_OBJECTIVES] = {
    [POLICY_ENRICHED] = {"enriched_due_us", "enriched_us", 1 << POLICY_ENRICHED},
    [POLICY_ASSIGNED] = {"assigned_due_us", "first_assigned_us", 1 << POLICY_ASSIGNED},
    [POLICY_CONTACTED] = {"contacted_due_us", "contacted_us", 1 << POLICY_CONTACTED},
    [POLICY_QUALIFIED] = {"qualified_due_us", "closed_us", 1 << POLICY_QUALIFIED},
};

/* What one promise is like that came out so. */
static void put_outcome(struct buffer *sql, enum store_outcome outcome, int objective)
{
    const char *due = promises[objective].due, *reached = promises[objective].reached;
    int bit = promises[objective].bit;
    buffer_printf(sql, "%s IS NOT NULL", due);
    switch (outcome) {
    case STORE_OUTCOME_MET:
        buffer_printf(sql, " AND %s IS NOT NULL AND late & %d = 0", reached, bit);
        break;
    case STORE_OUTCOME_LATE: buffer_printf(sql, " AND late & %d <> 0", bit); break;
    case STORE_OUTCOME_LATE_MET:
        buffer_printf(sql, " AND %s IS NOT NULL AND late & %d <> 0", reached, bit);
        break;
    case STORE_OUTCOME_OVERDUE:
        buffer_printf(sql, " AND %s IS NULL AND late & %d <> 0 AND void & %d = 0", reached, bit,
                      bit);
        break;
    case STORE_OUTCOME_RUNNING:
        buffer_printf(sql, " AND %s IS NULL AND (late | void) & %d = 0", reached, bit);
        break;
    case STORE_OUTCOME_VOID:
        buffer_printf(sql, " AND %s IS NULL AND void & %d <> 0", reached, bit);
        break;
    case STORE_OUTCOME_ANY:
    case STORE_OUTCOMES: break;
    }
}

static void put_promises(struct buffer *sql, const struct store_lead_filter *filter)
{
    enum policy_objective only = POLICY_OBJECTIVES;
    const char *between = "";
    if (filter->objective.size > 0)
        store_objective_parse(filter->objective, &only);
    else if (filter->outcome == STORE_OUTCOME_ANY)
        return;
    buffer_printf(sql, " AND (");
    for (int i = 0; i < POLICY_OBJECTIVES; i++) {
        if (only != POLICY_OBJECTIVES && (int)only != i)
            continue;
        buffer_printf(sql, "%s(", between);
        put_outcome(sql, filter->outcome, i);
        buffer_printf(sql, ")");
        between = " OR ";
    }
    buffer_printf(sql, ")");
    if (!asks_when_it_turned(filter))
        return;
    const char *turned = filter->outcome == STORE_OUTCOME_LATE   ? promises[only].due
                         : filter->outcome == STORE_OUTCOME_VOID ? "closed_us"
                                                                 : promises[only].reached;
    buffer_printf(sql, " AND %s >= ?%d AND %s < ?%d", turned, TURNED_FROM, turned, TURNED_TO);
}

/* The deadline that comes next, of what can still be reached. */
static void put_deadline(struct buffer *sql, const struct store_lead_filter *filter)
{
    enum policy_objective only = POLICY_OBJECTIVES;
    if (filter->objective.size > 0)
        store_objective_parse(filter->objective, &only);
    buffer_printf(sql, "min(" NEVER);
    for (int i = 0; i < POLICY_OBJECTIVES; i++)
        if (only == POLICY_OBJECTIVES || (int)only == i)
            buffer_printf(sql,
                          ", CASE WHEN %s IS NULL AND void & %d = 0 THEN coalesce(%s, " NEVER
                          ") ELSE " NEVER " END",
                          promises[i].reached, promises[i].bit, promises[i].due);
    buffer_printf(sql, ")");
}

/* ---- the other conditions */

/* Equal, or without one where an empty one is asked for. */
static void put_exact(struct buffer *sql, const char *column, struct bytes value, int parameter)
{
    if (value.size > 0)
        buffer_printf(sql, " AND %s = ?%d", column, parameter);
    else if (value.data != NULL)
        buffer_printf(sql, " AND %s IS NULL", column);
}

static bool is_aside(const struct store_lead_filter *filter)
{
    return bytes_is(filter->place, "exception") || bytes_is(filter->place, "nurture");
}

static void put_where_it_is(struct buffer *sql, const struct store_lead_filter *filter)
{
    /* Words are part of the text, so that they select the partial indexes. */
    if (filter->state.size > 0)
        buffer_printf(sql, " AND state = '%.*s'", BYTES_ARG(filter->state));
    if (filter->place.size > 0)
        buffer_printf(sql, " AND place = '%.*s'", BYTES_ARG(filter->place));
    if (is_aside(filter))
        buffer_printf(sql, " AND place IN ('exception', 'nurture')");
    if (filter->only == STORE_ONLY_CLOSED)
        buffer_printf(sql, " AND place = 'closed'");
    bool overdue = filter->outcome == STORE_OUTCOME_OVERDUE;
    if (filter->only == STORE_ONLY_OPEN || filter->sort == STORE_DUE || overdue)
        buffer_printf(sql, " AND place <> 'closed'");
    if (overdue)
        buffer_printf(sql, " AND late > 0");
    if (filter->late || filter->outcome == STORE_OUTCOME_LATE ||
        filter->outcome == STORE_OUTCOME_LATE_MET)
        buffer_printf(sql, " AND late_count > 0");
}

static void put_conditions(struct buffer *sql, const struct store_lead_filter *filter)
{
    put_where_it_is(sql, filter);
    if (filter->pool.size > 0)
        buffer_printf(sql, " AND pool = ?%d", POOL);
    if (filter->class_name.size > 0)
        buffer_printf(sql, " AND class = ?%d", CLASS);
    if (filter->source.size > 0)
        buffer_printf(sql, " AND source = ?%d", SOURCE);
    if (filter->route.size > 0)
        buffer_printf(sql, " AND route = ?%d", ROUTE);
    put_exact(sql, "campaign", filter->campaign, CAMPAIGN);
    put_exact(sql, "partner", filter->partner, PARTNER);
    if (filter->from_us != 0 || filter->to_us != 0)
        buffer_printf(sql, " AND captured_us >= ?%d AND captured_us < ?%d", FROM, TO);
    put_promises(sql, filter);
}

/* ---- the whole */

static const char *index_for(const struct store_lead_filter *filter)
{
    if (filter->outcome == STORE_OUTCOME_OVERDUE)
        return "INDEXED BY leads_overdue";
    if (filter->late || filter->outcome == STORE_OUTCOME_LATE ||
        filter->outcome == STORE_OUTCOME_LATE_MET)
        return "INDEXED BY leads_late";
    if (is_aside(filter))
        return "INDEXED BY leads_aside";
    return bytes_is(filter->place, "waiting") ? "INDEXED BY leads_waiting" : "NOT INDEXED";
}

static void put_columns(struct buffer *sql, const struct store_lead_filter *filter, bool deadlines)
{
    buffer_printf(sql, "SELECT leads.number, ");
    if (deadlines)
        put_deadline(sql, filter);
    else
        buffer_printf(sql, "%s", STORE_LEAD_COLUMNS);
}

/* The leads of a rep: among the newest, then by the look-up. Both come by number, and SQLite merges
 * them without sorting. */
static void put_rep_search(struct buffer *sql, const struct store_lead_filter *filter, bool rising,
                           bool deadlines)
{
    put_columns(sql, filter, deadlines);
    buffer_printf(sql,
                  " FROM leads NOT INDEXED WHERE leads.number BETWEEN max(?%d, " THROUGH
                  " + 1) AND ?%d AND leads.rep = ?%d",
                  STORE_SPAN_FIRST, STORE_SPAN_LAST, REP);
    put_conditions(sql, filter);
    buffer_printf(sql, " UNION ALL ");
    put_columns(sql, filter, deadlines);
    buffer_printf(sql,
                  " FROM lead_rep_index CROSS JOIN leads ON leads.number = lead_rep_index.lead "
                  "WHERE lead_rep_index.rep = ?%d AND lead_rep_index.lead BETWEEN ?%d AND ?%d",
                  REP, STORE_SPAN_FIRST, STORE_SPAN_LAST);
    put_conditions(sql, filter);
    buffer_printf(sql, " ORDER BY 1 %s", rising ? "ASC" : "DESC");
}

static void put_walk(struct buffer *sql, const struct store_lead_filter *filter, bool rising,
                     bool deadlines)
{
    put_columns(sql, filter, deadlines);
    buffer_printf(sql, " FROM leads %s WHERE leads.number BETWEEN ?%d AND ?%d", index_for(filter),
                  STORE_SPAN_FIRST, STORE_SPAN_LAST);
    put_conditions(sql, filter);
    buffer_printf(sql, " ORDER BY leads.number %s", rising ? "ASC" : "DESC");
}

static void bind(sqlite3_stmt *to, const struct store_lead_filter *filter)
{
    const struct {
        int parameter;
        struct bytes text;
    } texts[] = {
        {REP, filter->rep},
        {POOL, filter->pool},
        {CLASS, filter->class_name},
        {SOURCE, filter->source},
        {ROUTE, filter->route},
        {CAMPAIGN, store_text_cut(filter->campaign)},
        {PARTNER, store_text_cut(filter->partner)},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        store_bind_text(to, texts[i].parameter, texts[i].text);
    sqlite3_bind_int64(to, FROM, filter->from_us);
    sqlite3_bind_int64(to, TO, filter->to_us != 0 ? filter->to_us : INT64_MAX);
    sqlite3_bind_int64(to, TURNED_FROM, filter->turned_from_us);
    sqlite3_bind_int64(to, TURNED_TO, filter->turned_to_us != 0 ? filter->turned_to_us : INT64_MAX);
}

int store_lead_select(struct store_reader *reader, const struct store_lead_filter *filter,
                      bool rising, bool deadlines, sqlite3_stmt **ret, struct error *err)
{
    struct buffer sql;
    buffer_init(&sql, SQL_MAX);
    if (filter->rep.size > 0 && filter->email.size == 0)
        put_rep_search(&sql, filter, rising, deadlines);
    else
        put_walk(&sql, filter, rising, deadlines);
    ML_ASSERT(!sql.overflow);
    int code = store_sqlite_prepare(reader->db, reader->path, buffer_string(&sql), ret, err);
    buffer_release(&sql);
    if (code == 0)
        bind(*ret, filter);
    return code;
}
