/* What the two kinds of forms share. */
#ifndef ML_CONTRACT_FORM_INTERNAL_H
#define ML_CONTRACT_FORM_INTERNAL_H

#include "contract/charset.h"
#include "contract/form.h"

/* One value, in the bytes it came in. */
struct form_field {
    struct bytes name, value;
    size_t at; /* of the field in the body */
    bool has_charset;
    enum contract_charset charset; /* its own */
};

struct form_reader {
    struct bytes body;
    size_t field_max;
    struct arena *arena;
    struct error *err;
    struct form_field *fields;
    size_t count, room;
    struct contract_form_file *files;
    size_t file_count, file_room;
    enum contract_charset charset; /* of what has none of its own */
};

/* ML_… with the place; `at` is an offset in the body. */
int form_fail(const struct form_reader *reader, int code, size_t at, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* A name for sentences: quoted and cut, whatever bytes it is made of. Lives in the arena. */
const char *form_quote(const struct form_reader *reader, struct bytes name);
int form_add(struct form_reader *reader, const struct form_field *field);
int form_add_file(struct form_reader *reader, const struct contract_form_file *file, size_t at);
/* The charset that `label` means, for what stands at `at`. */
int form_charset(const struct form_reader *reader, struct bytes label, size_t at,
                 enum contract_charset *ret);

/* form_multipart.c: all fields and files of the body. */
int form_read_multipart(struct form_reader *reader, struct bytes boundary);

#endif
