/* The network extension: addresses and networks of IPv4 and IPv6. An IPv4 address written as one of
 * IPv6 is the IPv4 address; with its dots inside an IPv6 one it is refused as ambiguous, and so is
 * a zone, which means something on one machine only. */
#include "cel/library.h"

#include <arpa/inet.h>
#include <stdio.h>

static uint32_t address_size(const struct cel_value *value)
{
    return value->count & 0xFF;
}

static uint32_t prefix_of(const struct cel_value *network)
{
    return network->count >> 8;
}

/* ---- reading */

static bool is_mapped(const uint8_t address[static 16])
{
    static const uint8_t prefix[12] = {[10] = 0xFF, [11] = 0xFF};
    return memcmp(address, prefix, sizeof prefix) == 0;
}

/* What is wrong with it, or NULL. */
static const char *parse_address(struct bytes text, struct cel_value *ret)
{
    char string[INET6_ADDRSTRLEN + 1];
    *ret = (struct cel_value){.kind = CEL_IP, .count = 4};
    memset(ret->address, 0, sizeof ret->address);
    if (text.size > 0 && memchr(text.data, '%', text.size) != NULL)
        return "with zone value is not allowed";
    if (text.size == 0 || text.size >= sizeof string || memchr(text.data, '\0', text.size) != NULL)
        return "parse error during conversion from string";
    memcpy(string, text.data, text.size);
    string[text.size] = '\0';
    if (inet_pton(AF_INET, string, ret->address) == 1)
        return NULL;
    if (inet_pton(AF_INET6, string, ret->address) != 1)
        return "parse error during conversion from string";
    ret->count = 16;
    if (!is_mapped(ret->address))
        return NULL;
    if (strchr(string, '.') != NULL)
        return "is an IPv4-mapped IPv6 address, which is not allowed";
    ret->count = 4;
    memcpy(ret->address, ret->address + 12, 4);
    memset(ret->address + 4, 0, 12);
    return NULL;
}

/* Up to three digits without a leading zero. */
static bool parse_prefix(struct bytes text, uint32_t max, uint32_t *ret)
{
    if (text.size == 0 || text.size > 3 || (text.size > 1 && text.data[0] == '0'))
        return false;
    *ret = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        *ret = *ret * 10 + (uint32_t)(text.data[i] - '0');
    }
    return *ret <= max;
}

static const char *parse_network(struct bytes text, struct cel_value *ret)
{
    const char *slash = text.size > 0 ? memchr(text.data, '/', text.size) : NULL;
    if (slash == NULL)
        return "parse error during conversion from string: there is no /";
    struct bytes address = {text.data, (size_t)(slash - text.data)};
    struct bytes bits = {slash + 1, text.size - address.size - 1};
    const char *problem = parse_address(address, ret);
    if (problem != NULL)
        return problem;
    if (address_size(ret) == 4 && memchr(address.data, ':', address.size) != NULL)
        return "is an IPv4-mapped IPv6 network, which is not allowed";
    uint32_t prefix;
    if (!parse_prefix(bits, address_size(ret) * 8, &prefix))
        return "network address parse error during conversion from string";
    ret->kind = CEL_CIDR;
    ret->count |= prefix << 8;
    return NULL;
}

static struct cel_value address_or_error(struct cel_scratch *scratch, struct bytes text)
{
    struct cel_value value;
    const char *problem = parse_address(text, &value);
    return problem == NULL ? value
                           : cel_error_printf(scratch, "IP Address '%.*s' %s",
                                              BYTES_ARG(cel_text_excerpt(text)), problem);
}

static struct cel_value network_or_error(struct cel_scratch *scratch, struct bytes text)
{
    struct cel_value value;
    const char *problem = parse_network(text, &value);
    return problem == NULL ? value
                           : cel_error_printf(scratch, "CIDR '%.*s' %s",
                                              BYTES_ARG(cel_text_excerpt(text)), problem);
}

static struct cel_value ip_string(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    return address_or_error(scratch, arguments[0].string);
}

static struct cel_value cidr_string(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    return network_or_error(scratch, arguments[0].string);
}

static struct cel_value is_ip(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    struct cel_value value;
    return cel_bool(parse_address(arguments[0].string, &value) == NULL);
}

static struct cel_value is_cidr(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    struct cel_value value;
    return cel_bool(parse_network(arguments[0].string, &value) == NULL);
}

/* ---- writing: RFC 5952 */

