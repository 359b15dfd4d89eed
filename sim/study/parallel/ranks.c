/* Ranks by MPI, or the one that there is without it. See ranks.h.
 *
 * MPI is entered only where something started several processes: a program that was simply called
 * stays free of it, and as fast as ever. */
#include "sim/study/parallel/ranks.h"

#ifdef PSYNCSIM_MPI
#include <glib.h>
#include <mpi.h>
#include <stdlib.h>

#define SHARED_AT_ONCE (64 << 20) /* MPI counts in int */

/* What Open MPI, MPICH, and Slurm by PMI or PMIx set for each process that they start. */
bool ranks_are_started(void)
{
    static const char *const SIGNS[] = {"OMPI_COMM_WORLD_SIZE", "PMI_RANK", "PMIX_RANK"};
    for (size_t i = 0; i < sizeof SIGNS / sizeof *SIGNS; i++)
        if (getenv(SIGNS[i]))
            return true;
    return false;
}

static void leave(void)
{
    MPI_Finalize();
}

struct ranks ranks_enter(void)
{
    int is_inside, rank, count, support;
    MPI_Initialized(&is_inside);
    if (!is_inside && !ranks_are_started())
        return (struct ranks){0, 1};
    if (!is_inside) {
        MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &support);
        atexit(leave);
    }
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &count);
    return (struct ranks){(uint32_t)rank, (uint32_t)count};
}

int ranks_agree(int code, uint32_t *who)
{
    struct ranks ranks = ranks_enter();
    struct {
        int code, rank;
    } mine = {code, (int)ranks.rank}, worst = mine;
    *who = ranks.rank;
    if (ranks.count == 1)
        return code;
    int first = code;
    MPI_Bcast(&first, 1, MPI_INT, 0, MPI_COMM_WORLD);
    MPI_Allreduce(&mine, &worst, 1, MPI_2INT, MPI_MAXLOC, MPI_COMM_WORLD);
    *who = first ? 0 : (uint32_t)worst.rank;
    return first ? first : worst.code;
}

void ranks_share(void *bytes, size_t size)
{
    for (size_t at = 0; ranks_enter().count > 1 && at < size; at += SHARED_AT_ONCE)
        MPI_Bcast((char *)bytes + at, (int)MIN(size - at, SHARED_AT_ONCE), MPI_BYTE, 0,
                  MPI_COMM_WORLD);
}

#else

bool ranks_are_started(void)
{
    return false;
}

struct ranks ranks_enter(void)
{
    return (struct ranks){0, 1};
}

int ranks_agree(int code, uint32_t *who)
{
    *who = 0;
    return code;
}

void ranks_share(void *bytes, size_t size)
{
    (void)bytes;
    (void)size;
}

#endif
