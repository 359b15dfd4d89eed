/* Understands the servers' logs: the phrases of server_log.def, in whatever wording the version
 * has. */
#ifndef PSYNCSIM_LIVE_OBSERVE_SERVER_LOG_H
#define PSYNCSIM_LIVE_OBSERVE_SERVER_LOG_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include "sim/live/observe/observations.h"

struct log_reader;

/* What a line says. */
struct log_line {
    struct observation observation; /* node and peer are not set; texts are in `id` and `id2` */
    bool is_child;                  /* said by a child that saves */
    int64_t stamp_ms;               /* within its hour; -1: the line has none */
    uint16_t peer_port; /* of the replica's address as its master knows it; 0: not said */
    uint16_t conn_port; /* of a replica's connection; 0: not said */
    int64_t client;     /* that connection's id at the server; 0: not said */
    char id[41], id2[41];
};

struct log_reader *log_reader_new(void);
void log_reader_free(struct log_reader *reader);

/* False when the line is none of those of server_log.def. */
bool log_understand(const struct log_reader *reader, const char *line, struct log_line *out);

/* When it was said, at the latest: the line was read at `now` (any clock, ns), at which the wall
 * clock stood `wall_ms` within its hour. A stamp has whole milliseconds. */
int64_t log_time(const struct log_line *line, int64_t now, int64_t wall_ms);

#endif
