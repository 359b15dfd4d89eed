/* What an answer leaves open, the gravest first. See size.h. */
#include <string.h>
#include "models/server/snapshot.h"
#include "sim/engine/time.h"
#include "sim/study/size/size.h"
#include "sim/text/humanize.h"

#define DISTRUSTED 0.001
#define FEW_RUNS   8

G_GNUC_PRINTF(2, 3) static void warn(struct size_answer *answer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_ptr_array_add(answer->warnings, g_strdup_vprintf(format, arguments));
    va_end(arguments);
}

static int64_t hard_in_force(const struct size_answer *answer, const struct size_setting *setting)
{
    int64_t hard = setting->limit.hard_bytes;
    bool is_raised = answer->master->profile->hard_limit_floor && hard > 0;
    return is_raised ? MAX(hard, setting->backlog_bytes) : hard;
}

/* Which of the two limits strikes first at a constant rate: FACTS F1; here the trials have seen it. */
static void warn_of_endless_sync(struct size_answer *answer)
{
    if (answer->is_story && !answer->can_finish)
        warn(
            answer,
            "even with a backlog that forgets nothing and no output-buffer limit a "
            "replica is resynchronised in full, or not online at the end: no value of these helps");
    if (answer->is_story)
        return;
    if (!answer->can_finish)
        warn(answer,
             "a full synchronisation never ends, with any limit: %s a second are written, and "
             "sending and loading do not catch up; only a faster link or host, fewer writes "
             "or less data can change that",
             humanize_size(answer->mean_rate).text);
    else if (answer->at_now.online < answer->at_now.count)
        warn(answer,
             "with the limit now in force a full synchronisation %s: it needs a buffer of %s, and "
             "the %s limit is reached first",
             answer->at_now.online == 0 ? "never ends, it loops" : "does not always end",
             humanize_size(answer->open.buffer_bytes).text,
             answer->at_now.dropped_soft > answer->at_now.dropped_hard ? "soft" : "hard");
}

/* Elsewhere no full synchronisation ends then, which is said. */
static void warn_of_slow_link(struct size_answer *answer)
{
    if (answer->is_story && answer->slowest_link > 0 && answer->slowest_link < answer->mean_rate)
        warn(answer,
             "a link to a replica carries %s a second, and %s are written: for as long as that "
             "lasts the replica falls behind, and its output buffer grows",
             humanize_size(answer->slowest_link).text, humanize_size(answer->mean_rate).text);
}

static void warn_of_target(struct size_answer *answer)
{
    if (answer->is_story || answer->is_met || !answer->can_finish || answer->is_too_small)
        return;
    if (answer->reason == REASON_NO_BACKLOG)
        warn(answer, "repl-backlog-ttl frees the backlog before the replica is back");
    if (answer->senseless_bytes > 0)
        return; /* the headline says so */
    if (answer->best.share > answer->share && answer->is_counted)
        warn(answer, "no backlog meets the target: see what spares the full resynchronisations "
                     "that remain, by cause");
    else if (answer->best.high > answer->share && answer->is_counted)
        warn(answer, "so few full resynchronisations were counted that the target, which is rarer, "
                     "can be neither shown nor refuted; a larger target can");
    else if (answer->best.high > answer->share)
        warn(answer,
             "no backlog meets the target: outages longer than %s, the longest examined, are more "
             "frequent than that; only fewer or shorter outages or a larger target can change it",
             humanize_span(answer->longest_ns).text);
    else if (!answer->is_capped)
        warn(answer, "no value was found that holds in runs with that very value");
}

static void warn_of_kills(struct size_answer *answer)
{
    int64_t hard = hard_in_force(answer, &answer->now);
    bool is_hit =
        answer->causes_now[SIZE_CAUSE_LIMIT] > 0 || answer->at_now.online < answer->at_now.count;
    if (is_hit && answer->now.limit.hard_bytes > answer->now.backlog_bytes)
        warn(answer,
             "as configured now, a replica that is killed at the hard limit of %s can never be "
             "resynchronised in part: the backlog of %s is smaller than what it then lacks",
             humanize_size(hard).text, humanize_size(answer->now.backlog_bytes).text);
    if (answer->is_limited && answer->is_met)
        warn(answer,
             "in some outages the output-buffer limit is reached before the link times out; "
             "the risks below count that");
}

