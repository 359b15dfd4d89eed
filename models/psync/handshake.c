/* One small function a question; the table says which state waits for its answer. */
#include "models/psync/handshake.h"

#include <assert.h>

#define COMMAND_MAX 640 /* user and password may have 512 bytes together */

static size_t write_command(const struct profile *profile, char *out, size_t argc,
                            const char *const *argv)
{
    return resp_write(out, COMMAND_MAX, profile->handshake_resp, argc, argv);
}

static size_t write_auth(const struct profile *profile, const struct replica_config *config,
                         char *out)
{
    const char *both[] = {"AUTH", config->auth_user, config->auth_password};
    const char *one[] = {"AUTH", config->auth_password};
    bool has_user = config->auth_user[0] != '\0';
    return write_command(profile, out, has_user ? 3 : 2, has_user ? both : one);
}

static size_t write_port(const struct profile *profile, const struct replica_config *config,
                         char *out)
{
    char port[DECIMAL_MAX + 1];
    port[decimal_write(port, config->port)] = '\0';
    return write_command(profile, out, 3, (const char *[]){"REPLCONF", "listening-port", port});
}

static size_t write_ip(const struct profile *profile, const struct replica_config *config,
                       char *out)
{
    const char *argv[] = {"REPLCONF", "ip-address", config->announce_ip};
    return write_command(profile, out, 3, argv);
}

static size_t write_capa(const struct profile *profile, const struct replica_config *config,
                         char *out)
{
    const char *argv[7] = {"REPLCONF"};
    size_t argc = 1;
    if (profile->capa & CAPA_EOF) {
        argv[argc++] = "capa";
        argv[argc++] = "eof";
    }
    if (profile->capa & CAPA_PSYNC2) {
        argv[argc++] = "capa";
        argv[argc++] = "psync2";
    }
    if (config->second_channel) {
        argv[argc++] = "capa";
        argv[argc++] =
            profile->second_channel == SECOND_CHANNEL_RDB ? "rdb-channel-repl" : "dual-channel";
    }
    return write_command(profile, out, argc, argv);
}

static const struct {
    enum replica_state waits;
    size_t (*write)(const struct profile *profile, const struct replica_config *config, char *out);
} questions[] = {
    {REPLICA_AUTH_REPLY, write_auth},
    {REPLICA_PORT_REPLY, write_port},
    {REPLICA_IP_REPLY, write_ip},
    {REPLICA_CAPA_REPLY, write_capa},
};

bool handshake_is_asked(const struct profile *profile, const struct replica_config *config,
                        enum replica_state waits)
{
    if (waits == REPLICA_AUTH_REPLY)
        return config->auth_password[0] != '\0';
    if (waits == REPLICA_IP_REPLY)
        return config->announce_ip[0] != '\0';
    return waits != REPLICA_CAPA_REPLY || profile->capa != 0;
}

size_t handshake_ask(const struct profile *profile, const struct replica_config *config,
                     enum replica_state waits, char *out)
{
    size_t len = 0;
    for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++) {
        enum replica_state due = profile->handshake_burst ? REPLICA_AUTH_REPLY : questions[i].waits;
        if (waits == due && handshake_is_asked(profile, config, questions[i].waits))
            len += questions[i].write(profile, config, out + len);
        assert(len <= HANDSHAKE_MAX - COMMAND_MAX);
    }
    return len;
}

size_t handshake_ping(const struct profile *profile, char *out)
{
    return write_command(profile, out, 1, (const char *[]){"PING"});
}

size_t handshake_psync(const struct profile *profile, const char *id, int64_t offset, bool failover,
                       char *out)
{
    char number[DECIMAL_MAX + 1];
    number[decimal_write(number, offset)] = '\0';
    const char *argv[] = {"PSYNC", id, number, "FAILOVER"};
    return write_command(profile, out, failover ? 4 : 3, argv);
}

static size_t write_decimal(char *out, int64_t value)
{
    size_t len = decimal_write(out, value);
    out[len] = '\0';
    return len;
}

size_t handshake_second(const struct profile *profile, const struct replica_config *config,
                        int64_t main_id, char *out)
{
    char port[DECIMAL_MAX + 1], id[DECIMAL_MAX + 1];
    const char *argv[11] = {"REPLCONF", "capa", "eof", "rdb-only", "1", "rdb-channel", "1"};
    size_t argc = 7, len = 0;
    if (handshake_is_asked(profile, config, REPLICA_AUTH_REPLY))
        len = write_auth(profile, config, out);
    if (!profile->channel_main_psyncs) {
        write_decimal(id, main_id);
        argv[argc++] = "main-ch-client-id";
        argv[argc++] = id;
    }
    write_decimal(port, config->port);
    argv[argc++] = "listening-port";
    argv[argc++] = port;
    return len + write_command(profile, out + len, argc, argv);
}

size_t handshake_payload(const struct profile *profile, char *out)
{
    if (!profile->channel_main_psyncs)
        return handshake_psync(profile, "?", -1, false, out);
    return resp_write(out, COMMAND_MAX, false, 1, (const char *[]){"SYNC"});
}

size_t handshake_join(const struct profile *profile, int64_t payload_id, char *out)
{
    char id[DECIMAL_MAX + 1];
    write_decimal(id, payload_id);
    return write_command(profile, out, 3, (const char *[]){"REPLCONF", "set-rdb-client-id", id});
}
