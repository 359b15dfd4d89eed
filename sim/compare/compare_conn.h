/* Private to compare*.c: what a story is made of before it becomes steps. An element is a
 * connection of the replica, with what was asked over it and how either side said that it ended, or
 * a change of its role. They stand in the order in which they began. */
#ifndef PSYNCSIM_COMPARE_COMPARE_CONN_H
#define PSYNCSIM_COMPARE_COMPARE_CONN_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include "sim/compare/compare_step.h"

struct compare_conn {
    struct compare_step attempt, end;
    bool is_role; /* then `attempt` is the ROLE */
    bool is_asked, has_attempt, has_ended;
    bool is_open; /* at the master, which will say how it ended */
};

#define COMPARE_NO_CONN G_MAXUINT

struct compare_conns {
    GArray *list;  /* struct compare_conn */
    guint current; /* the connection as the replica has it, or COMPARE_NO_CONN */
};

/* Pair with compare_conns_clear. */
void compare_conns_init(struct compare_conns *conns);
void compare_conns_clear(struct compare_conns *conns);

/* An element stays where it is until the next one is added. */
struct compare_conn *compare_conn_at(const struct compare_conns *conns, guint index);

/* The replica asks: this is its connection now. */
struct compare_conn *compare_conn_add_attempt(struct compare_conns *conns, int64_t t,
                                              const char *master);

/* A connection that was already open when the trace starts. */
struct compare_conn *compare_conn_add_unbegun(struct compare_conns *conns, int64_t t,
                                              const char *master);

struct compare_conn *compare_conn_add_role(struct compare_conns *conns, int64_t t,
                                           const char *master);

/* The replica's connection; NULL: it has none. */
struct compare_conn *compare_conn_current(const struct compare_conns *conns);

/* The last attempt; NULL if there is none, or if it does not lack what was asked for. */
struct compare_conn *compare_conn_without_ask(const struct compare_conns *conns);
struct compare_conn *compare_conn_without_answer(const struct compare_conns *conns);
struct compare_conn *compare_conn_without_outcome(const struct compare_conns *conns);

/* The oldest connection of which that master has not said how it ended; NULL: none. */
struct compare_conn *compare_conn_open_at(const struct compare_conns *conns, const char *master);

/* Its END, begun at t unless the other side began it. */
struct compare_step *compare_conn_end(struct compare_conn *conn, int64_t t);

#endif
