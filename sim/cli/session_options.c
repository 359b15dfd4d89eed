/* See session_options.h. */
#include "sim/cli/session_options.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "sim/cli/version.h"
#include "sim/engine/quantity.h"

/* A duration has a unit that no size has. */
const char *session_options_drop(void *field, const char *text)
{
    struct session_plan *plan = field;
    plan->drop_after_bytes = plan->drop_after_ns = 0;
    if (quantity_parse(QUANTITY_DURATION, text, strlen(text), &plan->drop_after_ns) == NULL &&
        plan->drop_after_ns > 0)
        return NULL;
    if (quantity_parse(QUANTITY_SIZE, text, strlen(text), &plan->drop_after_bytes) == NULL &&
        plan->drop_after_bytes > 0)
        return NULL;
    return "a size such as 10mb, or a duration such as 5s";
}

/* Byte by byte: what follows the line on stdin are orders. False: it cannot be read. */
static bool read_line(int fd, char *out, size_t size, size_t *len)
{
    char c;
    ssize_t got;
    *len = 0;
    while ((got = read(fd, &c, 1)) == 1 && c != '\n') {
        if (*len < size)
            out[*len] = c;
        (*len)++;
    }
    if (*len > 0 && *len <= size && out[*len - 1] == '\r')
        (*len)--;
    return got >= 0;
}

static int keep_password(struct session_options *options, const char *from, const char *text,
                         size_t len)
{
    if (len == 0 || len >= PASSWORD_MAX || memchr(text, '\0', len) != NULL)
        return cli_fail(EXIT_BAD_INPUT,
                        "%s: the password in %s has %zu bytes, expected 1 to %d, and no NUL among "
                        "them",
                        options->command, from, len, PASSWORD_MAX - 1);
    memcpy(options->password, text, len);
    return EXIT_HELD;
}

static int read_password(struct session_options *options)
{
    char line[PASSWORD_MAX];
    size_t len = 0;
    const char *path = options->password_file;
    bool is_stdin = strcmp(path, "-") == 0;
    int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    bool is_read = fd >= 0 && read_line(fd, line, sizeof line, &len);
    int error = errno;
    if (fd >= 0 && !is_stdin)
        close(fd);
    if (is_read)
        return keep_password(options, is_stdin ? "stdin" : path, line, len);
    return cli_fail(EXIT_BAD_INPUT, "%s: cannot read %s: %s", options->command, path,
                    g_strerror(error));
}

int session_options_finish(struct session_options *options, const char *command)
{
    const char *password = getenv("PSYNCSIM_PASSWORD");
    int code = EXIT_HELD;
    options->command = command;
    if (options->password_file != NULL)
        code = read_password(options);
    else if (password != NULL && password[0] != '\0')
        code = keep_password(options, "PSYNCSIM_PASSWORD", password, strlen(password));
    if (code != EXIT_HELD)
        return code;
    if (options->user == NULL)
        options->user = "";
    if (options->user[0] != '\0' && options->password[0] == '\0')
        return cli_fail(EXIT_BAD_INPUT,
                        "%s: --user needs a password: PSYNCSIM_PASSWORD, or --password-file",
                        command);
    return EXIT_HELD;
}

int session_options_address(const struct session_options *options, const char *text,
                            struct address *address)
{
    char *wrong = address_parse(address, text);
    int code =
        wrong == NULL ? EXIT_HELD : cli_fail(EXIT_BAD_INPUT, "%s: %s", options->command, wrong);
    g_free(wrong);
    return code;
}

int session_options_resolve(const struct session_options *options, const struct address *address,
                            bool is_passive, struct places *places)
{
    const char *wrong = address_resolve(address, is_passive, places);
    return wrong == NULL ? EXIT_HELD
                         : cli_fail(EXIT_SYSTEM, "%s: cannot find '%s': %s", options->command,
                                    address->host, wrong);
}

/* A line at a time: whoever reads sees what happens while it happens. */
static bool write_line(void *user, const char *line, size_t len)
{
    return fwrite(line, 1, len, user) == len && fflush(user) == 0;
}

int session_options_show(const struct session_options *options, const struct session_show *show,
                         enum session_end *end)
{
    bool is_narrated = options->trace == NULL || strcmp(options->trace, "-") != 0;
    struct output *output = options->trace != NULL ? output_open(options->trace) : NULL;
    if (options->trace != NULL && output == NULL)
        return EXIT_SYSTEM;
    setvbuf(stdout, NULL, _IOLBF, 0);
    const struct session_output to = {
        .narrator = {is_narrated ? stdout : NULL, cli_is_coloured(stdout), options->is_raw},
        .sink = output != NULL ? write_line : NULL,
        .sink_user = output != NULL ? output_file(output) : NULL,
        .has_heartbeats = options->heartbeats,
        .version = PSYNCSIM_VERSION,
    };
    *end = show->run(show->user, &to);
    if (output != NULL && !output_close(output))
        return EXIT_SYSTEM;
    return *end == SESSION_DONE ? EXIT_HELD : EXIT_SYSTEM;
}
