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
    const char *argv[5] = {"REPLCONF"};
    size_t argc = 1;
    (void)config;
    if (profile->capa & CAPA_EOF) {
        argv[argc++] = "capa";
        argv[argc++] = "eof";
    }
    if (profile->capa & CAPA_PSYNC2) {
        argv[argc++] = "capa";
        argv[argc++] = "psync2";
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
