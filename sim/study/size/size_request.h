/* What a user of `size` asks, made into a question (size_case.h), and the work that answers it, or
 * makes a part of the samples for another process that does. */
#ifndef PSYNCSIM_STUDY_SIZE_SIZE_REQUEST_H
#define PSYNCSIM_STUDY_SIZE_SIZE_REQUEST_H

#include "sim/study/input/case_yaml.h"
#include "sim/study/input/input.h"
#include "sim/study/size/size_case.h"

struct size_request {
    const char *file;              /* of a scenario, "-" is stdin; NULL: `options` describe it */
    struct size_options options;   /* without a file */
    const struct input_logs *logs; /* beside the options; NULL: none. Borrowed */
    const char *const *overrides;  /* PATH=VALUE, ended by NULL */
    struct size_target target;
    bool has_target;      /* false: nobody asked for it, it is the default one */
    int64_t seed;         /* -1: the scenario's */
    int64_t memory_limit; /* of the container; 0: none is given */
    int64_t checks;       /* outages drawn to judge the answer */
};

/* NULL after problems. Everything is copied; `again` is empty yet. */
struct size_case *size_request_read(const struct size_request *request, const char *version,
                                    struct diagnostics *diagnostics);

/* Makes samples by `jobs` threads (0: one per processor); of no story. False as size_record_make. */
bool size_request_sample(const struct size_case *at, uint32_t jobs, struct size_part *part);

/* The question of complete shards that this version made, with their samples. NULL with an error
 * (RECORD_FILE_ERROR), maybe after problems, too. `path` is one of theirs, for the error. Free with
 * size_request_merge_end. */
struct size_case *size_request_merge(struct record_merge *shards, const char *path,
                                     const char *version, struct diagnostics *diagnostics,
                                     GError **error);
void size_request_merge_end(struct size_case *at);

#endif
