/* Any bytes as a urlencoded form: what comes out is an object of texts that are UTF-8, with no more
 * values than the body has fields. */
#include "contract/form.h"

#include <stdlib.h>

static void check_text(const struct contract_instance *value)
{
    if (value->kind != CONTRACT_STRING || !bytes_is_utf8(value->text))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct contract_form form;
    struct arena arena;
    arena_init(&arena);
    if (contract_form_parse(BYTES_LITERAL("application/x-www-form-urlencoded"),
                            (struct bytes){(const char *)data, size}, NULL, &arena, &form,
                            NULL) == 0) {
        if (form.fields.kind != CONTRACT_OBJECT || form.file_count != 0)
            abort();
        for (uint32_t i = 0; i < form.fields.count; i++) {
            const struct contract_instance *value = &form.fields.members[i].value;
            if (contract_instance_find(&form.fields, form.fields.members[i].name) != value)
                abort();
            if (value->kind != CONTRACT_ARRAY)
                check_text(value);
            for (uint32_t k = 0; value->kind == CONTRACT_ARRAY && k < value->count; k++)
                check_text(&value->items[k]);
        }
    }
    arena_release(&arena);
    return 0;
}
