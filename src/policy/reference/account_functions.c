/* What expressions may call about domains and company names. */
#include "policy/reference/account.h"

/* A copy in the scratch; an error when that is used up. */
static struct cel_value return_text(struct cel_scratch *scratch, struct bytes text)
{
    if (text.size > scratch->size - scratch->used)
        return (struct cel_value){.kind = CEL_ERROR,
                                  .string = BYTES_LITERAL("the expression uses too much memory")};
    char *copy = scratch->memory + scratch->used;
    memcpy(copy, text.data, text.size);
    scratch->used += text.size;
    return cel_string((struct bytes){copy, text.size});
}

static struct cel_value registrable_domain(struct cel_scratch *scratch,
                                           const struct cel_value *arguments)
{
    char text[POLICY_DOMAIN_SIZE];
    return return_text(scratch, policy_domain_registrable(arguments[0].string, text));
}

static struct cel_value is_free_mail(struct cel_scratch *scratch, const struct cel_value *arguments)
{
    (void)scratch;
    char text[POLICY_DOMAIN_SIZE];
    return cel_bool(
        policy_domain_is_free_mail(policy_domain_registrable(arguments[0].string, text)));
}

static struct cel_value is_disposable(struct cel_scratch *scratch,
                                      const struct cel_value *arguments)
{
    (void)scratch;
    char text[POLICY_DOMAIN_SIZE];
    return cel_bool(
        policy_domain_is_disposable(policy_domain_registrable(arguments[0].string, text)));
}

static struct cel_value normalize_company(struct cel_scratch *scratch,
                                          const struct cel_value *arguments)
{
    char text[POLICY_COMPANY_SIZE];
    return return_text(scratch, policy_company_normalize(arguments[0].string, text));
}

static struct cel_value company_similarity(struct cel_scratch *scratch,
                                           const struct cel_value *arguments)
{
    (void)scratch;
    char left[POLICY_COMPANY_SIZE], right[POLICY_COMPANY_SIZE];
    return cel_double(
        policy_company_similarity(policy_company_normalize(arguments[0].string, left),
                                  policy_company_normalize(arguments[1].string, right)));
}

const struct cel_function policy_functions[] = {
    {"registrable_domain", "s:s", registrable_domain},
    {"is_free_mail", "s:b", is_free_mail},
    {"is_disposable", "s:b", is_disposable},
    {"normalize_company", "s:s", normalize_company},
    {"company_similarity", "ss:d", company_similarity},
};
const size_t policy_function_count = sizeof policy_functions / sizeof *policy_functions;
