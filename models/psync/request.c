/* One small function a command. An answer is text with its CRLF; setting one makes the request an
 * ANSWER, which an online replica does not survive. */
#include "models/psync/request.h"

#include <assert.h>
#include <string.h>

#define ECHO_MAX 128 /* bytes of an unknown word or of all arguments that an error repeats */
#define IP_MAX   255

static void say(struct request *request, const char *text)
{
    size_t len = strlen(text);
    assert(len <= REQUEST_ANSWER_MAX - request->answer_len);
    memcpy(request->answer + request->answer_len, text, len);
    request->answer_len += len;
    request->on = ON_ANSWER;
}

/* An unknown word within an answer: at most `max` bytes, no line ends. Returns how many. */
static size_t say_word(struct request *request, const char *word, size_t max)
{
    size_t len = 0;
    for (; len < max && word[len] != '\0'; len++) {
        char c = word[len] == '\r' || word[len] == '\n' ? ' ' : word[len];
        request->answer[request->answer_len++] = c;
    }
    assert(request->answer_len < REQUEST_ANSWER_MAX);
    return len;
}

static const char not_integer[] = "-ERR value is not an integer or out of range\r\n";
static const char syntax_error[] = "-ERR syntax error\r\n";

static bool arg_number(const struct resp_reader *reader, int64_t index, int64_t *value)
{
    int64_t len = resp_arg_len(reader, index);
    return len <= DECIMAL_MAX && decimal_read(resp_arg(reader, index), (size_t)len, value);
}

static void parse_ping(struct request *request, const struct resp_reader *reader)
{
    char size[DECIMAL_MAX + 1];
    if (reader->argc == 1) {
        say(request, "+PONG\r\n");
        return;
    }
    size_t len = strlen(resp_arg(reader, 1));
    len = len < ECHO_MAX ? len : ECHO_MAX;
    size[decimal_write(size, (int64_t)len)] = '\0';
    say(request, "$");
    say(request, size);
    say(request, "\r\n");
    say_word(request, resp_arg(reader, 1), len);
    say(request, "\r\n");
}

static void parse_auth(struct request *request, const struct resp_reader *reader,
                       const struct master_site *site)
{
    bool has_user = reader->argc == 3;
    bool needs_password = site->auth_password[0] != '\0';
    const char *user = has_user ? resp_arg(reader, 1) : "default";
    const char *wanted = site->auth_user[0] != '\0' ? site->auth_user : "default";
    if (reader->argc > 3) {
        say(request, syntax_error);
    } else if (!has_user && !needs_password) {
        say(request, "-ERR AUTH <password> called without any password configured for the default "
                     "user. Are you sure your configuration is correct?\r\n");
    } else if (strcmp(user, wanted) != 0 ||
               (needs_password &&
                strcmp(resp_arg(reader, reader->argc - 1), site->auth_password) != 0)) {
        say(request, "-WRONGPASS invalid username-password pair or user is disabled.\r\n");
    } else {
        request->authenticates = true;
        say(request, "+OK\r\n");
    }
}

/* REPLCONF: one option and its value. False when the command is answered or done with it. */
static void option_port(struct request *request, const struct resp_reader *reader, int64_t at)
{
    if (!arg_number(reader, at + 1, &request->port))
        say(request, not_integer);
    else
        request->has_port = true;
}

static void option_ip(struct request *request, const struct resp_reader *reader, int64_t at)
{
    char size[DECIMAL_MAX + 1];
    int64_t len = resp_arg_len(reader, at + 1);
    if (len <= IP_MAX)
        return;
    size[decimal_write(size, len)] = '\0';
    say(request, "-ERR REPLCONF ip-address provided by replica instance is too long: ");
    say(request, size);
    say(request, " bytes\r\n");
}

static void option_capa(struct request *request, const struct resp_reader *reader, int64_t at)
{
    if (resp_arg_is(reader, at + 1, "eof"))
        request->capa |= CAPA_EOF;
    else if (resp_arg_is(reader, at + 1, "psync2"))
        request->capa |= CAPA_PSYNC2;
    else if (resp_arg_is(reader, at + 1, "rdb-channel-repl"))
        request->capa |= CAPA_RDB_CHANNEL;
    else if (resp_arg_is(reader, at + 1, "dual-channel"))
        request->capa |= CAPA_DUAL_CHANNEL;
}

