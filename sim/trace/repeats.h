/* Refused attempts, folded. A replica whose attempts end with an error dials again in the same instant where its version
 * does, thousands of times a second. Attempts that are equal, one straight after the other, are written twice; those that
 * follow are one event, `repeated`.
 *
 *      connect ask answer drop | connect ask answer drop | connect ask answer drop | connect ask answer(full) payload …
 *      '------- written -------------------------------'   '---- held back --------------'^ repeated: 2 began
 *
 * What is held back of the attempt that goes on is in the event: when it dialled, asked and was answered. Times are ns. */
#ifndef PSYNCSIM_TRACE_REPEATS_H
#define PSYNCSIM_TRACE_REPEATS_H

#include <stdbool.h>
#include <stdint.h>

#define REPEATS_ROOM  64 /* replicas whose attempts are watched at a time; of more, all is written */
#define REPEATS_STEPS 6  /* of one attempt */

enum repeats_kind {
    REPEATS_DIAL,    /* an attempt begins */
    REPEATS_ASK,     /* PSYNC leaves */
    REPEATS_REFUSAL, /* and is answered with an error */
    REPEATS_DROP,    /* the replica says that the connection ended */
    REPEATS_WORD,    /* the master does */
    REPEATS_OTHER    /* what no refused attempt has */
};

struct repeats_step {
    enum repeats_kind kind;
    int32_t replica;
    int64_t t;
    uint64_t text; /* all that makes it equal to another one */
};

struct repeats_steps {
    uint64_t of[REPEATS_STEPS]; /* their texts */
    uint32_t count;
};

struct repeats_attempts {
    int64_t count, first_ns;                   /* since they are held back; the first dial */
    int64_t dialled_ns, asked_ns, answered_ns; /* the last one */
    int64_t dropped_ns;                        /* -1, as those before: not yet */
};

struct repeats_replica {
    bool is_watched, is_held, is_refused; /* is_refused: an error came in this attempt */
    int32_t replica;
    struct repeats_steps before, now; /* the attempt before, and the one under way */
    struct repeats_attempts attempts;
};

struct repeats {
    struct repeats_replica replicas[REPEATS_ROOM];
};

/* Whether the step is held back. If those that are held back come to an end with it, is_over: the attempts are to be written
 * before it. */
struct repeats_verdict {
    bool is_held, is_over;
    struct repeats_attempts attempts;
};
struct repeats_verdict repeats_take(struct repeats *repeats, const struct repeats_step *step);

/* At the end of a run, for every replica: the same. */
struct repeats_verdict repeats_end(struct repeats *repeats, int32_t replica);

#endif
