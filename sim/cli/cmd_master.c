/* psyncsim master: the master's machine for real replicas. */
#include <errno.h>
#include <string.h>
#include "sim/cli/cli.h"
#include "sim/cli/session_options.h"
#include "sim/engine/quantity.h"
#include "sim/host/session/master_session.h"

#define BACKLOG_MIN 16384
#define VALUE_BYTES 100
#define HEX         "0123456789abcdef"

struct args {
    struct session_options options;
    struct master_session_config config;
    struct places places;
    GMappedFile *rdb; /* NULL: none */
    int64_t backlog;  /* 0: the profile's */
    bool is_diskless, has_port;
    char words[256];
};

static bool take_quantity(struct args *args, const char *name, enum quantity_kind kind,
                          const char *value, int64_t *out)
{
    const char *wrong = quantity_parse(kind, value, strlen(value), out);
    return wrong == NULL || session_options_wrong(&args->options, name, value, wrong);
}

static bool take_bounded(struct args *args, const char *name, const char *value, int64_t bounds[2],
                         int64_t *out)
{
    char expected[96], low[32], high[32];
    if (!take_quantity(args, name, QUANTITY_SIZE, value, out))
        return false;
    quantity_print(QUANTITY_SIZE, bounds[0], low, sizeof low);
    quantity_print(QUANTITY_SIZE, bounds[1], high, sizeof high);
    g_snprintf(expected, sizeof expected, "a size from %s to %s", low, high);
    return (*out >= bounds[0] && *out <= bounds[1]) ||
           session_options_wrong(&args->options, name, value, expected);
}

static bool take_port(struct args *args, const char *value)
{
    int64_t port = 0;
    args->has_port = true;
    if (quantity_parse(QUANTITY_COUNT, value, strlen(value), &port) != NULL || port > 65535)
        return session_options_wrong(&args->options, "port", value,
                                     "a number up to 65535 (0: any free one)");
    g_snprintf(args->config.address.port, sizeof args->config.address.port, "%d", (int)port);
    return true;
}

static bool take_id(struct args *args, const char *value)
{
    if (strlen(value) != REPLID_LEN || strspn(value, HEX) != REPLID_LEN)
        return session_options_wrong(&args->options, "replid", value,
                                     "forty characters of 0-9 and a-f");
    memcpy(args->config.host.id, value, REPLID_SIZE);
    return true;
}

static bool take_rdb(struct args *args, const char *path)
{
    errno = 0;
    args->rdb = g_mapped_file_new(path, FALSE, NULL);
    if (args->rdb == NULL) {
        args->options.code =
            cli_fail(EXIT_SYSTEM, "master: cannot read %s: %s", path, g_strerror(errno));
        return false;
    }
    args->config.host.rdb = g_mapped_file_get_contents(args->rdb);
    args->config.host.rdb_bytes = (int64_t)g_mapped_file_get_length(args->rdb);
    if (args->config.host.rdb_bytes >= 9 && memcmp(args->config.host.rdb, "REDIS", 5) == 0)
        return true;
    return session_options_wrong(&args->options, "rdb", path,
                                 "an RDB file, which begins with REDIS");
}

static bool take_seconds(struct args *args, const char *name, const char *value, int64_t *out)
{
    int64_t ns = 0;
    if (!take_quantity(args, name, QUANTITY_DURATION, value, &ns))
        return false;
    *out = ns / 1000000000;
    return (ns % 1000000000 == 0 && ns > 0) ||
           session_options_wrong(&args->options, name, value, "whole seconds, such as 10s");
}

static bool take_own(struct args *args, int option, const char *value)
{
    struct config *config = &args->config.host.config;
    switch (option) {
    case '4':
        return take_port(args, value);
    case '5':
        g_strlcpy(args->config.address.host, value, sizeof args->config.address.host);
        return true;
    case '6':
        return take_rdb(args, value);
    case '7':
        args->is_diskless = true;
        return true;
    case '8':
        return take_quantity(args, "save", QUANTITY_DURATION, value, &args->config.host.save_ns);
    case '9':
        return take_quantity(args, "rate", QUANTITY_RATE, value, &args->config.rate);
    case '!':
        return take_bounded(args, "value", value, (int64_t[]){1, MASTER_VALUE_MAX},
                            &args->config.value_bytes);
    case '#':
        return take_bounded(args, "backlog", value, (int64_t[]){BACKLOG_MIN, INT64_C(1) << 30},
                            &args->backlog);
    case '%':
        return take_seconds(args, "ping", value, &config->ping_period_s);
    case '&':
        return take_seconds(args, "timeout", value, &config->timeout_s);
    default:
        return take_id(args, value);
    }
}

