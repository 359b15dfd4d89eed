/* psyncsim probe: a scenario from what a running server tells. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "sim/cli/cli.h"
#include "sim/cli/session_options.h"
#include "sim/cli/output.h"
#include "sim/cli/progress.h"
#include "sim/engine/quantity.h"
#include "sim/engine/time.h"
#include "sim/host/address.h"
#include "sim/study/input/server_probe.h"
#include "sim/scenario/scenario_read.h"

#define FOR_NS    (60 * NS_PER_S)
#define EVERY_NS  NS_PER_S
#define LEAST_NS  (10 * NS_PER_MS) /* between two samples: INFO costs the server something */
#define LONGEST_S INT64_C(604800)
#define SAMPLES   1000000

struct args {
    struct session_options options; /* user and password, as for replica */
    struct address address;
    int64_t for_ns, every_ns;
    const char *path;
    struct server_tls_config tls;
};

static bool take_duration(struct args *args, const char *name, const char *value, int64_t *ns)
{
    const char *wrong = quantity_parse(QUANTITY_DURATION, value, strlen(value), ns);
    if (!wrong && (*ns < LEAST_NS || *ns > LONGEST_S * NS_PER_S))
        wrong = "10ms to 1w";
    return !wrong || session_options_wrong(&args->options, name, value, wrong);
}

/* Any of them means TLS. */
static bool take_tls(struct args *args, int option, const char *value)
{
    const char **files[] = {&args->tls.cacert, &args->tls.cert, &args->tls.key, &args->tls.sni};
    args->tls.is_wanted = true;
    if (option >= '5')
        *files[option - '5'] = value;
    return true;
}

static bool fits_together(struct args *args)
{
    if (!args->tls.cert == !args->tls.key)
        return true;
    args->options.code =
        cli_fail(EXIT_BAD_INPUT, "probe: --cert and --key come together: the client's certificate "
                                 "and its private key");
    return false;
}

static bool take_option(struct args *args, int option, const char *value)
{
    bool is_mine;
    switch (option) {
    case 'f':
        return take_duration(args, "for", value, &args->for_ns);
    case 'e':
        return take_duration(args, "every", value, &args->every_ns);
    case 'o':
        args->path = value;
        return true;
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
        return take_tls(args, option, value);
    default:
        return session_options_take(&args->options, option, value, &is_mine);
    }
}

static bool take_address(struct args *args, char **operands, int count)
{
    if (count != 1) {
        args->options.code = cli_fail(EXIT_BAD_INPUT, "probe needs one address, HOST:PORT");
        return false;
    }
    char *wrong = address_parse(&args->address, operands[0]);
    if (wrong)
        args->options.code = cli_fail(EXIT_BAD_INPUT, "probe: %s", wrong);
    else if (args->for_ns < args->every_ns || args->for_ns / args->every_ns >= SAMPLES)
        args->options.code = cli_fail(EXIT_BAD_INPUT, "probe: --for and --every must make 2 to "
                                                      "1000000 samples");
    g_free(wrong);
    return args->options.code == EXIT_HELD;
}

static bool take_arguments(struct args *args, int argc, char **argv)
{
    static const struct cli_option OPTIONS[] = {
        {"for", 'f', "DURATION", "watch for that long (60s); Ctrl-C ends it earlier"},
        {"every", 'e', "DURATION", "from one INFO to the next (1s)"},
        {"output", 'o', "FILE", "write the scenario there; - is stdout (the default)"},
        {"user", 'u', "NAME", "the ACL user"},
        {"password-file", '3', "FILE",
         "the password is its first line; - is stdin (or PSYNCSIM_PASSWORD)"},
        {"tls", '4', NULL, "connect by TLS"},
        {"cacert", '5', "FILE",
         "the authorities that may sign the server's certificate (the system's)"},
        {"cert", '6', "FILE", "the client's certificate"},
        {"key", '7', "FILE", "its private key"},
        {"sni", '8', "NAME", "the name sent to the server, which its certificate must bear"},
        {0}};
    struct cli cli = cli_begin(OPTIONS, argc, argv);
    int option, count;
    while ((option = cli_next(&cli)) >= 0)
        if (!take_option(args, option, cli.value))
            return false;
    args->options.code = cli.code;
    if (option == CLI_STOP)
        return false;
    char **operands = cli_operands(&cli, &count);
    return fits_together(args) && take_address(args, operands, count) &&
           session_options_finish(&args->options);
}

