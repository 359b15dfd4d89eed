/* A full synchronisation over two connections, seen from the replica: events of either connection
 * become events of replica_rows.def, as in replica.c. The second connection brings the payload and is
 * read by the same rows as a single one. The first is not read before the payload's position is known;
 * then its lines (Valkey) are answers of the join, and what follows is stream, which the host keeps. */
#include <assert.h>
#include <string.h>
#include "models/psync/replica.h"
#include "models/psync/replica_step.h"

void replica_second_connected(struct replica *replica, const struct replica_site *site,
                              struct acts *out)
{
    struct replica_step s = replica_begin_step(site, out);
    assert(replica->state == REPLICA_SECOND_CONNECTING);
    replica_step(replica, &s, ON_CONNECTED);
}

void replica_second_refused(struct replica *replica, const struct replica_site *site,
                            struct acts *out)
{
    struct replica_step s = replica_begin_step(site, out);
    assert(replica->state == REPLICA_SECOND_CONNECTING);
    s.drop = DROP_REFUSED;
    replica_step(replica, &s, ON_REFUSED);
}

void replica_second_receive(struct replica *replica, const struct replica_site *site,
                            const struct span *span, struct acts *out)
{
    struct replica_step s = replica_begin_step(site, out);
    assert(replica->second_is_open && replica->state != REPLICA_SECOND_CONNECTING);
    if (replica_holds_payload(replica) || replica->state == REPLICA_AWAIT_STREAM)
        return; /* nothing belongs behind the payload */
    if (span->kind == SPAN_BYTES)
        replica_read_bytes(replica, &s, span->bytes, span->len);
    else
        replica_count_payload(replica, &s, span->len);
}

void replica_second_lost(struct replica *replica, const struct replica_site *site, struct acts *out)
{
    struct replica_step s = replica_begin_step(site, out);
    assert(replica->second_is_open);
    s.drop = DROP_LOST;
    bool has_failed = replica->thread_drop != DROP_NONE;
    bool has_payload = replica_holds_payload(replica) || replica->state == REPLICA_AWAIT_STREAM;
    if (has_payload && !has_failed)
        replica_step(replica, &s, ON_SECOND_ENDED);
    else if (!has_failed)
        replica_step_failed(replica, &s, ON_LOST);
}

void replica_drained(struct replica *replica, const struct replica_site *site, struct acts *out)
{
    struct replica_step s = replica_begin_step(site, out);
    assert(replica->state == REPLICA_CONNECTED && replica->two_channels);
    replica_step(replica, &s, ON_DRAINED);
}

/* ---- the first connection ---- */

bool replica_reads_first(const struct replica *replica)
{
    if (!replica->two_channels || replica->state == REPLICA_CONNECTED)
        return !replica_holds_payload(replica);
    return replica->state >= REPLICA_PREAMBLE && !replica->is_lost;
}

static void take_join_line(struct replica *replica, struct replica_step *s)
{
    size_t len = replica->join_len;
    if (len > 0 && replica->join_line[len - 1] == '\r')
        len--;
    replica->join_line[len] = '\0';
    replica->join_len = 0;
    struct reply reply = reply_to_join(replica->join_line, replica->join == JOIN_ASKED);
    s->reply = &reply;
    s->drop = reply.drop;
    replica_step(replica, s, reply.on);
    s->reply = NULL;
}

static size_t read_join_line(struct replica *replica, struct replica_step *s, const char *bytes,
                             size_t len)
{
    const char *end = memchr(bytes, '\n', len);
    size_t part = end != NULL ? (size_t)(end - bytes) : len;
    if (part >= sizeof replica->join_line - replica->join_len) {
        s->drop = DROP_PROTOCOL;
        replica_step(replica, s, ON_NOT_JOINED);
        return len;
    }
    memcpy(replica->join_line + replica->join_len, bytes, part);
    replica->join_len += (uint32_t)part;
    if (end == NULL)
        return len;
    take_join_line(replica, s);
    return part + 1;
}

static bool has_stream(const struct replica *replica, const struct replica_step *s)
{
    return replica->join == JOIN_STREAM || !s->site->profile->channel_main_psyncs;
}

void replica_read_first(struct replica *replica, struct replica_step *s, const struct span *span)
{
    assert(span->kind == SPAN_BYTES);
    uint64_t at = 0;
    while (at < span->len && !s->is_closed && replica_reads_first(replica) &&
           replica->state != REPLICA_CONNECTED && acts_has_room(s->out)) {
        const char *bytes = span->bytes + at;
        if (!has_stream(replica, s)) {
            at += read_join_line(replica, s, bytes, (size_t)(span->len - at));
            continue;
        }
        struct act *act = acts_add(s->out, ACT_KEEP);
        act->bytes = bytes;
        act->len = span->len - at;
        at = span->len;
    }
    s->out->left = s->is_closed ? 0 : span->len - at;
}

/* From the socket a loading process looks at its connections after each step of the load. */
static enum replica_on loss_of_first(const struct replica *replica, const struct replica_step *s)
{
    const struct profile *profile = s->site->profile;
    if (replica->state != REPLICA_LOADING || replica->payload_read < profile->load_step_bytes)
        return ON_MAIN_LOST;
    if (!s->site->payload_to_file)
        return ON_MAIN_LOST_IN_STEPS;
    bool goes_on = profile->channel_disk_load_survives_main_loss || s->site->config->outlives_main;
    return goes_on ? ON_MAIN_LOST : ON_MAIN_LOST_ON_DISK;
}

void replica_lose_first(struct replica *replica, struct replica_step *s)
{
    if (!replica->is_lost)
        replica_step(replica, s, loss_of_first(replica, s));
}
