/* The processes that mpirun started together, in a build with MPI=1; anywhere else there is one.
 *
 * All ranks run the same command. Rank 0 alone writes files and prints; what the ranks do next they
 * do alike, which ranks_agree settles where one of them may have met something that the others did
 * not. A rank that dies takes the others with it: mpirun sees to that. */
#ifndef PSYNCSIM_STUDY_PARALLEL_RANKS_H
#define PSYNCSIM_STUDY_PARALLEL_RANKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ranks {
    uint32_t rank, count;
};

/* Joins the others, if mpirun or srun started this process; it leaves them when it exits. May be
 * called again. */
struct ranks ranks_enter(void);

/* Whether mpirun or srun started this process, be it alone: the terminal that it then sees as its
 * stdout may be theirs, and the user's a file. */
bool ranks_are_started(void);

/* Takes an exit code of each rank and gives all of them the same: rank 0's, or where that is 0 the
 * highest; *who is the rank it comes from. All ranks must call it. */
int ranks_agree(int code, uint32_t *who);

/* Rank 0's bytes become everybody's. All ranks must call it. */
void ranks_share(void *bytes, size_t size);

#endif
