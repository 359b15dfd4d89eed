/* What the files of a chronicle share: who it is about, and what it does with each kind of sight.
 */
#ifndef PSYNCSIM_LIVE_CHRONICLE_INSIDE_H
#define PSYNCSIM_LIVE_CHRONICLE_INSIDE_H

#include "sim/live/observe/reconstruct.h"
#include "sim/world/world.h"

#define NEAR_NS   (400 * NS_PER_MS) /* a poll that belongs to an event comes within that */
#define MOMENT_NS (50 * NS_PER_MS)  /* lines of a log that belong together */

/* A node as a replica, and what its master last said of it. */
struct tale {
    bool is_online, is_dialling, is_established;
    enum drop own_word, masters_word; /* before the line that says the end */
    enum master_state phase;          /* at its master */
    int32_t with;                     /* whose replica it is, or tries to be, by its connection */
    int64_t buffer, word_buffer;
    int64_t flushed, loads, full_offset;
    int64_t payload_bytes, moved; /* its size, and what left of it */
    bool is_sent;
};

/* A node as a master. */
struct rule {
    int32_t asker; /* of the decision that comes next */
    int64_t last_ping, save_began, copied;
    bool is_saving, is_socket, saved_to_exit;
    int64_t id_changed, role_changed, promoted; /* when; its replicas may be dropped for that */
    int64_t fork_ns;
};

struct chronicle {
    struct report *report;
    struct world *world;
    const struct journal *journal;
    struct tale *tales;
    struct rule *rules;
    guint at; /* of the sight that is told */
};

#define TELL(chronicle, kind, node, ...)                                                           \
    do {                                                                                           \
        if ((chronicle)->world->now >= 0)                                                          \
            EMIT((chronicle)->world, kind, node, __VA_ARGS__);                                     \
    } while (0)

const struct sight *chronicle_sight(const struct chronicle *chronicle, guint index);
struct node *chronicle_node(const struct chronicle *chronicle, int32_t node);
bool chronicle_is_told(const struct chronicle *chronicle);
/* The last sight of that kind about `node`; NULL: none. */
const struct sight *chronicle_before(const struct chronicle *chronicle, enum sight_kind kind,
                                     int32_t node);
/* The sight of that kind about `node` that is nearest to this moment, before or after it; NULL when
 * none is near. */
const struct sight *chronicle_nearest(const struct chronicle *chronicle, enum sight_kind kind,
                                      int32_t node);
/* Whether the node's log says that within a moment: the reason of an end may stand after it. */
bool chronicle_follows(const struct chronicle *chronicle, int32_t node, enum sight_kind kind);
bool chronicle_is_now(const struct chronicle *chronicle, int64_t t);

/* By kind of sight; see sight.def. */
void chronicle_event(struct chronicle *chronicle, const struct sight *sight);
void chronicle_ask(struct chronicle *chronicle, const struct sight *sight);
void chronicle_reply(struct chronicle *chronicle, const struct sight *sight);
void chronicle_answered(struct chronicle *chronicle, const struct sight *sight);
void chronicle_preamble(struct chronicle *chronicle, const struct sight *sight);
void chronicle_moved(struct chronicle *chronicle, const struct sight *sight);
void chronicle_payload_out(struct chronicle *chronicle, const struct sight *sight);
void chronicle_ping(struct chronicle *chronicle, const struct sight *sight);
void chronicle_ack(struct chronicle *chronicle, const struct sight *sight);
void chronicle_range(struct chronicle *chronicle, const struct sight *sight);
void chronicle_buffer(struct chronicle *chronicle, const struct sight *sight);
void chronicle_up(struct chronicle *chronicle, const struct sight *sight);
void chronicle_down(struct chronicle *chronicle, const struct sight *sight);
void chronicle_dials(struct chronicle *chronicle, const struct sight *sight);
void chronicle_refused(struct chronicle *chronicle, const struct sight *sight);
void chronicle_timed_out(struct chronicle *chronicle, const struct sight *sight);
void chronicle_lost_master(struct chronicle *chronicle, const struct sight *sight);
void chronicle_sync_failed(struct chronicle *chronicle, const struct sight *sight);
void chronicle_continued(struct chronicle *chronicle, const struct sight *sight);
void chronicle_flushes(struct chronicle *chronicle, const struct sight *sight);
void chronicle_loads(struct chronicle *chronicle, const struct sight *sight);
void chronicle_loaded(struct chronicle *chronicle, const struct sight *sight);
void chronicle_took_id(struct chronicle *chronicle, const struct sight *sight);
void chronicle_asked(struct chronicle *chronicle, const struct sight *sight);
void chronicle_decides(struct chronicle *chronicle, const struct sight *sight);
void chronicle_grants(struct chronicle *chronicle, const struct sight *sight);
void chronicle_save_begins(struct chronicle *chronicle, const struct sight *sight);
void chronicle_save_ends(struct chronicle *chronicle, const struct sight *sight);
void chronicle_copied(struct chronicle *chronicle, const struct sight *sight);
void chronicle_sent(struct chronicle *chronicle, const struct sight *sight);
void chronicle_drops_silent(struct chronicle *chronicle, const struct sight *sight);
void chronicle_drops_full(struct chronicle *chronicle, const struct sight *sight);
void chronicle_lost_replica(struct chronicle *chronicle, const struct sight *sight);
void chronicle_new_backlog(struct chronicle *chronicle, const struct sight *sight);
void chronicle_freed_backlog(struct chronicle *chronicle, const struct sight *sight);
void chronicle_shifted(struct chronicle *chronicle, const struct sight *sight);
void chronicle_promoted(struct chronicle *chronicle, const struct sight *sight);

#endif