/* The longest run of zero groups, the first of equals; at least two. */
static int longest_run(const uint16_t groups[static 8], int *ret_size)
{
    int start = -1;
    *ret_size = 1;
    for (int i = 0; i < 8; i++) {
        int end = i;
        while (end < 8 && groups[end] == 0)
            end++;
        if (end - i > *ret_size) {
            start = i;
            *ret_size = end - i;
        }
    }
    return start;
}

static size_t print_groups(const uint8_t *address, char text[static CEL_ADDRESS_TEXT_SIZE])
{
    uint16_t groups[8];
    for (int i = 0; i < 8; i++)
        groups[i] = (uint16_t)(address[2 * i] << 8 | address[2 * i + 1]);
    int run_size, run = longest_run(groups, &run_size);
    size_t size = 0;
    for (int i = 0; i < 8;) {
        if (i == run) {
            text[size++] = ':';
            text[size++] = ':';
            i += run_size;
            continue;
        }
        if (size > 0 && text[size - 1] != ':')
            text[size++] = ':';
        size += (size_t)snprintf(text + size, CEL_ADDRESS_TEXT_SIZE - size, "%x", groups[i++]);
    }
    return size;
}

size_t cel_address_print(const struct cel_value *value, char text[static CEL_ADDRESS_TEXT_SIZE])
{
    const uint8_t *a = value->address;
    size_t size =
        address_size(value) == 16
            ? print_groups(a, text)
            : (size_t)snprintf(text, CEL_ADDRESS_TEXT_SIZE, "%d.%d.%d.%d", a[0], a[1], a[2], a[3]);
    if (value->kind == CEL_CIDR)
        size +=
            (size_t)snprintf(text + size, CEL_ADDRESS_TEXT_SIZE - size, "/%u", prefix_of(value));
    return size;
}

static struct cel_value string_address(struct cel_scratch *scratch,
                                       const struct cel_value *arguments)
{
    char text[CEL_ADDRESS_TEXT_SIZE];
    struct cel_text out = cel_text_begin(scratch);
    cel_text_append(&out, (struct bytes){text, cel_address_print(arguments, text)});
    return cel_text_end(&out);
}

/* Written just as it would be printed. */
static struct cel_value is_canonical(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    struct cel_value value = address_or_error(scratch, arguments[0].string);
    if (value.kind == CEL_ERROR)
        return value;
    char text[CEL_ADDRESS_TEXT_SIZE];
    size_t size = cel_address_print(&value, text);
    return cel_bool(bytes_equal((struct bytes){text, size}, arguments[0].string));
}

/* ---- what an address is */

static bool starts_with(const struct cel_value *value, const char *network)
{
    struct cel_value known;
    ML_ASSERT(parse_network(bytes_of(network), &known) == NULL);
    if (address_size(value) != address_size(&known))
        return false;
    for (uint32_t bit = 0; bit < prefix_of(&known); bit++)
        if (((value->address[bit / 8] ^ known.address[bit / 8]) >> (7 - bit % 8) & 1) != 0)
            return false;
    return true;
}

static struct cel_value family(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    return cel_int(address_size(arguments) == 4 ? 4 : 6);
}

static struct cel_value is_unspecified(struct cel_scratch *scratch,
                                       const struct cel_value *arguments)
{
    (void)scratch;
    return cel_bool(starts_with(arguments, "0.0.0.0/32") || starts_with(arguments, "::/128"));
}

static struct cel_value is_loopback(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    return cel_bool(starts_with(arguments, "127.0.0.0/8") || starts_with(arguments, "::1/128"));
}

static struct cel_value is_link_local_multicast(struct cel_scratch *scratch,
                                                const struct cel_value *arguments)
{
    (void)scratch;
    /* Of IPv6 the scope is in the lower half of the second byte; the upper half has flags. */
    bool wide = address_size(arguments) == 16 && arguments->address[0] == 0xFF &&
                (arguments->address[1] & 0x0F) == 2;
    return cel_bool(wide || starts_with(arguments, "224.0.0.0/24"));
}

static struct cel_value is_link_local_unicast(struct cel_scratch *scratch,
                                              const struct cel_value *arguments)
{
    (void)scratch;
    return cel_bool(starts_with(arguments, "169.254.0.0/16") ||
                    starts_with(arguments, "fe80::/10"));
}

