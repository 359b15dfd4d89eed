/* Why a link ended, in words; a kill by an output-buffer limit with what is known of the limit. */
#ifndef PSYNCSIM_INCIDENT_ENDED_WORDS_H
#define PSYNCSIM_INCIDENT_ENDED_WORDS_H

#include "sim/incident/explain_words.h"

const char *ended_words(enum ended ended);

/* The same, with repl-timeout as it was given for that server, where it is one. */
void ended_words_at(const struct explained *explained, const struct process *process,
                    enum ended ended, GString *text);

/* The kill of a session: which limit, by how much, and in which phase it struck. */
void ended_words_kill(const struct explained *explained, const struct process *master,
                      const struct half_master *m, GString *text);

#endif
