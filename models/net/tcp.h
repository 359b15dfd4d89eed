/* What silence costs on TCP, as measured on Linux (FACTS 13.1). */
#ifndef PSYNCSIM_NET_TCP_H
#define PSYNCSIM_NET_TCP_H

#include <stdint.h>

/* The retransmission time-out of a quiet connection: round trip + 208 ms. */
int64_t tcp_rto(int64_t round_trip);

/* When an established connection goes on after silence that ended at `healed`, if the first segment
 * lost in it was sent at `lost`: the first retransmission at or after `healed`. Retransmissions
 * come 0.73 RTO + RTO x 2^k after the lost segment (the measured 0.15 s + 0.205 s x 2^k, the larger
 * ones of which fit 0.208 s best), steps at most 120 s apart; a silence below the first of them
 * costs 3 ms (tail-loss probe). */
int64_t tcp_resumes(int64_t lost, int64_t healed, int64_t round_trip);

/* When the SYN number `attempt` (0, 1, ...) leaves after the dial began; -1 past the last. The
 * attempt fails at TCP_SYN_FAILS. */
int64_t tcp_syn_after(uint32_t attempt);
#define TCP_SYN_FAILS INT64_C(133700000000)

/* When a connection whose segment sent at `lost` is never acknowledged is given up by its sender
 * (tcp_retries2 = 15: about 924 s). */
int64_t tcp_gives_up(int64_t lost);

/* Bytes per second that a path with this round trip reaches with segments lost at `loss_ppm`: the
 * square-root law. */
int64_t tcp_loss_rate(int64_t round_trip, int64_t loss_ppm);

#endif
