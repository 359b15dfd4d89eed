/* psyncsim: finds the subcommand and runs it. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "sim/cli/cli.h"
#include "sim/cli/version.h"
#include "sim/text/spelling.h"

struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *what;
};

static const struct command COMMANDS[] = {
#define COMMAND(function, name, arguments, what) {name, command_##function, what},
#include "sim/cli/commands.def"
#undef COMMAND
};

#define COMMAND_COUNT (sizeof COMMANDS / sizeof *COMMANDS)

static void print_help(FILE *out)
{
    fputs("psyncsim simulates master-replica replication of Redis and Valkey.\n\n"
          "usage: psyncsim COMMAND [OPTION...] [ARGUMENT...]\n\n",
          out);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        fprintf(out, "  %-10s %s\n", COMMANDS[i].name, COMMANDS[i].what);
    fputs("\npsyncsim COMMAND --help tells the options of one; psyncsim --version the version.\n"
          "Exit codes: 0 held, 1 an expectation or comparison failed, 2 bad input, 3 our bug, "
          "4 the system failed.\n",
          out);
}

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(COMMANDS[i].name, name) == 0)
            return &COMMANDS[i];
    return NULL;
}

static int unknown_command(const char *name)
{
    struct spelling spelling = spelling_to(name);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        spelling_offer(&spelling, COMMANDS[i].name);
    if (spelling.name)
        return cli_fail(EXIT_BAD_INPUT, "unknown command '%s'; did you mean '%s'?", name,
                        spelling.name);
    return cli_fail(EXIT_BAD_INPUT, "unknown command '%s'; psyncsim --help lists them", name);
}

static int run(int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return EXIT_BAD_INPUT;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_help(stdout);
        return EXIT_HELD;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("psyncsim %s\n", PSYNCSIM_VERSION);
        return EXIT_HELD;
    }
    const struct command *command = find_command(argv[1]);
    return command ? command->run(argc - 1, argv + 1) : unknown_command(argv[1]);
}

/* A closed descriptor 0, 1 or 2 would be given to the next file that is opened. Stdout gets one
 * that refuses writing, so that lost results are an error. */
static void hold_standard_descriptors(void)
{
    static const int MODES[] = {O_RDONLY, O_RDONLY, O_WRONLY};
    for (int fd = 0; fd < 3; fd++) {
        int held = fcntl(fd, F_GETFD) < 0 ? open("/dev/null", MODES[fd]) : fd;
        if (held != fd)
            abort();
    }
}

/* Whether stdout is a pipe that nobody reads any more. */
static bool is_reader_gone(void)
{
    struct pollfd pipe = {.fd = STDOUT_FILENO};
    return poll(&pipe, 1, 0) == 1 && (pipe.revents & POLLERR);
}

/* The exit code, once what was printed is out of our hands. */
static int finish(int code)
{
    bool has_failed = ferror(stdout) != 0;
    errno = 0;
    if (fflush(stdout) == 0 && !has_failed)
        return code;
    if (is_reader_gone()) /* it wanted no more: nothing to say */
        return EXIT_SYSTEM;
    return cli_fail(EXIT_SYSTEM, "cannot write to stdout: %s",
                    errno ? g_strerror(errno) : "a write failed");
}

int main(int argc, char **argv)
{
    hold_standard_descriptors();
    signal(SIGPIPE, SIG_IGN); /* a reader that goes away is a write error: files are cleaned up */
    return finish(run(argc, argv));
}
