/* meshline init: the starter mesh into an empty or new directory. */
#include "cli/cli.h"
#include "policy/policy.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct usage usage = {
    .command = "init",
    .arguments = "DIR",
    .about = "Writes a small mesh (configuration as files) with comments that explain it:\n"
             "sources, people, pools, one pipeline and tests of it. DIR is made; it must be\n"
             "new or empty.\n",
    .examples = "  meshline init mesh && meshline test mesh\n",
    .least_operands = 1,
    .most_operands = 1,
    .operand = "DIR",
};

static int refuse(const char *path, const char *what, struct error *err)
{
    return error_set(err, errno == EACCES || errno == EROFS ? ML_EDENIED : ML_EIO, path, "%s: %m",
                     what);
}

static int require_empty(const char *path, struct error *err)
{
    DIR *directory = opendir(path);
    if (directory == NULL)
        return refuse(path, "cannot be read", err);
    int code = 0;
    for (struct dirent *entry; code == 0 && (entry = readdir(directory)) != NULL;)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            code = error_set(err, ML_ECONFLICT, path,
                             "is not empty (there is \"%s\"); name a new directory", entry->d_name);
    closedir(directory);
    return code;
}

static int make_directory(const char *path, struct error *err)
{
    if (mkdir(path, 0755) == 0)
        return 0;
    if (errno == EEXIST)
        return require_empty(path, err);
    return refuse(path, "cannot be made", err);
}

static int write_content(const char *path, struct bytes content, struct error *err)
{
    FILE *file = fopen(path, "wxe");
    if (file == NULL)
        return refuse(path, "cannot be made", err);
    bool written = fwrite(content.data, 1, content.size, file) == content.size;
    if (fclose(file) != 0 || !written)
        return refuse(path, "cannot be written", err);
    return 0;
}

/* `name` may have one directory in it, "sources/website.yaml". */
static int write_file(const char *root, const struct policy_file *file, struct error *err)
{
    char path[4200];
    const char *slash = strchr(file->path, '/');
    if (slash != NULL) {
        snprintf(path, sizeof path, "%s/%.*s", root, (int)(slash - file->path), file->path);
        if (mkdir(path, 0755) != 0 && errno != EEXIST)
            return refuse(path, "cannot be made", err);
    }
    snprintf(path, sizeof path, "%s/%s", root, file->path);
    return write_content(path, file->content, err);
}

int command_init(int argc, char **argv)
{
    int first, exit_code;
    struct error err;
    if (!usage_parse(&usage, argc, argv, &first, &exit_code))
        return exit_code;
    const char *root = argv[first];
    const struct policy_file *files;
    size_t count;
    policy_starter_files(&files, &count);
    if (make_directory(root, &err) < 0)
        return cli_fail(&err);
    for (size_t i = 0; i < count; i++)
        if (write_file(root, &files[i], &err) < 0)
            return cli_fail(&err);
    printf("A mesh to start from is in %s:\n\n", root);
    for (size_t i = 0; i < count; i++)
        printf("  %s\n", files[i].path);
    printf("\nChange it, check it, test it, serve it:\n\n"
           "  meshline check %s\n"
           "  meshline test %s\n"
           "  meshline serve --mesh %s --data data\n",
           root, root, root);
    return CLI_OK;
}
