/* What a running server answers to INFO and CONFIG GET alone: it is never written to, saves nothing
 * for us, and sees no replica. */
#ifndef PSYNCSIM_STUDY_INPUT_SERVER_PROBE_H
#define PSYNCSIM_STUDY_INPUT_SERVER_PROBE_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "sim/study/input/provenance.h"
#include "sim/study/input/server_tls.h"
#include "sim/text/diagnostic.h"

struct server_probe_config {
    const char *host, *name; /* name: as messages and comments have it */
    int port;
    const char *user, *password; /* "": none */
    struct server_tls_config tls;
    int64_t for_ns, every_ns; /* watched for, one sample each; above 0 */
    /* Before each sample: waits that long (us, 0 or less: not at all). False: to stop; what there
     * is by then is used, from two samples on. */
    bool (*wait)(void *user, int64_t wait_us, uint64_t done);
    void *wait_user;
};

enum server_probe_end {
    SERVER_PROBE_DONE,
    SERVER_PROBE_UNREACHABLE, /* or it does not answer, or breaks off before two samples */
    SERVER_PROBE_DENIED,      /* user or password */
    SERVER_PROBE_FORBIDDEN,   /* INFO */
    SERVER_PROBE_NONSENSE,    /* no INFO of a server with replication */
};

/* What was seen. Begin with {0}. */
struct server_probe_seen {
    GString *first, *last; /* INFO */
    GString *settings;     /* name and value in turns, as CONFIG GET prints them */
    GString *offsets;      /* "t_ns,master_repl_offset" and a row for each sample */
    GPtrArray *notes;      /* char *: what a reader of the figures should know */
};
void server_probe_seen_clear(struct server_probe_seen *seen);

/* How many samples config asks for. */
uint64_t server_probe_samples(const struct server_probe_config *config);

/* Watches. Blocks. `words`: what the server or the system said, when it is not done. `seen` is to
 * be cleared in any case. */
enum server_probe_end server_probe(const struct server_probe_config *config,
                                   struct server_probe_seen *seen, char *words, size_t size);

/* The scenario as YAML, a comment beside each figure that says where it came from; what else there
 * is to know becomes remarks of `provenance`. NULL after problems. */
GString *server_probe_scenario(const struct server_probe_seen *seen, const char *name,
                               struct provenance *provenance, struct diagnostics *diagnostics);

#endif
