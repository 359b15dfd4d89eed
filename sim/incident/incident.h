/* An incident from the logs that it left: lines go in, file by file, in any form; servers, their
 * resynchronisations and both sides of each come out. Nothing here reads a file or a clock. The
 * memory does not grow with the length of a log, only with the number of resynchronisations, and
 * that up to PROCESS_HALVES for each server. */
#ifndef PSYNCSIM_INCIDENT_INCIDENT_H
#define PSYNCSIM_INCIDENT_INCIDENT_H

#include <glib.h>
#include "sim/incident/process.h"

#define INCIDENT_PROCESSES 1000

/* A log that was rotated: its lines are numbered through, and this is where a piece begins. */
struct incident_piece {
    char *name;     /* as given. Owned */
    int32_t before; /* lines of the pieces before it */
};

struct incident_file {
    char *name;           /* as given, without what rotating it added. Owned */
    GArray *pieces;       /* struct incident_piece; none: it is one of that name */
    char *node;           /* --node; NULL: not named. Owned */
    int64_t lines, known; /* known: with words of a server */
    char *first[3];       /* its first lines, for the complaint that it is no log. Owned */
};

/* --zone: what is assumed where no line gives a zone away. */
struct incident_zone {
    const char *node; /* NULL: for all that have none of their own. Borrowed */
    int64_t zone_s;
};

struct incident_options {
    int64_t year;           /* --year; 0: not given */
    const GArray *zones;    /* struct incident_zone; NULL: none is given. Borrowed */
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

/* The lines that follow are of that piece of the file, and go on behind number `before`. */
void incident_piece(struct incident *incident, const char *name, int32_t before);

/* The piece that holds the line, which becomes its number in there. */
const char *incident_place(const struct incident_file *file, int32_t *line);

/* The first stamp in the first bytes of a file; HALF_ABSENT: there is none. */
int64_t incident_first_stamp(struct incident *incident, const char *bytes, size_t len);

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

/* Ends the stories and fills in years that no line has; call once, when all files are in. */
void incident_clocks(struct incident *incident);

/* The given zone of a process whose node has that name, where no line has one. */
void incident_set_zone(const struct incident *incident, struct process *process, const char *node);

/* UTC of a reading of the process, or its own time where the zone is not known. */
int64_t incident_time(const struct process *process, int64_t ns);

#endif