static void option_rdb_only(struct request *request, const struct resp_reader *reader, int64_t at)
{
    int64_t value = 0;
    if (!arg_number(reader, at + 1, &value)) {
        say(request, not_integer);
    } else if (value != 0 && value != 1) {
        say(request, "-ERR value is out of range, value must between 0 and 1\r\n");
    } else {
        request->has_rdb_only = true;
        request->rdb_only = value == 1;
    }
}

static void option_filter(struct request *request, const struct resp_reader *reader, int64_t at)
{
    const char *value = resp_arg(reader, at + 1);
    request->has_filter = true;
    request->is_filtered = true;
    if (value[0] == '\0' || resp_arg_is(reader, at + 1, "functions"))
        return;
    request->has_filter = false;
    say(request, "-ERR Unsupported rdb-filter-only option: ");
    say_word(request, value, ECHO_MAX);
    say(request, "\r\n");
}

static void option_channel(struct request *request, const struct resp_reader *reader, int64_t at)
{
    int64_t value = 0;
    if (!arg_number(reader, at + 1, &value))
        say(request, not_integer);
    else
        request->is_channel = value == 1;
}

static void name_client(struct request *request, const struct resp_reader *reader, int64_t at)
{
    if (!arg_number(reader, at + 1, &request->names_client))
        say(request, not_integer);
}

static void option_main(struct request *request, const struct resp_reader *reader, int64_t at)
{
    name_client(request, reader, at);
    request->main_id = request->names_client;
}

static void option_payload(struct request *request, const struct resp_reader *reader, int64_t at)
{
    name_client(request, reader, at);
    request->payload_id = request->names_client;
}

/* Who it is changes nothing here. */
static void option_version(struct request *request, const struct resp_reader *reader, int64_t at)
{
    (void)request;
    (void)reader;
    (void)at;
}

static void option_ack(struct request *request, const struct resp_reader *reader, int64_t at)
{
    if (arg_number(reader, at + 1, &request->offset))
        request->on = ON_ACK;
}

struct option {
    const char *name;
    void (*parse)(struct request *request, const struct resp_reader *reader, int64_t at);
    bool ends; /* what follows is not looked at and nothing is answered */
};

static const struct option options[] = {
    {"listening-port", option_port, false},
    {"ip-address", option_ip, false},
    {"capa", option_capa, false},
    {"ack", option_ack, true},
    {"getack", NULL, true},
    {"rdb-only", option_rdb_only, false},
    {"rdb-filter-only", option_filter, false},
    {"rdb-channel", option_channel, false},
    {"main-ch-client-id", option_main, false},
    {"set-rdb-client-id", option_payload, false},
    {"version", option_version, false},
};

static bool is_known_to(const struct profile *profile, const struct option *option)
{
    if (option->parse == option_filter)
        return profile->rdb_filter;
    if (option->parse == option_channel)
        return profile->second_channel != SECOND_CHANNEL_NONE;
    if (option->parse == option_main)
        return profile->second_channel == SECOND_CHANNEL_RDB;
    bool is_newer = option->parse == option_payload || option->parse == option_version;
    return !is_newer || profile->second_channel == SECOND_CHANNEL_DUAL;
}

/* The other connection of a pair must be there, and in the right state. */
static void check_client(struct request *request, const struct master_site *site)
{
    char id[DECIMAL_MAX + 1];
    int64_t named = request->names_client;
    request->names_client = 0;
    if (named == 0 || (site->knows_client != NULL && site->knows_client(site->user, named)))
        return;
    request->main_id = request->payload_id = 0;
    id[decimal_write(id, named)] = '\0';
    say(request, site->profile->channel_main_psyncs ? "-ERR Unrecognized RDB client id "
                                                    : "-ERR Unrecognized RDB client id: ");
    say(request, id);
    say(request, "\r\n");
}

/* A capability that is not configured is not noted. */
static uint32_t usable_capa(uint32_t capa, const struct master_site *site)
{
    uint32_t usable = CAPA_EOF | CAPA_PSYNC2;
    if (site->second_channel)
        usable |= site->profile->second_channel == SECOND_CHANNEL_RDB ? CAPA_RDB_CHANNEL
                                                                      : CAPA_DUAL_CHANNEL;
    return capa & usable;
}

