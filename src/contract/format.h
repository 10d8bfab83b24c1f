/* The formats of JSON Schema 2020-12, each by the grammar of its RFC. `text` is UTF-8. */
#ifndef ML_CONTRACT_FORMAT_H
#define ML_CONTRACT_FORMAT_H

#include "base/bytes.h"

struct contract_format {
    const char *name;
    bool (*check)(struct bytes text);
    const char *meaning; /* behind "must be": "an e-mail address such as jo@example.com" */
};

/* NULL for a name that the specification does not define. */
const struct contract_format *contract_format_find(struct bytes name);

/* format_time.c: RFC 3339 */
bool contract_format_date(struct bytes text);
bool contract_format_time(struct bytes text);
bool contract_format_date_time(struct bytes text);
bool contract_format_duration(struct bytes text);

/* format_host.c: RFC 1123, 5890 to 5893, 2673, 4291, 5321, 6531. Labels beyond ASCII go through
 * libidn2, which uses the heap; nothing else here does. */
bool contract_format_hostname(struct bytes text);
bool contract_format_idn_hostname(struct bytes text);
bool contract_format_ipv4(struct bytes text);
bool contract_format_ipv6(struct bytes text);
bool contract_format_email(struct bytes text);
bool contract_format_idn_email(struct bytes text);

/* format.c: RFC 4122, 6570, 6901, ECMA-262 */
bool contract_format_uuid(struct bytes text);
bool contract_format_uri_template(struct bytes text);
bool contract_format_json_pointer(struct bytes text);
bool contract_format_relative_json_pointer(struct bytes text);
bool contract_format_regex(struct bytes text);

#endif
