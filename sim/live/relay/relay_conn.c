/* See passage.h.
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
#include "sim/live/relay/relay.h"
#include "sim/live/relay/socket.h"

/* What the bottleneck may be ahead of the clock, since no one wakes exactly in time. */
#define SLACK_NS (2 * NS_PER_MS)

/* ---- plugs ---- */

static void plug_freed(uv_handle_t *handle)
{
    g_free(handle->data);
}

/* Takes it out of the loop; the socket is the caller's again. */
static int plug_pull(struct plug *plug)
{
    int fd = plug->fd;
    uv_poll_stop(&plug->poll);
    uv_close((uv_handle_t *)&plug->poll, plug_freed);
    return fd;
}

void plug_close(struct plug *plug)
{
    close(plug_pull(plug));
}

static void drain(struct plug *plug)
{
    char rest[4096];
    ssize_t got;
    while ((got = recv(plug->fd, rest, sizeof rest, 0)) > 0)
        ;
    if (got == 0 || (errno != EAGAIN && errno != EINTR))
        g_ptr_array_remove_fast(plug->drains, plug);
}

static void plug_event(uv_poll_t *poll, int status, int events)
{
    struct plug *plug = poll->data;
    if (plug->passage == NULL) {
        drain(plug);
        return;
    }
    if (events & UV_WRITABLE)
        plug->is_blocked = false;
    if (plug->is_dead && (status < 0 || (events & UV_DISCONNECT))) {
        plug->passage->plugs[plug->passage->plugs[FLOW_DOWN] == plug ? FLOW_DOWN : FLOW_UP] = NULL;
        struct proxy *proxy = plug->passage->proxy;
        close(plug_pull(plug));
        proxy_pump(proxy);
        return;
    }
    proxy_pump(plug->passage->proxy);
}

static struct plug *plug_new(struct passage *passage, int fd)
{
    struct plug *plug = g_new0(struct plug, 1);
    plug->passage = passage;
    plug->fd = fd;
    uv_poll_init(passage->proxy->loop, &plug->poll, fd);
    plug->poll.data = plug;
    return plug;
}

static void plug_want(struct plug *plug, int events)
{
    if (events == plug->events)
        return;
    plug->events = events;
    if (events == 0)
        uv_poll_stop(&plug->poll);
    else
        uv_poll_start(&plug->poll, events, plug_event);
}

/* FIN now, and the socket goes when the other side has closed too. */
static void plug_end_orderly(struct plug *plug)
{
    shutdown(plug->fd, SHUT_WR);
    plug->drains = plug->passage->proxy->drains;
    g_ptr_array_add(plug->drains, plug);
    plug->passage = NULL;
    plug_want(plug, UV_READABLE);
}

/* ---- life ---- */

struct passage *passage_new(struct proxy *proxy, int fd, int64_t now)
{
    struct passage *passage = g_new0(struct passage, 1);
    passage->proxy = proxy;
    passage->plugs[FLOW_DOWN] = plug_new(passage, fd);
    passage->last_up_leaves = now; /* the first byte waits for a round trip */
    lane_init(&passage->lanes[FLOW_DOWN]);
    lane_init(&passage->lanes[FLOW_UP]);
    watch_init(&passage->watch, proxy->journal, proxy->spec->upper, proxy->spec->lower);
    return passage;
}

static void unplug(struct passage *passage, enum flow flow, bool is_reset)
{
    struct plug *plug = passage->plugs[flow];
    passage->plugs[flow] = NULL;
    if (plug == NULL)
        return;
    int fd = plug_pull(plug);
    if (is_reset)
        socket_abort(fd);
    else
        close(fd);
}

void passage_free(struct passage *passage)
{
    unplug(passage, FLOW_DOWN, false);
    unplug(passage, FLOW_UP, false);
    lane_clear(&passage->lanes[FLOW_DOWN]);
    lane_clear(&passage->lanes[FLOW_UP]);
    watch_clear(&passage->watch);
    g_free(passage);
}

void passage_cut(struct passage *passage, struct cut cut)
{
    for (enum flow flow = FLOW_DOWN; flow < FLOWS; flow++) {
        bool is_struck = flow == FLOW_DOWN ? cut.at_lower : cut.at_upper;
        struct plug *plug = passage->plugs[flow];
        lane_clear(&passage->lanes[flow]);
        passage->lanes[flow].is_ended = true;
        if (plug == NULL)
            continue;
        if (!is_struck) {
            plug->is_dead = true;
            plug_want(plug, UV_DISCONNECT);
        } else if (cut.is_orderly && !plug->is_dead) {
            plug_end_orderly(plug);
            passage->plugs[flow] = NULL;
        } else {
            unplug(passage, flow, true);
        }
    }
    passage->is_dialled = true;
}

