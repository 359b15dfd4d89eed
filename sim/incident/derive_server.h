/* Which profile a server of the logs is simulated by. */
#ifndef PSYNCSIM_INCIDENT_DERIVE_SERVER_H
#define PSYNCSIM_INCIDENT_DERIVE_SERVER_H

#include "sim/incident/evidence.h"

/* How well it is known. */
enum server_from {
    SERVER_READ,     /* the version, of a banner or of INFO */
    SERVER_STANDS,   /* the version is known and has no row: the nearest one stands for it */
    SERVER_BY_WORDS, /* no version: what the words of the log allow */
    SERVER_ASSUMED,  /* not even that: the default */
};

struct derive_server {
    char name[40];  /* as a scenario takes it: "redis-7.0.15" */
    char known[40]; /* what is known, where another row stands for it; "" */
    enum server_from from;
};

struct derive_server derive_server(const struct stories *stories, const GPtrArray *evidence,
                                   guint node);

/* "valkey-9.1, which stands for valkey-9.4", appended. */
void derive_server_print(const struct derive_server *server, GString *out);

#endif
