/* psyncsim master: the master's machine for real replicas. */
#include <errno.h>
#include <string.h>
#include "sim/cli/cli.h"
#include "sim/cli/commands.h"
#include "sim/cli/session_options.h"
#include "sim/host/session/master_session.h"

#define HEX "0123456789abcdef"

struct args {
    struct session_options options;
    struct master_session_config config;
    struct places places;
    GMappedFile *rdb; /* NULL: none */
    const char *rdb_path, *bind;
    int64_t port, backlog; /* backlog 0: the profile's */
    int64_t ping_s, timeout_s;
    bool is_diskless;
    char words[256];
};

static const char *parse_replid(void *field, const char *text)
{
    if (strlen(text) != REPLID_LEN || strspn(text, HEX) != REPLID_LEN)
        return "forty characters of 0-9 and a-f";
    memcpy(field, text, REPLID_SIZE);
    return NULL;
}

static const struct option_row OPTIONS[] = {
    OPTION(port, "port", 0, COUNT, 0, 65535, "N", NULL, "where to listen (0: any free port)"),
    STRING(bind, "bind", 0, "ADDRESS", "the address to listen at (127.0.0.1: this machine only)"),
    STRING(rdb_path, "rdb", 0, "FILE", "the payload of full synchronisations (an empty one)"),
    FLAG(is_diskless, "diskless", 0, "send payloads with an end mark, not with a length"),
    OPTION(config.host.save_ns, "save", 0, DURATION, 0, INT64_MAX, "DURATION", "0",
           "how long a save takes"),
    OPTION(config.rate, "rate", 0, RATE, 0, INT64_MAX, "RATE", NULL,
           "SETs in the stream, such as 200/s (none)"),
    OPTION(config.value_bytes, "value", 0, SIZE, 1, MASTER_VALUE_MAX, "SIZE", "100",
           "bytes of each value"),
    OPTION(backlog, "backlog", 0, SIZE, 16384, INT64_C(1) << 30, "SIZE", NULL,
           "repl-backlog-size (the profile's)"),
    OPTION(ping_s, "ping", 0, SECONDS, 0, 0, "DURATION", "10s", "repl-ping-replica-period"),
    OPTION(timeout_s, "timeout", 0, SECONDS, 0, 0, "DURATION", "60s", "repl-timeout"),
    PARSED(config.host.id, "replid", 0, parse_replid, "ID", NULL,
           "the replication id (a random one)"),
#include "sim/cli/session_option.def"
    {0}};

static const struct option_rule RULES[] = {REQUIRED("port", "where to listen (0: any free port)"),
                                           NEEDS("heartbeats", "trace", "there they are written"),
                                           {0}};

static int map_rdb(struct args *args)
{
    const char *path = args->rdb_path;
    struct master_host_config *host = &args->config.host;
    errno = 0;
    args->rdb = g_mapped_file_new(path, FALSE, NULL);
    if (args->rdb == NULL)
        return cli_fail(EXIT_BAD_INPUT, "master: cannot read %s: %s", path, g_strerror(errno));
    host->rdb = g_mapped_file_get_contents(args->rdb);
    host->rdb_bytes = (int64_t)g_mapped_file_get_length(args->rdb);
    if (host->rdb_bytes >= 9 && memcmp(host->rdb, "REDIS", 5) == 0)
        return EXIT_HELD;
    return cli_fail(EXIT_BAD_INPUT,
                    "master: --rdb: found '%s', expected an RDB file, which begins with REDIS",
                    path);
}

static int find_address(struct args *args)
{
    struct address *address = &args->config.address;
    g_strlcpy(address->host, args->bind != NULL ? args->bind : "127.0.0.1", sizeof address->host);
    g_snprintf(address->port, sizeof address->port, "%d", (int)args->port);
    return session_options_resolve(&args->options, address, true, &args->places);
}

static enum session_end serve(void *user, const struct session_output *output)
{
    struct args *args = user;
    args->config.output = *output;
    return master_session(&args->config, args->words, sizeof args->words);
}

static void configure(struct args *args)
{
    const struct session_options *options = &args->options;
    struct master_host_config *host = &args->config.host;
    host->profile = options->profile;
    host->places = &args->places;
    config_init(&host->config, options->profile);
    host->config.diskless_sync = args->is_diskless;
    host->config.backlog_bytes =
        args->backlog > 0 ? args->backlog : options->profile->default_backlog_bytes;
    host->config.ping_period_s = args->ping_s;
    host->config.timeout_s = args->timeout_s;
    for (int i = 0; i < REPLID_LEN && host->id[REPLID_LEN - 1] == '\0'; i++)
        host->id[i] = HEX[g_random_int_range(0, 16)];
    host->user = options->user;
    host->password = options->password;
    args->config.plan = options->plan;
}

static int show(struct args *args)
{
    enum session_end end = SESSION_DONE;
    configure(args);
    int code = session_options_show(&args->options, &(struct session_show){serve, args}, &end);
    if (end == SESSION_REFUSED)
        cli_fail(EXIT_SYSTEM, "cannot listen at %s:%s: %s", args->config.address.host,
                 args->config.address.port, args->words);
    else if (end == SESSION_NEVER_ONLINE)
        cli_fail(EXIT_SYSTEM, "no replica ever came online");
    return code;
}

static int run(const struct cli *cli)
{
    struct args *args = cli->args;
    int code = args->rdb_path != NULL ? map_rdb(args) : EXIT_HELD;
    if (code == EXIT_HELD)
        code = session_options_finish(&args->options, cli->command->name);
    if (code == EXIT_HELD)
        code = find_address(args);
    if (code == EXIT_HELD)
        code = show(args);
    if (args->rdb != NULL)
        g_mapped_file_unref(args->rdb);
    return code;
}

const struct command command_master = {
    .name = "master",
    .help = "be the master of real replicas, and show each step",
    .options = OPTIONS,
    .rules = RULES,
    .args_size = sizeof(struct args),
    .run = run,
};