/* ---- taking ---- */

static int64_t leaves_at(struct passage *passage, int64_t now)
{
    int64_t after = passage->last_up_leaves + 2 * passage->proxy->shapers[FLOW_UP].latency;
    passage->last_up_leaves = after > now ? after : now;
    return passage->last_up_leaves;
}

static void put(struct passage *passage, enum flow flow, int64_t leaves, const char *bytes,
                size_t len)
{
    int64_t due = shaper_pass(&passage->proxy->shapers[flow], leaves, len);
    lane_push(&passage->lanes[flow], PARCEL_BYTES, due, bytes, len);
}

/* Each command of the handshake is a small segment of its own: all but the first wait for the
 * acknowledgement of the one before. */
static void put_handshake(struct passage *passage, int64_t now, const char *bytes, size_t len)
{
    while (len > 0) {
        size_t part = 1;
        while (part < len && !(bytes[part] == '*' && bytes[part - 1] == '\n'))
            part++;
        put(passage, FLOW_UP, leaves_at(passage, now), bytes, part);
        bytes += part;
        len -= part;
    }
}

static void put_end(struct passage *passage, enum flow flow, int64_t now, enum parcel_kind kind)
{
    bool waits = flow == FLOW_UP && watch_is_handshake(&passage->watch);
    int64_t leaves = waits ? leaves_at(passage, now) : now;
    lane_push(&passage->lanes[flow], kind, shaper_pass(&passage->proxy->shapers[flow], leaves, 0),
              NULL, 0);
}

static size_t room(const struct passage *passage, enum flow flow)
{
    const struct lane *lane = &passage->lanes[flow];
    int64_t left = proxy_window(passage->proxy, flow) - lane->held;
    if (lane->is_ended || left <= 0)
        return 0;
    return left < SHAPER_PART ? (size_t)left : SHAPER_PART;
}

static bool is_busy(const struct passage *passage, enum flow flow, int64_t now)
{
    return shaper_opens(&passage->proxy->shapers[flow], now) > now + SLACK_NS;
}

static struct plug *source_of(const struct passage *passage, enum flow flow)
{
    struct plug *plug = passage->plugs[flow == FLOW_DOWN ? FLOW_UP : FLOW_DOWN];
    return plug == NULL || plug->is_dead ? NULL : plug;
}

static void take(struct passage *passage, enum flow flow, int64_t now)
{
    char bytes[SHAPER_PART];
    struct plug *plug = source_of(passage, flow);
    size_t size;
    while (plug != NULL && (size = room(passage, flow)) > 0 && !is_busy(passage, flow, now)) {
        bool is_quiet = watch_is_quiet(&passage->watch);
        if (!is_quiet && passage->proxy->before_handshake != NULL)
            passage->proxy->before_handshake(passage->proxy->user, passage->watch.upper,
                                             passage->watch.lower);
        ssize_t got = recv(plug->fd, bytes, size, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && errno == EAGAIN)
            return;
        if (got <= 0) {
            put_end(passage, flow, now, got == 0 ? PARCEL_FIN : PARCEL_RESET);
            return;
        }
        bool is_handshake = flow == FLOW_UP && watch_is_handshake(&passage->watch);
        watch_in(&passage->watch, flow, now, bytes, (size_t)got);
        if (flow == FLOW_UP && !is_quiet && passage->watch.is_asked && passage->proxy->asks != NULL)
            passage->proxy->asks(passage->proxy->user, passage->watch.upper);
        if (is_handshake)
            put_handshake(passage, now, bytes, (size_t)got);
        else
            put(passage, flow, now, bytes, (size_t)got);
    }
}

/* ---- giving ---- */

/* The receiver is gone: nothing more can be given, and its own end tells the other side. */
static void break_off(struct passage *passage, enum flow flow)
{
    lane_clear(&passage->lanes[flow]);
    passage->lanes[flow].is_ended = true;
}

static void dial(struct passage *passage, int64_t now)
{
    struct proxy *proxy = passage->proxy;
    int fd = socket_dial(proxy->upper_port, proxy->receive_buffer);
    passage->is_dialled = true;
    if (fd >= 0) {
        passage->plugs[FLOW_UP] = plug_new(passage, fd);
        passage->port = socket_port(fd);
        return;
    }
    break_off(passage, FLOW_UP);
    if (!passage->lanes[FLOW_DOWN].is_ended)
        put_end(passage, FLOW_DOWN, now, PARCEL_RESET);
}

