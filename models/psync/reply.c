/* Pure functions from a line to what it means. Only prefixes count, as in the server. */
#include "models/psync/reply.h"

#include <string.h>
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
