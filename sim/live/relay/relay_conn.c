/* See relay_conn.h.
 *
 * Bytes are taken from a socket only when the bottleneck and the window have room, and given to the
 * other when they are due and the direction is not silent. An end (FIN or reset) travels like a
 * byte. */
#include "sim/live/relay/relay_conn.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "sim/engine/time.h"
#include "sim/live/relay/socket.h"

/* What the bottleneck may be ahead of the clock, since no one wakes exactly in time. */
#define SLACK_NS (2 * NS_PER_MS)

/* ---- endpoints ---- */

static void endpoint_freed(uv_handle_t *handle)
{
    g_free(handle->data);
}

/* Takes it out of the loop; the socket is the caller's again. */
static int endpoint_pull(struct endpoint *endpoint)
{
    int fd = endpoint->fd;
    uv_poll_stop(&endpoint->poll);
    uv_close((uv_handle_t *)&endpoint->poll, endpoint_freed);
    return fd;
}

void endpoint_close(struct endpoint *endpoint)
{
    close(endpoint_pull(endpoint));
}

static void drain(struct endpoint *endpoint)
{
    char rest[4096];
    ssize_t got;
    while ((got = recv(endpoint->fd, rest, sizeof rest, 0)) > 0)
        ;
    if (got == 0 || (errno != EAGAIN && errno != EINTR))
        g_ptr_array_remove_fast(endpoint->drains, endpoint);
}

static void endpoint_event(uv_poll_t *poll, int status, int events)
{
    struct endpoint *endpoint = poll->data;
    if (endpoint->relay_conn == NULL) {
        drain(endpoint);
        return;
    }
    if (events & UV_WRITABLE)
        endpoint->is_blocked = false;
    if (endpoint->is_dead && (status < 0 || (events & UV_DISCONNECT))) {
        endpoint->relay_conn
            ->endpoints[endpoint->relay_conn->endpoints[FLOW_DOWN] == endpoint ? FLOW_DOWN
                                                                               : FLOW_UP] = NULL;
        const struct relay_link *link = endpoint->relay_conn->link;
        close(endpoint_pull(endpoint));
        link->wake(link->waker);
        return;
    }
    endpoint->relay_conn->link->wake(endpoint->relay_conn->link->waker);
}

static struct endpoint *endpoint_new(struct relay_conn *relay_conn, int fd)
{
    struct endpoint *endpoint = g_new0(struct endpoint, 1);
    endpoint->relay_conn = relay_conn;
    endpoint->fd = fd;
    uv_poll_init(relay_conn->link->loop, &endpoint->poll, fd);
    endpoint->poll.data = endpoint;
    return endpoint;
}

static void endpoint_want(struct endpoint *endpoint, int events)
{
    if (events == endpoint->events)
        return;
    endpoint->events = events;
    if (events == 0)
        uv_poll_stop(&endpoint->poll);
    else
        uv_poll_start(&endpoint->poll, events, endpoint_event);
}

/* FIN now, and the socket goes when the other side has closed too. */
static void endpoint_end_orderly(struct endpoint *endpoint)
{
    shutdown(endpoint->fd, SHUT_WR);
    endpoint->drains = endpoint->relay_conn->link->drains;
    g_ptr_array_add(endpoint->drains, endpoint);
    endpoint->relay_conn = NULL;
    endpoint_want(endpoint, UV_READABLE);
}

/* ---- life ---- */

struct relay_conn *relay_conn_new(struct relay_link *link, int fd, int64_t now)
{
    struct relay_conn *relay_conn = g_new0(struct relay_conn, 1);
    relay_conn->link = link;
    relay_conn->endpoints[FLOW_DOWN] = endpoint_new(relay_conn, fd);
    relay_conn->last_up_leaves = now; /* the first byte waits for a round trip */
    lane_init(&relay_conn->lanes[FLOW_DOWN]);
    lane_init(&relay_conn->lanes[FLOW_UP]);
    sniffer_init(&relay_conn->sniffer, link->observations, link->spec->upper, link->spec->lower);
    return relay_conn;
}

