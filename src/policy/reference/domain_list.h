/* Mail providers that say nothing about the company. Sorted by byte, lower case, each its own
 * registrable domain. */
#ifndef ML_POLICY_DOMAIN_LIST_H
#define ML_POLICY_DOMAIN_LIST_H

#include <stddef.h>

extern const char *const domain_free_mail[];
extern const size_t domain_free_mail_count;
extern const char *const domain_disposable[];
extern const size_t domain_disposable_count;

#endif
