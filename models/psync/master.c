/* The master's machine: commands, ticks and the server's reports become events of master_rows.def,
 * whose actions are in master_table.c. Commands are understood in request.c.
 *
 * An acknowledgement a second from each replica is most of what arrives: a whole REPLCONF ACK in
 * one piece is read without the command reader. The fuzz test holds both ways against each other.
 */
#include "models/psync/master.h"

#include <assert.h>
#include <string.h>
#include "models/psync/master_step.h"

#define NS_PER_S INT64_C(1000000000)

/* A payload for second connections is written by the save's child itself, and repl-timeout is the
 * patience of each write: so many until one that does not read is given up (FACTS 10.4). */
#define WRITES_OF_CHILD 3

const char stream_ping[] = "*1\r\n$4\r\nPING\r\n";
const char stream_getack[] = "*3\r\n$8\r\nREPLCONF\r\n$6\r\nGETACK\r\n$1\r\n*\r\n";

_Static_assert(sizeof stream_ping - 1 == STREAM_PING_BYTES, "FACTS 4.1");
_Static_assert(sizeof stream_getack - 1 == STREAM_GETACK_BYTES, "FACTS 4.1");

static struct master_step begin_step(const struct master_site *site, struct acts *out)
{
    assert(site->now >= 0);
    acts_begin(out);
    return (struct master_step){.site = site, .out = out};
}

void master_init(struct master *master, const struct master_site *site)
{
    *master = (struct master){
        .state = MASTER_COMMANDS,
        .is_authenticated = site->auth_password[0] == '\0',
        .ack_time_ns = site->now,
        .last_io_ns = site->now,
        .moved_ns = site->now,
    };
}

/* The bytes of a canonical ACK at the front, or 0 if what is there must be read the long way. */
static size_t take_ack(const char *bytes, size_t len, int64_t *offset)
{
    static const char head[] = "*3\r\n$8\r\nREPLCONF\r\n$3\r\nACK\r\n$";
    size_t at = sizeof head - 1;
    size_t count = 0;
    if (len < at + 5 || memcmp(bytes, head, at) != 0 || bytes[at] == '0')
        return 0;
    while (at < len && bytes[at] >= '0' && bytes[at] <= '9' && count <= DECIMAL_MAX)
        count = count * 10 + (size_t)(bytes[at++] - '0');
    bool has_all = count > 0 && count <= DECIMAL_MAX && len - at >= count + 4;
    if (!has_all || memcmp(bytes + at, "\r\n", 2) != 0 ||
        memcmp(bytes + at + 2 + count, "\r\n", 2) != 0 ||
        !decimal_read(bytes + at + 2, count, offset) || *offset > OFFSET_MAX)
        return 0;
    return at + count + 4;
}

/* An acknowledgement of what no stream has. */
static bool is_absurd(const struct master *master, const struct request *request)
{
    return master_is_replica(master) && request->on == ON_ACK &&
           (request->offset > OFFSET_MAX || request->offset < -OFFSET_MAX);
}

static void take_command(struct master *master, struct master_step *s, enum resp_event event)
{
    struct request request;
    if (event == RESP_ERROR) {
        s->drop = DROP_PROTOCOL;
        master_step(master, s, ON_GARBAGE);
    } else if (event == RESP_EMPTY) {
        master_step(master, s, ON_SIGN);
    } else if (event == RESP_COMMAND) {
        request_parse(&request, master, s->site, acts_sends(s->out));
        s->request = &request;
        s->offset = request.offset;
        s->drop = DROP_REPLY_TO_REPLICA;
        if (is_absurd(master, &request)) {
            s->drop = DROP_PROTOCOL;
            request.on = ON_GARBAGE;
        }
        if (request.on != MASTER_ON_COUNT)
            master_step(master, s, request.on);
        s->request = NULL;
    }
}

static bool is_promoting(const struct acts *out)
{
    return out->count > 0 && out->list[out->count - 1].kind == ACT_PROMOTE;
}

void master_receive(struct master *master, const struct master_site *site, const struct span *span,
                    struct acts *out)
{
    struct master_step s = begin_step(site, out);
    uint64_t at = 0;
    assert(master->state != MASTER_CLOSED && span->kind == SPAN_BYTES);
    master->last_io_ns = site->now;
    while (at < span->len && master->state != MASTER_CLOSED && acts_has_room(out) &&
           !is_promoting(out)) {
        const char *bytes = span->bytes + at;
        size_t len = (size_t)(span->len - at);
        bool may_be_ack = master_is_replica(master) && resp_is_idle(&master->reader);
        size_t ack = may_be_ack ? take_ack(bytes, len, &s.offset) : 0;
        if (ack > 0) {
            master_step(master, &s, ON_ACK);
            at += ack;
            continue;
        }
        struct resp_progress progress = resp_read(&master->reader, bytes, len);
        at += progress.eaten;
        take_command(master, &s, progress.event);
    }
    out->left = master->state == MASTER_CLOSED ? 0 : span->len - at;
}

