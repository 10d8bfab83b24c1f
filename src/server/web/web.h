/* The web pages: files that were made of web/ and docs/ when the program was built, compiled in
 * and answered as they are. Whatever else a browser asks for by its address is a page of the
 * application, which finds out itself which one. */
#ifndef ML_SERVER_WEB_H
#define ML_SERVER_WEB_H

#include "base/bytes.h"

#include <stdint.h>

struct request;

struct web_asset {
    const char *path; /* "/assets/app-X.js"; "/" is the page of the application */
    const char *type;
    const char *etag; /* with its quotes */
    uint32_t offset;  /* of its gzip in the file of bytes */
    uint32_t packed_size;
    uint32_t size;  /* without gzip */
    bool immutable; /* its name changes with its content */
};

/* NULL when nothing of that path was compiled in. */
const struct web_asset *web_asset_find(struct bytes path);
/* Its gzip; static. */
struct bytes web_asset_packed(const struct web_asset *asset);

/* Whether a GET that no call of the API takes is answered with a page. */
bool web_takes(const struct request *request);
/* Any path: the asset, or the page of the application. */
void web_run(struct request *request);

#endif
