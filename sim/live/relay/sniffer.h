/* Reads along what passes through a link, with the readers of models/psync: requests, answers,
 * payload, the stream with its PINGs, acknowledgements. One for each connection; it changes
 * nothing. */
#ifndef PSYNCSIM_LIVE_RELAY_SNIFFER_H
#define PSYNCSIM_LIVE_RELAY_SNIFFER_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "models/psync/history.h"
#include "models/psync/resp.h"
#include "sim/live/observe/observations.h"

enum flow { FLOW_DOWN, FLOW_UP, FLOWS }; /* from master to replica; from replica to master */

enum sniffer_phase {
    SNIFFER_LINES,
    SNIFFER_PREAMBLE,
    SNIFFER_PAYLOAD,
    SNIFFER_STREAM,
    SNIFFER_LOST
};

struct sniffer {
    struct observations *observations; /* borrowed; NULL: nothing is noted */
    int32_t upper, lower;
    uint64_t position[FLOWS]; /* bytes that came in */
    GQueue marks[FLOWS];      /* what is to be noted when its byte comes out */
    struct resp_reader up, down;
    bool is_up_lost;
    int64_t questions, answers; /* commands that are answered, lines that answered */
    bool is_asked;              /* PSYNC or SYNC was among them, the last */
    enum sniffer_phase phase;
    uint32_t line_len;
    char line[256];
    char asked_id[REPLID_SIZE];
    int64_t asked_offset;
    int64_t offset;                                   /* of the stream, of what came in */
    int64_t payload_left, payload_bytes, noted_moved; /* noted_moved: when it was last noted */
    char mark[REPLID_SIZE], last[REPLID_SIZE];
    uint32_t last_len;
};

void sniffer_init(struct sniffer *sniffer, struct observations *observations, int32_t upper,
                  int32_t lower);
void sniffer_clear(struct sniffer *sniffer);

/* Bytes came into the link at `now`, or came out of it. */
void sniffer_in(struct sniffer *sniffer, enum flow flow, int64_t now, const char *bytes,
                size_t len);
void sniffer_out(struct sniffer *sniffer, enum flow flow, int64_t now, uint64_t position);

/* The replica still asks its questions one by one: a second small segment waits for a round trip.
 */
bool sniffer_is_handshake(const struct sniffer *sniffer);

/* Payload or stream passes: nothing is asked or answered. */
bool sniffer_is_quiet(const struct sniffer *sniffer);

#endif
