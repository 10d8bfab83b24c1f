/* The countries of ISO 3166-1 (and Kosovo, by its customary code XK): codes, names, and how their
 * telephone numbers are built (ITU-T E.164 and the national plans). */
#ifndef ML_CONTRACT_COUNTRY_TABLE_H
#define ML_CONTRACT_COUNTRY_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct country {
    char alpha2[3];
    char alpha3[4];
    uint16_t calling; /* country calling code; 0: no numbers of its own */
    uint8_t shortest; /* digits of a national number without trunk prefix */
    uint8_t longest;
    const char *trunk; /* dialled in front at home, alternatives parted by '|'; "": nothing */
    /* English, German, French and Spanish names and usual others, folded (country.c), each between
     * two '|'. */
    const char *names;
};

extern const struct country contract_countries[];
extern const size_t contract_country_count;

#endif