static bool take_option(struct args *args, int option, const char *value)
{
    bool is_mine = false;
    if (!session_options_take(&args->options, option, value, &is_mine))
        return false;
    return is_mine || take_own(args, option, value);
}

static bool fits_together(struct args *args, int count)
{
    const char *wrong = count > 0         ? "takes no operand; --port tells where it listens"
                        : !args->has_port ? "needs --port (0: any free one)"
                                          : NULL;
    if (wrong != NULL)
        args->options.code = cli_fail(EXIT_BAD_INPUT, "master %s", wrong);
    return wrong == NULL;
}

static bool take_arguments(struct args *args, int argc, char **argv)
{
    static const struct cli_option OPTIONS[] = {
        {"port", '4', "N", "where to listen (0: any free port)"},
        {"bind", '5', "ADDRESS", "the address to listen at (127.0.0.1: this machine only)"},
        {"rdb", '6', "FILE", "the payload of full synchronisations (an empty one)"},
        {"diskless", '7', NULL, "send payloads with an end mark, not with a length"},
        {"save", '8', "DURATION", "how long a save takes (0)"},
        {"rate", '9', "RATE", "SETs in the stream, such as 200/s (none)"},
        {"value", '!', "SIZE", "bytes of each value (100)"},
        {"backlog", '#', "SIZE", "repl-backlog-size (1mb)"},
        {"ping", '%', "DURATION", "repl-ping-replica-period (10s)"},
        {"timeout", '&', "DURATION", "repl-timeout (60s)"},
        {"replid", '*', "ID", "the replication id (a random one)"},
        SESSION_OPTIONS,
        {0}};
    struct cli cli = cli_begin(OPTIONS, argc, argv);
    int option, count;
    while ((option = cli_next(&cli)) >= 0)
        if (!take_option(args, option, cli.value))
            return false;
    args->options.code = cli.code;
    if (option == CLI_STOP)
        return false;
    cli_operands(&cli, &count);
    return fits_together(args, count) && session_options_finish(&args->options);
}

static bool resolve(struct args *args)
{
    const struct address *address = &args->config.address;
    const char *wrong = address_resolve(address, true, &args->places);
    if (wrong != NULL)
        args->options.code =
            cli_fail(EXIT_SYSTEM, "master: cannot find '%s': %s", address->host, wrong);
    return wrong == NULL;
}

static enum session_end run(void *user, const struct session_output *output)
{
    struct args *args = user;
    args->config.output = *output;
    return master_session(&args->config, args->words, sizeof args->words);
}

static int show(struct args *args)
{
    struct master_host_config *host = &args->config.host;
    enum session_end end = SESSION_DONE;
    host->profile = args->options.profile;
    host->places = &args->places;
    host->config.diskless_sync = args->is_diskless;
    host->config.backlog_bytes =
        args->backlog > 0 ? args->backlog : host->profile->default_backlog_bytes;
    host->user = args->options.user;
    host->password = args->options.password;
    args->config.plan = args->options.plan;
    int code = session_options_show(&args->options, &(struct session_show){run, args}, &end);
    if (end == SESSION_REFUSED)
        cli_fail(EXIT_SYSTEM, "cannot listen at %s:%s: %s", args->config.address.host,
                 args->config.address.port, args->words);
    else if (end == SESSION_NEVER_ONLINE)
        cli_fail(EXIT_SYSTEM, "no replica was ever online");
    return code;
}

int command_master(int argc, char **argv)
{
    struct args args = {.config = {.address = {"127.0.0.1", ""}, .value_bytes = VALUE_BYTES}};
    struct master_host_config *host = &args.config.host;
    session_options_init(&args.options, "master");
    config_init(&host->config, args.options.profile);
    for (int i = 0; i < REPLID_LEN; i++)
        host->id[i] = HEX[g_random_int_range(0, 16)];
    int code =
        take_arguments(&args, argc, argv) && resolve(&args) ? show(&args) : args.options.code;
    if (args.rdb != NULL)
        g_mapped_file_unref(args.rdb);
    return code;
}
