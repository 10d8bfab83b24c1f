/* Formatting of errors and the one way to die. */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* A text that was cut must not end in half a character: it goes into JSON. */
static void trim_cut(char *text, int wanted, size_t capacity)
{
    if (wanted < 0 || (size_t)wanted < capacity)
        return;
    size_t end = capacity - 1, start = end;
    while (start > 0 && end - start < 3 && ((unsigned char)text[start - 1] & 0xC0) == 0x80)
        start--;
    if (start == 0)
        return;
    unsigned char lead = (unsigned char)text[start - 1];
    size_t needed = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    if (end - start + 1 < needed)
        text[start - 1] = '\0';
}

int error_set(struct error *err, int code, const char *place, const char *format, ...)
{
    if (err == NULL)
        return code;
    err->code = code;
    int size = snprintf(err->place, sizeof err->place, "%s", place ? place : "");
    trim_cut(err->place, size, sizeof err->place);
    va_list arguments;
    va_start(arguments, format);
    size = vsnprintf(err->message, sizeof err->message, format, arguments);
    va_end(arguments);
    trim_cut(err->message, size, sizeof err->message);
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
