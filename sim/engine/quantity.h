/* Quantities as users write them, parsed strictly, kept as integers, and printed back. */
#ifndef PSYNCSIM_ENGINE_QUANTITY_H
#define PSYNCSIM_ENGINE_QUANTITY_H

#include <stddef.h>
#include <stdint.h>

enum quantity_kind {
    QUANTITY_SIZE,     /* bytes: 1048576, 1mb (2^20), 1m (10^6), as redis.conf has it; also 1tb, and
                          1Mi and 1MiB as Kubernetes has them (2^20); any case */
    QUANTITY_DURATION, /* ns: 250ms, 1.5s, 2min, 6h, 3d, 1w, 200us, 10ns; a bare 0 is allowed, other
                          bare numbers are not */
    QUANTITY_RATE,     /* 1e-9 events per second, rounded to the nearest: 2000/s, 5/min, 10/h, 4/d,
                          5/month (30 d), 2/year (365 d) */
    QUANTITY_BYTERATE, /* bytes per second: 5mb/s, 300kb/s, 1200b/s, units as in QUANTITY_SIZE */
    QUANTITY_BITRATE,  /* bits per second: 100mbit/s, 1gbit/s, 56kbit/s, 9600bit/s (decimal); also
                          byte rates (times 8) */
    QUANTITY_COUNT,    /* a plain whole number */
    QUANTITY_SHARE,    /* parts per million: 0.1%, 60%, or a fraction up to 1: 0.25 */
    QUANTITY_SEED,     /* 0 .. 2^63-1 */
    QUANTITY_MEMORY,   /* bytes as a server takes them in redis.conf: no fraction, units up to gb */
};

/* Parses all of text[0..len). Values are never negative; at most 19 digits, 18 of them after the
 * point; fractions are allowed where the unit leaves a whole number of the kept unit (1.5kb is
 * 1536; 0.3ns is refused). Blanks may stand between number and unit (not in QUANTITY_MEMORY). No
 * sign, exponent or leading zero. Returns NULL and *out on success, else a static sentence: what is
 * expected ("a size such as 1mb, 512kb or 1048576"), with a hint where a unit is a known mistake. */
const char *quantity_parse(enum quantity_kind kind, const char *text, size_t len, int64_t *out);

/* The inverse: the spelling with the shortest number that parses back to exactly value (a share as
 * a percentage, a bit rate in bits). Returns its length; size >= 32. */
size_t quantity_print(enum quantity_kind kind, int64_t value, char *out, size_t size);

/* For people: at most about 4 significant digits ("1.43 MB", "203 s", "7.5 h"); not to be parsed.
 * As in redis.conf, MB is 2^20. size >= 32. */
size_t quantity_print_short(enum quantity_kind kind, int64_t value, char *out, size_t size);

#endif
