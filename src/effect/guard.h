/* Which addresses are not to be reached from here unless a destination may: whatever is not a
 * public unicast address. Asked of the address that a name has led to, so neither a name that means
 * loopback nor one that changes its mind between two look-ups gets around it. */
#ifndef ML_EFFECT_GUARD_H
#define ML_EFFECT_GUARD_H

#include <sys/socket.h>

/* NULL: public. Else what it is, "a private network"; static storage. Addresses of version 6 that
 * carry one of version 4 (mapped, NAT64, 6to4, ISATAP) are what that one is. */
const char *guard_look(const struct sockaddr *address);

/* The same of the server in a URL, "nats://bus.example:4222": what any of the addresses is that its
 * name leads to now. NULL also when it leads nowhere. Asks the resolver, and waits for it. */
const char *guard_look_server(const char *url);

#endif
