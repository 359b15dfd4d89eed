/* See outcome.h. */
#include "sim/world/outcome.h"

#include <assert.h>
#include "sim/engine/time.h"
#include "sim/world/account.h"
#include "sim/world/misplaced.h"
#include "sim/world/node.h"
#include "sim/world/node_backlog.h"
#include "sim/world/timeline.h"

#define JOURNEY_SLACK_NS (10 * NS_PER_MS)

static bool is_online(const struct node *node)
{
    return node->is_up && replica_is_online(&node->replica);
}

static bool is_consistent(const struct world *world, const struct node *node)
{
    if (!node->is_up || node->master == NO_INDEX)
        return true;
    const struct node *master = &world->nodes[node->master];
    return is_online(node) && master->is_up &&
           timeline_is_prefix(world, node->timeline, node_offset(world, node), master->timeline,
                              node_offset(world, master));
}

/* All that it lacks of the top master's data was written within the last round trip. */
static bool is_identical(const struct world *world, const struct node *node)
{
    return !node->is_up || node->master == NO_INDEX || account_behind(world, node) == 0 ||
           node->account.age <= 2 * account_path_latency(world, node) + JOURNEY_SLACK_NS;
}

void outcome_emit(struct world *world, struct node *node)
{
    assert(world->now == world->scenario->duration);
    account_close(world, node);
    account_writes(world, node);
    const struct account *account = &node->account;
    if (account->stale_since >= 0)
        trace_stale(world->trace, world->now, node->index,
                    &(struct event_stale){account->stale_since, TRACE_ABSENT, account->stale_peak});
    struct backlog_range range = node_backlog(world, node);
    int64_t misplaced = node->is_up ? misplaced_commands(world, node) : 0;
    bool is_good = is_consistent(world, node) && misplaced == 0;
    trace_end(world->trace, world->now, node->index,
              &(struct event_end){
                  .master = node->master,
                  .is_up = node->is_up,
                  .is_online = is_online(node),
                  .is_promised = account->attempt.is_open && account->attempt.is_decided,
                  .is_consistent = is_good,
                  .is_identical = is_good && is_identical(world, node),
                  .misplaced = misplaced,
                  .knows_losses = true,
                  .state = node->replica.state,
                  .offset = node_offset(world, node),
                  .behind = account_behind(world, node),
                  .stale_ns = account->stale,
                  .stale_max_ns = account->stale_max,
                  .stale_reads_ppm = account->stale_reads_ppm,
                  .samples = account->samples,
                  .buffer_peak_bytes = account->buffer_peak,
                  .buffer_limit_bytes = account->buffer_limit,
                  .refused_writes = account->refused_writes,
                  .backlog_first = range.exists ? range.first : TRACE_ABSENT,
                  .backlog_bytes = range.length,
                  .config = &node->config,
              });
}
