/* Options: read by getopt_long from a table that also prints the help. */
#include "base/bytes.h"
#include "base/id.h"
#include "cli/cli.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { OPTION_HELP_CODE = 1, OPTION_FIRST_CODE = 256 };

static void print_option(const char *name, const char *value, const char *help)
{
    char left[64];
    snprintf(left, sizeof left, "--%s%s%s", name, value != NULL ? " " : "",
             value != NULL ? value : "");
    printf("  %-22s %s\n", left, help);
}

static void print_help(const struct usage *usage)
{
    printf("meshline %s %s\n\n%s", usage->command, usage->arguments, usage->about);
    puts("\nOptions:");
    for (size_t i = 0; i < usage->option_count; i++)
        print_option(usage->options[i].name, usage->options[i].value, usage->options[i].help);
    print_option("help", NULL, "prints this");
    if (usage->examples != NULL)
        printf("\nExamples:\n%s", usage->examples);
}

int usage_refuse(const struct usage *usage, const char *format, ...)
{
    char text[512];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    fprintf(stderr, "meshline %s: %s; see meshline %s --help\n", usage->command, text,
            usage->command);
    return CLI_USAGE;
}

static int refuse_unknown(const struct usage *usage, const char *given)
{
    const char *names[USAGE_OPTIONS_MAX + 1];
    size_t count = 0;
    for (size_t i = 0; i < usage->option_count; i++)
        names[count++] = usage->options[i].name;
    names[count++] = "help";
    const char *word = given + strspn(given, "-");
    const char *near = bytes_suggest((struct bytes){word, strcspn(word, "=")}, names, count);
    if (near != NULL)
        return usage_refuse(usage, "there is no option \"%s\", did you mean --%s", given, near);
    return usage_refuse(usage, "there is no option \"%s\"", given);
}

static int add_item(const struct usage *usage, const struct option_row *row, const char *value)
{
    struct option_list *list = row->target;
    if (list->count == OPTION_LIST_MAX)
        return usage_refuse(usage, "--%s can be given %d times at most", row->name,
                            OPTION_LIST_MAX);
    list->items[list->count++] = value;
    return 0;
}

/* 0, or CLI_USAGE after a sentence. */
static int take_value(const struct usage *usage, const struct option_row *row, const char *value)
{
    switch (row->kind) {
    case OPTION_FLAG: *(bool *)row->target = true; return 0;
    case OPTION_TEXT: *(const char **)row->target = value; return 0;
    case OPTION_LIST: return add_item(usage, row, value);
    case OPTION_NUMBER: break;
    }
    uint64_t number;
    if (!number_parse(bytes_of(value), &number) || number < row->least || number > row->most)
        return usage_refuse(usage,
                            "--%s takes a whole number from %" PRIu64 " to %" PRIu64 ", not \"%s\"",
                            row->name, row->least, row->most, value);
    *(uint64_t *)row->target = number;
    return 0;
}

static void fill_long_options(const struct usage *usage, struct option *options)
{
    for (size_t i = 0; i < usage->option_count; i++)
        options[i] = (struct option){
            .name = usage->options[i].name,
            .has_arg = usage->options[i].kind == OPTION_FLAG ? no_argument : required_argument,
            .val = OPTION_FIRST_CODE + (int)i,
        };
    options[usage->option_count] = (struct option){.name = "help", .val = OPTION_HELP_CODE};
}

static bool check_operands(const struct usage *usage, int count, const char *last, int *ret_exit)
{
    if (count < usage->least_operands)
        *ret_exit = usage_refuse(usage, "%s is missing", usage->operand);
    else if (count > usage->most_operands)
        *ret_exit = usage_refuse(usage, "\"%s\" is one argument too many", last);
    else
        return true;
    return false;
}

bool usage_parse(const struct usage *usage, int argc, char **argv, int *ret_first, int *ret_exit)
{
    struct option options[USAGE_OPTIONS_MAX + 2] = {0};
    ML_ASSERT(usage->option_count <= USAGE_OPTIONS_MAX);
    fill_long_options(usage, options);
    opterr = 0;
    optind = 0;
    *ret_exit = CLI_OK;
    int code;
    while ((code = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
        if (code == OPTION_HELP_CODE || code == 'h') {
            print_help(usage);
            *ret_exit = CLI_OK;
            return false;
        }
        if (code == ':')
            *ret_exit = usage_refuse(usage, "\"%s\" needs a value", argv[optind - 1]);
        else if (code == '?')
            *ret_exit = refuse_unknown(usage, argv[optind - 1]);
        else
            *ret_exit = take_value(usage, &usage->options[code - OPTION_FIRST_CODE], optarg);
        if (*ret_exit != 0)
            return false;
    }
    *ret_first = optind;
    return check_operands(usage, argc - optind, argv[argc - 1], ret_exit);
}

bool usage_require(const struct usage *usage, const char *option, const char *value, int *ret_exit)
{
    if (value != NULL && value[0] != '\0')
        return true;
    *ret_exit = usage_refuse(usage, "--%s is missing", option);
    return false;
}
