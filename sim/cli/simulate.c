/* See simulate.h. */
#include "sim/cli/simulate.h"

#include "sim/cli/cli.h"
#include "sim/cli/progress.h"
#include "sim/engine/time.h"
#include "sim/page/openmetrics.h"
#include "sim/page/page_data.h"
#include "sim/world/info_text.h"
#include "sim/world/node.h"
#include "sim/world/run_once.h"

void simulate_for_page(struct simulate *simulate, const struct scenario *scenario)
{
    simulate->messages = simulate->messages || scenario->duration <= PAGE_MESSAGES_NS;
    if (simulate->positions == 0)
        simulate->positions = ceil_div(scenario->duration, PAGE_LOOKS);
}

struct running {
    const struct simulate *simulate;
    struct progress *progress;
};

static void show_progress(void *user, int64_t now)
{
    progress_show(((struct running *)user)->progress, (uint64_t)(now / NS_PER_S));
}

static void print_info(void *user, struct world *world)
{
    info_text_print(world, ((struct running *)user)->simulate->info);
}

/* As a process that stands still, one that does not run gives no answer in time. */
static void scrape(void *user, struct world *world)
{
    struct openmetrics *metrics = ((struct running *)user)->simulate->openmetrics;
    GString *info = g_string_new(NULL);
    for (uint32_t i = 0; i < world->node_count; i++) {
        struct node *node = &world->nodes[i];
        bool answers = node->is_up && !node_is_blocked(node);
        g_string_truncate(info, 0);
        if (answers)
            info_text_print_all(world, node, info);
        openmetrics_scrape(metrics, world->now, node->spec->name, answers ? info->str : NULL);
    }
    g_string_free(info, TRUE);
}

int simulate_run(void *user, struct report *report)
{
    const struct simulate *simulate = user;
    struct running running = {
        simulate, progress_new("simulated seconds",
                               (uint64_t)ceil_div(report->scenario->duration, NS_PER_S), 0)};
    char *broken = run_once(&(struct run_once){.scenario = report->scenario,
                                               .seed = report->seed,
                                               .is_checked = true,
                                               .trace = &report->trace,
                                               .positions = simulate->positions,
                                               .has_messages = simulate->messages,
                                               .moves = show_progress,
                                               .at = simulate->at,
                                               .again = simulate->scrapes,
                                               .looks = simulate->info != NULL          ? print_info
                                                        : simulate->openmetrics != NULL ? scrape
                                                                                        : NULL,
                                               .user = &running});
    progress_free(running.progress);
    if (broken == NULL)
        return EXIT_HELD;
    char *again = results_repeat(simulate->results, report);
    int code = cli_bug(broken, again);
    g_free(again);
    g_free(broken);
    return code;
}
