/* The master's machine: one side of one connection, from the first PING of a replica to its ACKs.
 * Pure, as replica.h.
 *
 *   COMMANDS ─┬─ (partial) ────────────────────────────────── ONLINE
 *             └─ WAIT_START ─ WAIT_END ─ SEND_BULK ─┬──────── ONLINE
 *                                                   └─ GATED ─ ONLINE
 *
 * Over two connections the first goes COMMANDS ─ [WAIT_CHANNEL ─] STREAMING ─ ONLINE, and the second
 * COMMANDS ─ WAIT_START ─ WAIT_END ─ SEND_BULK ─ [TRANSMITTED].
 *
 * From disk it is online when the last byte is in the socket; diskless, the first ACK opens the
 * gate. Which replicas share a save, and when it starts, is the server's business (models/server):
 * it reports here. */
#ifndef PSYNCSIM_PSYNC_MASTER_H
#define PSYNCSIM_PSYNC_MASTER_H

#include <stdbool.h>
#include <stdint.h>
#include "models/psync/act.h"
#include "models/psync/master_state.h"
#include "models/psync/reason.h"
#include "models/psync/span.h"

void master_init(struct master *master, const struct master_site *site);

/* Bytes from the peer, in arbitrary pieces; only SPAN_BYTES. Asserts that the connection is open.
 * Several commands may come in one span; mind out->left. */
void master_receive(struct master *master, const struct master_site *site, const struct span *span,
                    struct acts *out);

/* A whole acknowledgement, as master_receive takes its bytes: a host in virtual time may count
 * those of an online replica instead of writing them. */
void master_acknowledged(struct master *master, const struct master_site *site, int64_t offset,
                         struct acts *out);

/* After ACT_PROMOTE was carried out: `site` is the promoted node (is_replica false, history
 * shifted). Answers the PSYNC, whose id is the second one now: it is accepted up to the offset at
 * which the histories part (FACTS 8.3). */
void master_promoted(struct master *master, const struct master_site *site, struct acts *out);

/* The save that will serve this replica starts (or it was attached to a running one): +FULLRESYNC
 * with `offset`. */
void master_save_started(struct master *master, const struct master_site *site, int64_t offset,
                         bool diskless, struct acts *out);

/* The payload begins: "$size\r\n", or for a diskless save "$EOF:mark\r\n" (size ignored; mark is
 * forty characters). */
void master_payload(struct master *master, const struct master_site *site, int64_t size,
                    const char *mark, struct acts *out);

/* Some payload bytes were accepted by the socket (refreshes the full-sync time-out). */
void master_payload_moved(struct master *master, const struct master_site *site);

/* The last payload byte is in the socket (end mark included): ONLINE at once for disk, else gated
 * until an ACK. */
void master_payload_sent(struct master *master, const struct master_site *site, struct acts *out);

/* The same, where the replica has not asked for the stream behind the payload yet: its place in the
 * backlog is to be kept. Asserts that the connection is for a payload only. */
void master_payload_kept(struct master *master, const struct master_site *site, struct acts *out);

/* The first of two connections: the save for the second began, so the stream flows from now on; that
 * save ended well. Asserts WAIT_CHANNEL; does nothing but in STREAMING. */
void master_stream_started(struct master *master, const struct master_site *site, struct acts *out);
void master_payload_done(struct master *master, const struct master_site *site, struct acts *out);

/* WAIT_START: no save could be started, the replica gets an error; later: its save failed, it is
 * just closed (FACTS 3.3). */
void master_save_failed(struct master *master, const struct master_site *site, struct acts *out);

/* The one-second cron: newlines to the waiting, time-outs (FACTS 3.4, 4.7). is_stalled: a payload
 * write is pending. */
void master_cron(struct master *master, const struct master_site *site, bool is_stalled,
                 struct acts *out);

/* The server closes this replica (limit, role change, …). Nothing happens if it is closed already.
 */
void master_close(struct master *master, const struct master_site *site, enum drop drop,
                  struct acts *out);

/* The connection ended without our doing. Nothing happens if it is closed already. */
void master_lost(struct master *master, const struct master_site *site, struct acts *out);

const char *master_state_name(enum master_state state);

/* Control items of the stream, as bytes. */
extern const char stream_ping[];   /* 14 bytes */
extern const char stream_getack[]; /* 37 bytes */
#define STREAM_PING_BYTES   14
#define STREAM_GETACK_BYTES 37
#define STREAM_SELECT_BYTES 23 /* for databases 0 to 9 */

#endif
