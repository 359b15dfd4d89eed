/* Log files, read into an incident. */
#ifndef PSYNCSIM_CLI_LOG_FILES_H
#define PSYNCSIM_CLI_LOG_FILES_H

#include "sim/incident/incident.h"

struct log_files;

struct log_files *log_files_new(const struct incident_options *options);
void log_files_free(struct log_files *reader);

/* One file, "-" is stdin; `node` names its server, NULL: it is not named. False after words on
 * stderr. */
bool log_files_read(struct log_files *reader, const char *name, const char *node);

/* Several; FILE, FILE.1, FILE.2 or FILE-20261128 are pieces of one log, oldest first by their stamps. */
bool log_files_read_all(struct log_files *reader, char *const *names, guint count);

/* What was read; owned by the reader. */
struct incident *log_files_incident(const struct log_files *reader);

/* Whether any line is one of a server. */
bool log_files_has_lines(const struct log_files *reader);

/* Says that no file is a log of a server, and what they begin like. Returns the exit code. */
int log_files_complain(const struct log_files *reader, const char *command);

#endif