void master_acknowledged(struct master *master, const struct master_site *site, int64_t offset,
                         struct acts *out)
{
    struct master_step s = begin_step(site, out);
    assert(master_is_replica(master) && resp_is_idle(&master->reader));
    master->last_io_ns = site->now;
    s.offset = offset;
    master_step(master, &s, ON_ACK);
}

void master_promoted(struct master *master, const struct master_site *site, struct acts *out)
{
    struct master_step s = begin_step(site, out);
    struct request request;
    assert(master->state == MASTER_COMMANDS && !site->is_replica);
    request_parse_promoted(&request, master, site);
    s.request = &request;
    master_step(master, &s, request.on);
}

void master_save_started(struct master *master, const struct master_site *site, int64_t offset,
                         bool diskless, struct acts *out)
{
    struct master_step s = begin_step(site, out);
    assert(master->state == MASTER_WAIT_START);
    s.offset = offset;
    s.is_diskless = diskless;
    master_step(master, &s, ON_SAVE_STARTED);
}

void master_payload(struct master *master, const struct master_site *site, int64_t size,
                    const char *mark, struct acts *out)
{
    struct master_step s = begin_step(site, out);
    assert(master->state == MASTER_WAIT_END);
    assert(master->diskless ? strlen(mark) == REPLID_LEN : size > 0);
    s.offset = size;
    s.mark = mark;
    master_step(master, &s, ON_PAYLOAD);
}

void master_payload_moved(struct master *master, const struct master_site *site)
{
    assert(master->state == MASTER_SEND_BULK);
    master->last_io_ns = site->now;
    master->moved_ns = site->now;
}

void master_payload_sent(struct master *master, const struct master_site *site, struct acts *out)
{
    struct master_step s = begin_step(site, out);
    assert(master->state == MASTER_SEND_BULK);
    master->last_io_ns = site->now;
    s.drop = DROP_RDB_ONLY;
    if (master->rdb_only)
        master_step(master, &s, ON_SENT_ALL);
    else
        master_step(master, &s, master->diskless ? ON_SENT_STREAMED : ON_SENT);
}

void master_payload_kept(struct master *master, const struct master_site *site, struct acts *out)
{
    struct master_step s = begin_step(site, out);
    assert(master->state == MASTER_SEND_BULK && master->is_channel && master->rdb_only);
    master->moved_ns = site->now;
    master_step(master, &s, ON_SENT_FIRST);
}

void master_stream_started(struct master *master, const struct master_site *site, struct acts *out)
{
    struct master_step s = begin_step(site, out);
    assert(master->state == MASTER_WAIT_CHANNEL);
    master_step(master, &s, ON_SAVE_FORKED);
}

void master_payload_done(struct master *master, const struct master_site *site, struct acts *out)
{
    struct master_step s = begin_step(site, out);
    if (master->state == MASTER_STREAMING)
        master_step(master, &s, ON_SAVE_DONE);
}

void master_save_failed(struct master *master, const struct master_site *site, struct acts *out)
{
    struct master_step s = begin_step(site, out);
    assert(master->state >= MASTER_WAIT_START && master->state <= MASTER_SEND_BULK);
    s.drop = DROP_SAVE_FAILED;
    master_step(master, &s, ON_SAVE_FAILED);
}

static bool is_kept_awake(const struct master *master)
{
    return master->state == MASTER_WAIT_START ||
           (master->state == MASTER_WAIT_END && !master->diskless);
}

void master_cron(struct master *master, const struct master_site *site, bool is_stalled,
                 struct acts *out)
{
    struct master_step s = begin_step(site, out);
    bool is_streaming = master->state == MASTER_SEND_BULK && master->diskless;
    if (is_kept_awake(master))
        master_step(master, &s, ON_TICK);
    if (!master->pre_psync && master_is_overdue(master->ack_time_ns, site->now, site->timeout_s)) {
        s.drop = DROP_TIMEOUT_REPLICA;
        master_step(master, &s, ON_TIMEOUT);
    }
    if (master->state == MASTER_TRANSMITTED &&
        master_is_overdue(master->moved_ns, site->now, site->profile->channel_grace_s)) {
        s.drop = DROP_NO_STREAM;
        master_step(master, &s, ON_GRACE);
    }
    int64_t patience_s = site->timeout_s * (master->is_channel ? WRITES_OF_CHILD : 1);
    if (is_streaming && is_stalled && site->profile->full_sync_timeout &&
        master_is_overdue(master->moved_ns, site->now, patience_s)) {
        s.drop = DROP_TIMEOUT_FULL_SYNC;
        master_step(master, &s, ON_STALL);
    }
}

void master_close(struct master *master, const struct master_site *site, enum drop drop,
                  struct acts *out)
{
    struct master_step s = begin_step(site, out);
    s.drop = drop;
    master_step(master, &s, ON_CLOSE);
}

void master_lost(struct master *master, const struct master_site *site, struct acts *out)
{
    struct master_step s = begin_step(site, out);
    s.drop = DROP_LOST;
    master_step(master, &s, ON_LOST);
}
