/* Values count in the order in which they were given: the last one of a directive is in force. */
#include "sim/incident/evidence.h"

#include <string.h>

void evidence_free(void *at)
{
    struct evidence *evidence = at;
    g_free(evidence->node);
    g_free(evidence->server);
    for (int i = 0; i < CONFIG_COUNT; i++)
        g_free(evidence->config[i]);
    if (evidence->points)
        g_array_free(evidence->points, TRUE);
    g_free(evidence);
}

const char *evidence_config(const GPtrArray *evidence, const char *node, int directive)
{
    const char *found = NULL;
    for (guint i = 0; i < evidence->len; i++) {
        const struct evidence *one = evidence->pdata[i];
        if ((!one->node || strcmp(one->node, node) == 0) && one->config[directive])
            found = one->config[directive];
    }
    return found;
}

struct limits evidence_limits(const GPtrArray *evidence, const char *node)
{
    static const int READ[] = {CONFIG_backlog_bytes, CONFIG_limit, CONFIG_timeout_s};
    struct config config;
    bool has[CONFIG_COUNT] = {false};
    config_init(&config, profile_find(PROFILE_DEFAULT));
    for (size_t i = 0; i < G_N_ELEMENTS(READ); i++) {
        const char *value = evidence_config(evidence, node, READ[i]);
        has[READ[i]] = value && config_set(&config, READ[i], value) == NULL;
    }
    bool has_limit = has[CONFIG_limit];
    return (struct limits){.backlog_bytes =
                               has[CONFIG_backlog_bytes] ? config.backlog_bytes : HALF_ABSENT,
                           .hard_bytes = has_limit ? config.limit.hard_bytes : HALF_ABSENT,
                           .soft_bytes = has_limit ? config.limit.soft_bytes : HALF_ABSENT,
                           .soft_s = has_limit ? config.limit.soft_s : HALF_ABSENT,
                           .timeout_s = has[CONFIG_timeout_s] ? config.timeout_s : HALF_ABSENT};
}

enum ended limits_kill(const struct limits *limits, const struct kill *kill)
{
    if (limits->hard_bytes == HALF_ABSENT || kill->omem == HALF_ABSENT)
        return ENDED_LIMIT;
    if (limits->hard_bytes > 0 && kill->omem >= limits->hard_bytes)
        return ENDED_LIMIT_HARD;
    return limits->soft_bytes > 0 && kill->omem >= limits->soft_bytes ? ENDED_LIMIT_SOFT
                                                                      : ENDED_LIMIT;
}

void evidence_settle(const GPtrArray *evidence, const struct stories *stories)
{
    for (guint i = 0; i < incident_process_count(stories->incident); i++) {
        const struct process *process = incident_process(stories->incident, i);
        struct limits limits = evidence_limits(evidence, stories_node(stories, process));
        for (guint k = 0; k < process->as_master->len; k++) {
            struct half_master *half = &g_array_index(process->as_master, struct half_master, k);
            bool is_kill = half->lost_by == ENDED_LIMIT || half->lost_by == ENDED_LIMIT_HARD ||
                           half->lost_by == ENDED_LIMIT_SOFT;
            enum ended ended = limits_kill(&limits, &half->kill);
            if (is_kill && half->kill.at.ns != HALF_ABSENT && ended != ENDED_LIMIT)
                half->lost_by = ended;
        }
    }
}
