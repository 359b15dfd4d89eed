/* See reaper.h. The guardian learns process groups as numbers on its pipe, written by the servers'
 * processes themselves before they become servers: there is no moment in which one runs unknown. */
#include "sim/live/run/reaper.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEPTH_MAX    4
#define REMOVE_TRIES 200 /* of 10 ms: a child that is just dying may still add a file */

/* ---- the directory ---- */

static bool is_dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* The first directory in `path`, appended to it, or false when all files are gone. */
static bool empty_to_subdirectory(char *path, size_t size)
{
    DIR *dir = opendir(path);
    size_t len = strlen(path);
    bool found = false;
    if (dir == NULL)
        return false;
    for (struct dirent *entry = readdir(dir); entry != NULL && !found; entry = readdir(dir)) {
        struct stat info;
        if (is_dots(entry->d_name))
            continue;
        snprintf(path + len, size - len, "/%s", entry->d_name);
        found = lstat(path, &info) == 0 && S_ISDIR(info.st_mode);
        if (!found)
            unlink(path);
    }
    closedir(dir);
    if (!found)
        path[len] = '\0';
    return found;
}

/* Goes down into directories, empties the lowest, removes it, and begins again at the top. */
static void remove_once(const char *top)
{
    char path[512];
    for (int round = 0; round < 256; round++) {
        snprintf(path, sizeof path, "%s", top);
        for (int depth = 0; depth < DEPTH_MAX && empty_to_subdirectory(path, sizeof path);)
            depth++;
        if (rmdir(path) != 0 || strcmp(path, top) == 0)
            return;
    }
}

void reaper_remove(const char *path)
{
    struct stat info;
    for (int i = 0; i < REMOVE_TRIES && lstat(path, &info) == 0; i++) {
        if (i > 0)
            poll(NULL, 0, 10);
        remove_once(path);
    }
}

/* ---- the guardian ---- */

static void let_go_of_files(int kept)
{
    struct rlimit limit;
    int null = open("/dev/null", O_RDWR);
    for (int fd = 0; fd <= 2 && null >= 0; fd++)
        dup2(null, fd);
    int end = getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < 65536 ? (int)limit.rlim_cur
                                                                              : 65536;
    for (int fd = 3; fd < end; fd++)
        if (fd != kept)
            close(fd);
}

static _Noreturn void sniffer(int pipe, const char *dir)
{
    pid_t groups[REAPER_SERVERS_MAX];
    size_t count = 0;
    pid_t group;
    setsid();
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    let_go_of_files(pipe);
    for (;;) { /* writes of a pid are atomic */
        ssize_t got = read(pipe, &group, sizeof group);
        if (got < 0 && errno == EINTR)
            continue;
        if (got != (ssize_t)sizeof group)
            break;
        groups[count++ % REAPER_SERVERS_MAX] = group;
    }
    for (size_t i = 0; i < count && i < REAPER_SERVERS_MAX; i++)
        kill(-groups[i], SIGKILL);
    reaper_remove(dir);
    _exit(0);
}

bool reaper_start(struct reaper *reaper)
{
    const char *tmp = getenv("TMPDIR");
    int ends[2];
    reaper->pipe = -1;
    if (tmp == NULL || tmp[0] != '/' || strlen(tmp) > 32)
        tmp = "/tmp";
    snprintf(reaper->dir, sizeof reaper->dir, "%s/psyncsim-live-XXXXXX", tmp);
    if (pipe(ends) != 0)
        return false;
    if (mkdtemp(reaper->dir) == NULL) {
        close(ends[0]);
        close(ends[1]);
        return false;
    }
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
    reaper->pid = fork();
    if (reaper->pid == 0)
        sniffer(ends[0], reaper->dir);
    close(ends[0]);
    if (reaper->pid > 0)
        reaper->pipe = ends[1];
    else
        rmdir(reaper->dir);
    return reaper->pid > 0;
}

bool reaper_enter(const struct reaper *reaper, pid_t parent)
{
    pid_t own = getpid();
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    bool is_known = write(reaper->pipe, &own, sizeof own) == (ssize_t)sizeof own;
    return is_known && getppid() == parent;
}

void reaper_end(struct reaper *reaper)
{
    if (reaper->pipe < 0)
        return;
    close(reaper->pipe);
    reaper->pipe = -1;
    waitpid(reaper->pid, NULL, 0);
}
