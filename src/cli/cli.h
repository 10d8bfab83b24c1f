/* What the commands of the one binary share: their table, exit codes, options as data, and errors
 * printed the way people read them. Each command is a file of its own and is called by main only.
 */
#ifndef ML_CLI_CLI_H
#define ML_CLI_CLI_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

enum cli_exit { CLI_OK = 0, CLI_FAILED = 1, CLI_USAGE = 2 };

struct cli_command {
    const char *name;
    const char *summary; /* one line for `meshline --help`; NULL: it does not stand there */
    int (*run)(int argc, char **argv); /* argv[0] is the command's name; returns a cli_exit */
};

int command_serve(int argc, char **argv);
int command_init(int argc, char **argv);
int command_check(int argc, char **argv);
int command_contract(int argc, char **argv);
int command_map(int argc, char **argv);
int command_test(int argc, char **argv);
int command_token(int argc, char **argv);
int command_key(int argc, char **argv);
int command_send(int argc, char **argv);
int command_lead(int argc, char **argv);
int command_leads(int argc, char **argv);
int command_dead_letters(int argc, char **argv);
int command_exceptions(int argc, char **argv);
int command_objectives(int argc, char **argv);
int command_alerts(int argc, char **argv);
int command_incidents(int argc, char **argv);
int command_report(int argc, char **argv);
int command_deliveries(int argc, char **argv);
int command_destinations(int argc, char **argv);
int command_explain(int argc, char **argv);
int command_fairness(int argc, char **argv);
int command_oncall(int argc, char **argv);
int command_reps(int argc, char **argv);
int command_reconcile(int argc, char **argv);
int command_verify(int argc, char **argv);
int command_rebuild(int argc, char **argv);
int command_demo(int argc, char **argv);
int command_demo_stand_in(int argc, char **argv); /* started by the demo only */

/* ---- options as data: one table gives the parser and the help */

enum option_kind {
    OPTION_FLAG,   /* target is bool */
    OPTION_TEXT,   /* target is const char *; borrowed from argv */
    OPTION_NUMBER, /* target is uint64_t, from `least` to `most` */
    OPTION_LIST,   /* target is struct option_list; may be given again and again */
};

enum { OPTION_LIST_MAX = 32 };
struct option_list {
    const char *items[OPTION_LIST_MAX]; /* borrowed from argv */
    size_t count;
};

struct option_row {
    const char *name; /* "listen", without dashes */
    enum option_kind kind;
    void *target;
    const char *value; /* what the help calls the value, "ADDRESS"; NULL for flags */
    const char *help;
    uint64_t least, most;
};

enum { USAGE_OPTIONS_MAX = 32 };

struct usage {
    const char *command;   /* "serve"; "token add" */
    const char *arguments; /* "FILE --source NAME [options]" */
    const char *about;     /* what it does, in lines of at most 78 characters */
    const char *examples;  /* one a line, each indented by two blanks */
    const struct option_row *options;
    size_t option_count;
    int least_operands, most_operands;
    const char *operand; /* what a missing operand is called, "FILE" */
};

/* Reads options, wherever they stand between the operands; the operands end up at the end of argv,
 * from *ret_first on. False: the help or a mistake was printed, the command ends with *ret_exit. */
bool usage_parse(const struct usage *usage, int argc, char **argv, int *ret_first, int *ret_exit);
/* Prints "meshline COMMAND: <sentence>; see meshline COMMAND --help". Returns CLI_USAGE. */
int usage_refuse(const struct usage *usage, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* False when a required option was not given; that has been printed. */
bool usage_require(const struct usage *usage, const char *option, const char *value, int *ret_exit);

/* ---- speaking */

/* "meshline: place: message" on stderr. Returns CLI_FAILED. */
int cli_fail(const struct error *err);
/* One sentence about what goes on, on stderr. */
void cli_note(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Flushes stdout; CLI_FAILED (and a sentence) when what was printed did not arrive, else `code`. */
int cli_finish(int code);

/* A line on a terminal that is written over and over; nothing at all elsewhere. */
struct progress {
    bool shown;      /* stderr is a terminal */
    int64_t next_us; /* not before this time, so that a terminal is not flooded */
};
void progress_init(struct progress *progress);
/* True when it is time for another line. */
bool progress_due(struct progress *progress);
void progress_line(struct progress *progress, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* "replaying [#####.....] 51 %" */
void progress_bar(struct progress *progress, const char *what, uint64_t done, uint64_t total);
/* Removes the line. */
void progress_clear(struct progress *progress);

int64_t clock_utc_us(void);
int64_t clock_monotonic_us(void);

#endif
