/* See journal.h. */
#include "sim/cli/checkpoint.h"
#include "sim/cli/cli.h"
#include "sim/cli/output.h"

int journal_fail(GError *error)
{
    int code = error->code == SHARD_ERROR_INPUT ? EXIT_BAD_INPUT : EXIT_SYSTEM;
    cli_fail(code, "%s", error->message);
    g_error_free(error);
    return code;
}

struct shard *journal_open(const char *path, const struct shard_head *head, int *code)
{
    GError *error = NULL;
    char *part = g_strconcat(path, ".part", NULL);
    struct shard *journal = shard_resume(part, head, &error);
    g_free(part);
    if (!journal)
        *code = journal_fail(error);
    return journal;
}

int journal_write(struct shard *journal, const char *path)
{
    struct output *output = output_open(path);
    if (!output)
        return EXIT_SYSTEM;
    if (shard_print(journal, output_file(output)))
        return output_close(output) ? EXIT_HELD : EXIT_SYSTEM;
    output_drop(output);
    return cli_fail(EXIT_SYSTEM, "%s", shard_failure(journal));
}

void journal_end(struct shard *journal, int code)
{
    if (journal && code == EXIT_HELD)
        shard_remove(journal);
    else
        shard_free(journal);
}
