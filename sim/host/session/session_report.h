/* The events of a session with real servers, and the first and last line of its trace: the same as
 * those of `psyncsim run`. What one side of a connection cannot know is left out: a replica does not
 * see its master's backlog.
 *
 *      session_report_init -> session_report_header -> what happens -> session_report_summary -> session_report_clear
 */
#ifndef PSYNCSIM_HOST_SESSION_SESSION_REPORT_H
#define PSYNCSIM_HOST_SESSION_SESSION_REPORT_H

#include "sim/host/session/session.h"
#include "sim/report/report.h"
#include "sim/trace/attempt.h"

#define SESSION_NODES 65 /* the master is node 0, its replicas follow */

struct session_report {
    const struct session_output *output; /* borrowed */
    struct scenario scenario;            /* its nodes grow, in this room: */
    struct scenario_node nodes[SESSION_NODES];
    struct report *report;
    struct attempt attempts[SESSION_NODES];
    int64_t offsets[SESSION_NODES]; /* applied or acknowledged */
    int64_t peaks[SESSION_NODES];   /* output buffers, by when the payload was sent */
};

/* What the lines say besides; all is borrowed. */
struct session_about {
    const char *why, *live;        /* live: who is real */
    const struct profile *profile; /* as which this side speaks */
    bool is_master;                /* this side is */
};

void session_report_init(struct session_report *self, const struct session_output *output,
                         const struct session_about *about);
void session_report_clear(struct session_report *self);

/* A new replica of that name; returns its node. Asserts that there is room. */
int32_t session_report_add(struct session_report *self, const char *name);

/* The trace's first line (`path` names the session); and its last one, at time t, with the master's
 * position at the end. */
void session_report_header(struct session_report *self, const char *path);
struct session_position {
    const char *id;
    int64_t offset;
    const struct backlog_range *backlog; /* NULL: not known */
};
void session_report_summary(struct session_report *self, int64_t t,
                            const struct session_position *position);

/* What happens, at time t (ns), to the replica that is node r. */
void session_report_connect(struct session_report *self, int64_t t, int32_t r);
void session_report_ask(struct session_report *self, int64_t t, int32_t r, const char *id,
                        int64_t offset);
struct session_answer {
    enum reason_kind kind;
    enum reason reason;                  /* REASON_COUNT: not known */
    int64_t offset;                      /* the master's, or TRACE_ABSENT */
    const struct backlog_range *backlog; /* NULL: not known */
};
void session_report_answer(struct session_report *self, int64_t t, int32_t r,
                           const struct session_answer *answer);
void session_report_payload(struct session_report *self, int64_t t, int32_t r,
                            int64_t size); /* -1: streamed */
/* size: bytes of the payload; buffer_bytes: the output buffer by then. */
void session_report_payload_sent(struct session_report *self, int64_t t, int32_t r, int64_t size,
                                 int64_t buffer_bytes);
void session_report_received(struct session_report *self, int64_t t, int32_t r,
                             int64_t size); /* and loaded */
void session_report_online(struct session_report *self, int64_t t, int32_t r, int64_t offset);
/* Said by this side; phase: what the connection was doing, by its state. */
void session_report_drop(struct session_report *self, int64_t t, int32_t r, enum drop drop,
                         const char *phase);
void session_report_connect_failed(struct session_report *self, int64_t t, int32_t r,
                                   enum drop drop);
void session_report_ack(struct session_report *self, int64_t t, int32_t r, int64_t offset);
void session_report_ping(struct session_report *self, int64_t t, int64_t offset);

const struct node_record *session_report_node(const struct session_report *self, int32_t r);
int64_t session_report_online_ns(const struct session_report *self, int32_t r, int64_t t);

#endif
