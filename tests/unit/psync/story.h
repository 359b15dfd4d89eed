/* A story: the two protocol machines, driven by words in a text and heard through their acts.
 * Its text reads in the order in which things happen: each command, and indented below it what the
 * machines did; lines that begin with # say why. Running a story writes that text anew, whatever
 * stands indented in it, so a story holds if it comes out as it went in.
 *
 * Commands begin with r (the replica's machine), m (the master's) or s (the master's for a second
 * connection); story.c lists them. The
 * rest is written as transcript.h has it. Bytes that a machine sends go into a queue to the other;
 * "deliver" carries them over until both are silent. All that given bytes cause happens before the
 * next command, so the text does not depend on the pieces in which they are given. */
#ifndef PSYNCSIM_TESTS_STORY_H
#define PSYNCSIM_TESTS_STORY_H

#include <stdbool.h>
#include <stddef.h>
#include "models/psync/master.h"
#include "models/psync/replica.h"
#include "tests/unit/psync/transcript.h"

struct story_queue {
    size_t len;
    char bytes[STORY_TEXT_MAX];
};

/* Who gets bytes: either side of the (first) connection, and of a second one. */
enum story_end { TO_REPLICA, TO_MASTER, TO_REPLICA_SECOND, TO_MASTER_SECOND, STORY_ENDS };

struct story {
    size_t piece; /* texts are given in pieces of so many bytes; 0: whole */
    struct profile profile;
    struct replica_config config;
    struct replica replica;
    struct replica_site replica_site;
    struct history replica_history;
    struct master master;
    struct master_site site;
    struct history master_history;
    struct acts acts;
    struct master second; /* the master's side of a second connection, of its own site */
    struct master_site second_site;
    struct story_queue queues[STORY_ENDS]; /* to each */
    struct story_queue held; /* what the replica's machine did not take while loading, or kept */
    int64_t other_client;    /* id of the other connection of a pair, as the master knows it */
    char words[8][256];      /* settings live here */
    size_t word_count;
    struct rows_fired replica_fired, master_fired;
    struct transcript heard;
};

void story_init(struct story *story, size_t piece);

/* Runs all commands of `text`. It grows in story->heard, with what the machines did. Aborts on an
 * unknown command. */
void story_run(struct story *story, const char *text);

/* Runs `text` in pieces of 1, 7 and all bytes; each must give the same text. Adds the rows fired to
 * the sets given, which may be NULL. */
void story_expect(const char *name, const char *text, struct rows_fired *replica_fired,
                  struct rows_fired *master_fired);

/* The same for a golden file. */
void story_expect_file(const char *path, struct rows_fired *replica_fired,
                       struct rows_fired *master_fired);

#endif
