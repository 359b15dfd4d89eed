/* psyncsim replica: the replica's machine against a real master. */
#include <string.h>
#include "models/server/config.h"
#include "sim/cli/cli.h"
#include "sim/cli/commands.h"
#include "sim/cli/session_options.h"
#include "sim/engine/quantity.h"
#include "sim/host/session/replica_session.h"

struct ask {
    char id[REPLID_SIZE];
    int64_t offset; /* 0: not given */
};

struct args {
    struct session_options options;
    struct replica_session_config config;
    struct places places;
    struct ask ask;
    const char *address;
    int64_t keep_bytes;
    bool wants_tls;
    char words[256];
};

static const char *parse_ask(void *field, const char *text)
{
    struct ask *ask = field;
    const char *colon = strchr(text, ':');
    bool is_good =
        colon != NULL && colon - text == REPLID_LEN &&
        quantity_parse(QUANTITY_COUNT, colon + 1, strlen(colon + 1), &ask->offset) == NULL &&
        ask->offset > 0 && ask->offset <= OFFSET_MAX;
    if (!is_good)
        return "ID:OFFSET, forty characters and the first byte that is needed, from 1";
    memcpy(ask->id, text, REPLID_LEN);
    return NULL;
}

static const struct option_row OPTIONS[] = {
#include "sim/cli/session_option.def"
    PARSED(ask, "ask", 0, parse_ask, "ID:OFFSET", NULL,
           "ask at first to continue that history, from that byte"),
    FLAG(config.is_patient, "retry", 0,
         "keep trying where nobody listens, or the password is refused"),
    OPTION(config.host.replica.timeout_s, "timeout", 0, SECONDS, 0, 0, "DURATION", "60s",
           "repl-timeout"),
    OPTION(config.host.replica.port, "announce-port", 0, COUNT, 0, 65535, "N", NULL,
           "the port that the master's INFO shows (0: none)"),
    STRING(config.host.replica.announce_ip, "announce-ip", 0, "ADDRESS",
           "the address that the master's INFO shows"),
    FLAG(config.host.replica.second_channel, "two-connections", 0,
         "take a full synchronisation over two connections (profiles of Redis and Valkey 8 on)"),
    OPTION(keep_bytes, "keep", 0, SIZE, 1, INT64_C(1) << 30, "SIZE", "256mb",
           "replica-full-sync-buffer-limit: stream kept beside a payload; the rest waits at the "
           "master"),
    FLAG(wants_tls, "tls", 0, SESSION_TLS_HELP),
    {0}};

static const struct option_rule RULES[] = {
    SESSION_NO_TLS, NEEDS("heartbeats", "trace", "there they are written"), {0}};

static enum session_end replicate(void *user, const struct session_output *output)
{
    struct args *args = user;
    args->config.output = *output;
    return replica_session(&args->config, args->words, sizeof args->words);
}

static void complain(const struct args *args, enum session_end end)
{
    char *address = address_print(&args->config.address);
    if (end == SESSION_REFUSED)
        cli_fail(EXIT_SYSTEM, "cannot connect to %s: %s (--retry keeps trying)", address,
                 args->words);
    else if (end == SESSION_DENIED && args->options.password[0] == '\0')
        cli_fail(EXIT_SYSTEM,
                 "%s requires a password: PSYNCSIM_PASSWORD, or --password-file; and --user for an "
                 "ACL user: %s",
                 address, args->words);
    else if (end == SESSION_DENIED)
        cli_fail(EXIT_SYSTEM,
                 "%s rejected the credentials, or the user lacks +ping +replconf +psync: %s",
                 address, args->words);
    else if (end == SESSION_NEVER_ONLINE)
        cli_fail(EXIT_SYSTEM, "never came online with %s", address);
    g_free(address);
}

/* In whole blocks, as a server keeps it: of its own directive, or of its hard limit. */
static int64_t kept_max(const struct profile *profile, int64_t limit_bytes)
{
    struct config config;
    config_init(&config, profile);
    config.full_sync_buffer_bytes = config.limit.hard_bytes = limit_bytes;
    return config_kept_bytes(&config, profile);
}

static int run(const struct cli *cli)
{
    struct args *args = cli->args;
    struct session_options *options = &args->options;
    struct replica_host_config *host = &args->config.host;
    enum session_end end = SESSION_DONE;
    int code = session_options_finish(options, cli->command->name);
    if (code == EXIT_HELD)
        code = session_options_address(options, args->address, &args->config.address);
    if (code == EXIT_HELD)
        code = session_options_resolve(options, &args->config.address, false, &args->places);
    if (code != EXIT_HELD)
        return code;
    host->profile = options->profile;
    if (host->replica.second_channel && host->profile->second_channel == SECOND_CHANNEL_NONE)
        return cli_fail(EXIT_BAD_INPUT,
                        "--two-connections: %s knows one connection only; expected "
                        "--profile redis-8.0, valkey-8.0 or later",
                        host->profile->name);
    host->kept_max = kept_max(host->profile, args->keep_bytes);
    host->places = &args->places;
    host->replica.auth_user = options->user;
    host->replica.auth_password = options->password;
    if (host->replica.announce_ip == NULL)
        host->replica.announce_ip = "";
    host->ask_id = args->ask.offset > 0 ? args->ask.id : NULL;
    host->ask_offset = args->ask.offset;
    args->config.plan = options->plan;
    code = session_options_show(options, &(struct session_show){replicate, args}, &end);
    complain(args, end);
    return code;
}

const struct command command_replica = {
    .name = "replica",
    .help = "replicate from a real master, and show each step",
    .options = OPTIONS,
    .rules = RULES,
    .operands = OPERAND(address, "HOST:PORT", 1, "an address, HOST:PORT"),
    .args_size = sizeof(struct args),
    .run = run,
};
