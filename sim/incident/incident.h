/* An incident from the logs that it left: lines go in, file by file, in any form; servers, their
 * resynchronisations and both sides of each come out. Nothing here reads a file or a clock. The
 * memory does not grow with the length of a log, only with the number of resynchronisations, and
 * that up to PROCESS_HALVES for each server. */
#ifndef PSYNCSIM_INCIDENT_INCIDENT_H
#define PSYNCSIM_INCIDENT_INCIDENT_H

#include <glib.h>
#include "sim/incident/process.h"

#define INCIDENT_PROCESSES 1000

struct incident_file {
    char *name;     /* as given. Owned */
    char *node;     /* --node; NULL: not named. Owned */
    int64_t zone_s; /* --zone */
    bool has_zone;
    int64_t lines, known; /* known: with words of a server */
    char *first[3];       /* its first lines, for the complaint that it is no log. Owned */
};

struct incident_options {
    int64_t year; /* --year; 0: not given */
    int64_t zone_s;
    bool has_zone;          /* --zone for all */
    int64_t from_ns, to_ns; /* by the stamps as written; HALF_ABSENT: no bound */
};

/* How the lines of a file follow one another, by a look at its beginning. */
enum line_order {
    ORDER_FORWARD,
    ORDER_REVERSED, /* newest first: they are to be given from the last to the first */
};

struct incident;

struct incident *incident_new(const struct incident_options *options);
void incident_free(struct incident *incident);

/* The lines that follow are of this file. */
void incident_file(struct incident *incident, const char *name, const char *node);

/* The first bytes of the file, up to some tens of kB: whether it runs backwards, and whether its
 * lines are out of order. */
enum line_order incident_look(struct incident *incident, const char *bytes, size_t len);

/* One line without its end; `number` counts from 1. */
void incident_line(struct incident *incident, const char *line, size_t len, int32_t number);

void incident_end_file(struct incident *incident);

guint incident_process_count(const struct incident *incident);
struct process *incident_process(const struct incident *incident, guint index);
const struct incident_file *incident_file_at(const struct incident *incident, int32_t index);
guint incident_file_count(const struct incident *incident);

/* Fills in zones and years that no line has; call once, when all files are in. */
void incident_clocks(struct incident *incident);

/* UTC of a reading of the process, or its own time where the zone is not known. */
int64_t incident_time(const struct process *process, int64_t ns);

#endif
