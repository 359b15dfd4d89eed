/* A temporary file beside the wanted one, which replaces it in one step at the end. Also what a
 * full disk shows only in fsync or close is caught before. */
#define _XOPEN_SOURCE 700 /* realpath */
#include "sim/cli/output.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "sim/cli/cli.h"

struct output {
    FILE *file;
    char *path, *temporary; /* temporary: NULL when written directly */
};

static void output_free(struct output *output)
{
    g_free(output->path);
    g_free(output->temporary);
    g_free(output);
}

static void cannot(const char *path, int error)
{
    if (error != EPIPE)
        cli_fail(EXIT_SYSTEM, "cannot write %s: %s", path, g_strerror(error));
}

/* The mode that a newly created file would have. */
static mode_t usual_mode(void)
{
    mode_t mask = umask(0);
    umask(mask);
    return 0666 & ~mask;
}

/* Opens "PATH.XXXXXX"; an existing file's mode is kept. */
static bool open_temporary(struct output *output, const struct stat *existing)
{
    output->temporary = g_strconcat(output->path, ".XXXXXX", NULL);
    int fd = mkstemp(output->temporary);
    if (fd < 0)
        return false;
    output->file = fdopen(fd, "w");
    if (output->file && fchmod(fd, existing ? existing->st_mode & 0777 : usual_mode()) == 0)
        return true;
    int error = errno;
    if (output->file)
        fclose(output->file);
    else
        close(fd);
    unlink(output->temporary);
    errno = error;
    return false;
}

struct output *output_open(const char *path)
{
    struct output *output = g_new0(struct output, 1);
    struct stat existing;
    bool exists = stat(path, &existing) == 0, is_good;
    char *real = exists ? realpath(path, NULL) : NULL; /* a link stays one */
    output->path = g_strdup(real ? real : path);
    free(real);
    if (strcmp(path, "-") == 0) {
        output->file = stdout;
        is_good = true;
    } else if (exists && !S_ISREG(existing.st_mode)) {
        output->file = fopen(path, "w");
        is_good = output->file != NULL;
    } else {
        is_good = open_temporary(output, exists ? &existing : NULL);
    }
    if (is_good)
        return output;
    cannot(path, errno);
    output_free(output);
    return NULL;
}

FILE *output_file(struct output *output)
{
    return output->file;
}

/* Everything out of our hands and, for a new file, on disk. */
static bool flush(struct output *output)
{
    if (fflush(output->file) != 0)
        return false;
    if (ferror(output->file)) {
        errno = EIO;
        return false;
    }
    return !output->temporary || fsync(fileno(output->file)) == 0;
}

bool output_close(struct output *output)
{
    errno = 0;
    bool is_good = flush(output);
    int error = errno;
    if (output->file != stdout && fclose(output->file) != 0 && is_good) {
        is_good = false;
        error = errno;
    }
    if (is_good && output->temporary && rename(output->temporary, output->path) != 0) {
        is_good = false;
        error = errno;
    }
    if (!is_good && output->temporary)
        unlink(output->temporary);
    if (!is_good && output->file != stdout) /* of stdout main speaks at the end */
        cannot(output->path, error);
    output_free(output);
    return is_good;
}

void output_drop(struct output *output)
{
    if (output->file != stdout)
        fclose(output->file);
    if (output->temporary)
        unlink(output->temporary);
    output_free(output);
}
