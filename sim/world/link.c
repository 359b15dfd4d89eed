/* See link.h. */
#include "sim/world/link.h"

#include <assert.h>
#include "models/net/tcp.h"
#include "sim/engine/time.h"
#include "sim/world/rdb_client.h"

#define RATE_MAX INT64_C(10000000000) /* bytes per second inside one machine */

struct link *link_of(const struct world *world, const struct conn *conn)
{
    return &world->links[conn->link];
}

bool link_is_silent(const struct world *world, const struct conn *conn, int direction)
{
    const struct link *link = link_of(world, conn);
    return conn->is_severed || link->silences[direction] > 0 ||
           conn->resumes_at[direction] > world->now;
}

int64_t link_arrival(const struct link *link, int64_t leaves, uint64_t len)
{
    int64_t arrives = leaves + link->latency +
                      dist_draw_at(&link->spec->jitter, link->jitter_key, (uint64_t)leaves);
    if (link->bandwidth > 0)
        arrives += mul_div_up((int64_t)len * 8, NS_PER_S, link->bandwidth);
    assert(arrives >= leaves);
    return arrives;
}

static bool is_busy(const struct conn *conn)
{
    return conn->is_established && !conn->is_window_full &&
           pipe_last(&conn->pipe)->kind == PIECE_RUN;
}

/* What one connection gets of `bits` that it shares with the busy ones of a set. */
static int64_t share(const struct world *world, const struct conn *conn, int64_t bits,
                     const uint64_t *set)
{
    if (bits <= 0)
        return RATE_MAX;
    int64_t users = 1;
    EACH_CONN_OF(other, world, set, NULL, NULL) {
        users += other != conn && is_busy(other);
    }
    return max64(1, bits / 8 / users);
}

/* Bytes inside a relay, in one direction of one connection. */
static int64_t relay_window(const struct link *link)
{
    if (link->spec->window > 0)
        return link->spec->window;
    if (link->bandwidth > 0)
        return max64(65536, mul_div(2 * link->latency, link->bandwidth / 8, NS_PER_S));
    return link->latency > 0 ? 1 << 20 : 65536;
}

/* What the window lets through: a window in each round trip (inside a relay: in each crossing). */
static int64_t window_rate(const struct link *link)
{
    if (link->latency == 0)
        return RATE_MAX;
    if (link->spec->kind == LINK_TCP)
        return min64(mul_div(link->spec->send_buffer, NS_PER_S, 2 * link->latency),
                     tcp_loss_rate(2 * link->latency, link->loss_ppm));
    return mul_div(relay_window(link), NS_PER_S, link->latency);
}

static int64_t own_rate(const struct world *world, const struct conn *conn)
{
    const struct link *link = &world->links[conn->link];
    int64_t rate = min64(RATE_MAX, window_rate(link));
    if (conn->is_window_full)
        rate = min64(rate, conn->reader.rate);
    const struct node *master = &world->nodes[conn->master],
                      *replica = &world->nodes[conn->replica];
    rate = min64(rate, share(world, conn, link->bandwidth, link->conns));
    rate = min64(rate, share(world, conn, master->spec->host.nic, master->below));
    return min64(rate, share(world, conn, replica->spec->host.nic, replica->above));
}

bool link_takes_payload(const struct conn *conn)
{
    return conn->is_used && conn->master_has && conn->is_bulk_open && !conn->is_sent &&
           conn->machine.diskless;
}

int64_t link_rate(const struct world *world, const struct conn *conn)
{
    if (!link_takes_payload(conn))
        return own_rate(world, conn);
    /* a diskless payload goes to all at the pace of the slowest, and of the child */
    const struct node *master = &world->nodes[conn->master];
    int64_t rate = min64(master->spec->host.diskless_rate, rdb_client_pace(master));
    EACH_CONN_BELOW(other, world, master) {
        if (!link_takes_payload(other))
            continue;
        bool is_stuck = other->pipe.is_silent || other->stalls_save;
        rate = min64(rate, is_stuck ? 0 : own_rate(world, other));
    }
    assert(rate >= 0);
    return rate;
}

int64_t link_receive_buffer(const struct world *world, const struct conn *conn)
{
    const struct link *link = link_of(world, conn);
    int64_t buffer = link->spec->receive_buffer;
    if (link->spec->kind == LINK_RELAYED) /* what the replica does not take stays inside the link */
        buffer += relay_window(link);
    return buffer;
}
