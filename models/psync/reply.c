/* Pure functions from a line to what it means. Only prefixes count, as in the server. */
#include "models/psync/reply.h"

#include <string.h>
#include "models/psync/profile.h"
#include "models/psync/resp.h"

static bool begins(const char *line, const char *prefix)
{
    return strncmp(line, prefix, strlen(prefix)) == 0;
}

static struct reply just(enum replica_on on, enum drop drop)
{
    return (struct reply){.on = on, .drop = drop};
}

struct reply reply_to_ping(const char *line)
{
    bool is_alive = line[0] == '+' || begins(line, "-NOAUTH") || begins(line, "-NOPERM") ||
                    begins(line, "-ERR operation not permitted");
    return is_alive ? just(ON_ACCEPT, DROP_NONE) : just(ON_REJECT, DROP_PING_ERROR);
}

struct reply reply_to_auth(const char *line)
{
    return line[0] == '-' ? just(ON_REJECT, DROP_AUTH_ERROR) : just(ON_ACCEPT, DROP_NONE);
}

struct reply reply_to_replconf(const char *line)
{
    return just(line[0] == '-' ? ON_REJECT : ON_ACCEPT, DROP_NONE);
}

static void take_id(struct reply *reply, const char *id)
{
    memcpy(reply->id, id, REPLID_LEN);
    reply->id[REPLID_LEN] = '\0';
}

/* "+FULLRESYNC <forty characters> <offset>" */
static struct reply full(const char *line)
{
    struct reply reply = just(ON_FULL, DROP_NONE);
    const char *id = strchr(line, ' ');
    const char *offset = id != NULL ? strchr(id + 1, ' ') : NULL;
    if (offset == NULL || offset - id - 1 != REPLID_LEN)
        return just(ON_FULL_BAD, DROP_NONE);
    if (!decimal_read(offset + 1, strlen(offset + 1), &reply.offset) || reply.offset < 0)
        return just(ON_FULL_BAD, DROP_NONE);
    if (reply.offset > OFFSET_MAX)
        return just(ON_GARBAGE, DROP_PROTOCOL);
    take_id(&reply, id + 1);
    return reply;
}

static struct reply carry_on(const char *line)
{
    struct reply reply = just(ON_CONTINUE, DROP_NONE);
    if (begins(line, "+CONTINUE ") && strlen(line + 10) == REPLID_LEN)
        take_id(&reply, line + 10);
    return reply;
}

struct reply reply_to_psync(const char *line, bool has_cache, bool is_psync2)
{
    if (line[0] == '\0')
        return just(ON_EMPTY, DROP_NONE);
    if (begins(line, "+FULLRESYNC"))
        return full(line);
    if (begins(line, "+CONTINUE"))
        return has_cache ? carry_on(line) : just(ON_GARBAGE, DROP_PROTOCOL);
    if (is_psync2 && (begins(line, "-NOMASTERLINK") || begins(line, "-LOADING")))
        return just(ON_LATER, DROP_TRY_LATER);
    return just(ON_UNKNOWN, DROP_NONE);
}

struct reply reply_preamble(const char *line)
{
    struct reply reply = just(ON_MARK, DROP_NONE);
    if (line[0] == '\0')
        return just(ON_EMPTY, DROP_NONE);
    if (line[0] == '-')
        return just(ON_ABORT, DROP_PAYLOAD_ERROR);
    if (begins(line, "$EOF:") && strlen(line + 5) >= REPLID_LEN) {
        take_id(&reply, line + 5);
        return reply;
    }
    reply.on = ON_SIZE;
    if (line[0] != '$' || !decimal_read(line + 1, strlen(line + 1), &reply.offset) ||
        reply.offset <= 0 || reply.offset > OFFSET_MAX)
        return just(ON_GARBAGE, DROP_PROTOCOL);
    return reply;
}

bool reply_offers_channel(const char *line, int64_t second_channel, struct reply *reply)
{
    static const char rdb[] = "+RDBCHANNELSYNC", dual[] = "+DUALCHANNELSYNC";
    const char *id = line + sizeof rdb - 1;
    *reply = just(ON_CHANNEL, DROP_NONE);
    if (second_channel == SECOND_CHANNEL_DUAL)
        return begins(line, dual);
    if (second_channel != SECOND_CHANNEL_RDB || !begins(line, rdb) || id[0] != ' ')
        return false;
    return decimal_read(id + 1, strlen(id + 1), &reply->client_id);
}

/* "$ENDOFF:<offset> <forty characters> <database> <client id>" */
static struct reply end_offset(const char *line)
{
    struct reply reply = just(ON_POSITION, DROP_NONE);
    const char *offset = line + strlen("$ENDOFF:");
    const char *id = strchr(offset, ' ');
    const char *db = id != NULL ? strchr(id + 1, ' ') : NULL;
    const char *client = db != NULL ? strchr(db + 1, ' ') : NULL;
    if (client == NULL || db - id - 1 != REPLID_LEN ||
        !decimal_read(offset, (size_t)(id - offset), &reply.offset) || reply.offset < 0 ||
        reply.offset > OFFSET_MAX ||
        !decimal_read(client + 1, strlen(client + 1), &reply.client_id))
        return just(ON_GARBAGE, DROP_PROTOCOL);
    take_id(&reply, id + 1);
    return reply;
}

struct reply reply_position(const char *line)
{
    if (line[0] == '\0')
        return just(ON_EMPTY, DROP_NONE);
    if (line[0] == '-')
        return just(ON_REJECT, DROP_PAYLOAD_ERROR);
    if (begins(line, "$ENDOFF:"))
        return end_offset(line);
    struct reply reply = begins(line, "+FULLRESYNC") ? full(line) : just(ON_FULL_BAD, DROP_NONE);
    if (reply.on != ON_FULL)
        return just(ON_GARBAGE, DROP_PROTOCOL);
    reply.on = ON_POSITION;
    return reply;
}

struct reply reply_to_join(const char *line, bool is_known)
{
    if (!is_known)
        return line[0] == '-' ? just(ON_NOT_JOINED, DROP_NO_STREAM) : just(ON_KNOWN, DROP_NONE);
    return begins(line, "+CONTINUE") ? just(ON_JOINED, DROP_NONE)
                                     : just(ON_NOT_JOINED, DROP_NO_STREAM);
}
