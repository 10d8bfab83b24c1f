/* The statements that look at a span of leads for those that a filter is about. */
#ifndef ML_STORE_LEAD_SELECT_H
#define ML_STORE_LEAD_SELECT_H

#include "store/internal.h"

enum { STORE_SPAN_FIRST = 1, STORE_SPAN_LAST = 2 }; /* parameters: leads.number, inclusive */

/* ML_EINVAL for words that do not exist, and for what does not go together. */
int store_lead_filter_check(const struct store_lead_filter *filter, struct error *err);
/* Leads of a span by number, rising or falling. Columns: leads.number and STORE_LEAD_COLUMNS; with
 * `deadlines` leads.number and the deadline that sort=due goes by (INT64_MAX: none). All but the
 * span is bound; the filter outlives the statement. */
int store_lead_select(struct store_reader *reader, const struct store_lead_filter *filter,
                      bool rising, bool deadlines, sqlite3_stmt **ret, struct error *err);

#endif
