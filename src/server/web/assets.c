/* The table of what was compiled in, and its bytes. */
#include "server/web/web.h"

#include "server/web_assets.h"

#include <string.h>

/* Megabytes of numbers in C would cost every build seconds; the assembler just copies the file.
 * Global, because optimising across files may put what reads it elsewhere. */
__asm__(".pushsection .rodata\n"
        ".balign 16\n"
        ".globl web_bytes\n.hidden web_bytes\n"
        "web_bytes:\n"
        ".incbin \"" WEB_BYTES "\"\n"
        ".byte 0\n"
        ".popsection\n");
extern const char web_bytes[] __attribute__((visibility("hidden")));

const struct web_asset *web_asset_find(struct bytes path)
{
    for (const struct web_asset *one = web_assets; one->path != NULL; one++)
        if (bytes_is(path, one->path))
            return one;
    return NULL;
}

struct bytes web_asset_packed(const struct web_asset *asset)
{
    return (struct bytes){web_bytes + asset->offset, asset->packed_size};
}
