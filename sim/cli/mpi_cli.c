/* See mpi_cli.h. */
#include "sim/cli/mpi_cli.h"
#include <stdlib.h>
#include <string.h>
#include "sim/cli/cli.h"
#include "sim/engine/digest.h"
#include "sim/study/parallel/ranks.h"

bool mpi_cli_enter(void)
{
    struct ranks ranks = ranks_enter();
    if (ranks.rank == 0)
        return true;
    if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr))
        abort();
    return false;
}

int mpi_cli_agree(int code)
{
    uint32_t who, self = ranks_enter().rank;
    int agreed = ranks_agree(code, &who);
    if (self == 0 && who != 0 && agreed != EXIT_HELD)
        cli_fail(agreed, "rank %u failed where rank 0 did not; do both read the same files?", who);
    return agreed;
}

int mpi_cli_agree_on(int code, struct record_file_head head)
{
    struct digest digest;
    digest_init(&digest);
    if (head.about)
        digest_add_bytes(&digest, head.about, strlen(head.about));
    g_free((char *)head.about);
    uint64_t fingerprint = digest.a ^ digest.b, first = fingerprint;
    ranks_share(&first, sizeof first);
    return mpi_cli_agree(code == EXIT_HELD && first != fingerprint ? EXIT_BAD_INPUT : code);
}

bool mpi_cli_may_read(const char *command, const char *path)
{
    if (!path || strcmp(path, "-") != 0 || ranks_enter().count == 1)
        return true;
    cli_fail(EXIT_BAD_INPUT,
             "%s: under mpirun the scenario must be a file: only one rank has stdin", command);
    return false;
}
