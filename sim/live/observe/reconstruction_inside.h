/* What the files of a reconstruction share: the nodes, and what it does with each kind of
 * observation. */
#ifndef PSYNCSIM_LIVE_OBSERVE_RECONSTRUCTION_INSIDE_H
#define PSYNCSIM_LIVE_OBSERVE_RECONSTRUCTION_INSIDE_H

#include "sim/live/observe/reconstruction.h"
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

struct reconstruction {
    struct report *report;
    struct world *world;
    const struct observations *observations;
    struct tale *tales;
    struct rule *rules;
    guint at; /* of the current observation */
};

#define TELL(reconstruction, kind, node, ...)                                                      \
    do {                                                                                           \
        if ((reconstruction)->world->now >= 0)                                                     \
            EMIT((reconstruction)->world, kind, node, __VA_ARGS__);                                \
    } while (0)

const struct observation *reconstruction_observation(const struct reconstruction *reconstruction,
                                                     guint index);
struct node *reconstruction_node(const struct reconstruction *reconstruction, int32_t node);
bool reconstruction_is_emitted(const struct reconstruction *reconstruction);
/* The last observation of that kind about `node`; NULL: none. */
const struct observation *reconstruction_before(const struct reconstruction *reconstruction,
                                                enum observation_kind kind, int32_t node);
/* The observation of that kind about `node` that is nearest to now, before or after; NULL when
 * none is near. */
const struct observation *reconstruction_nearest(const struct reconstruction *reconstruction,
                                                 enum observation_kind kind, int32_t node);
/* Whether the node's log says that within a moment: the reason of an end may stand after it. */
bool reconstruction_follows(const struct reconstruction *reconstruction, int32_t node,
                            enum observation_kind kind);
bool reconstruction_is_now(const struct reconstruction *reconstruction, int64_t t);

/* By kind; see observation.def. */
void reconstruction_event(struct reconstruction *reconstruction,
                          const struct observation *observation);
void reconstruction_ask(struct reconstruction *reconstruction,
                        const struct observation *observation);
void reconstruction_reply(struct reconstruction *reconstruction,
                          const struct observation *observation);
void reconstruction_answered(struct reconstruction *reconstruction,
                             const struct observation *observation);
void reconstruction_preamble(struct reconstruction *reconstruction,
                             const struct observation *observation);
void reconstruction_moved(struct reconstruction *reconstruction,
                          const struct observation *observation);
void reconstruction_payload_out(struct reconstruction *reconstruction,
                                const struct observation *observation);
void reconstruction_ping(struct reconstruction *reconstruction,
                         const struct observation *observation);
void reconstruction_ack(struct reconstruction *reconstruction,
                        const struct observation *observation);
void reconstruction_range(struct reconstruction *reconstruction,
                          const struct observation *observation);
void reconstruction_buffer(struct reconstruction *reconstruction,
                           const struct observation *observation);
void reconstruction_up(struct reconstruction *reconstruction,
                       const struct observation *observation);
void reconstruction_down(struct reconstruction *reconstruction,
                         const struct observation *observation);
void reconstruction_dials(struct reconstruction *reconstruction,
                          const struct observation *observation);
void reconstruction_refused(struct reconstruction *reconstruction,
                            const struct observation *observation);
void reconstruction_timed_out(struct reconstruction *reconstruction,
                              const struct observation *observation);
void reconstruction_lost_master(struct reconstruction *reconstruction,
                                const struct observation *observation);
void reconstruction_sync_failed(struct reconstruction *reconstruction,
                                const struct observation *observation);
void reconstruction_continued(struct reconstruction *reconstruction,
                              const struct observation *observation);
void reconstruction_flushes(struct reconstruction *reconstruction,
                            const struct observation *observation);
void reconstruction_loads(struct reconstruction *reconstruction,
                          const struct observation *observation);
void reconstruction_loaded(struct reconstruction *reconstruction,
                           const struct observation *observation);
void reconstruction_took_id(struct reconstruction *reconstruction,
                            const struct observation *observation);
void reconstruction_asked(struct reconstruction *reconstruction,
                          const struct observation *observation);
void reconstruction_decides(struct reconstruction *reconstruction,
                            const struct observation *observation);
void reconstruction_grants(struct reconstruction *reconstruction,
                           const struct observation *observation);
void reconstruction_save_begins(struct reconstruction *reconstruction,
                                const struct observation *observation);
void reconstruction_save_ends(struct reconstruction *reconstruction,
                              const struct observation *observation);
void reconstruction_copied(struct reconstruction *reconstruction,
                           const struct observation *observation);
void reconstruction_sent(struct reconstruction *reconstruction,
                         const struct observation *observation);
void reconstruction_drops_silent(struct reconstruction *reconstruction,
                                 const struct observation *observation);
void reconstruction_drops_full(struct reconstruction *reconstruction,
                               const struct observation *observation);
void reconstruction_lost_replica(struct reconstruction *reconstruction,
                                 const struct observation *observation);
void reconstruction_new_backlog(struct reconstruction *reconstruction,
                                const struct observation *observation);
void reconstruction_freed_backlog(struct reconstruction *reconstruction,
                                  const struct observation *observation);
void reconstruction_shifted(struct reconstruction *reconstruction,
                            const struct observation *observation);
void reconstruction_promoted(struct reconstruction *reconstruction,
                             const struct observation *observation);

#endif