static void unplug(struct relay_conn *relay_conn, enum flow flow, bool is_reset)
{
    struct endpoint *endpoint = relay_conn->endpoints[flow];
    relay_conn->endpoints[flow] = NULL;
    if (endpoint == NULL)
        return;
    int fd = endpoint_pull(endpoint);
    if (is_reset)
        socket_abort(fd);
    else
        close(fd);
}

void relay_conn_free(struct relay_conn *relay_conn)
{
    unplug(relay_conn, FLOW_DOWN, false);
    unplug(relay_conn, FLOW_UP, false);
    lane_clear(&relay_conn->lanes[FLOW_DOWN]);
    lane_clear(&relay_conn->lanes[FLOW_UP]);
    sniffer_clear(&relay_conn->sniffer);
    g_free(relay_conn);
}

void relay_conn_cut(struct relay_conn *relay_conn, struct cut cut)
{
    for (enum flow flow = FLOW_DOWN; flow < FLOWS; flow++) {
        bool is_struck = flow == FLOW_DOWN ? cut.at_lower : cut.at_upper;
        struct endpoint *endpoint = relay_conn->endpoints[flow];
        lane_clear(&relay_conn->lanes[flow]);
        relay_conn->lanes[flow].is_ended = true;
        if (endpoint == NULL)
            continue;
        if (!is_struck) {
            endpoint->is_dead = true;
            endpoint_want(endpoint, UV_DISCONNECT);
        } else if (cut.is_orderly && !endpoint->is_dead) {
            endpoint_end_orderly(endpoint);
            relay_conn->endpoints[flow] = NULL;
        } else {
            unplug(relay_conn, flow, true);
        }
    }
    relay_conn->is_dialled = true;
}

/* ---- taking ---- */

static int64_t leaves_at(struct relay_conn *relay_conn, int64_t now)
{
    int64_t after = relay_conn->last_up_leaves + 2 * relay_conn->link->shapers[FLOW_UP].latency;
    relay_conn->last_up_leaves = after > now ? after : now;
    return relay_conn->last_up_leaves;
}

static void put(struct relay_conn *relay_conn, enum flow flow, int64_t leaves, const char *bytes,
                size_t len)
{
    int64_t due = shaper_pass(&relay_conn->link->shapers[flow], leaves, len);
    lane_push(&relay_conn->lanes[flow], PARCEL_BYTES, due, bytes, len);
}

/* Each command of the handshake is a small segment of its own: all but the first wait for the
 * acknowledgement of the one before. */
static void put_handshake(struct relay_conn *relay_conn, int64_t now, const char *bytes, size_t len)
{
    while (len > 0) {
        size_t part = 1;
        while (part < len && !(bytes[part] == '*' && bytes[part - 1] == '\n'))
            part++;
        put(relay_conn, FLOW_UP, leaves_at(relay_conn, now), bytes, part);
        bytes += part;
        len -= part;
    }
}

static void put_end(struct relay_conn *relay_conn, enum flow flow, int64_t now,
                    enum parcel_kind kind)
{
    bool waits = flow == FLOW_UP && sniffer_is_handshake(&relay_conn->sniffer);
    int64_t leaves = waits ? leaves_at(relay_conn, now) : now;
    lane_push(&relay_conn->lanes[flow], kind,
              shaper_pass(&relay_conn->link->shapers[flow], leaves, 0), NULL, 0);
}

static size_t room(const struct relay_conn *relay_conn, enum flow flow)
{
    const struct lane *lane = &relay_conn->lanes[flow];
    int64_t left = relay_link_window(relay_conn->link, flow) - lane->held;
    if (lane->is_ended || left <= 0)
        return 0;
    return left < SHAPER_PART ? (size_t)left : SHAPER_PART;
}

static bool is_busy(const struct relay_conn *relay_conn, enum flow flow, int64_t now)
{
    return shaper_opens(&relay_conn->link->shapers[flow], now) > now + SLACK_NS;
}

