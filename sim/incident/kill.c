/* Fields of a client's description are NAME=VALUE, each behind a blank; not every version has all. */
#include "sim/incident/kill.h"

#include <string.h>

static const char *field(struct piece text, const char *name)
{
    size_t len = strlen(name);
    for (const char *at = text.at; (size_t)(text.at + text.len - at) > len; at++)
        if (memcmp(at, name, len) == 0)
            return at + len;
    return NULL;
}

static int64_t field_number(struct piece text, const char *name)
{
    const char *at = field(text, name), *end = at;
    while (at && end < text.at + text.len && *end >= '0' && *end <= '9')
        end++;
    return at ? piece_number((struct piece){at, (size_t)(end - at)}, HALF_ABSENT) : HALF_ABSENT;
}

static bool field_is(struct piece text, const char *name, const char *value)
{
    const char *at = field(text, name);
    size_t len = strlen(value);
    return at && (size_t)(text.at + text.len - at) >= len && memcmp(at, value, len) == 0 &&
           (at + len == text.at + text.len || at[len] == ' ');
}

bool kill_read(struct piece text, struct mark at, struct kill *out)
{
    if (!field(text, " flags=S") || !field(text, " omem="))
        return false;
    struct kill kill = {.at = at};
    const char *address = field(text, "addr=");
    size_t len = 0;
    kill.id = field_number(text, "id=");
    while (address && address + len < text.at + text.len && address[len] != ' ')
        len++;
    piece_copy((struct piece){address ? address : "", len}, kill.address, sizeof(kill.address));
    kill.omem = field_number(text, " omem=");
    kill.blocks = field_number(text, " oll=");
    kill.age_s = field_number(text, " age=");
    kill.idle_s = field_number(text, " idle=");
    kill.net_out = field_number(text, " tot-net-out=");
    kill.is_closed = field(text, " closed for overcoming") != NULL;
    kill.is_online = field_is(text, " cmd=", "replconf") || field_is(text, " cmd=", "REPLCONF");
    kill.is_sync = field_is(text, " cmd=", "sync") || field_is(text, " cmd=", "SYNC");
    kill.is_saving = field_is(text, " events=", "r");
    *out = kill;
    return true;
}

enum ended kill_limit(const struct kill *kill)
{
    static const int64_t MB = 1 << 20;
    if (kill->is_closed)
        return ENDED_LIMIT_SOFT;
    /* Just above a round number: that hard limit. Buffers grow by blocks of at most 64 kB. */
    int64_t round = MB;
    while (round < kill->omem / 2)
        round *= 2;
    bool is_near = kill->omem >= round && kill->omem - round < 64 * 1024;
    bool is_multiple = kill->omem >= 256 * MB && kill->omem % (64 * MB) < 64 * 1024;
    return is_near || is_multiple ? ENDED_LIMIT_HARD : ENDED_LIMIT;
}
