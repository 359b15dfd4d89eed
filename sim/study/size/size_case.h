/* The question of `size` with all that it was asked from: what a shard must hold to be answered
 * anywhere, without the files. */
#ifndef PSYNCSIM_STUDY_SIZE_SIZE_CASE_H
#define PSYNCSIM_STUDY_SIZE_SIZE_CASE_H

#include <glib.h>
#include "sim/study/records/record_file.h"
#include "sim/study/size/size.h"
#include "sim/text/diagnostic.h"
#include "sim/scenario/scenario_files.h"

struct size_case {
    char *version, *name, *text; /* owned; of the scenario: what it is called, and its YAML */
    char *again;                 /* owned: the command that repeats it */
    GPtrArray *overrides;        /* char *, owned, ended by NULL */
    struct scenario_files *files;
    struct provenance *provenance;
    struct scenario *scenario;
    struct size_question question; /* its scenario and provenance are the ones above */
};

/* Everything is empty. Free with size_case_free. */
struct size_case *size_case_new(const char *version);
void size_case_free(struct size_case *at);

/* Adds "PATH=VALUE"; before the scenario is read. */
void size_case_override(struct size_case *at, const char *override);

/* Reads the scenario of a file ("-": stdin), or of a text. False after problems. */
bool size_case_read(struct size_case *at, const char *path, struct diagnostics *diagnostics);
bool size_case_read_text(struct size_case *at, const char *name, const char *text,
                         struct diagnostics *diagnostics);

/* Without one there is no question. */
bool size_case_has_replica(const struct size_case *at);

/* The head of shard `number` of `of`; free about with g_free. */
struct record_file_head size_case_head(const struct size_case *at, uint32_t number, uint32_t of);

/* NULL if a head says it in another way than this version does, or what it says is no question with
 * a risk; then maybe after problems. */
struct size_case *size_case_from_head(const struct record_file_head *head,
                                      struct diagnostics *diagnostics);

#endif
