/* A link's shape and silences. */
#include "sim/live/relay/relay_link.h"

#include "models/net/tcp.h"
#include "sim/engine/time.h"

void relay_link_shape(struct relay_link *link, uint64_t seed)
{
    for (enum flow flow = FLOW_DOWN; flow < FLOWS; flow++) {
        struct shaper *shaper = &link->shapers[flow];
        shaper->bandwidth = link->spec->bandwidth;
        shaper->latency = link->spec->latency;
        shaper->jitter = link->spec->jitter;
        random_init(&shaper->draws, seed, 0, link->spec->name,
                    flow == FLOW_DOWN ? "jitter" : "jitter up");
    }
}

void relay_link_change(struct relay_link *link, int64_t bandwidth, int64_t latency)
{
    for (enum flow flow = FLOW_DOWN; flow < FLOWS; flow++) {
        struct shaper *shaper = &link->shapers[flow];
        shaper->bandwidth = bandwidth >= 0 ? bandwidth : shaper->bandwidth;
        shaper->latency = latency >= 0 ? latency : shaper->latency;
        shaper->free_at = 0;
    }
}

void relay_link_silence(struct relay_link *link, enum flow flow, int64_t now)
{
    if (link->silences[flow]++ == 0)
        link->silent_since[flow] = now;
}

bool relay_link_unsilence(struct relay_link *link, enum flow flow, int64_t now)
{
    if (link->silences[flow] == 0 || --link->silences[flow] > 0)
        return false;
    /* On TCP what was lost goes on at its next retransmission. The first lost segment is taken to
     * be one of the time at which the silence began: heartbeats and writes are frequent. */
    if (link->spec->kind == LINK_TCP)
        link->resumes_at[flow] =
            tcp_resumes(link->silent_since[flow], now, 2 * link->shapers[flow].latency);
    return true;
}

int64_t relay_link_window(const struct relay_link *link, enum flow flow)
{
    return link->spec->window > 0 ? link->spec->window : shaper_window(&link->shapers[flow]);
}

int64_t relay_link_resumes(const struct relay_link *link, enum flow flow, int64_t due)
{
    if (link->silences[flow] > 0)
        return TIME_NEVER;
    return due > link->resumes_at[flow] ? due : link->resumes_at[flow];
}

bool relay_link_is_silent(const struct relay_link *link, enum flow flow, int64_t now)
{
    return relay_link_resumes(link, flow, now) > now;
}
