/* What a line says about its writer, and its message. */
#ifndef PSYNCSIM_INCIDENT_PEELED_H
#define PSYNCSIM_INCIDENT_PEELED_H

#include "sim/incident/stamp.h"
#include "sim/incident/word_table.h"

#define PEEL_NAME_MAX 64
#define PEEL_PID_MAX  16

struct peeled {
    const char *message; /* borrowed from the line, or from the scratch */
    size_t len;
    char pid[PEEL_PID_MAX];   /* "": unknown; may be a word where people removed the number */
    char role;                /* M, S, C, X; 0: unknown */
    char level;               /* . - * #; 0: unknown */
    char name[PEEL_NAME_MAX]; /* of the writer, as the wrapper has it: pod, container, host; "" */
    struct stamp server, wrapper;
    bool is_header; /* "==> FILE <==" of tail -f: `name` is of the lines that follow */
    bool is_blank;
    struct said said;
};

#endif
