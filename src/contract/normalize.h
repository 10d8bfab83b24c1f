/* Values as people and forms write them, in the one form that a lead keeps. Each call gives a
 * result, or a sentence that says what is wrong with the text and what would be right.
 *
 * Pure: no clock, no I/O, no globals (time zones: see base/zone.h). No heap, but libidn2's for
 * domains beyond ASCII. All return 0 or ML_EINVAL with `err->place` empty. */
#ifndef ML_CONTRACT_NORMALIZE_H
#define ML_CONTRACT_NORMALIZE_H

#include "base/bytes.h"
#include "base/error.h"

#include <stdint.h>

enum {
    CONTRACT_EMAIL_SIZE = 320,
    CONTRACT_E164_SIZE = 17,
    CONTRACT_EXTENSION_SIZE = 12,
    CONTRACT_COUNTRY_SIZE = 3,
    CONTRACT_LANGUAGE_SIZE = 64,
    CONTRACT_NUMBER_SIZE = 64,
};

/* ---- e-mail (RFC 5321 with RFC 6531's letters beyond ASCII in front of the @) */

struct contract_email {
    char address[CONTRACT_EMAIL_SIZE]; /* without blanks; the domain lower case, as A-labels */
    /* For comparing: the part before the @ is lower case (ASCII letters), too. Dots and tags stay:
     * what they mean is each provider's own business. */
    char key[CONTRACT_EMAIL_SIZE];
};
/* Blanks around it and "mailto:" are passed over. The domain needs a dot; address literals such as
 * [192.0.2.1] are refused: no lead has one. */
int contract_normalize_email(struct bytes text, struct contract_email *ret, struct error *err);

/* ---- telephone numbers (ITU-T E.164) */

struct contract_phone {
    char e164[CONTRACT_E164_SIZE];           /* "+4930123456" */
    char extension[CONTRACT_EXTENSION_SIZE]; /* digits; empty: none */
};
/* `country` is ISO 3166 alpha-2, in any case, for numbers that do not begin with a country code; it
 * may be empty. Knows the country codes, what is dialled in front of national and international
 * numbers, and how long the numbers of each country are. It cannot tell whether a number is given
 * to anybody, of what kind it is, whether its area code exists or was left out, and it reads
 * neither letters (1-800-FLOWERS) nor the 15 inside of Argentine mobile numbers. */
int contract_normalize_phone(struct bytes text, struct bytes country, struct contract_phone *ret,
                             struct error *err);

/* ---- countries and languages */

/* ISO 3166-1 alpha-2 (and XK) from alpha-2, alpha-3, or an English, German, French or Spanish name;
 * case, accents and punctuation do not count. */
int contract_normalize_country(struct bytes text, char ret[static CONTRACT_COUNTRY_SIZE],
                               struct error *err);
/* A well-formed tag of BCP 47 in its usual case, from that or a POSIX locale: "de_at.UTF-8" gives
 * "de-AT". Whether its parts are registered is not looked up. */
int contract_normalize_language(struct bytes text, char ret[static CONTRACT_LANGUAGE_SIZE],
                                struct error *err);

/* ---- times */

enum contract_date_order { CONTRACT_DATE_UNKNOWN, CONTRACT_DAY_FIRST, CONTRACT_MONTH_FIRST };

struct contract_time_options {
    struct bytes zone; /* "Europe/Berlin": of times without one; empty: those are refused */
    enum contract_date_order order; /* of 1/2/2026; unknown: refused where it matters */
};
/* Microseconds since 1970 UTC, from RFC 3339 and looser forms of it ("2026-01-02 03:04"),
 * day.month. year, 1/2/2026, "Fri, 2 Jan 2026 03:04 PM", "January 2nd, 2026", basic ISO 8601, and
 * seconds (10 digits) or milliseconds (13 digits) since 1970. Months in English and German.
 * Offsets, Z, UTC, GMT and names such as Europe/Berlin are read; abbreviations such as EST are not.
 * A date alone is its first instant. Years 1900 to 9999. `options` may be NULL. */
int contract_normalize_time(struct bytes text, const struct contract_time_options *options,
                            int64_t *ret_time_us, struct error *err);

/* ---- numbers and yes or no */

/* A JSON number from "1,234.50", "1.234,50", "1 234", "1'234", "12,34,567", "1e3". `decimal` is '.'
 * or ','; 0: found out, and refused where it could be either ("1,234"). */
int contract_normalize_number(struct bytes text, char decimal,
                              char ret[static CONTRACT_NUMBER_SIZE], struct error *err);
/* "yes", "on", "1", "true", "checked", "ja", "oui", "si" and their opposites, in any case. */
int contract_normalize_boolean(struct bytes text, bool *ret, struct error *err);

#endif
