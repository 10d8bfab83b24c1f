/* Errors that people read: a code for the program, a place and a sentence for the person.
 *
 * Functions that can fail return 0 or a negative ML_E… and take `struct error *err` last. `err` may
 * be NULL. Libraries fill it and never log; the caller decides what is printed. */
#ifndef ML_BASE_ERROR_H
#define ML_BASE_ERROR_H

#include <stddef.h>

enum {
    ML_EINVAL = -1,    /* the input is wrong; the sentence says what to change */
    ML_ENOTFOUND = -2, /* the thing named does not exist */
    ML_ECONFLICT = -3, /* it exists in another version or state */
    ML_EIO = -4,       /* the disk or the network refused */
    ML_ENOSPC = -5,    /* the disk is full or nearly full */
    ML_ECORRUPT = -6,  /* stored data contradicts itself */
    ML_EVERSION = -7,  /* written by a version that this one cannot read */
    ML_EBUSY = -8,     /* in use by another process, or a queue is full */
    ML_ELIMIT = -9,    /* a stated ceiling was passed */
    ML_EDENIED = -10,  /* no permission */
};

struct error {
    int code;          /* 0 or ML_E… */
    char place[160];   /* file:line:column, a path, an id, a seq; may be empty */
    char message[512]; /* what is wrong and what to do; UTF-8, no trailing newline */
};

/* Fills `err` (when not NULL) and returns `code`, so that `return error_set(…)` is a whole exit. */
int error_set(struct error *err, int code, const char *place, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* A short lower-case name for a code: "invalid", "not_found", …; static storage. */
const char *error_code_name(int code);

/* Prints message to stderr and aborts: for bugs and for memory that ran out, never for bad input.
 */
_Noreturn void panic(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* An assertion that stays on in release builds. */
#define ML_ASSERT(condition) \
    ((condition) ? (void)0 : panic("%s:%d: assertion failed: %s", __FILE__, __LINE__, #condition))

#endif
