/* Private to compare*.c: what a story is made of before it becomes steps. A passage is a connection
 * of the replica, with what was asked over it and how either side said that it ended, or a change
 * of its role. They stand in the order in which they began. */
#ifndef PSYNCSIM_LIVE_COMPARE_PASSAGE_H
#define PSYNCSIM_LIVE_COMPARE_PASSAGE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include "sim/compare/compare_step.h"

struct compare_passage {
    struct compare_step attempt, end;
    bool is_role; /* then `attempt` is the ROLE */
    bool is_asked, has_attempt, has_ended;
    bool is_open; /* at the master, which will say how it ended */
};

#define COMPARE_NO_PASSAGE G_MAXUINT

struct compare_passages {
    GArray *list;  /* struct compare_passage */
    guint current; /* the connection as the replica has it, or COMPARE_NO_PASSAGE */
};

/* Pair with compare_passages_clear. */
void compare_passages_init(struct compare_passages *passages);
void compare_passages_clear(struct compare_passages *passages);

/* A passage stays where it is until the next one is added. */
struct compare_passage *compare_passage_at(const struct compare_passages *passages, guint index);

/* The replica asks: this is its connection now. */
struct compare_passage *compare_passage_add_attempt(struct compare_passages *passages, int64_t t,
                                                    const char *master);

/* A connection of whose beginning nothing was told, as those that stood when the run began. */
struct compare_passage *compare_passage_add_unbegun(struct compare_passages *passages, int64_t t,
                                                    const char *master);

struct compare_passage *compare_passage_add_role(struct compare_passages *passages, int64_t t,
                                                 const char *master);

/* The replica's connection; NULL: it has none. */
struct compare_passage *compare_passage_current(const struct compare_passages *passages);

/* The last attempt; NULL if there is none, or if it does not lack what was asked for. */
struct compare_passage *compare_passage_without_ask(const struct compare_passages *passages);
struct compare_passage *compare_passage_without_answer(const struct compare_passages *passages);
struct compare_passage *compare_passage_without_outcome(const struct compare_passages *passages);

/* The oldest connection of which that master has not said how it ended; NULL: none. */
struct compare_passage *compare_passage_open_at(const struct compare_passages *passages,
                                                const char *master);

/* Its END, begun at t unless the other side began it. */
struct compare_step *compare_passage_end(struct compare_passage *passage, int64_t t);

#endif
