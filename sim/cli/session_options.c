/* See session_options.h. */
#include "sim/cli/session_options.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "sim/cli/version.h"
#include "sim/engine/quantity.h"
#include "sim/text/spelling.h"

void session_options_init(struct session_options *options, const char *command)
{
    *options = (struct session_options){
        .command = command, .user = "", .profile = profile_at(0), .plan = {.times = 1}};
}

bool session_options_wrong(struct session_options *options, const char *name, const char *value,
                           const char *expected)
{
    options->code = cli_fail(EXIT_BAD_INPUT, "%s: --%s: found '%s', expected %s", options->command,
                             name, value, expected);
    return false;
}

static bool take_quantity(struct session_options *options, const char *name,
                          enum quantity_kind kind, const char *value, int64_t *out)
{
    const char *wrong = quantity_parse(kind, value, strlen(value), out);
    return wrong == NULL || session_options_wrong(options, name, value, wrong);
}

/* A duration has a unit that no size has. */
static bool take_drop(struct session_options *options, const char *value)
{
    struct session_plan *plan = &options->plan;
    plan->drop_after_bytes = plan->drop_after_ns = 0;
    if (quantity_parse(QUANTITY_DURATION, value, strlen(value), &plan->drop_after_ns) == NULL &&
        plan->drop_after_ns > 0)
        return true;
    if (quantity_parse(QUANTITY_SIZE, value, strlen(value), &plan->drop_after_bytes) == NULL &&
        plan->drop_after_bytes > 0)
        return true;
    return session_options_wrong(options, "drop-after", value,
                                 "a size such as 10mb, or a duration "
                                 "such as 5s");
}

static bool take_profile(struct session_options *options, const char *value)
{
    struct spelling spelling = spelling_to(value);
    options->profile = profile_find(value);
    if (options->profile != NULL)
        return true;
    for (size_t i = 0; i < profile_count(); i++)
        spelling_offer(&spelling, profile_at(i)->name);
    if (spelling.name != NULL)
        options->code = cli_fail(EXIT_BAD_INPUT, "%s: unknown profile '%s'; did you mean '%s'?",
                                 options->command, value, spelling.name);
    else
        options->code =
            cli_fail(EXIT_BAD_INPUT, "%s: unknown profile '%s'; psyncsim profiles lists them",
                     options->command, value);
    return false;
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

static bool keep_password(struct session_options *options, const char *from, const char *text,
                          size_t len)
{
    if (len == 0 || len >= PASSWORD_MAX || memchr(text, '\0', len) != NULL)
        options->code = cli_fail(EXIT_BAD_INPUT,
                                 "%s: the password in %s has %zu bytes, expected 1 "
                                 "to %d, and no NUL among them",
                                 options->command, from, len, PASSWORD_MAX - 1);
    else
        memcpy(options->password, text, len);
    return options->code == EXIT_HELD;
}

static bool take_password_file(struct session_options *options, const char *path)
{
    char line[PASSWORD_MAX];
    size_t len = 0;
    bool is_stdin = strcmp(path, "-") == 0;
    int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    bool is_read = fd >= 0 && read_line(fd, line, sizeof line, &len);
    int error = errno;
    if (fd >= 0 && !is_stdin)
        close(fd);
    if (is_read)
        return keep_password(options, is_stdin ? "stdin" : path, line, len);
    options->code =
        cli_fail(EXIT_SYSTEM, "%s: cannot read %s: %s", options->command, path, g_strerror(error));
    return false;
}

bool session_options_finish(struct session_options *options)
{
    const char *password = getenv("PSYNCSIM_PASSWORD");
    if (options->password[0] == '\0' && password != NULL && password[0] != '\0' &&
        !keep_password(options, "PSYNCSIM_PASSWORD", password, strlen(password)))
        return false;
    if (options->user[0] == '\0' || options->password[0] != '\0')
        return true;
    options->code = cli_fail(EXIT_BAD_INPUT,
                             "%s: --user needs a password: PSYNCSIM_PASSWORD, or "
                             "--password-file",
                             options->command);
    return false;
}

bool session_options_take(struct session_options *options, int option, const char *value,
                          bool *is_mine)
{
    *is_mine = true;
    switch (option) {
    case 't':
        options->trace = value;
        return true;
    case 'r':
        options->is_raw = true;
        return true;
    case 'p':
        return take_profile(options, value);
    case 'u':
        options->user = value;
        return true;
    case '3':
        return take_password_file(options, value);
    case 'f':
        return take_quantity(options, "for", QUANTITY_DURATION, value, &options->plan.for_ns);
    case 'd':
        return take_drop(options, value);
    case 'a':
        return take_quantity(options, "away", QUANTITY_DURATION, value, &options->plan.away_ns);
    case 'n':
        return take_quantity(options, "times", QUANTITY_COUNT, value, &options->plan.times);
    default:
        *is_mine = false;
        return true;
    }
}

/* A line at a time: whoever reads sees what happens while it happens. */
static bool write_line(void *user, const char *line, size_t len)
{
    return fwrite(line, 1, len, user) == len && fflush(user) == 0;
}

int session_options_show(const struct session_options *options, const struct session_show *show,
                         enum session_end *end)
{
    bool is_told = options->trace == NULL || strcmp(options->trace, "-") != 0;
    struct output *output = options->trace != NULL ? output_open(options->trace) : NULL;
    if (options->trace != NULL && output == NULL)
        return EXIT_SYSTEM;
    setvbuf(stdout, NULL, _IOLBF, 0);
    const struct session_output to = {
        .narrator = {is_told ? stdout : NULL, cli_is_coloured(stdout), options->is_raw},
        .sink = output != NULL ? write_line : NULL,
        .sink_user = output != NULL ? output_file(output) : NULL,
        .version = PSYNCSIM_VERSION,
    };
    *end = show->run(show->user, &to);
    if (output != NULL && !output_close(output))
        return EXIT_SYSTEM;
    return *end == SESSION_DONE ? EXIT_HELD : EXIT_SYSTEM;
}
