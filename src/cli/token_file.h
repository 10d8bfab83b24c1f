/* What `token` and `key` share: the file of a data directory that holds both. */
#ifndef ML_CLI_TOKEN_FILE_H
#define ML_CLI_TOKEN_FILE_H

#include "server/access/auth.h"

enum { TOKEN_PLACE_SIZE = 4200 };

/* The path of the file. With `make` the directory is made when it is not there: the first token may
 * be made before the first start, because a server beyond loopback wants one. False: there is no
 * such directory; that has been printed. */
bool token_place(const char *data, bool make, char ret_path[static TOKEN_PLACE_SIZE]);

struct token_column {
    const char *title;
    const char *member; /* of tokens_list's objects; one that ends in _at is a time */
};

struct token_listing {
    enum tokens_listed which;
    struct bytes source; /* empty: of all */
    const struct token_column *columns;
    size_t column_count;
    const char *nothing; /* said when there are none */
    bool as_json;
};

/* Both print; an exit code. */
int token_list(const char *path, const struct token_listing *listing);
/* `noun` is what it is called: "Token". */
int token_revoke(const char *path, const char *id, const char *noun, bool as_json);

#endif