static void give_end(struct passage *passage, enum flow flow, enum parcel_kind kind)
{
    struct plug *plug = passage->plugs[flow];
    lane_delivered(&passage->lanes[flow], 0);
    if (plug == NULL)
        return;
    if (kind == PARCEL_RESET)
        unplug(passage, flow, true);
    else
        shutdown(plug->fd, SHUT_WR);
}

/* False: it takes no more now. */
static bool give_bytes(struct passage *passage, enum flow flow, const struct parcel *parcel,
                       int64_t now)
{
    struct plug *plug = passage->plugs[flow];
    if (plug == NULL) {
        break_off(passage, flow);
        return true;
    }
    ssize_t sent =
        send(plug->fd, parcel->bytes + parcel->done, parcel->len - parcel->done, MSG_NOSIGNAL);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR)) {
        plug->is_blocked = true;
        return false;
    }
    if (sent < 0) {
        break_off(passage, flow);
        return true;
    }
    passage->delivered[flow] += (uint64_t)sent;
    lane_delivered(&passage->lanes[flow], (size_t)sent);
    watch_out(&passage->watch, flow, now, passage->delivered[flow]);
    return true;
}

static void give(struct passage *passage, enum flow flow, int64_t now)
{
    const struct parcel *head;
    while ((head = lane_head(&passage->lanes[flow])) != NULL && head->due <= now &&
           !proxy_is_silent(passage->proxy, flow, now)) {
        struct plug *plug = passage->plugs[flow];
        if (plug != NULL && (plug->is_blocked || plug->is_dead))
            return;
        if (flow == FLOW_UP && !passage->is_dialled && head->kind == PARCEL_BYTES)
            dial(passage, now);
        else if (head->kind != PARCEL_BYTES)
            give_end(passage, flow, head->kind);
        else if (!give_bytes(passage, flow, head, now))
            return;
    }
}

/* ---- the pump ---- */

static bool is_done(const struct passage *passage, enum flow flow)
{
    const struct lane *lane = &passage->lanes[flow];
    return lane->is_ended && lane_head(lane) == NULL;
}

static bool is_over(const struct passage *passage)
{
    const struct plug *lower = passage->plugs[FLOW_DOWN], *upper = passage->plugs[FLOW_UP];
    if ((lower != NULL && lower->is_dead) || (upper != NULL && upper->is_dead))
        return false;
    if (lower == NULL && upper == NULL)
        return true;
    bool nobody_above = upper == NULL && is_done(passage, FLOW_UP);
    bool nobody_below = lower == NULL && is_done(passage, FLOW_DOWN);
    return nobody_above || nobody_below ||
           (is_done(passage, FLOW_UP) && is_done(passage, FLOW_DOWN));
}

static int64_t wake_for(const struct passage *passage, enum flow flow, int64_t now)
{
    const struct parcel *head = lane_head(&passage->lanes[flow]);
    const struct plug *to = passage->plugs[flow];
    int64_t wake = TIME_NEVER;
    if (head != NULL && (to == NULL || !to->is_blocked))
        wake = proxy_resumes(passage->proxy, flow, head->due);
    if (source_of(passage, flow) != NULL && room(passage, flow) > 0 &&
        is_busy(passage, flow, now)) {
        int64_t opens = shaper_opens(&passage->proxy->shapers[flow], now) - SLACK_NS;
        wake = opens < wake ? opens : wake;
    }
    return wake;
}

static void want(struct passage *passage, enum flow end, int64_t now)
{
    struct plug *plug = passage->plugs[end];
    enum flow out = end == FLOW_DOWN ? FLOW_UP : FLOW_DOWN;
    if (plug == NULL || plug->is_dead)
        return;
    bool reads = room(passage, out) > 0 && !is_busy(passage, out, now);
    plug_want(plug, (reads ? UV_READABLE : 0) | (plug->is_blocked ? UV_WRITABLE : 0));
}

int64_t passage_pump(struct passage *passage, int64_t now)
{
    int64_t wake = TIME_NEVER;
    for (enum flow flow = FLOW_DOWN; flow < FLOWS; flow++) {
        take(passage, flow, now);
        give(passage, flow, now);
    }
    passage->is_over = is_over(passage);
    for (enum flow flow = FLOW_DOWN; flow < FLOWS && !passage->is_over; flow++) {
        int64_t one = wake_for(passage, flow, now);
        wake = one < wake ? one : wake;
        want(passage, flow, now);
    }
    return wake;
}
