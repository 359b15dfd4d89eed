/* psyncsim probe: a scenario from what a running server reports. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "sim/cli/cli.h"
#include "sim/cli/commands.h"
#include "sim/cli/session_options.h"
#include "sim/cli/output.h"
#include "sim/cli/progress.h"
#include "sim/engine/time.h"
#include "sim/host/address.h"
#include "sim/study/input/server_probe.h"
#include "sim/scenario/scenario_read.h"

#define LEAST_NS   (10 * NS_PER_MS) /* between two samples: INFO costs the server something */
#define LONGEST_NS (INT64_C(604800) * NS_PER_S)
#define SAMPLES    1000000

struct args {
    struct session_options options; /* user and password, as for replica */
    struct address address;
    int64_t for_ns, every_ns;
    const char *where, *path;
    struct server_tls_config tls;
};

static const struct option_row OPTIONS[] = {
    OPTION(for_ns, "for", 'f', DURATION, LEAST_NS, LONGEST_NS, "DURATION", "60s",
           "watch for that long; Ctrl-C ends it earlier"),
    OPTION(every_ns, "every", 'e', DURATION, LEAST_NS, LONGEST_NS, "DURATION", "1s",
           "from one INFO to the next"),
    OPTION(path, "output", 'o', STRING, 0, 0, "FILE", "-", "write the scenario there; - is stdout"),
    STRING(options.user, "user", 'u', "NAME", "the ACL user"),
    STRING(options.password_file, "password-file", 0, "FILE",
           "the password is its first line; - is stdin (or PSYNCSIM_PASSWORD)"),
    FLAG(tls.is_wanted, "tls", 0, "connect by TLS; each of the next asks for it, too"),
    STRING(tls.cacert, "cacert", 0, "FILE",
           "the authorities that may sign the server's certificate, in place of the system's"),
    STRING(tls.cert, "cert", 0, "FILE", "the client's certificate"),
    STRING(tls.key, "key", 0, "FILE", "its private key"),
    STRING(tls.sni, "sni", 0, "NAME",
           "the name sent to the server, which its certificate must bear"),
    {0}};

static const struct option_rule RULES[] = {NEEDS("cert", "key", "the certificate's private key"),
                                           NEEDS("key", "cert", "the key's certificate"),
                                           {0}};

static int complain(const struct args *args, enum server_probe_end end, const char *name,
                    const char *words)
{
    switch (end) {
    case SERVER_PROBE_UNREACHABLE:
        return cli_fail(EXIT_SYSTEM, "cannot ask %s: %s", name, words);
    case SERVER_PROBE_DENIED:
        if (args->options.password[0] != '\0')
            return cli_fail(EXIT_SYSTEM, "%s rejected the credentials: %s", name, words);
        return cli_fail(EXIT_SYSTEM,
                        "%s requires a password: PSYNCSIM_PASSWORD, or --password-file; and --user "
                        "for an ACL user: %s",
                        name, words);
    case SERVER_PROBE_FORBIDDEN:
        return cli_fail(EXIT_SYSTEM,
                        "%s refuses INFO; the user needs +info (and, if possible, +config|get): %s",
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
    cli_diagnose(diagnostics);
    bool is_good = scenario != NULL;
    scenario_free(scenario);
    return is_good ? EXIT_HELD : cli_fail(EXIT_BUG, "internal error: the scenario is not valid");
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
                "# Made by psyncsim probe from what %s reported; behind each # is where a figure "
                "comes from.\n%s",
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

static int run(const struct cli *cli)
{
    struct args *args = cli->args;
    int code = session_options_finish(&args->options, cli->command->name);
    if (code == EXIT_HELD)
        code = session_options_address(&args->options, args->where, &args->address);
    if (code != EXIT_HELD)
        return code;
    if (args->for_ns < args->every_ns || args->for_ns / args->every_ns >= SAMPLES)
        return cli_fail(EXIT_BAD_INPUT, "probe: --for and --every must make 2 to 1000000 samples");
    struct server_tls_config *tls = &args->tls;
    tls->is_wanted = tls->is_wanted || tls->cacert || tls->cert || tls->key || tls->sni;
    sigset_t set = stopping();
    sigprocmask(SIG_BLOCK, &set, NULL);
    struct output *output = output_open(args->path);
    if (!output)
        return EXIT_SYSTEM;
    char *name = address_print(&args->address);
    code = probe(args, name, output);
    g_free(name);
    return code;
}

const struct command command_probe = {
    .name = "probe",
    .help = "write a scenario from a running server's INFO and CONFIG GET",
    .options = OPTIONS,
    .rules = RULES,
    .operands = OPERAND(where, "HOST:PORT", 1, "an address, HOST:PORT"),
    .args_size = sizeof(struct args),
    .run = run,
};
