/* The options that psyncsim replica and psyncsim master share, and what becomes of a lesson's end.
 */
#ifndef PSYNCSIM_CLI_SESSION_OPTIONS_H
#define PSYNCSIM_CLI_SESSION_OPTIONS_H

#include "models/psync/profile.h"
#include "sim/cli/cli.h"
#include "sim/cli/output.h"
#include "sim/host/session/session.h"

#define PASSWORD_MAX 512 /* what fits into a handshake, with the user */

struct session_options {
    const char *command; /* for messages */
    const char *trace;   /* NULL: none */
    const char *user;    /* "" for none */
    char password[PASSWORD_MAX];
    const struct profile *profile;
    struct session_plan plan;
    bool is_raw;
    int code; /* when it cannot be had */
};

/* Their rows in a table of options; letters are lower case. */
/* clang-format off */
#define SESSION_OPTIONS                                                                             \
    {"trace", 't', "FILE", "write every event as a line of JSON; - is stdout, and nothing is told"}, \
    {"raw", 'r', NULL, "show what is sent byte for byte, not as words"},                           \
    {"profile", 'p', "NAME", "the server version to behave as (redis-7.0)"},                       \
    {"user", 'u', "NAME", "the ACL user"},                                                         \
    {"password-file", '3', "FILE", "the password is its first line; - is stdin (or PSYNCSIM_PASSWORD)"}, \
    {"for", 'f', "DURATION", "end after that time; else Ctrl-C or quit ends it"},                  \
    {"drop-after", 'd', "SIZE|DURATION", "break the link after so many bytes, or so long online"}, \
    {"away", 'a', "DURATION", "keep it broken for that long (0: back at once)"},                   \
    {"times", 'n', "N", "break it that often (1)"}
/* clang-format on */

void session_options_init(struct session_options *options, const char *command);

/* True if the option is one of the rows above and its value is good, or it is none of them
 * (*is_mine tells). */
bool session_options_take(struct session_options *options, int option, const char *value,
                          bool *is_mine);

/* The password, from the file that was named, or else from the environment. */
bool session_options_finish(struct session_options *options);

/* "replica: --for: found 'x', expected a duration …", exit code 2 in options->code. False. */
bool session_options_wrong(struct session_options *options, const char *name, const char *value,
                           const char *expected);

/* Opens the trace, runs the lesson, closes the trace: returns the exit code. */
struct session_show {
    enum session_end (*run)(void *user, const struct session_output *output);
    void *user;
};
int session_options_show(const struct session_options *options, const struct session_show *show,
                         enum session_end *end);

#endif
