/* Commands that mpirun may start several times at once: rank 0 alone speaks, and all end with the
 * same exit code. Without MPI all of this does nothing. */
#ifndef PSYNCSIM_CLI_MPI_CLI_H
#define PSYNCSIM_CLI_MPI_CLI_H

#include <stdbool.h>
#include "sim/study/records/record_file.h"

/* Call first. From here on what the other ranks print goes nowhere. Returns whether this is the
 * rank that speaks. */
bool mpi_cli_enter(void);

/* All ranks must call it: gives them the same exit code. Where rank 0 would go on and another one
 * would not, rank 0 says so. */
int mpi_cli_agree(int code);

/* The same, where ranks may have read different files: `head` is of what this one read, if `code`
 * is EXIT_HELD. Frees head.about. */
int mpi_cli_agree_on(int code, struct record_file_head head);

/* False after words: several ranks cannot read one stdin. `path` may be NULL. */
bool mpi_cli_may_read(const char *command, const char *path);

#endif
