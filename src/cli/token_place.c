/* Finds the file of tokens and keys. */
#include "cli/token_place.h"

#include "cli/cli.h"

#include <stdio.h>
#include <sys/stat.h>

bool token_place(const char *data, bool make, char ret_path[static TOKEN_PLACE_SIZE])
{
    struct stat status;
    struct error err;
    snprintf(ret_path, TOKEN_PLACE_SIZE, "%s/tokens.json", data);
    if (make && mkdir(data, 0700) == 0)
        return true;
    if (stat(data, &status) == 0 && S_ISDIR(status.st_mode))
        return true;
    error_set(&err, ML_ENOTFOUND, data, "there is no such data directory");
    cli_fail(&err);
    return false;
}