/* Private addresses count: they are routed, if not everywhere. */
static struct cel_value is_global_unicast(struct cel_scratch *scratch,
                                          const struct cel_value *arguments)
{
    (void)scratch;
    static const char *const others[] = {"0.0.0.0/32",     "::/128",      "127.0.0.0/8",
                                         "::1/128",        "224.0.0.0/4", "ff00::/8",
                                         "169.254.0.0/16", "fe80::/10",   "255.255.255.255/32"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (starts_with(arguments, others[i]))
            return cel_bool(false);
    return cel_bool(true);
}

/* ---- networks */

static struct cel_value masked(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    struct cel_value network = arguments[0];
    for (uint32_t bit = prefix_of(&network); bit < address_size(&network) * 8; bit++)
        network.address[bit / 8] &= (uint8_t) ~(0x80U >> bit % 8);
    return network;
}

/* The first `prefix` bits of both are the same. */
static struct cel_value holds(const struct cel_value *network, const struct cel_value *value)
{
    if (value->kind == CEL_ERROR)
        return *value;
    if (address_size(network) != address_size(value) ||
        (value->kind == CEL_CIDR && prefix_of(value) < prefix_of(network)))
        return cel_bool(false);
    for (uint32_t bit = 0; bit < prefix_of(network); bit++)
        if (((network->address[bit / 8] ^ value->address[bit / 8]) >> (7 - bit % 8) & 1) != 0)
            return cel_bool(false);
    return cel_bool(true);
}

static struct cel_value contains(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    return holds(&arguments[0], &arguments[1]);
}

static struct cel_value contains_ip_string(struct cel_scratch *scratch,
                                           const struct cel_value *arguments)
{
    struct cel_value address = address_or_error(scratch, arguments[1].string);
    return holds(&arguments[0], &address);
}

static struct cel_value contains_cidr_string(struct cel_scratch *scratch,
                                             const struct cel_value *arguments)
{
    struct cel_value network = network_or_error(scratch, arguments[1].string);
    return holds(&arguments[0], &network);
}

static struct cel_value address_of(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    struct cel_value address = arguments[0];
    address.kind = CEL_IP;
    address.count = address_size(arguments);
    return address;
}

static struct cel_value prefix_length(struct cel_scratch *scratch,
                                      const struct cel_value *arguments)
{
    (void)scratch;
    return cel_int(prefix_of(arguments));
}

/* Nothing is set behind the prefix. */
static struct cel_value is_mask(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    struct cel_value network = masked(scratch, arguments);
    return cel_bool(memcmp(network.address, arguments->address, sizeof network.address) == 0);
}

/* ---- the table */

static const struct cel_overload overloads[] = {
    {"ip", CEL_CALL_GLOBAL, "s:p", ip_string},
    {"ip", CEL_CALL_MEMBER, "c:p", address_of},
    {"cidr", CEL_CALL_GLOBAL, "s:c", cidr_string},
    {"isIP", CEL_CALL_GLOBAL, "s:b", is_ip},
    {"isCIDR", CEL_CALL_GLOBAL, "s:b", is_cidr},
    {"ip.isCanonical", CEL_CALL_GLOBAL, "s:b", is_canonical},
    {"string", CEL_CALL_GLOBAL, "p:s", string_address},
    {"string", CEL_CALL_GLOBAL, "c:s", string_address},
    {"family", CEL_CALL_MEMBER, "p:i", family},
    {"isUnspecified", CEL_CALL_MEMBER, "p:b", is_unspecified},
    {"isLoopback", CEL_CALL_MEMBER, "p:b", is_loopback},
    {"isLinkLocalMulticast", CEL_CALL_MEMBER, "p:b", is_link_local_multicast},
    {"isLinkLocalUnicast", CEL_CALL_MEMBER, "p:b", is_link_local_unicast},
    {"isGlobalUnicast", CEL_CALL_MEMBER, "p:b", is_global_unicast},
    {"containsIP", CEL_CALL_MEMBER, "cp:b", contains},
    {"containsIP", CEL_CALL_MEMBER, "cs:b", contains_ip_string},
    {"containsCIDR", CEL_CALL_MEMBER, "cc:b", contains},
    {"containsCIDR", CEL_CALL_MEMBER, "cs:b", contains_cidr_string},
    {"prefixLength", CEL_CALL_MEMBER, "c:i", prefix_length},
    {"masked", CEL_CALL_MEMBER, "c:c", masked},
    {"isMask", CEL_CALL_MEMBER, "c:b", is_mask},
};

const struct cel_library cel_library_network = CEL_LIBRARY(overloads);
