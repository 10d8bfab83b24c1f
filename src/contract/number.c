/* A number is a run of decimal digits and where its point stands. Comparing goes digit by digit;
 * dividing goes digit by digit too, with a remainder of limbs when the divisor is long. */
#include "contract/number.h"

#include <math.h>
#include <stdlib.h>

enum { EXPONENT_MAX = 1000 * 1000, LIMB_DIGITS = 9, LIMBS_MAX = CONTRACT_DIGITS_MAX / 9 + 2 };
enum { INT64_DIGITS = 19 };
#define LIMB_BASE UINT32_C(1000000000)

/* 0.d1d2d3… times ten to the `point`, without zeros at either end; zero has no digits. */
struct decimal {
    const char *first; /* the first digit that counts; a '.' may stand between the digits */
    size_t count;
    int64_t point;
    bool negative;
};

static bool read_exponent(const char *at, const char *end, int64_t *ret)
{
    bool negative = at < end && *at == '-';
    int64_t value = 0;
    if (at < end && (*at == '-' || *at == '+'))
        at++;
    for (; at < end; at++) {
        value = value * 10 + (*at - '0');
        if (value > EXPONENT_MAX)
            return false;
    }
    *ret = negative ? -value : value;
    return true;
}

static bool decimal_read(struct bytes text, struct decimal *ret)
{
    const char *at = text.data, *end = text.data + text.size;
    int64_t whole = 0, digits = 0, last = 0, leading = 0, exponent = 0;
    bool fraction = false;
    *ret = (struct decimal){.negative = *at == '-'};
    at += *at == '-';
    for (; at < end && *at != 'e' && *at != 'E'; at++) {
        if (*at == '.') {
            fraction = true;
            continue;
        }
        whole += !fraction;
        if (*at == '0' && ret->first == NULL) {
            leading++;
            continue;
        }
        if (ret->first == NULL)
            ret->first = at;
        digits++;
        if (*at != '0')
            last = digits;
    }
    if (digits > CONTRACT_DIGITS_MAX || leading > CONTRACT_DIGITS_MAX ||
        (at < end && !read_exponent(at + 1, end, &exponent)))
        return false;
    ret->count = (size_t)last;
    ret->point = last == 0 ? 0 : whole - leading + exponent;
    ret->negative = ret->negative && last > 0;
    return true;
}

/* The next digit, whatever point stands in between. */
static int next_digit(const char **at)
{
    if (**at == '.')
        ++*at;
    return *(*at)++ - '0';
}

static bool is_integer(const struct decimal *decimal)
{
    return decimal->point >= (int64_t)decimal->count;
}

/* False when it does not fit. */
static bool to_int64(const struct decimal *decimal, int64_t *ret)
{
    if (decimal->point > INT64_DIGITS)
        return false;
    const char *at = decimal->first;
    unsigned __int128 value = 0;
    for (int64_t i = 0; i < decimal->point; i++)
        value = value * 10 + (unsigned)(i < (int64_t)decimal->count ? next_digit(&at) : 0);
    if (value > (unsigned __int128)INT64_MAX + decimal->negative)
        return false;
    *ret = (int64_t)(decimal->negative ? 0 - (uint64_t)value : (uint64_t)value);
    return true;
}

static double to_double(struct bytes text)
{
    char copy[2 * CONTRACT_DIGITS_MAX + 32];
    if (text.size >= sizeof copy)
        text.size = sizeof copy - 1;
    memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    return strtod(copy, NULL);
}

bool contract_number_read(struct bytes text, struct contract_instance *ret)
{
    struct decimal decimal;
    if (!decimal_read(text, &decimal))
        return false;
    *ret = (struct contract_instance){.kind = CONTRACT_NUMBER, .text = text};
    if (is_integer(&decimal) && to_int64(&decimal, &ret->integer)) {
        ret->numeric = CONTRACT_INT64;
        return true;
    }
    ret->numeric = is_integer(&decimal) ? CONTRACT_BIG : CONTRACT_DECIMAL;
    ret->number = to_double(text);
    return true;
}

static struct decimal decimal_of(const struct contract_instance *number)
{
    struct decimal decimal;
    bool read = decimal_read(number->text, &decimal);
    ML_ASSERT(read); /* it was when the number was made */
    return decimal;
}

static int sign_of(const struct decimal *decimal)
{
    return decimal->count == 0 ? 0 : decimal->negative ? -1 : 1;
}

static int compare_magnitudes(const struct decimal *a, const struct decimal *b)
{
    if (a->point != b->point)
        return a->point < b->point ? -1 : 1;
    const char *at_a = a->first, *at_b = b->first;
    for (size_t i = 0; i < a->count && i < b->count; i++) {
        int digit_a = next_digit(&at_a), digit_b = next_digit(&at_b);
        if (digit_a != digit_b)
            return digit_a < digit_b ? -1 : 1;
    }
    return a->count == b->count ? 0 : a->count < b->count ? -1 : 1;
}

