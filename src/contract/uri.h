/* URIs and IRIs (RFC 3986, RFC 3987): their parts, their grammar, and resolving one against
 * another. */
#ifndef ML_CONTRACT_URI_H
#define ML_CONTRACT_URI_H

#include "base/arena.h"
#include "base/bytes.h"

/* `data` is NULL for what is not there; an empty part has data. */
struct contract_uri {
    struct bytes scheme, authority, path, query, fragment;
};

enum contract_uri_rule {
    CONTRACT_URI = 0,
    CONTRACT_URI_RELATIVE = 1, /* a reference: the scheme may be left out */
    CONTRACT_URI_UNICODE = 2,  /* an IRI */
};

/* Splits any text; says nothing about its characters (RFC 3986, appendix B). */
struct contract_uri contract_uri_split(struct bytes text);
/* True when `text` follows the grammar; `rules` is a sum of enum contract_uri_rule. */
bool contract_uri_is_valid(struct bytes text, unsigned rules);
/* `reference` seen from `base`, with its fragment; in `arena` (RFC 3986, 5.2.2). A base without
 * scheme gives a result without. */
struct bytes contract_uri_resolve(struct bytes base, struct bytes reference, struct arena *arena);
/* What stands before the '#'. */
struct bytes contract_uri_without_fragment(struct bytes uri);

#endif