static const struct option *find_option(const struct resp_reader *reader, int64_t at,
                                        const struct profile *profile)
{
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
        if (is_known_to(profile, &options[i]) && resp_arg_is(reader, at, options[i].name))
            return &options[i];
    return NULL;
}

static void parse_replconf(struct request *request, const struct resp_reader *reader,
                           const struct master_site *site)
{
    if (reader->argc % 2 == 0) {
        say(request, syntax_error);
        return;
    }
    for (int64_t at = 1; at + 1 < reader->argc && at + 1 < RESP_ARGS_MAX; at += 2) {
        const struct option *option = find_option(reader, at, site->profile);
        if (option == NULL) {
            say(request, "-ERR Unrecognized REPLCONF option: ");
            say_word(request, resp_arg(reader, at), ECHO_MAX);
            say(request, "\r\n");
            return;
        }
        if (option->parse != NULL)
            option->parse(request, reader, at);
        check_client(request, site);
        request->capa = usable_capa(request->capa, site);
        if (option->ends || request->answer_len > 0)
            return;
    }
    say(request, "+OK\r\n");
}

static void refuse(struct request *request, enum reason reason, const char *answer)
{
    say(request, answer);
    request->on = ON_REFUSED;
    request->reason = reason;
}

/* Test 2 of FACTS 2.1. True when it settled the matter, for now. */
static bool fails_over(struct request *request, const struct master *master,
                       const struct master_site *site)
{
    const struct resp_reader *reader = &master->reader;
    if (request->is_sync || !site->profile->failover_command || !resp_arg_is(reader, 3, "failover"))
        return false;
    if (!site->is_replica)
        refuse(request, REASON_BAD_FAILOVER, "-ERR PSYNC FAILOVER can't be sent to a master.\r\n");
    else if (!history_same_id(resp_arg(reader, 1), site->history->id))
        refuse(request, REASON_BAD_FAILOVER,
               "-ERR PSYNC FAILOVER replid must match my replid.\r\n");
    else
        request->on = ON_PROMOTE;
    return true;
}

/* Tests 3 to 6 of FACTS 2.1. */
static bool may_sync(struct request *request, const struct master *master,
                     const struct master_site *site, bool has_output)
{
    if (site->is_failing_over)
        refuse(request, REASON_FAILING_OVER, "-NOMASTERLINK Can't SYNC while failing over\r\n");
    else if (site->is_replica && !site->link_up)
        refuse(request, REASON_NO_MASTER_LINK,
               site->profile->no_master_link
                   ? "-NOMASTERLINK Can't SYNC while not connected with my master\r\n"
                   : "-ERR Can't SYNC while not connected with my master\r\n");
    else if (has_output)
        refuse(request, REASON_PENDING_OUTPUT,
               "-ERR SYNC and PSYNC are invalid with pending output\r\n");
    else if (master->wants_filtered && !(master->capa & CAPA_EOF))
        refuse(request, REASON_BAD_RDB_FILTER, "-ERR Filtered replica requires EOF capability\r\n");
    else
        return true;
    return false;
}

/* What is asked for, as far as positions go: the decision is that of the number itself. */
static int64_t within_range(int64_t offset)
{
    if (offset > OFFSET_MAX)
        return OFFSET_MAX;
    return offset < -OFFSET_MAX ? -OFFSET_MAX : offset;
}

/* A full one goes over two connections if both sides want it; a partial one may be the second half
 * of that. */
static enum master_on synchronisation(const struct request *request, const struct master *master,
                                      const struct master_site *site)
{
    bool takes_channel = (master->capa & (CAPA_RDB_CHANNEL | CAPA_DUAL_CHANNEL)) != 0;
    if (reason_kind(request->reason) == REASON_KIND_PARTIAL)
        return master->payload_id != 0 ? ON_JOIN : ON_PARTIAL;
    if (!takes_channel || master->is_channel)
        return ON_FULL;
    return site->profile->channel_main_psyncs ? ON_CHANNEL_CLIENT : ON_CHANNEL;
}

static void settle(struct request *request, const struct master *master,
                   const struct master_site *site)
{
    const struct resp_reader *reader = &master->reader;
    size_t len = strlen(resp_arg(reader, 1));
    memcpy(request->id, resp_arg(reader, 1), len < REPLID_LEN ? len : REPLID_LEN);
    if (!arg_number(reader, 2, &request->offset)) {
        refuse(request, REASON_BAD_OFFSET, not_integer);
        if (site->profile->bad_offset_full_sync)
            request->on = ON_FULL;
        return;
    }
    request->reason =
        history_decide(site->history, &site->backlog, resp_arg(reader, 1), request->offset);
    request->offset = within_range(request->offset);
    request->on = synchronisation(request, master, site);
}

