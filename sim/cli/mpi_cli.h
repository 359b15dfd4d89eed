/* Commands that mpirun may start several times at once: rank 0 alone speaks, and all end with the
 * same exit code. Without MPI all of this does nothing. */
#ifndef PSYNCSIM_CLI_MPI_CLI_H
#define PSYNCSIM_CLI_MPI_CLI_H

#include <stdbool.h>
#include <stdint.h>

/* Call first. From here on what the other ranks print goes nowhere. Returns whether this is the
 * rank that speaks. */
bool mpi_cli_enter(void);

/* All ranks must call it: gives them the same exit code. Where rank 0 would go on and another one
 * would not, rank 0 says so. */
int mpi_cli_agree(int code);

/* The same, where ranks may have read different files: `fingerprint` is of what this one read. */
int mpi_cli_agree_on(int code, uint64_t fingerprint);

/* False after words and with *code: several ranks cannot read one stdin. */
bool mpi_cli_may_read(const char *command, const char *path, int *code);

#endif
