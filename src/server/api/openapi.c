/* GET /openapi.json: spec/openapi.yaml, compiled into the program, as JSON. */
#include "server/api/health.h"

#include "server/internal.h"
#include "server/openapi_text.h"

#include <libfyaml.h>
#include <stdlib.h>

enum { OPENAPI_CEILING = 4 * 1024 * 1024 };

__asm__(".pushsection .rodata\n"
        ".globl openapi_text\n.hidden openapi_text\n"
        "openapi_text:\n"
        ".incbin \"" OPENAPI_TEXT_FILE "\"\n"
        ".byte 0\n"
        ".popsection\n");
extern const char openapi_text[] __attribute__((visibility("hidden")));

int openapi_load(struct buffer *ret_json, struct error *err)
{
    buffer_init(ret_json, OPENAPI_CEILING);
    const struct fy_parse_cfg config = {.flags = FYPCF_QUIET | FYPCF_RESOLVE_DOCUMENT};
    struct fy_document *document =
        fy_document_build_from_string(&config, openapi_text, OPENAPI_TEXT_SIZE);
    char *text =
        document != NULL ? fy_emit_document_to_string(document, FYECF_MODE_JSON_ONELINE) : NULL;
    fy_document_destroy(document);
    if (text == NULL)
        return error_set(err, ML_EINVAL, "spec/openapi.yaml", "cannot be converted to JSON");
    buffer_append_bytes(ret_json, bytes_of(text));
    free(text);
    return 0;
}

void openapi_run(struct request *request)
{
    request->answer.status = 200;
    request->answer.content_type = "application/json";
    buffer_append_bytes(&request->answer.body, buffer_bytes(&request->server->openapi));
}
