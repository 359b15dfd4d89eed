/* The commands of a story, and indented below each what the machines did: "r: " or "m: ", an act or
 * a state, and its numbers. In texts, \r \n and \\ are escapes and <a> stands for forty times a,
 * which is an id. */
#ifndef PSYNCSIM_TESTS_TRANSCRIPT_H
#define PSYNCSIM_TESTS_TRANSCRIPT_H

#include <stddef.h>
#include <stdint.h>
#include "models/psync/master.h"
#include "models/psync/replica.h"

#define STORY_TEXT_MAX 32768

/* All zero is an empty one. */
struct transcript {
    char merged[64]; /* the kind of the last line, if its like are merged into it; else "" */
    size_t merged_at;
    int64_t merged_count;
    size_t out_len;
    char out[STORY_TEXT_MAX];
};

/* A line of the story itself: a command, a comment or an empty one. */
void transcript_line(struct transcript *transcript, const char *line);

/* Within one command, pieces of a payload and steps of the applied offset become one line each: how
 * many there are depends on how the bytes came. */
void transcript_act(struct transcript *transcript, const char *side, const struct act *act);

/* The state, and what depends on it. */
void transcript_replica(struct transcript *transcript, const struct replica *r,
                        const struct history *history);
void transcript_master(struct transcript *transcript, const char *side, const struct master *m,
                       int64_t now);

/* The bytes that a text with escapes stands for, and a NUL; returns how many. Room for forty times
 * the text suffices. */
size_t transcript_unescape(const char *from, char *to);

#endif
