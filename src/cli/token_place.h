/* Where the tokens and keys of a data directory stand. */
#ifndef ML_CLI_TOKEN_PLACE_H
#define ML_CLI_TOKEN_PLACE_H

#include <stdbool.h>

enum { TOKEN_PLACE_SIZE = 4200 };

/* The path of the file. With `make` the directory is made when it is not there: the first token may
 * be made before the first start, because a server beyond loopback wants one. False: there is no
 * such directory; that has been printed. */
bool token_place(const char *data, bool make, char ret_path[static TOKEN_PLACE_SIZE]);

#endif
