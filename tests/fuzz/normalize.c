/* Any text to every normaliser: a result is well-formed and normalises to itself, a refusal has a
 * sentence. The first byte chooses the options. */
#include "contract/normalize.h"
#include "base/time.h"

#include <stdlib.h>

static struct error problem;

/* True for a result; a refusal must be said. */
static bool is_good(int status)
{
    if (status != 0 && (problem.message[0] == '\0' || !bytes_is_utf8(bytes_of(problem.message))))
        abort();
    return status == 0;
}

static void expect_equal(const char *one, const char *two)
{
    if (strcmp(one, two) != 0)
        abort();
}

static void try_email(struct bytes text)
{
    struct contract_email email, again;
    if (!is_good(contract_normalize_email(text, &email, &problem)))
        return;
    if (!is_good(contract_normalize_email(bytes_of(email.address), &again, &problem)))
        abort();
    expect_equal(email.address, again.address);
}

static void try_phone(struct bytes text, struct bytes country)
{
    struct contract_phone phone, again;
    if (!is_good(contract_normalize_phone(text, country, &phone, &problem)))
        return;
    if (!is_good(contract_normalize_phone(bytes_of(phone.e164), country, &again, &problem)))
        abort();
    expect_equal(phone.e164, again.e164);
}

static void try_codes(struct bytes text)
{
    char country[CONTRACT_COUNTRY_SIZE], tag[CONTRACT_LANGUAGE_SIZE];
    char again[CONTRACT_LANGUAGE_SIZE];
    bool yes;
    is_good(contract_normalize_country(text, country, &problem));
    is_good(contract_normalize_boolean(text, &yes, &problem));
    if (!is_good(contract_normalize_language(text, tag, &problem)))
        return;
    if (!is_good(contract_normalize_language(bytes_of(tag), again, &problem)))
        abort();
    expect_equal(tag, again);
}

static void try_number(struct bytes text, char decimal)
{
    char number[CONTRACT_NUMBER_SIZE], again[CONTRACT_NUMBER_SIZE];
    if (!is_good(contract_normalize_number(text, decimal, number, &problem)))
        return;
    if (!is_good(contract_normalize_number(bytes_of(number), '.', again, &problem)))
        abort();
    expect_equal(number, again);
}

static void try_time(struct bytes text, enum contract_date_order order)
{
    struct contract_time_options options = {BYTES_LITERAL("Europe/Berlin"), order};
    char printed[TIME_TEXT_SIZE];
    int64_t time_us, again;
    if (!is_good(contract_normalize_time(text, &options, &time_us, &problem)))
        return;
    time_print(time_us, printed);
    if (strncmp(printed, "1901", 4) > 0 && strncmp(printed, "9999", 4) < 0 &&
        (!is_good(contract_normalize_time(bytes_of(printed), NULL, &again, &problem)) ||
         again != time_us))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const countries[] = {"DE", "US", "IT", "RU", "", "BR", "HU", "FR"};
    static const char decimals[] = {'\0', '.', ',', '\0'};
    if (size == 0)
        return 0;
    struct bytes text = {(const char *)data + 1, size - 1};
    try_email(text);
    try_phone(text, bytes_of(countries[data[0] & 7]));
    try_codes(text);
    try_number(text, decimals[(data[0] >> 3) & 3]);
    try_time(text, (enum contract_date_order)((data[0] >> 5) % 3));
    return 0;
}
