/* psyncsim replica: the replica's machine against a real master. */
#include <string.h>
#include "sim/cli/cli.h"
#include "sim/cli/session_options.h"
#include "sim/engine/quantity.h"
#include "sim/host/session/replica_session.h"

#define TIMEOUT_S 60

struct wish {
    struct lesson_options options;
    struct replica_lesson_config config;
    struct places places;
    char ask_id[REPLID_SIZE];
    char words[256];
};

static bool take_ask(struct wish *wish, const char *value)
{
    const char *colon = strchr(value, ':');
    int64_t offset = 0;
    bool is_good = colon != NULL && colon - value == REPLID_LEN &&
                   quantity_parse(QUANTITY_COUNT, colon + 1, strlen(colon + 1), &offset) == NULL &&
                   offset > 0;
    if (!is_good)
        return lesson_options_wrong(&wish->options, "ask", value,
                                    "ID:OFFSET, forty characters and the first byte that is "
                                    "needed, from 1");
    memcpy(wish->ask_id, value, REPLID_LEN);
    wish->config.host.ask_id = wish->ask_id;
    wish->config.host.ask_offset = offset;
    return true;
}

static bool take_number(struct wish *wish, const char *name, const char *value, int64_t *out)
{
    const char *wrong = quantity_parse(QUANTITY_COUNT, value, strlen(value), out);
    if (wrong == NULL && *out > 65535)
        wrong = "a port, up to 65535";
    return wrong == NULL || lesson_options_wrong(&wish->options, name, value, wrong);
}

static bool take_timeout(struct wish *wish, const char *value)
{
    int64_t ns = 0;
    const char *wrong = quantity_parse(QUANTITY_DURATION, value, strlen(value), &ns);
    if (wrong == NULL && (ns < 1000000000 || ns % 1000000000 != 0))
        wrong = "whole seconds, such as 60s";
    wish->config.host.replica.timeout_s = ns / 1000000000;
    return wrong == NULL || lesson_options_wrong(&wish->options, "timeout", value, wrong);
}

static bool refuse_tls(struct wish *wish)
{
    wish->options.code =
        cli_fail(EXIT_BAD_INPUT, "replica: TLS is not supported: connect through a TLS tunnel "
                                 "(stunnel, socat), or to the server's plain port");
    return false;
}

static bool take_option(struct wish *wish, int option, const char *value)
{
    bool is_mine = false;
    if (!lesson_options_take(&wish->options, option, value, &is_mine))
        return false;
    if (is_mine)
        return true;
    switch (option) {
    case '4':
        return take_ask(wish, value);
    case '5':
        wish->config.is_patient = true;
        return true;
    case '6':
        return take_timeout(wish, value);
    case '7':
        return take_number(wish, "announce-port", value, &wish->config.host.replica.port);
    case '8':
        wish->config.host.replica.announce_ip = value;
        return true;
    default:
        return refuse_tls(wish);
    }
}

static bool take_address(struct wish *wish, char **operands, int count)
{
    if (count != 1) {
        wish->options.code = cli_fail(EXIT_BAD_INPUT, "replica needs one address, HOST:PORT");
        return false;
    }
    char *wrong = address_parse(&wish->config.address, operands[0]);
    if (wrong != NULL)
        wish->options.code = cli_fail(EXIT_BAD_INPUT, "replica: %s", wrong);
    g_free(wrong);
    return wish->options.code == EXIT_HELD;
}

static bool take_arguments(struct wish *wish, int argc, char **argv)
{
    static const struct cli_option OPTIONS[] = {
        LESSON_OPTIONS,
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
        if (!take_option(wish, option, cli.value))
            return false;
    wish->options.code = cli.code;
    if (option == CLI_STOP)
        return false;
    char **operands = cli_operands(&cli, &count);
    return take_address(wish, operands, count) && lesson_options_finish(&wish->options);
}

static bool resolve(struct wish *wish)
{
    const struct address *address = &wish->config.address;
    const char *wrong = address_resolve(address, false, &wish->places);
    if (wrong != NULL)
        wish->options.code =
            cli_fail(EXIT_SYSTEM, "replica: cannot find '%s': %s", address->host, wrong);
    return wrong == NULL;
}

static enum lesson_end run(void *user, const struct lesson_output *output)
{
    struct wish *wish = user;
    wish->config.output = *output;
    return replica_lesson(&wish->config, wish->words, sizeof wish->words);
}

static void complain(const struct wish *wish, enum lesson_end end)
{
    char *address = address_print(&wish->config.address);
    if (end == LESSON_REFUSED)
        cli_fail(EXIT_SYSTEM, "cannot connect to %s: %s (--retry goes on trying)", address,
                 wish->words);
    else if (end == LESSON_DENIED && wish->options.password[0] == '\0')
        cli_fail(EXIT_SYSTEM,
                 "%s wants a password: PSYNCSIM_PASSWORD, or --password-file; and --user for an "
                 "ACL user. It said: %s",
                 address, wish->words);
    else if (end == LESSON_DENIED)
        cli_fail(EXIT_SYSTEM,
                 "%s refuses user and password, or what they may do (+ping +replconf +psync). It "
                 "said: %s",
                 address, wish->words);
    else if (end == LESSON_NEVER_ONLINE)
        cli_fail(EXIT_SYSTEM, "it was never online with %s", address);
    g_free(address);
}

int command_replica(int argc, char **argv)
{
    struct wish wish = {.words = ""};
    struct replica_host_config *host = &wish.config.host;
    enum lesson_end end = LESSON_DONE;
    lesson_options_init(&wish.options, "replica");
    host->replica = (struct replica_config){.timeout_s = TIMEOUT_S, .announce_ip = ""};
    if (!take_arguments(&wish, argc, argv) || !resolve(&wish))
        return wish.options.code;
    host->profile = wish.options.profile;
    host->places = &wish.places;
    host->replica.auth_user = wish.options.user;
    host->replica.auth_password = wish.options.password;
    wish.config.plan = wish.options.plan;
    const struct lesson_show show = {run, &wish};
    int code = lesson_options_show(&wish.options, &show, &end);
    complain(&wish, end);
    return code;
}
