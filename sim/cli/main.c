/* psyncsim: finds the subcommand and runs it. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "sim/cli/cli.h"
#include "sim/cli/commands.h"
#include "sim/cli/mpi_cli.h"
#include "sim/cli/version.h"

static const struct command *const COMMANDS[] = {
#define COMMAND(name) &command_##name,
#include "sim/cli/commands.def"
#undef COMMAND
};

static void print_overview(FILE *out)
{
    fputs("psyncsim simulates master-replica replication of Redis and Valkey.\n\n"
          "usage: psyncsim COMMAND [OPTION...] [ARGUMENT...]\n\n",
          out);
    for (size_t i = 0; i < G_N_ELEMENTS(COMMANDS); i++)
        fprintf(out, "  %-10s %s\n", COMMANDS[i]->name, COMMANDS[i]->help);
    fputs("\npsyncsim COMMAND --help lists its options; psyncsim --version prints the version.\n"
          "Exit codes: 0 held, 1 an expectation or comparison failed, 2 bad input, 3 our bug, "
          "4 the system failed.\n",
          out);
}

/* NULL after words on stderr. */
static const struct command *find_command(const char *name)
{
    struct spelling spelling = spelling_to(name);
    for (size_t i = 0; i < G_N_ELEMENTS(COMMANDS); i++) {
        if (strcmp(COMMANDS[i]->name, name) == 0)
            return COMMANDS[i];
        spelling_offer(&spelling, COMMANDS[i]->name);
    }
    cli_unknown("unknown command", "", &spelling, "psyncsim --help");
    return NULL;
}

/* ---- the commands about commands ---- */

struct args {
    const char *name;
};

static int run_help(const struct cli *cli)
{
    const struct args *args = cli->args;
    const struct command *command = args->name ? find_command(args->name) : NULL;
    if (command)
        option_print_help(command);
    else if (!args->name)
        print_overview(stdout);
    return command || !args->name ? EXIT_HELD : EXIT_BAD_INPUT;
}

const struct command command_help = {
    .name = "help",
    .help = "print the commands, or the options of one",
    .options = NO_OPTIONS,
    .operands = OPERAND(name, "COMMAND", 0, ""),
    .args_size = sizeof(struct args),
    .run = run_help,
};

static int run_version(const struct cli *cli)
{
    (void)cli;
    printf("psyncsim %s\n", PSYNCSIM_VERSION);
    return EXIT_HELD;
}

const struct command command_version = {
    .name = "version", .help = "print the version", .options = NO_OPTIONS, .run = run_version};

/* For the completion of a shell: the words that may follow "psyncsim", or "psyncsim NAME". */
static int complete(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(COMMANDS); i++)
        if (!name)
            puts(COMMANDS[i]->name);
        else if (strcmp(COMMANDS[i]->name, name) == 0)
            option_print_words(COMMANDS[i]);
    if (!name)
        puts("--help\n--version");
    return EXIT_HELD;
}

/* ---- the program ---- */

static int run_command(const struct command *command, int argc, char **argv)
{
    struct cli cli = {.is_first = !command->is_shared || mpi_cli_enter()};
    int code = option_take_all(&cli, command, argc, argv);
    if (code == CLI_RUN)
        code = command->run(&cli);
    option_clear(&cli);
    return code;
}

static int run(int argc, char **argv)
{
    if (argc < 2) {
        print_overview(stderr);
        return EXIT_BAD_INPUT;
    }
    const char *name = argv[1];
    if (strcmp(name, "__complete") == 0)
        return complete(argv[2]);
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        name = "help";
    else if (strcmp(name, "--version") == 0)
        name = "version";
    const struct command *command = find_command(name);
    return command ? run_command(command, argc - 1, argv + 1) : EXIT_BAD_INPUT;
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
