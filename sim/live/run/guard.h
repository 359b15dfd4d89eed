/* Who cleans up when psyncsim itself can no longer: a tiny process of its own session that holds
 * the other end of a pipe. When the pipe ends, whatever ended psyncsim, it kills the servers that
 * it knows and removes their directory. */
#ifndef PSYNCSIM_LIVE_GUARD_H
#define PSYNCSIM_LIVE_GUARD_H

#include <stdbool.h>
#include <sys/types.h>

#define GUARD_SERVERS_MAX 1024 /* processes started in one run */

struct guard {
    int pipe;  /* -1: none */
    pid_t pid; /* of the guardian */
    char dir[64];
};

/* Makes the directory of the run and forks the guardian. Call before there are threads or open
 * files that it should not hold. False with errno set. */
bool guard_start(struct guard *guard);

/* For the child that becomes a server: dies with its parent, leads a process group of its own,
 * which its own children are in, and is known to the guardian. False if the parent is gone. */
bool guard_enter(const struct guard *guard, pid_t parent);

/* Ends the guardian and waits until it has cleaned up. */
void guard_end(struct guard *guard);

/* Removes a directory and what is in it, down to a depth of four. */
void guard_remove(const char *path);

#endif
