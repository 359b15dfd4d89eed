/* 128-bit intermediate results. A rate (1e-9 commands/s) times a time (ns) is work in units of
 * 1e-18 commands, which leaves 64 bits after 18 commands; no work here exceeds 2^126. A mark (piece.h) is
 * as wide: no count of commands outgrows it. */
#ifndef PSYNCSIM_LOAD_WIDE_H
#define PSYNCSIM_LOAD_WIDE_H

#include <stdint.h>

__extension__ typedef unsigned __int128 wide;

static inline wide wide_div_up(wide a, wide b)
{
    return a / b + (a % b != 0);
}

#endif
