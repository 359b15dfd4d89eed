/* What is pasted: a block that redis-server and valkey-server start with, the same for a running server, and the names that a managed
 * service has for it. */
#ifndef PSYNCSIM_STUDY_SIZE_SIZE_BLOCK_H
#define PSYNCSIM_STUDY_SIZE_SIZE_BLOCK_H

#include <glib.h>
#include "sim/study/size/size_answer.h"
#include "sim/text/humanize.h"

/* As redis.conf takes it: no fractions. */
struct words size_block_bytes(int64_t bytes);

/* "redis.conf" lines: comments have lines of their own, because nothing may stand behind a directive. */
void size_block_print(const struct size_answer *answer, GString *out);

/* redis-cli CONFIG SET, a line each. */
void size_block_print_live(const struct size_answer *answer, GString *out);

/* Parameters of Amazon ElastiCache, in bytes; other services set these values themselves. */
void size_block_print_managed(const struct size_answer *answer, GString *out);

/* The directives that differ from what is in force, the one that matters first: "repl-backlog-size 46mb". Where faults recur, the backlog
 * stands beside another that differs. "": none does. Free with g_free. */
char *size_block_changes(const struct size_answer *answer);

#endif
