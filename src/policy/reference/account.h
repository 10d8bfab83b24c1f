/* Lead-to-account matching: by registrable domain (Public Suffix List), then by company name
 * (normalised, exact, then similar above a threshold). Free-mail and disposable domains never
 * match. Immutable; called by several threads at once; no I/O; no heap, but for domains beyond
 * ASCII (libidn2's). */
#ifndef ML_POLICY_ACCOUNT_H
#define ML_POLICY_ACCOUNT_H

#include "policy/policy.h"
#include "policy/reference/table.h"

struct policy_accounts_options {
    const struct policy_table *table;
    uint32_t domain_column; /* may be the key column 0; POLICY_NONE: no matching by domain */
    uint32_t name_column;   /* POLICY_NONE: no matching by name */
    double threshold;       /* least similarity of names, 0.5 to 1.0; 1.0: exact names only */
};

/* Indexes a table of accounts. A cell of the domain column may list several, separated by blanks,
 * semicolons or commas. Of several rows with the same domain or normalised name the first one is
 * meant. What is needed is copied into `arena`. */
const struct policy_accounts *policy_accounts_new(const struct policy_accounts_options *options,
                                                  struct arena *arena);

struct policy_account_match {
    enum policy_match kind;
    uint32_t row; /* POLICY_NONE: none */
    double score; /* 1.0 unless similar; 0.0: none */
};

/* `domains` are host names, e-mail addresses or URLs, asked in order; then `names`, company names:
 * each for an equal one in order, then the most similar of all (the first row of several; of names
 * made of common words alone only the likeliest thousands are compared, similar.h). Empty ones are
 * passed over. */
struct policy_account_match policy_account_find(const struct policy_accounts *accounts,
                                                const struct bytes *domains, size_t domain_count,
                                                const struct bytes *names, size_t name_count);

/* ---- domains (domain.c) */

enum { POLICY_DOMAIN_SIZE = 256 };
/* The registrable domain of a host name, e-mail address or URL, lower case, in its ASCII form:
 * "https://www.Bücher.example/x" → "xn--bcher-kva.example". Empty when there is none. `text` holds
 * it. */
struct bytes policy_domain_registrable(struct bytes source, char text[static POLICY_DOMAIN_SIZE]);
/* The registrable domain is one where anybody gets an address, or one for throw-away addresses. */
bool policy_domain_is_free_mail(struct bytes registrable);
bool policy_domain_is_disposable(struct bytes registrable);

/* ---- company names (company.c) */

enum { POLICY_COMPANY_SIZE = 256 };
/* "The Müller & Söhne GmbH & Co. KG" → "muller sohne": folded to ASCII letters where there are
 * such, lower case, without punctuation, legal forms and filler words; single blanks. */
struct bytes policy_company_normalize(struct bytes name, char text[static POLICY_COMPANY_SIZE]);
/* 0.0 to 1.0, of two normalised names; 1.0 only when equal. */
double policy_company_similarity(struct bytes a, struct bytes b);

/* What expressions may call: registrable_domain(s), is_free_mail(s), is_disposable(s),
 * normalize_company(s), company_similarity(s, s). Static storage. */
extern const struct cel_function policy_functions[];
extern const size_t policy_function_count;

#endif