static struct endpoint *source_of(const struct relay_conn *relay_conn, enum flow flow)
{
    struct endpoint *endpoint = relay_conn->endpoints[flow == FLOW_DOWN ? FLOW_UP : FLOW_DOWN];
    return endpoint == NULL || endpoint->is_dead ? NULL : endpoint;
}

static void take(struct relay_conn *relay_conn, enum flow flow, int64_t now)
{
    char bytes[SHAPER_PART];
    struct endpoint *endpoint = source_of(relay_conn, flow);
    size_t size;
    while (endpoint != NULL && (size = room(relay_conn, flow)) > 0 &&
           !is_busy(relay_conn, flow, now)) {
        bool is_quiet = sniffer_is_quiet(&relay_conn->sniffer);
        if (!is_quiet && relay_conn->link->before_handshake != NULL)
            relay_conn->link->before_handshake(relay_conn->link->user, relay_conn->sniffer.upper,
                                               relay_conn->sniffer.lower);
        ssize_t got = recv(endpoint->fd, bytes, size, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && errno == EAGAIN)
            return;
        if (got <= 0) {
            put_end(relay_conn, flow, now, got == 0 ? PARCEL_FIN : PARCEL_RESET);
            return;
        }
        bool is_handshake = flow == FLOW_UP && sniffer_is_handshake(&relay_conn->sniffer);
        sniffer_in(&relay_conn->sniffer, flow, now, bytes, (size_t)got);
        if (flow == FLOW_UP && !is_quiet && relay_conn->sniffer.is_asked &&
            relay_conn->link->asks != NULL)
            relay_conn->link->asks(relay_conn->link->user, relay_conn->sniffer.upper);
        if (is_handshake)
            put_handshake(relay_conn, now, bytes, (size_t)got);
        else
            put(relay_conn, flow, now, bytes, (size_t)got);
    }
}

/* ---- giving ---- */

/* The receiver is gone: nothing more can be given, and its own end informs the other side. */
static void break_off(struct relay_conn *relay_conn, enum flow flow)
{
    lane_clear(&relay_conn->lanes[flow]);
    relay_conn->lanes[flow].is_ended = true;
}

static void dial(struct relay_conn *relay_conn, int64_t now)
{
    const struct relay_link *link = relay_conn->link;
    int fd = socket_dial(link->upper_port, link->receive_buffer);
    relay_conn->is_dialled = true;
    if (fd >= 0) {
        relay_conn->endpoints[FLOW_UP] = endpoint_new(relay_conn, fd);
        relay_conn->port = socket_port(fd);
        return;
    }
    break_off(relay_conn, FLOW_UP);
    if (!relay_conn->lanes[FLOW_DOWN].is_ended)
        put_end(relay_conn, FLOW_DOWN, now, PARCEL_RESET);
}

static void give_end(struct relay_conn *relay_conn, enum flow flow, enum parcel_kind kind)
{
    struct endpoint *endpoint = relay_conn->endpoints[flow];
    lane_delivered(&relay_conn->lanes[flow], 0);
    if (endpoint == NULL)
        return;
    if (kind == PARCEL_RESET)
        unplug(relay_conn, flow, true);
    else
        shutdown(endpoint->fd, SHUT_WR);
}

/* False: it takes no more now. */
static bool give_bytes(struct relay_conn *relay_conn, enum flow flow, const struct parcel *parcel,
                       int64_t now)
{
    struct endpoint *endpoint = relay_conn->endpoints[flow];
    if (endpoint == NULL) {
        break_off(relay_conn, flow);
        return true;
    }
    ssize_t sent =
        send(endpoint->fd, parcel->bytes + parcel->done, parcel->len - parcel->done, MSG_NOSIGNAL);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR)) {
        endpoint->is_blocked = true;
        return false;
    }
    if (sent < 0) {
        break_off(relay_conn, flow);
        return true;
    }
    relay_conn->delivered[flow] += (uint64_t)sent;
    lane_delivered(&relay_conn->lanes[flow], (size_t)sent);
    sniffer_out(&relay_conn->sniffer, flow, now, relay_conn->delivered[flow]);
    return true;
}

