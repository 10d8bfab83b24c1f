/* The special-purpose addresses of IANA's two registries (RFC 6890 and what came after). */
#include "effect/guard.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define PRIVATE "a private network"
#define LOOPBACK "this machine (loopback)"
#define LINK "a link-local address"
#define UNSPECIFIED "no address (unspecified)"
#define RESERVED "a reserved network"
#define DOCUMENTATION "a network for documentation"
#define MULTICAST "a multicast address"

struct network {
    uint8_t prefix[16];
    uint8_t bits;
    const char *what;
};

static const struct network networks_4[] = {
    {{0}, 8, UNSPECIFIED},
    {{10}, 8, PRIVATE},
    {{100, 64}, 10, "a network of a carrier (CGNAT)"},
    {{127}, 8, LOOPBACK},
    {{169, 254}, 16, LINK},
    {{172, 16}, 12, PRIVATE},
    {{192, 0, 0}, 24, RESERVED},
    {{192, 0, 2}, 24, DOCUMENTATION},
    {{192, 88, 99}, 24, RESERVED},
    {{192, 168}, 16, PRIVATE},
    {{198, 18}, 15, "a network for benchmarks"},
    {{198, 51, 100}, 24, DOCUMENTATION},
    {{203, 0, 113}, 24, DOCUMENTATION},
    {{224}, 4, MULTICAST},
    {{240}, 4, RESERVED},
};

static const struct network networks_6[] = {
    {{0x00, 0x64, 0xff, 0x9b, 0x00, 0x01}, 48, "a private NAT64 network"},
    {{0x01}, 8, RESERVED},              /* 100::/64 discards */
    {{0x20, 0x01, 0x00}, 23, RESERVED}, /* Teredo and other protocols */
    {{0x20, 0x01, 0x0d, 0xb8}, 32, DOCUMENTATION},
    {{0x3f, 0xff, 0x00}, 20, DOCUMENTATION},
    {{0x5f, 0x00}, 16, RESERVED},
    {{0xfc}, 7, PRIVATE},
    {{0xfe, 0x80}, 10, LINK},
    {{0xfe, 0xc0}, 10, PRIVATE},
    {{0xff}, 8, MULTICAST},
};

static bool is_in(const uint8_t *address, const struct network *network)
{
    size_t whole = network->bits / 8;
    unsigned rest = network->bits % 8;
    if (memcmp(address, network->prefix, whole) != 0)
        return false;
    return rest == 0 || (address[whole] ^ network->prefix[whole]) >> (8 - rest) == 0;
}

static const char *look_up(const uint8_t *address, const struct network *networks, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (is_in(address, &networks[i]))
            return networks[i].what;
    return NULL;
}

static const char *look_4(const uint8_t *address)
{
    return look_up(address, networks_4, sizeof networks_4 / sizeof *networks_4);
}

/* The address of version 4 within; NULL: there is none. */
static const uint8_t *find_carried(const uint8_t address[static 16])
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    static const uint8_t translated[12] = {0x00, 0x64, 0xff, 0x9b};
    static const uint8_t isatap[2] = {0x5e, 0xfe};
    if (memcmp(address, mapped, sizeof mapped) == 0 ||
        memcmp(address, translated, sizeof translated) == 0)
        return address + 12;
    if (address[0] == 0x20 && address[1] == 0x02)
        return address + 2; /* 6to4 */
    if ((address[8] & 0xfd) == 0 && address[9] == 0 &&
        memcmp(address + 10, isatap, sizeof isatap) == 0)
        return address + 12;
    return NULL;
}

static const char *look_6(const uint8_t address[static 16])
{
    static const uint8_t zero[15] = {0};
    if (memcmp(address, zero, sizeof zero) == 0 && address[15] <= 1)
        return address[15] == 0 ? UNSPECIFIED : LOOPBACK;
    if (memcmp(address, zero, 10) == 0 && address[10] == 0 && address[11] == 0)
        return RESERVED; /* "compatible" with version 4, long given up */
    const uint8_t *carried = find_carried(address);
    const char *what = carried != NULL ? look_4(carried) : NULL;
    return what != NULL ? what
                        : look_up(address, networks_6, sizeof networks_6 / sizeof *networks_6);
}

const char *guard_look(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        struct sockaddr_in in;
        memcpy(&in, address, sizeof in);
        return look_4((const uint8_t *)&in.sin_addr);
    }
    if (address->sa_family == AF_INET6) {
        struct sockaddr_in6 in6;
        memcpy(&in6, address, sizeof in6);
        return look_6(in6.sin6_addr.s6_addr);
    }
    return "no address of the internet";
}