static void warn_of_memory(struct size_answer *answer)
{
    int64_t memory = answer->master->config.maxmemory;
    int64_t wanted = answer->used_memory + answer->then.backlog_bytes;
    if (memory > 0 && wanted > memory && !answer->is_story)
        warn(answer,
             "data (%s of memory) and backlog are %s, more than maxmemory (%s): the backlog counts "
             "against it, "
             "so keys would be evicted or writes refused",
             humanize_size(answer->used_memory).text, humanize_size(wanted).text,
             humanize_size(memory).text);
    if (answer->then.ttl_s == 0 && answer->now.ttl_s != 0 && !answer->is_story && answer->is_met)
        warn(answer,
             "repl-backlog-ttl 0 keeps the backlog of %s in memory for ever, also where no replica "
             "is left",
             humanize_size(answer->then.backlog_bytes).text);
}

/* With pages of 2 MB a few writes touch them all. */
static void warn_of_huge_pages(struct size_answer *answer)
{
    const struct scenario_node *master = answer->master;
    struct work data = {master->dataset_bytes, master->keys};
    int64_t all = save_copied_bytes(data, INT64_C(1) << 40, 0, PAGE_HUGE_BYTES);
    if (answer->copied_memory > 0 && all > answer->copied_memory)
        warn(answer,
             "with transparent huge pages a save copies up to %s instead of %s; the kernel's "
             "transparent_hugepage=never switches them off",
             humanize_size(all).text, humanize_size(answer->copied_memory).text);
}

static void warn_of_few_runs(struct size_answer *answer)
{
    bool has_saves = answer->master->config.save_rule.count > 0;
    if (answer->is_counted && answer->runs <= FEW_RUNS && has_saves)
        warn(answer,
             "only %d runs were counted, because they take long: they have saves at save points. "
             "Without the line `save` more are counted, and the error is smaller; what is "
             "counted depends on these saves after crashes, and else hardly",
             (int)answer->runs);
}

static void warn_of_falls(struct size_answer *answer)
{
    if (answer->falling > 0)
        warn(answer,
             "in %d of %d samples a longer outage needs less than a shorter one: there the lengths "
             "that end in a full resynchronisation are looked for one by one, and short stretches "
             "may be missed; --check 10000 judges the answer by drawn outages",
             (int)answer->falling, (int)answer->samples);
}

static void warn_of_the_rest(struct size_answer *answer)
{
    if (answer->is_story)
        return;
    if (!answer->is_counted && dist_is_constant(&answer->law))
        warn(answer, "outages are taken to last always the same: a longer one is not "
                     "accounted for");
    if (!answer->is_counted && answer->share < DISTRUSTED)
        warn(answer, "so small a risk rests on the tail of the law of outages, which nobody has "
                     "observed; take its order of magnitude");
}

void size_warn(struct size_answer *answer)
{
    warn_of_endless_sync(answer);
    warn_of_slow_link(answer);
    warn_of_target(answer);
    warn_of_few_runs(answer);
    warn_of_falls(answer);
    warn_of_kills(answer);
    warn_of_memory(answer);
    warn_of_huge_pages(answer);
    warn_of_the_rest(answer);
}

void size_warn_of_inputs(struct size_answer *answer, const struct provenance *provenance)
{
    if (answer->replica->config.appendonly)
        warn(answer,
             "appendonly yes: a replica that restarts loads its AOF, which knows no position "
             "in the stream, so every restart ends in a full resynchronisation, whatever "
             "the backlog");
    for (guint i = 0; provenance && i < provenance->remarks->len; i++)
        warn(answer, "%s", (const char *)provenance->remarks->pdata[i]);
}