int contract_number_compare(const struct contract_instance *a, const struct contract_instance *b)
{
    if (a->numeric == CONTRACT_INT64 && b->numeric == CONTRACT_INT64)
        return a->integer == b->integer ? 0 : a->integer < b->integer ? -1 : 1;
    struct decimal left = decimal_of(a), right = decimal_of(b);
    int sign = sign_of(&left);
    if (sign != sign_of(&right))
        return sign < sign_of(&right) ? -1 : 1;
    return sign == 0 ? 0 : sign * compare_magnitudes(&left, &right);
}

uint64_t contract_number_hash(const struct contract_instance *number)
{
    struct decimal decimal = decimal_of(number);
    uint64_t hash = (uint64_t)decimal.point * 2 + decimal.negative;
    const char *at = decimal.first;
    for (size_t i = 0; i < decimal.count; i++)
        hash = (hash ^ (uint64_t)next_digit(&at)) * UINT64_C(0x9E3779B97F4A7C15);
    return hash ^ (hash >> 32);
}

/* ---- division: what remains of a long run of digits, a digit at a time */

struct limbs {
    uint32_t limbs[LIMBS_MAX]; /* the lowest first, LIMB_BASE each */
    size_t count;
};

static void limbs_read(const struct decimal *decimal, struct limbs *ret)
{
    *ret = (struct limbs){.count = (decimal->count + LIMB_DIGITS - 1) / LIMB_DIGITS};
    const char *at = decimal->first;
    for (size_t left = decimal->count; left > 0; left--) {
        uint32_t *limb = &ret->limbs[(left - 1) / LIMB_DIGITS];
        *limb = *limb * 10 + (uint32_t)next_digit(&at);
    }
}

static int limbs_compare(const struct limbs *a, const struct limbs *b, size_t count)
{
    for (size_t i = count; i-- > 0;)
        if (a->limbs[i] != b->limbs[i])
            return a->limbs[i] < b->limbs[i] ? -1 : 1;
    return 0;
}

static void limbs_subtract(struct limbs *from, const struct limbs *what, size_t count)
{
    uint32_t borrow = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t less = (uint64_t)what->limbs[i] + borrow;
        borrow = from->limbs[i] < less;
        from->limbs[i] = (uint32_t)(from->limbs[i] + (borrow ? LIMB_BASE : 0) - less);
    }
}

/* rest = (10 * rest + digit) mod divisor */
static void limbs_step(struct limbs *rest, const struct limbs *divisor, uint32_t digit)
{
    size_t count = divisor->count + 1; /* ten times the rest may need one more */
    uint64_t carry = digit;
    for (size_t i = 0; i < count; i++) {
        uint64_t value = (uint64_t)rest->limbs[i] * 10 + carry;
        rest->limbs[i] = (uint32_t)(value % LIMB_BASE);
        carry = value / LIMB_BASE;
    }
    while (limbs_compare(rest, divisor, count) >= 0)
        limbs_subtract(rest, divisor, count);
}

static bool limbs_are_zero(const struct limbs *limbs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (limbs->limbs[i] != 0)
            return false;
    return true;
}

/* With both numbers as integers times powers of ten, n·10^a and d·10^b: n ends in no zero, so for
 * a < b there is no multiple. Otherwise d must divide n·10^(a-b). A power of ten beyond all the
 * twos and fives in d changes nothing more, so huge exponents need not be walked through. */
bool contract_number_is_multiple(const struct contract_instance *number,
                                 const struct contract_instance *divisor)
{
    if (number->numeric == CONTRACT_INT64 && divisor->numeric == CONTRACT_INT64)
        return divisor->integer == 1 || number->integer % divisor->integer == 0;
    struct decimal a = decimal_of(number), b = decimal_of(divisor);
    if (a.count == 0)
        return true;
    int64_t zeros = (a.point - (int64_t)a.count) - (b.point - (int64_t)b.count);
    int64_t enough = 4 * (int64_t)b.count; /* 2^k < 10^count gives k < 4 * count */
    if (zeros < 0)
        return false;
    if (zeros > enough)
        zeros = enough;
    struct limbs rest = {.count = 0}, by;
    limbs_read(&b, &by);
    const char *at = a.first;
    for (size_t i = 0; i < a.count; i++)
        limbs_step(&rest, &by, (uint32_t)next_digit(&at));
    for (int64_t i = 0; i < zeros; i++)
        limbs_step(&rest, &by, 0);
    return limbs_are_zero(&rest, by.count + 1);
}
