/* Formatting of errors and the one way to die. */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

int error_set(struct error *err, int code, const char *place, const char *format, ...)
{
    if (err == NULL)
        return code;
    err->code = code;
    snprintf(err->place, sizeof err->place, "%s", place ? place : "");
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(err->message, sizeof err->message, format, arguments);
    va_end(arguments);
    return code;
}

const char *error_code_name(int code)
{
    static const char *const names[] = {
        "ok",      "invalid", "not_found", "conflict", "io",     "no_space",
        "corrupt", "version", "busy",      "limit",    "denied",
    };
    size_t index = (size_t)-code;
    return code <= 0 && index < sizeof names / sizeof *names ? names[index] : "unknown";
}

_Noreturn void panic(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("meshline: internal error: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    abort();
}
