/* The options that psyncsim replica and psyncsim master share, in part probe too, and how a session
 * ends. */
#ifndef PSYNCSIM_CLI_SESSION_OPTIONS_H
#define PSYNCSIM_CLI_SESSION_OPTIONS_H

#include "models/psync/profile.h"
#include "sim/cli/cli.h"
#include "sim/cli/output.h"
#include "sim/host/address.h"
#include "sim/host/session/session.h"

#define PASSWORD_MAX 512 /* what fits into a handshake, with the user */

/* Embed it as `options`; session_option.def has the rows for it. */
struct session_options {
    const char *command;       /* for messages */
    const char *trace;         /* NULL: none */
    const char *user;          /* "" for none, once it is finished */
    const char *password_file; /* NULL: none */
    char password[PASSWORD_MAX];
    const struct profile *profile;
    struct session_plan plan;
    bool is_raw, heartbeats;
};

/* Reads the password, from the file that was named, or else from the environment. Returns
 * EXIT_HELD, or the exit code after words. */
int session_options_finish(struct session_options *options, const char *command);

/* Parses HOST:PORT. Returns the exit code in the same way. */
int session_options_address(const struct session_options *options, const char *text,
                            struct address *address);

/* The addresses behind it, to listen at if `is_passive`. Returns the exit code in the same way. */
int session_options_resolve(const struct session_options *options, const struct address *address,
                            bool is_passive, struct places *places);

/* The rule for those who connect. */
#define SESSION_NO_TLS                                                                             \
    UNSUPPORTED("tls", "connect through a TLS tunnel (stunnel, socat), or to the server's plain "  \
                       "port")
#define SESSION_TLS_HELP "not supported; prints an alternative (such as stunnel)"

/* option_parse of a size or a duration, into a struct session_plan. */
const char *session_options_drop(void *field, const char *text);

/* Opens the trace, runs the session, closes the trace: returns the exit code. */
struct session_show {
    enum session_end (*run)(void *user, const struct session_output *output);
    void *user;
};
int session_options_show(const struct session_options *options, const struct session_show *show,
                         enum session_end *end);

#endif