static void give(struct relay_conn *relay_conn, enum flow flow, int64_t now)
{
    const struct parcel *head;
    while ((head = lane_head(&relay_conn->lanes[flow])) != NULL && head->due <= now &&
           !relay_link_is_silent(relay_conn->link, flow, now)) {
        struct endpoint *endpoint = relay_conn->endpoints[flow];
        if (endpoint != NULL && (endpoint->is_blocked || endpoint->is_dead))
            return;
        if (flow == FLOW_UP && !relay_conn->is_dialled && head->kind == PARCEL_BYTES)
            dial(relay_conn, now);
        else if (head->kind != PARCEL_BYTES)
            give_end(relay_conn, flow, head->kind);
        else if (!give_bytes(relay_conn, flow, head, now))
            return;
    }
}

/* ---- the pump ---- */

static bool is_done(const struct relay_conn *relay_conn, enum flow flow)
{
    const struct lane *lane = &relay_conn->lanes[flow];
    return lane->is_ended && lane_head(lane) == NULL;
}

static bool is_over(const struct relay_conn *relay_conn)
{
    const struct endpoint *lower = relay_conn->endpoints[FLOW_DOWN],
                          *upper = relay_conn->endpoints[FLOW_UP];
    if ((lower != NULL && lower->is_dead) || (upper != NULL && upper->is_dead))
        return false;
    if (lower == NULL && upper == NULL)
        return true;
    bool nobody_above = upper == NULL && is_done(relay_conn, FLOW_UP);
    bool nobody_below = lower == NULL && is_done(relay_conn, FLOW_DOWN);
    return nobody_above || nobody_below ||
           (is_done(relay_conn, FLOW_UP) && is_done(relay_conn, FLOW_DOWN));
}

static int64_t wake_for(const struct relay_conn *relay_conn, enum flow flow, int64_t now)
{
    const struct parcel *head = lane_head(&relay_conn->lanes[flow]);
    const struct endpoint *to = relay_conn->endpoints[flow];
    int64_t wake = TIME_NEVER;
    if (head != NULL && (to == NULL || !to->is_blocked))
        wake = relay_link_resumes(relay_conn->link, flow, head->due);
    if (source_of(relay_conn, flow) != NULL && room(relay_conn, flow) > 0 &&
        is_busy(relay_conn, flow, now)) {
        int64_t opens = shaper_opens(&relay_conn->link->shapers[flow], now) - SLACK_NS;
        wake = opens < wake ? opens : wake;
    }
    return wake;
}

static void want(struct relay_conn *relay_conn, enum flow end, int64_t now)
{
    struct endpoint *endpoint = relay_conn->endpoints[end];
    enum flow out = end == FLOW_DOWN ? FLOW_UP : FLOW_DOWN;
    if (endpoint == NULL || endpoint->is_dead)
        return;
    bool reads = room(relay_conn, out) > 0 && !is_busy(relay_conn, out, now);
    endpoint_want(endpoint, (reads ? UV_READABLE : 0) | (endpoint->is_blocked ? UV_WRITABLE : 0));
}

int64_t relay_conn_pump(struct relay_conn *relay_conn, int64_t now)
{
    int64_t wake = TIME_NEVER;
    for (enum flow flow = FLOW_DOWN; flow < FLOWS; flow++) {
        take(relay_conn, flow, now);
        give(relay_conn, flow, now);
    }
    relay_conn->is_over = is_over(relay_conn);
    for (enum flow flow = FLOW_DOWN; flow < FLOWS && !relay_conn->is_over; flow++) {
        int64_t one = wake_for(relay_conn, flow, now);
        wake = one < wake ? one : wake;
        want(relay_conn, flow, now);
    }
    return wake;
}
