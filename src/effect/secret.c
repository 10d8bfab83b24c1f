/* Secrets, from a file or the environment into memory that is wiped when it is given back. */
#include "effect/secret.h"

#include "base/json.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int keep(const char *place, const char *text, size_t size, char **ret, struct error *err)
{
    if (size == 0)
        return error_set(err, ML_EINVAL, place, "the secret is empty");
    if (memchr(text, '\0', size) != NULL)
        return error_set(err, ML_EINVAL, place, "the secret has a byte 0 in it, so it is no text");
    char *secret = malloc(size + 1);
    if (secret == NULL)
        panic("out of memory (a secret)");
    memcpy(secret, text, size);
    secret[size] = '\0';
    *ret = secret;
    return 0;
}

static int read_environment(const char *name, char **ret, struct error *err)
{
    const char *value = getenv(name); // NOLINT(concurrency-mt-unsafe): nobody changes it
    if (value == NULL)
        return error_set(err, ML_ENOTFOUND, name,
                         "the environment variable %s is not set: set it and start again", name);
    if (strlen(value) > EFFECT_SECRET_MAX)
        return error_set(err, ML_EINVAL, name, "a secret has at most %d bytes", EFFECT_SECRET_MAX);
    return keep(name, value, strlen(value), ret, err);
}

static int check_file(int file, const char *path, struct error *err)
{
    struct stat status;
    if (fstat(file, &status) < 0 || !S_ISREG(status.st_mode))
        return error_set(err, ML_EINVAL, path, "the secret must be in a file; this is none");
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return error_set(err, ML_EDENIED, path,
                         "others can read or change the file with the secret: chmod 600 %s", path);
    return 0;
}

static int read_whole(int file, const char *path, char **ret, struct error *err)
{
    char text[EFFECT_SECRET_MAX + 2]; /* a newline may follow; one more shows what is too much */
    size_t size = 0;
    ssize_t got = 0;
    while (size < sizeof text && (got = read(file, text + size, sizeof text - size)) > 0)
        size += (size_t)got;
    int code;
    if (got < 0)
        code = error_set(err, ML_EIO, path, "the secret cannot be read: %s", strerror(errno));
    else {
        if (size > 0 && text[size - 1] == '\n')
            size--;
        if (size > 0 && text[size - 1] == '\r')
            size--;
        code = size > EFFECT_SECRET_MAX
                   ? error_set(err, ML_EINVAL, path, "a secret has at most %d bytes",
                               EFFECT_SECRET_MAX)
                   : keep(path, text, size, ret, err);
    }
    sodium_memzero(text, sizeof text);
    return code;
}

static int read_file(const struct effect_secrets *secrets, const char *name, char **ret,
                     struct error *err)
{
    char path[4096];
    const char *directory = secrets->mesh_directory;
    bool relative = name[0] != '/' && directory != NULL && directory[0] != '\0';
    int size = relative ? snprintf(path, sizeof path, "%s/%s", directory, name)
                        : snprintf(path, sizeof path, "%s", name);
    if (size < 0 || (size_t)size >= sizeof path)
        return error_set(err, ML_EINVAL, name, "the path of the secret is too long");
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (file < 0)
        return error_set(err, errno == ENOENT ? ML_ENOTFOUND : ML_EDENIED, path,
                         "the file with the secret cannot be opened: %s", strerror(errno));
    int code = check_file(file, path, err);
    if (code == 0)
        code = read_whole(file, path, ret, err);
    close(file);
    return code;
}

int effect_secret_read(const struct effect_secrets *secrets, struct json_object *option, char **ret,
                       struct error *err)
{
    const char *variable = json_member_text(option, "env").data;
    const char *file = json_member_text(option, "file").data;
    if (variable != NULL)
        return read_environment(variable, ret, err);
    if (file != NULL)
        return read_file(secrets, file, ret, err);
    return error_set(err, ML_EINVAL, "",
                     "a secret is {\"env\": \"NAME\"} or {\"file\": \"PATH\"}, never its text");
}

void effect_secret_free(char *secret)
{
    if (secret == NULL)
        return;
    sodium_memzero(secret, strlen(secret));
    free(secret);
}