static void decide(struct request *request, const struct master *master,
                   const struct master_site *site, bool has_output)
{
    if (!may_sync(request, master, site, has_output))
        return;
    request->on = ON_FULL;
    request->reason = REASON_SYNC_COMMAND;
    if (!request->is_sync)
        settle(request, master, site);
}

static void parse_sync(struct request *request, const struct master *master,
                       const struct master_site *site, bool has_output)
{
    request->is_sync = resp_arg_is(&master->reader, 0, "sync");
    request->offset = -1;
    if (!master_is_replica(master) && !fails_over(request, master, site))
        decide(request, master, site, has_output);
}

static const struct {
    const char *name;
    int64_t argc_min;
    int64_t argc_max;
    bool needs_data; /* refused while loading */
} commands[] = {
    {"ping", 1, 2, true}, {"auth", 2, INT64_MAX, false}, {"replconf", 1, INT64_MAX, false},
    {"sync", 1, 1, true}, {"psync", 3, INT64_MAX, true},
};

enum { PING, AUTH, REPLCONF, SYNC, PSYNC, COMMAND_COUNT };

static size_t find_command(const struct resp_reader *reader)
{
    size_t i = 0;
    while (i < COMMAND_COUNT && !resp_arg_is(reader, 0, commands[i].name))
        i++;
    return i;
}

static void say_unknown(struct request *request, const struct resp_reader *reader)
{
    say(request, "-ERR unknown command '");
    say_word(request, resp_arg(reader, 0), ECHO_MAX);
    say(request, "', with args beginning with: ");
    size_t echoed = 0;
    for (int64_t i = 1; i < reader->argc && i < RESP_ARGS_MAX && echoed < ECHO_MAX; i++) {
        say(request, "'");
        echoed += 3 + say_word(request, resp_arg(reader, i), ECHO_MAX - echoed);
        say(request, "' ");
    }
    say(request, "\r\n");
}

/* FACTS 3.10 */
static const char MISCONF[] =
    "-MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to "
    "disk. Commands that may modify the data set are disabled, because this instance is configured "
    "to report errors during writes if RDB snapshotting fails (stop-writes-on-bgsave-error "
    "option). Please check the Redis logs for details about the RDB error.\r\n";

/* FACTS R8 */
static const char BUSY[] = "-BUSY Redis is busy running a script. You can only call SCRIPT KILL or "
                           "SHUTDOWN NOSAVE.\r\n";

static void begin(struct request *request)
{
    memset(request, 0, offsetof(struct request, answer));
    request->on = MASTER_ON_COUNT;
}

void request_parse(struct request *request, const struct master *master,
                   const struct master_site *site, bool has_output)
{
    const struct resp_reader *reader = &master->reader;
    size_t command = find_command(reader);
    begin(request);
    if (command == COMMAND_COUNT) {
        say_unknown(request, reader);
    } else if (reader->argc < commands[command].argc_min ||
               reader->argc > commands[command].argc_max) {
        say(request, "-ERR wrong number of arguments for '");
        say(request, commands[command].name);
        say(request, "' command\r\n");
    } else if (command != AUTH && site->auth_password[0] != '\0' && !master->is_authenticated) {
        say(request, "-NOAUTH Authentication required.\r\n");
    } else if (site->is_loading && commands[command].needs_data) {
        say(request, "-LOADING Redis is loading the dataset in memory\r\n");
    } else if (site->is_busy && commands[command].needs_data) {
        say(request, BUSY);
    } else if (command == PING && site->is_misconfigured) {
        say(request, MISCONF);
    } else if (command == PING) {
        parse_ping(request, reader);
    } else if (command == AUTH) {
        parse_auth(request, reader, site);
    } else if (command == REPLCONF) {
        parse_replconf(request, reader, site);
    } else {
        parse_sync(request, master, site, has_output);
    }
}

void request_parse_promoted(struct request *request, const struct master *master,
                            const struct master_site *site)
{
    begin(request);
    request->offset = -1;
    decide(request, master, site, false);
}
