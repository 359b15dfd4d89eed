/* A command declares its command line in tables, as fio does; one parser reads them, and the help,
 * the completion and the messages come from them as well.
 *
 *      struct args { const char *file, *trace; bool json; int64_t jobs; };
 *
 *      static const struct option_row OPTIONS[] = {
 *          STRING(trace, "trace", 't', "FILE", "write every event as a line of JSON"),
 *          FLAG(json, "json", 'j', "the summary as one line of JSON"),
 *          OPTION(jobs, "jobs", 0, COUNT, 1, 4096, "N", "1", "threads"),
 *          {0}};
 *      static const struct option_rule RULES[] = {
 *          EXCLUDES("json", "trace -", "both write to stdout"), {0}};
 *
 * A table ends with an empty row. The rows of a table fill a `struct args`, which begins as zeros;
 * the compiler checks that a field has the type that its kind needs. */
#ifndef PSYNCSIM_CLI_OPTION_H
#define PSYNCSIM_CLI_OPTION_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OPTION_MAX 40 /* rows of a command */

enum option_kind {
    OPTION_FLAG,     /* takes no value */
    OPTION_STRING,   /* borrowed from argv; the last one counts */
    OPTION_LIST,     /* every one; owned by the parser, and ended by NULL even when it is empty */
    OPTION_COUNT,    /* from here on to OPTION_RATE: as quantity.h has it, from min to max */
    OPTION_SEED,     /* -1: not given */
    OPTION_SIZE,     /* bytes */
    OPTION_DURATION, /* ns */
    OPTION_RATE,     /* 1e-9 per second */
    OPTION_SECONDS,  /* a duration of whole seconds, at least one; kept in seconds */
    OPTION_PROFILE,  /* a server version */
    OPTION_PARSED,   /* by the row's own function */
};

/* Types of the fields. */
#define FIELD_OF_FLAG     bool
#define FIELD_OF_STRING   const char *
#define FIELD_OF_LIST     GPtrArray *
#define FIELD_OF_COUNT    int64_t
#define FIELD_OF_SEED     int64_t
#define FIELD_OF_SIZE     int64_t
#define FIELD_OF_DURATION int64_t
#define FIELD_OF_RATE     int64_t
#define FIELD_OF_SECONDS  int64_t
#define FIELD_OF_PROFILE  const struct profile *

/* Parses `text` into the field. Returns NULL, or what is expected in its place (static). */
typedef const char *option_parse(void *field, const char *text);

/* Rows of the same name take one value each: the first row that of its first occurrence. */
struct option_row {
    size_t offset;    /* of the field */
    const char *name; /* without the dashes */
    char letter;      /* of the short form; 0: none */
    enum option_kind kind;
    int64_t min, max;
    const char *argument; /* "FILE"; "csv|ndjson" where these are all; NULL: takes none */
    const char *fallback; /* the value when it is not given, as a user writes it; NULL: none */
    const char *help;     /* NULL: the row is for another value of the one above */
    option_parse *parse;
};

/* clang-format off */
#define OFFSET_OF(field, type)                                                                     \
    (offsetof(struct args, field) + 0 * sizeof((type *)NULL == &((struct args *)NULL)->field))
#define OPTION(field, name, letter, KIND, min, max, argument, fallback, help)                      \
    {OFFSET_OF(field, FIELD_OF_##KIND), name, letter, OPTION_##KIND, min, max, argument, fallback, help, NULL}
#define PARSED(field, name, letter, parse, argument, fallback, help)                               \
    {offsetof(struct args, field), name, letter, OPTION_PARSED, 0, 0, argument, fallback, help, parse}
#define FLAG(field, name, letter, help) OPTION(field, name, letter, FLAG, 0, 0, NULL, NULL, help)
#define STRING(field, name, letter, argument, help) OPTION(field, name, letter, STRING, 0, 0, argument, NULL, help)
#define LIST(field, name, letter, argument, help) OPTION(field, name, letter, LIST, 0, 0, argument, NULL, help)
/* clang-format on */

#define NO_OPTIONS ((const struct option_row[]){{0}})

/* What options want of each other, named as for option_is_given. `why` may be NULL. */
struct option_rule {
    enum { RULE_EXCLUDES = 1, RULE_NEEDS, RULE_REQUIRED, RULE_UNSUPPORTED } kind; /* 0: the end */
    const char *a, *b, *why;
};

/* clang-format off */
#define EXCLUDES(a, b, why) {RULE_EXCLUDES, a, b, why}    /* "--json and --explain cannot be combined: why" */
#define NEEDS(a, b, why) {RULE_NEEDS, a, b, why}          /* "--output needs --shard; why" */
#define REQUIRED(a, why) {RULE_REQUIRED, a, NULL, why}    /* "--port is required: why" */
#define UNSUPPORTED(a, why) {RULE_UNSUPPORTED, a, NULL, why} /* "--tls is not supported: why" */
/* clang-format on */

/* Arguments that are no options. */
struct option_operands {
    size_t offset;    /* of a const char *, or, where max > 1, of a char ** that NULL ends */
    const char *name; /* "FILE", "SHARD..." */
    int min, max;
    const char *expected; /* "a scenario file", for the message that says what is missing */
};

/* clang-format off */
#define OPERAND(field, name, min, expected) {OFFSET_OF(field, const char *), name, min, 1, expected}
#define OPERANDS(field, name, min, max, expected) {OFFSET_OF(field, char **), name, min, max, expected}
/* clang-format on */

struct cli;

struct command {
    const char *name, *help;
    const struct option_row *options;
    const struct option_rule *rules; /* NULL: none */
    struct option_operands operands; /* max 0: none */
    size_t args_size;
    int (*run)(const struct cli *cli); /* returns an enum exit_code */
    bool is_shared;                    /* ranks of MPI run it together (mpi_cli.h) */
};

/* A command line that was read. */
struct cli {
    const struct command *command;
    void *args; /* the command's struct args */
    bool given[OPTION_MAX];
    int operand_count;
    bool is_first; /* false: a rank of MPI that is not the first */
};

/* Reads argv[1] and on. Returns CLI_RUN, or the exit code of a command that shall not run: help was
 * asked for and printed, or something was wrong and said so. Pair with option_clear in any case. */
enum { CLI_RUN = -1 };
int option_take_all(struct cli *cli, const struct command *command, int argc, char **argv);
void option_clear(struct cli *cli);

/* An option, "json", one with that value, "trace -", or the operands, "FILE". */
bool option_is_given(const struct cli *cli, const char *name);

/* "psyncsim run [OPTION...] FILE" and a line for each option. */
void option_print_help(const struct command *command);

/* For shells, a line each: "--output FILE", "-o FILE", "--json"; and "operand FILE". */
void option_print_words(const struct command *command);

/* " [OPTION...] FILE". Free with g_free. */
char *option_usage(const struct command *command);

#endif
