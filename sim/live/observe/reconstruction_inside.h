/* What the files of a reconstruction share: who it is about, and what it does with each kind of
 * observation.
 */
#ifndef PSYNCSIM_LIVE_OBSERVE_RECONSTRUCTION_INSIDE_H
#define PSYNCSIM_LIVE_OBSERVE_RECONSTRUCTION_INSIDE_H

#include "sim/live/observe/reconstruction.h"
#include "models/psync/master.h"
#include "models/server/config.h"
#include "sim/engine/time.h"
#include "sim/trace/attempt.h"

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

/* A process, as far as it was seen. */
struct seen_node {
    const struct profile *profile;
    struct config config;
    int32_t master;      /* -1: it is one */
    bool is_up, is_down; /* is_down: without an online link to its master */
    struct attempt attempt;
    char id[REPLID_SIZE];                         /* "": not polled yet; so with what follows */
    int64_t offset, backlog_first, backlog_bytes; /* backlog_bytes -1: it has none */
    int64_t buffer_peak, buffer_limit;            /* as a replica */
};

struct reconstruction {
    const struct scenario *scenario;
    struct trace *trace;
    int64_t now; /* of the observation that is looked at; before 0 nothing is emitted */
    const struct observations *observations;
    struct seen_node *nodes;
    struct tale *tales;
    struct rule *rules;
    guint at; /* of that observation */
};

#define EMIT(self, name, node, ...)                                                                \
    do {                                                                                           \
        if ((self)->now >= 0)                                                                      \
            TRACE_EMIT((self)->trace, (self)->now, name, node, __VA_ARGS__);                       \
    } while (0)

const struct observation *reconstruction_observation(const struct reconstruction *self,
                                                     guint index);
/* The last observation of that kind about `node`; NULL: none. */
const struct observation *reconstruction_before(const struct reconstruction *self,
                                                enum observation_kind kind, int32_t node);
/* The observation of that kind about `node` that is nearest to this moment, before or after it; NULL when
 * none is near. */
const struct observation *reconstruction_nearest(const struct reconstruction *self,
                                                 enum observation_kind kind, int32_t node);
/* Whether the node's log says that within a moment: the reason of an end may stand after it. */
bool reconstruction_follows(const struct reconstruction *self, int32_t node,
                            enum observation_kind kind);
bool reconstruction_is_now(const struct reconstruction *self, int64_t t);
/* The node lost its link, by its own word; and its attempt under way ended. */
void reconstruction_lose(struct reconstruction *self, struct seen_node *node, enum drop drop);
void reconstruction_fail(struct reconstruction *self, struct seen_node *node, enum drop drop);
/* The hard limit that is in force at a master: 0, or bytes. */
int64_t reconstruction_hard_limit(const struct seen_node *master);
/* Output buffer of a replica at its master. */
void reconstruction_note_buffer(struct seen_node *node, const struct seen_node *master,
                                int64_t bytes);

/* By kind of observation; see observation.def. */
#define OBSERVATION(name, handler, from, what)                                                     \
    void reconstruction_##handler(struct reconstruction *self,                                     \
                                  const struct observation *observation);
#include "sim/live/observe/observation.def"
#undef OBSERVATION

#endif
