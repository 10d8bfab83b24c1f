/* The normalisers as functions of expressions. */
#include "contract/functions.h"

#include "contract/instance.h"
#include "contract/normalize.h"

/* Text that outlives the call lives in the scratch. */
static struct cel_value return_text(struct cel_scratch *scratch, enum cel_kind kind,
                                    struct bytes text)
{
    if (text.size > scratch->size - scratch->used)
        return (struct cel_value){.kind = CEL_ERROR,
                                  .string = BYTES_LITERAL("the expression uses too much memory")};
    char *copy = scratch->memory + scratch->used;
    if (text.size > 0)
        memcpy(copy, text.data, text.size);
    scratch->used += text.size;
    return (struct cel_value){.kind = kind, .string = {copy, text.size}};
}

static struct cel_value return_string(struct cel_scratch *scratch, const char *text)
{
    return return_text(scratch, CEL_STRING, bytes_of(text));
}

static struct cel_value return_error(struct cel_scratch *scratch, const struct error *err)
{
    return return_text(scratch, CEL_ERROR, bytes_of(err->message));
}

static struct cel_value normalize_email(struct cel_scratch *scratch,
                                        const struct cel_value *arguments)
{
    struct contract_email email;
    struct error err;
    if (contract_normalize_email(arguments[0].string, &email, &err) < 0)
        return return_error(scratch, &err);
    return return_string(scratch, email.address);
}

static struct cel_value email_key(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    struct contract_email email;
    struct error err;
    if (contract_normalize_email(arguments[0].string, &email, &err) < 0)
        return return_error(scratch, &err);
    return return_string(scratch, email.key);
}

static struct cel_value normalize_phone(struct cel_scratch *scratch,
                                        const struct cel_value *arguments)
{
    struct contract_phone phone;
    struct error err;
    if (contract_normalize_phone(arguments[0].string, arguments[1].string, &phone, &err) < 0)
        return return_error(scratch, &err);
    return return_string(scratch, phone.e164);
}

static struct cel_value phone_extension(struct cel_scratch *scratch,
                                        const struct cel_value *arguments)
{
    struct contract_phone phone;
    struct error err;
    if (contract_normalize_phone(arguments[0].string, arguments[1].string, &phone, &err) < 0)
        return return_error(scratch, &err);
    return return_string(scratch, phone.extension);
}

static struct cel_value country_code(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    char code[CONTRACT_COUNTRY_SIZE];
    struct error err;
    if (contract_normalize_country(arguments[0].string, code, &err) < 0)
        return return_error(scratch, &err);
    return return_string(scratch, code);
}

static struct cel_value language_tag(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    char tag[CONTRACT_LANGUAGE_SIZE];
    struct error err;
    if (contract_normalize_language(arguments[0].string, tag, &err) < 0)
        return return_error(scratch, &err);
    return return_string(scratch, tag);
}

static struct cel_value parse_time(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    struct contract_time_options options = {.zone = arguments[1].string};
    struct error err;
    int64_t time_us;
    if (contract_normalize_time(arguments[0].string, &options, &time_us, &err) < 0)
        return return_error(scratch, &err);
    return cel_timestamp_us(time_us);
}

static struct cel_value parse_number(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    struct bytes decimal = arguments[1].string;
    char text[CONTRACT_NUMBER_SIZE];
    struct contract_instance number;
    struct error err;
    if (decimal.size > 1 || (decimal.size == 1 && decimal.data[0] != '.' && decimal.data[0] != ','))
        return (struct cel_value){
            .kind = CEL_ERROR, .string = BYTES_LITERAL("the decimal point must be \".\" or \",\"")};
    if (contract_normalize_number(arguments[0].string, decimal.size == 1 ? decimal.data[0] : '\0',
                                  text, &err) < 0 ||
        contract_instance_number(bytes_of(text), &number, &err) < 0)
        return return_error(scratch, &err);
    return cel_double(number.numeric == CONTRACT_INT64 ? (double)number.integer : number.number);
}

static struct cel_value parse_boolean(struct cel_scratch *scratch,
                                      const struct cel_value *arguments)
{
    struct error err;
    bool value;
    if (contract_normalize_boolean(arguments[0].string, &value, &err) < 0)
        return return_error(scratch, &err);
    return cel_bool(value);
}

const struct cel_function contract_functions[] = {
    {"normalize_email", "s:s", normalize_email, false},
    {"email_key", "s:s", email_key, false},
    {"normalize_phone", "ss:s", normalize_phone, false},
    {"phone_extension", "ss:s", phone_extension, false},
    {"country_code", "s:s", country_code, false},
    {"language_tag", "s:s", language_tag, false},
    {"parse_time", "ss:t", parse_time, false},
    {"parse_number", "ss:d", parse_number, false},
    {"parse_boolean", "s:b", parse_boolean, false},
};
const size_t contract_function_count = sizeof contract_functions / sizeof *contract_functions;