static int complain(const struct args *args, enum server_probe_end end, const char *name,
                    const char *words)
{
    switch (end) {
    case SERVER_PROBE_UNREACHABLE:
        return cli_fail(EXIT_SYSTEM, "cannot ask %s: %s", name, words);
    case SERVER_PROBE_DENIED:
        if (args->options.password[0] != '\0')
            return cli_fail(EXIT_SYSTEM, "%s refuses user and password. It said: %s", name, words);
        return cli_fail(EXIT_SYSTEM,
                        "%s wants a password: PSYNCSIM_PASSWORD, or --password-file; and --user "
                        "for an ACL user. It said: %s",
                        name, words);
    case SERVER_PROBE_FORBIDDEN:
        return cli_fail(EXIT_SYSTEM,
                        "%s refuses INFO; the user needs +info (and +config|get, if it may be). "
                        "It said: %s",
                        name, words);
    default:
        return cli_fail(EXIT_SYSTEM, "%s is no Redis or Valkey server: %s", name, words);
    }
}

/* What is written must be read by `check`: anything else is our mistake. */
static int check(const GString *yaml)
{
    struct diagnostics *diagnostics = diagnostics_new();
    struct scenario_options options = {0};
    struct scenario *scenario =
        scenario_read_text("probe", yaml->str, yaml->len, &options, diagnostics);
    diagnostics_print(diagnostics, stderr, cli_is_coloured(stderr));
    diagnostics_free(diagnostics);
    bool is_good = scenario != NULL;
    scenario_free(scenario);
    return is_good ? EXIT_HELD
                   : cli_fail(EXIT_BUG, "the scenario is not valid, which is our mistake");
}

static int write_scenario(const struct server_probe_seen *seen, const char *name,
                          struct output *output)
{
    struct diagnostics *diagnostics = diagnostics_new();
    struct provenance *provenance = provenance_new();
    GString *yaml = server_probe_scenario(seen, name, provenance, diagnostics);
    for (guint i = 0; i < provenance->remarks->len; i++)
        fprintf(stderr, "psyncsim: note: %s\n", (char *)provenance->remarks->pdata[i]);
    diagnostics_print(diagnostics, stderr, cli_is_coloured(stderr));
    int code = yaml ? check(yaml) : EXIT_SYSTEM;
    if (code == EXIT_HELD)
        fprintf(output_file(output),
                "# Made by psyncsim probe from what %s told; behind each # is where a figure comes "
                "from.\n%s",
                name, yaml->str);
    if (code != EXIT_HELD)
        output_drop(output);
    else if (!output_close(output))
        code = EXIT_SYSTEM;
    if (yaml)
        g_string_free(yaml, TRUE);
    provenance_free(provenance);
    diagnostics_free(diagnostics);
    return code;
}

/* The signals that stop it are blocked, and only taken here. */
static sigset_t stopping(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    return set;
}

static bool wait_for(void *user, int64_t wait_us, uint64_t done)
{
    sigset_t set = stopping();
    int64_t us = MAX(wait_us, 0);
    struct timespec time = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
    progress_show(user, done);
    return sigtimedwait(&set, NULL, &time) < 0;
}

static int probe(const struct args *args, const char *name, struct output *output)
{
    char words[256] = "";
    struct server_probe_config config = {
        .host = args->address.host,
        .name = name,
        .port = atoi(args->address.port),
        .user = args->options.user,
        .password = args->options.password,
        .tls = args->tls,
        .for_ns = args->for_ns,
        .every_ns = args->every_ns,
        .wait = wait_for,
    };
    struct progress *progress = progress_new("samples", server_probe_samples(&config), 0);
    struct server_probe_seen seen = {0};
    config.wait_user = progress;
    enum server_probe_end end = server_probe(&config, &seen, words, sizeof words);
    progress_free(progress);
    int code;
    if (end == SERVER_PROBE_DONE) {
        code = write_scenario(&seen, name, output);
    } else {
        output_drop(output);
        code = complain(args, end, name, words);
    }
    server_probe_seen_clear(&seen);
    return code;
}

int command_probe(int argc, char **argv)
{
    struct args args = {.for_ns = FOR_NS, .every_ns = EVERY_NS, .path = "-"};
    session_options_init(&args.options, "probe");
    if (!take_arguments(&args, argc, argv))
        return args.options.code;
    sigset_t set = stopping();
    sigprocmask(SIG_BLOCK, &set, NULL);
    struct output *output = output_open(args.path);
    if (!output)
        return EXIT_SYSTEM;
    char *name = address_print(&args.address);
    int code = probe(&args, name, output);
    g_free(name);
    return code;
}
