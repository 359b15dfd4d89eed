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

struct wish {
    struct lesson_options options;
    struct master_lesson_config config;
    struct places places;
    GMappedFile *rdb; /* NULL: none */
    int64_t backlog;  /* 0: the profile's */
    bool is_diskless, has_port;
    char words[256];
};

static bool take_quantity(struct wish *wish, const char *name, enum quantity_kind kind,
                          const char *value, int64_t *out)
{
    const char *wrong = quantity_parse(kind, value, strlen(value), out);
    return wrong == NULL || lesson_options_wrong(&wish->options, name, value, wrong);
}

static bool take_bounded(struct wish *wish, const char *name, const char *value, int64_t bounds[2],
                         int64_t *out)
{
    char expected[96], low[32], high[32];
    if (!take_quantity(wish, name, QUANTITY_SIZE, value, out))
        return false;
    quantity_print(QUANTITY_SIZE, bounds[0], low, sizeof low);
    quantity_print(QUANTITY_SIZE, bounds[1], high, sizeof high);
    g_snprintf(expected, sizeof expected, "a size from %s to %s", low, high);
    return (*out >= bounds[0] && *out <= bounds[1]) ||
           lesson_options_wrong(&wish->options, name, value, expected);
}

static bool take_port(struct wish *wish, const char *value)
{
    int64_t port = 0;
    wish->has_port = true;
    if (quantity_parse(QUANTITY_COUNT, value, strlen(value), &port) != NULL || port > 65535)
        return lesson_options_wrong(&wish->options, "port", value,
                                    "a number up to 65535 (0: any free one)");
    g_snprintf(wish->config.address.port, sizeof wish->config.address.port, "%d", (int)port);
    return true;
}

static bool take_id(struct wish *wish, const char *value)
{
    if (strlen(value) != REPLID_LEN || strspn(value, HEX) != REPLID_LEN)
        return lesson_options_wrong(&wish->options, "replid", value,
                                    "forty characters of 0-9 and a-f");
    memcpy(wish->config.host.id, value, REPLID_SIZE);
    return true;
}

static bool take_rdb(struct wish *wish, const char *path)
{
    errno = 0;
    wish->rdb = g_mapped_file_new(path, FALSE, NULL);
    if (wish->rdb == NULL) {
        wish->options.code =
            cli_fail(EXIT_SYSTEM, "master: cannot read %s: %s", path, g_strerror(errno));
        return false;
    }
    wish->config.host.rdb = g_mapped_file_get_contents(wish->rdb);
    wish->config.host.rdb_bytes = (int64_t)g_mapped_file_get_length(wish->rdb);
    if (wish->config.host.rdb_bytes >= 9 && memcmp(wish->config.host.rdb, "REDIS", 5) == 0)
        return true;
    return lesson_options_wrong(&wish->options, "rdb", path,
                                "an RDB file, which begins with REDIS");
}

static bool take_seconds(struct wish *wish, const char *name, const char *value, int64_t *out)
{
    int64_t ns = 0;
    if (!take_quantity(wish, name, QUANTITY_DURATION, value, &ns))
        return false;
    *out = ns / 1000000000;
    return (ns % 1000000000 == 0 && ns > 0) ||
           lesson_options_wrong(&wish->options, name, value, "whole seconds, such as 10s");
}

static bool take_own(struct wish *wish, int option, const char *value)
{
    struct config *config = &wish->config.host.config;
    switch (option) {
    case '4':
        return take_port(wish, value);
    case '5':
        g_strlcpy(wish->config.address.host, value, sizeof wish->config.address.host);
        return true;
    case '6':
        return take_rdb(wish, value);
    case '7':
        wish->is_diskless = true;
        return true;
    case '8':
        return take_quantity(wish, "save", QUANTITY_DURATION, value, &wish->config.host.save_ns);
    case '9':
        return take_quantity(wish, "rate", QUANTITY_RATE, value, &wish->config.rate);
    case '!':
        return take_bounded(wish, "value", value, (int64_t[]){1, MASTER_VALUE_MAX},
                            &wish->config.value_bytes);
    case '#':
        return take_bounded(wish, "backlog", value, (int64_t[]){BACKLOG_MIN, INT64_C(1) << 30},
                            &wish->backlog);
    case '%':
        return take_seconds(wish, "ping", value, &config->ping_period_s);
    case '&':
        return take_seconds(wish, "timeout", value, &config->timeout_s);
    default:
        return take_id(wish, value);
    }
}

