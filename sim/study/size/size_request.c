/* See size_request.h. */
#include "sim/study/size/size_request.h"
#include <string.h>

/* ---- the question ---- */

static bool read_options(struct size_case *at, const struct size_request *request,
                         struct diagnostics *diagnostics)
{
    const struct size_options *options = &request->options;
    struct input_figures *figures = input_read(options, request->logs, at->provenance, diagnostics);
    GString *text = figures ? size_make(options, figures, at->provenance, diagnostics) : NULL;
    input_figures_free(figures);
    if (!text)
        return false;
    bool is_good = size_case_read_text(at, "size", text->str, diagnostics);
    g_string_free(text, TRUE);
    return is_good;
}

static bool read_file(struct size_case *at, const char *path, struct diagnostics *diagnostics)
{
    provenance_add(at->provenance, "scenario", path, "file");
    return size_case_read(at, path, diagnostics);
}

static bool read_scenario(struct size_case *at, const struct size_request *request,
                          struct diagnostics *diagnostics)
{
    for (const char *const *override = request->overrides; *override; override++)
        size_case_override(at, *override);
    if (!(request->file ? read_file(at, request->file, diagnostics)
                        : read_options(at, request, diagnostics)))
        return false;
    for (const char *const *override = request->overrides; *override; override++) {
        char **sides = g_strsplit(*override, "=", 2);
        provenance_add(at->provenance, sides[0], sides[1] ? sides[1] : "", "--set");
        g_strfreev(sides);
    }
    if (size_case_has_replica(at))
        return true;
    int source = diagnostics_source(diagnostics, at->name, NULL, 0);
    diagnostics_add(diagnostics, (struct place){source, 0, 0},
                    "the scenario has no replica, expected a node with replicaof");
    return false;
}

struct size_case *size_request_read(const struct size_request *request, const char *version,
                                    struct diagnostics *diagnostics)
{
    struct size_case *at = size_case_new(version);
    struct size_question *question = &at->question;
    if (!read_scenario(at, request, diagnostics)) {
        size_case_free(at);
        return NULL;
    }
    question->target = request->target;
    question->checks = (uint64_t)request->checks;
    question->memory_limit = MAX(request->memory_limit, 0);
    const struct provenance_row *used = provenance_find(at->provenance, PROVENANCE_USED_MEMORY);
    question->used_memory = used ? g_ascii_strtoll(used->value, NULL, 10) : 0;
    question->seed = request->seed >= 0 ? (uint64_t)request->seed : at->scenario->seed;
    if (request->has_target || !request->file)
        provenance_add(at->provenance, "target", question->target.text,
                       request->has_target ? "--target" : "default");
    return at;
}

/* ---- the work ---- */

bool size_request_sample(const struct size_case *at, uint32_t jobs, struct size_part *part)
{
    struct worker_pool *pool = worker_pool_new(jobs);
    bool is_good = size_sample(&at->question, pool, part);
    worker_pool_free(pool);
    return is_good;
}

/* ---- from shards ---- */

struct size_case *size_request_merge(struct record_merge *shards, const char *path,
                                     const char *version, struct diagnostics *diagnostics,
                                     GError **error)
{
    struct size_case *at = size_case_from_head(record_merge_head(shards), diagnostics);
    if (!at)
        g_set_error(error, RECORD_FILE_ERROR, RECORD_FILE_ERROR_INPUT,
                    "%s: written by an incompatible version (this is psyncsim %s)", path, version);
    else if (strcmp(at->version, version) != 0)
        g_set_error(error, RECORD_FILE_ERROR, RECORD_FILE_ERROR_INPUT,
                    "%s: written by psyncsim %s; the same version must merge it, and this is %s",
                    path, at->version, version);
    else if (!(at->question.samples = size_record_all(shards)))
        g_set_error(error, RECORD_FILE_ERROR, RECORD_FILE_ERROR_SYSTEM,
                    "a shard changed while it was in use");
    else
        return at;
    size_case_free(at);
    return NULL;
}

void size_request_merge_end(struct size_case *at)
{
    if (at)
        g_free((struct curve_sample *)at->question.samples);
    size_case_free(at);
}
