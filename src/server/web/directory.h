/* Web pages out of a directory instead of the program, for those who work on them: each is read
 * when it is asked for. */
#ifndef ML_SERVER_WEB_DIRECTORY_H
#define ML_SERVER_WEB_DIRECTORY_H

#include "base/buffer.h"

/* Whether there is a file for that path: "/" is index.html, and ".html" may be left out. False for
 * a path that could lead out of the directory. */
bool web_directory_has(const char *directory, struct bytes path);
/* Appends the file and returns its media type; NULL when it cannot be read. */
const char *web_directory_read(const char *directory, struct bytes path, struct buffer *out);

#endif
