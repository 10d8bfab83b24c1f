/* What the tests of contracts share: a schema and an instance from text to a verdict. */
#ifndef ML_TESTS_UNIT_CONTRACT_SUPPORT_H
#define ML_TESTS_UNIT_CONTRACT_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "contract/schema.h"

/* Compiles; fails the test with the first mistake when that does not work. */
struct contract_schema *compile(const char *schema, const struct contract_options *options);
/* The first mistake of a schema that has one, as "pointer: message"; static, until the next call.
 */
const char *mistake(const char *schema, const struct contract_options *options);
/* The JSON must be good. */
const struct contract_instance *read_instance(const char *text, struct arena *arena);
/* Parses and validates; report and verdict must agree. */
bool is_valid_for(const struct contract_schema *schema, const char *instance);
/* The same with the schema as text. */
bool is_valid(const char *schema, const char *instance);
bool is_valid_format(const char *format, const char *text);
/* The errors as "instanceLocation keywordLocation: message" lines; static, until the next call. */
const char *errors(const char *schema, const char *instance);

/* Each instance must give the verdict; the name of the one that does not is printed. */
void check_all(const char *schema, bool wanted, const char *const *instances);
#define VALID(schema, ...) check_all(schema, true, (const char *const[]){__VA_ARGS__, NULL})
#define INVALID(schema, ...) check_all(schema, false, (const char *const[]){__VA_ARGS__, NULL})

#endif
