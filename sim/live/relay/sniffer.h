/* Reads along what passes through a link, with the readers of models/psync: requests, answers,
 * payload, the stream with its PINGs, acknowledgements. One for each connection; it changes
 * nothing. */
#ifndef PSYNCSIM_LIVE_WATCH_H
#define PSYNCSIM_LIVE_WATCH_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "models/psync/history.h"
#include "models/psync/resp.h"
#include "sim/live/observe/observations.h"

enum flow { FLOW_DOWN, FLOW_UP, FLOWS }; /* from master to replica; from replica to master */

enum watch_phase { WATCH_LINES, WATCH_PREAMBLE, WATCH_PAYLOAD, WATCH_STREAM, WATCH_LOST };

struct watch {
    struct journal *journal; /* borrowed; NULL: nothing is told */
    int32_t upper, lower;
    uint64_t position[FLOWS]; /* bytes that came in */
    GQueue marks[FLOWS];      /* what is to be told when its byte comes out */
    struct resp_reader up, down;
    bool is_up_lost;
    int64_t questions, answers; /* commands that are answered, lines that answered */
    bool is_asked;              /* PSYNC or SYNC was among them, the last */
    enum watch_phase phase;
    uint32_t line_len;
    char line[256];
    char asked_id[REPLID_SIZE];
    int64_t asked_offset;
    int64_t offset;                                  /* of the stream, of what came in */
    int64_t payload_left, payload_bytes, told_moved; /* told_moved: when it was last told */
    char mark[REPLID_SIZE], last[REPLID_SIZE];
    uint32_t last_len;
};

void watch_init(struct watch *watch, struct journal *journal, int32_t upper, int32_t lower);
void watch_clear(struct watch *watch);

/* Bytes came into the link at `now`, or came out of it. */
void watch_in(struct watch *watch, enum flow flow, int64_t now, const char *bytes, size_t len);
void watch_out(struct watch *watch, enum flow flow, int64_t now, uint64_t position);

/* The replica still asks its questions one by one: a second small segment waits for a round trip.
 */
bool watch_is_handshake(const struct watch *watch);

/* Payload or stream passes: nothing is asked or answered. */
bool watch_is_quiet(const struct watch *watch);

#endif
