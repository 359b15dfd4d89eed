/* Who cleans up when psyncsim itself can no longer: a tiny process of its own session that holds
 * the other end of a pipe. When the pipe ends, whatever ended psyncsim, it kills the servers that
 * it knows and removes their directory. */
#ifndef PSYNCSIM_LIVE_RUN_REAPER_H
#define PSYNCSIM_LIVE_RUN_REAPER_H

#include <stdbool.h>
#include <sys/types.h>

#define REAPER_SERVERS_MAX 1024 /* processes started in one run */

struct reaper {
    int pipe;  /* -1: none */
    pid_t pid; /* of the guardian */
    char dir[64];
};

/* Makes the directory of the run and forks the guardian. Call before there are threads or open
 * files that it should not hold. False with errno set. */
bool reaper_start(struct reaper *reaper);

/* For the child that becomes a server: dies with its parent, leads a process group of its own,
 * which its own children are in, and is known to the guardian. False if the parent is gone. */
bool reaper_enter(const struct reaper *reaper, pid_t parent);

/* Ends the guardian and waits until it has cleaned up. */
void reaper_end(struct reaper *reaper);

/* Removes a directory and what is in it, down to a depth of four. */
void reaper_remove(const char *path);

#endif