static bool take_option(struct wish *wish, int option, const char *value)
{
    bool is_mine = false;
    if (!lesson_options_take(&wish->options, option, value, &is_mine))
        return false;
    return is_mine || take_own(wish, option, value);
}

static bool fits_together(struct wish *wish, int count)
{
    const char *wrong = count > 0         ? "takes no operand; --port tells where it listens"
                        : !wish->has_port ? "needs --port (0: any free one)"
                                          : NULL;
    if (wrong != NULL)
        wish->options.code = cli_fail(EXIT_BAD_INPUT, "master %s", wrong);
    return wrong == NULL;
}

static bool take_arguments(struct wish *wish, int argc, char **argv)
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
        LESSON_OPTIONS,
        {0}};
    struct cli cli = cli_begin(OPTIONS, argc, argv);
    int option, count;
    while ((option = cli_next(&cli)) >= 0)
        if (!take_option(wish, option, cli.value))
            return false;
    wish->options.code = cli.code;
    if (option == CLI_STOP)
        return false;
    cli_operands(&cli, &count);
    return fits_together(wish, count) && lesson_options_finish(&wish->options);
}

static bool resolve(struct wish *wish)
{
    const struct address *address = &wish->config.address;
    const char *wrong = address_resolve(address, true, &wish->places);
    if (wrong != NULL)
        wish->options.code =
            cli_fail(EXIT_SYSTEM, "master: cannot find '%s': %s", address->host, wrong);
    return wrong == NULL;
}

static enum lesson_end run(void *user, const struct lesson_output *output)
{
    struct wish *wish = user;
    wish->config.output = *output;
    return master_lesson(&wish->config, wish->words, sizeof wish->words);
}

static int show(struct wish *wish)
{
    struct master_host_config *host = &wish->config.host;
    enum lesson_end end = LESSON_DONE;
    host->profile = wish->options.profile;
    host->places = &wish->places;
    host->config.diskless_sync = wish->is_diskless;
    host->config.backlog_bytes =
        wish->backlog > 0 ? wish->backlog : host->profile->default_backlog_bytes;
    host->user = wish->options.user;
    host->password = wish->options.password;
    wish->config.plan = wish->options.plan;
    int code = lesson_options_show(&wish->options, &(struct lesson_show){run, wish}, &end);
    if (end == LESSON_REFUSED)
        cli_fail(EXIT_SYSTEM, "cannot listen at %s:%s: %s", wish->config.address.host,
                 wish->config.address.port, wish->words);
    else if (end == LESSON_NEVER_ONLINE)
        cli_fail(EXIT_SYSTEM, "no replica was ever online");
    return code;
}

int command_master(int argc, char **argv)
{
    struct wish wish = {.config = {.address = {"127.0.0.1", ""}, .value_bytes = VALUE_BYTES}};
    struct master_host_config *host = &wish.config.host;
    lesson_options_init(&wish.options, "master");
    config_init(&host->config, wish.options.profile);
    for (int i = 0; i < REPLID_LEN; i++)
        host->id[i] = HEX[g_random_int_range(0, 16)];
    int code =
        take_arguments(&wish, argc, argv) && resolve(&wish) ? show(&wish) : wish.options.code;
    if (wish.rdb != NULL)
        g_mapped_file_unref(wish.rdb);
    return code;
}
