/* psyncsim replica: the replica's machine against a real master. */
#include <string.h>
#include "sim/cli/cli.h"
#include "sim/cli/session_options.h"
#include "sim/engine/quantity.h"
#include "sim/host/session/replica_session.h"

#define TIMEOUT_S 60

struct args {
    struct session_options options;
    struct replica_session_config config;
    struct places places;
    char ask_id[REPLID_SIZE];
    char words[256];
};

static bool take_ask(struct args *args, const char *value)
{
    const char *colon = strchr(value, ':');
    int64_t offset = 0;
    bool is_good = colon != NULL && colon - value == REPLID_LEN &&
                   quantity_parse(QUANTITY_COUNT, colon + 1, strlen(colon + 1), &offset) == NULL &&
                   offset > 0 && offset <= OFFSET_MAX;
    if (!is_good)
        return session_options_wrong(&args->options, "ask", value,
                                     "ID:OFFSET, forty characters and the first byte that is "
                                     "needed, from 1");
    memcpy(args->ask_id, value, REPLID_LEN);
    args->config.host.ask_id = args->ask_id;
    args->config.host.ask_offset = offset;
    return true;
}

static bool take_number(struct args *args, const char *name, const char *value, int64_t *out)
{
    const char *wrong = quantity_parse(QUANTITY_COUNT, value, strlen(value), out);
    if (wrong == NULL && *out > 65535)
        wrong = "a port, up to 65535";
    return wrong == NULL || session_options_wrong(&args->options, name, value, wrong);
}

static bool take_timeout(struct args *args, const char *value)
{
    int64_t ns = 0;
    const char *wrong = quantity_parse(QUANTITY_DURATION, value, strlen(value), &ns);
    if (wrong == NULL && (ns < 1000000000 || ns % 1000000000 != 0))
        wrong = "whole seconds, such as 60s";
    args->config.host.replica.timeout_s = ns / 1000000000;
    return wrong == NULL || session_options_wrong(&args->options, "timeout", value, wrong);
}

static bool refuse_tls(struct args *args)
{
    args->options.code =
        cli_fail(EXIT_BAD_INPUT, "replica: TLS is not supported: connect through a TLS tunnel "
                                 "(stunnel, socat), or to the server's plain port");
    return false;
}

static bool take_option(struct args *args, int option, const char *value)
{
    bool is_mine = false;
    if (!session_options_take(&args->options, option, value, &is_mine))
        return false;
    if (is_mine)
        return true;
    switch (option) {
    case '4':
        return take_ask(args, value);
    case '5':
        args->config.is_patient = true;
        return true;
    case '6':
        return take_timeout(args, value);
    case '7':
        return take_number(args, "announce-port", value, &args->config.host.replica.port);
    case '8':
        args->config.host.replica.announce_ip = value;
        return true;
    default:
        return refuse_tls(args);
    }
}

static bool take_address(struct args *args, char **operands, int count)
{
    if (count != 1) {
        args->options.code = cli_fail(EXIT_BAD_INPUT, "replica needs one address, HOST:PORT");
        return false;
    }
    char *wrong = address_parse(&args->config.address, operands[0]);
    if (wrong != NULL)
        args->options.code = cli_fail(EXIT_BAD_INPUT, "replica: %s", wrong);
    g_free(wrong);
    return args->options.code == EXIT_HELD;
}

static bool take_arguments(struct args *args, int argc, char **argv)
{
    static const struct cli_option OPTIONS[] = {
        SESSION_OPTIONS,
        {"ask", '4', "ID:OFFSET", "ask at first to go on in that history, from that byte"},
        {"retry", '5', NULL, "go on trying where nobody listens, or the password is refused"},
        {"timeout", '6', "DURATION", "repl-timeout (60s)"},
        {"announce-port", '7', "N", "the port that the master's INFO shows (0: none)"},
        {"announce-ip", '8', "ADDRESS", "the address that the master's INFO shows"},
        {"tls", '9', NULL, "not supported: tells what would do"},
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
    return take_address(args, operands, count) && session_options_finish(&args->options);
}

static bool resolve(struct args *args)
{
    const struct address *address = &args->config.address;
    const char *wrong = address_resolve(address, false, &args->places);
    if (wrong != NULL)
        args->options.code =
            cli_fail(EXIT_SYSTEM, "replica: cannot find '%s': %s", address->host, wrong);
    return wrong == NULL;
}

static enum session_end run(void *user, const struct session_output *output)
{
    struct args *args = user;
    args->config.output = *output;
    return replica_session(&args->config, args->words, sizeof args->words);
}

static void complain(const struct args *args, enum session_end end)
{
    char *address = address_print(&args->config.address);
    if (end == SESSION_REFUSED)
        cli_fail(EXIT_SYSTEM, "cannot connect to %s: %s (--retry goes on trying)", address,
                 args->words);
    else if (end == SESSION_DENIED && args->options.password[0] == '\0')
        cli_fail(EXIT_SYSTEM,
                 "%s wants a password: PSYNCSIM_PASSWORD, or --password-file; and --user for an "
                 "ACL user. It said: %s",
                 address, args->words);
    else if (end == SESSION_DENIED)
        cli_fail(EXIT_SYSTEM,
                 "%s refuses user and password, or what they may do (+ping +replconf +psync). It "
                 "said: %s",
                 address, args->words);
    else if (end == SESSION_NEVER_ONLINE)
        cli_fail(EXIT_SYSTEM, "it was never online with %s", address);
    g_free(address);
}

int command_replica(int argc, char **argv)
{
    struct args args = {.words = ""};
    struct replica_host_config *host = &args.config.host;
    enum session_end end = SESSION_DONE;
    session_options_init(&args.options, "replica");
    host->replica = (struct replica_config){.timeout_s = TIMEOUT_S, .announce_ip = ""};
    if (!take_arguments(&args, argc, argv) || !resolve(&args))
        return args.options.code;
    host->profile = args.options.profile;
    host->places = &args.places;
    host->replica.auth_user = args.options.user;
    host->replica.auth_password = args.options.password;
    args.config.plan = args.options.plan;
    const struct session_show show = {run, &args};
    int code = session_options_show(&args.options, &show, &end);
    complain(&args, end);
    return code;
}
