/* See checkpoint.h. */
#include "sim/cli/checkpoint.h"
#include "sim/cli/cli.h"
#include "sim/cli/output.h"

int checkpoint_fail(GError *error)
{
    int code = error->code == RECORD_FILE_ERROR_INPUT ? EXIT_BAD_INPUT : EXIT_SYSTEM;
    cli_fail(code, "%s", error->message);
    g_error_free(error);
    return code;
}

struct record_file *checkpoint_open(const char *path, const struct record_file_head *head,
                                    int *code)
{
    GError *error = NULL;
    char *part = g_strconcat(path, ".part", NULL);
    struct record_file *checkpoint = record_file_resume(part, head, &error);
    g_free(part);
    if (!checkpoint)
        *code = checkpoint_fail(error);
    return checkpoint;
}

int checkpoint_write(struct record_file *checkpoint, const char *path)
{
    struct output *output = output_open(path);
    if (!output)
        return EXIT_SYSTEM;
    if (record_file_print(checkpoint, output_file(output)))
        return output_close(output) ? EXIT_HELD : EXIT_SYSTEM;
    output_drop(output);
    return cli_fail(EXIT_SYSTEM, "%s", record_file_failure(checkpoint));
}

void checkpoint_end(struct record_file *checkpoint, int code)
{
    if (checkpoint && code == EXIT_HELD)
        record_file_remove(checkpoint);
    else
        record_file_free(checkpoint);
}
