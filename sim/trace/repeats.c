/* See repeats.h. */
#include "sim/trace/repeats.h"

#include <string.h>

static struct repeats_replica *watched(struct repeats *repeats, int32_t replica)
{
    struct repeats_replica *at = &repeats->replicas[replica % REPEATS_ROOM];
    return at->is_watched && at->replica == replica ? at : NULL;
}

/* From its dial on; NULL: another one, whose attempts are held back, has its place. */
static struct repeats_replica *watch(struct repeats *repeats, int32_t replica)
{
    struct repeats_replica *at = &repeats->replicas[replica % REPEATS_ROOM];
    if (at->is_held && at->replica != replica)
        return NULL;
    if (!at->is_watched || at->replica != replica)
        *at = (struct repeats_replica){.is_watched = true, .replica = replica};
    return at;
}

static bool is_equal(const struct repeats_steps *a, const struct repeats_steps *b)
{
    return a->count == b->count && memcmp(a->of, b->of, a->count * sizeof a->of[0]) == 0;
}

/* Attempts are held back from the third equal one on. */
static void dial(struct repeats_replica *at, const struct repeats_step *step)
{
    struct repeats_attempts *attempts = &at->attempts;
    bool is_alike =
        at->is_refused && attempts->dropped_ns == step->t && is_equal(&at->before, &at->now);
    if (!at->is_held) {
        attempts->count = 0;
        attempts->first_ns = step->t;
    }
    at->is_held = is_alike;
    at->before = at->now;
    at->now = (struct repeats_steps){.of = {step->text}, .count = 1};
    at->is_refused = false;
    attempts->dropped_ns = attempts->asked_ns = attempts->answered_ns = -1;
    attempts->dialled_ns = step->t;
    attempts->count++;
}

/* Whether the attempt may still be like the one before. */
static bool go_on(struct repeats_replica *at, const struct repeats_step *step)
{
    uint32_t place = at->now.count;
    if (step->kind == REPEATS_OTHER || place == REPEATS_STEPS)
        return false;
    if (at->is_held && (place >= at->before.count || at->before.of[place] != step->text))
        return false;
    at->now.of[at->now.count++] = step->text;
    at->is_refused |= step->kind == REPEATS_REFUSAL;
    if (step->kind == REPEATS_ASK)
        at->attempts.asked_ns = step->t;
    else if (step->kind == REPEATS_REFUSAL)
        at->attempts.answered_ns = step->t;
    else if (step->kind == REPEATS_DROP)
        at->attempts.dropped_ns = step->t;
    return true;
}

struct repeats_verdict repeats_take(struct repeats *repeats, const struct repeats_step *step)
{
    bool is_dial = step->kind == REPEATS_DIAL;
    struct repeats_replica *at =
        is_dial ? watch(repeats, step->replica) : watched(repeats, step->replica);
    if (at == NULL)
        return (struct repeats_verdict){0};
    struct repeats_verdict verdict = {.attempts = at->attempts};
    bool was_held = at->is_held;
    if (is_dial)
        dial(at, step);
    else if (!go_on(at, step))
        at->is_watched = at->is_held = false;
    verdict.is_held = at->is_held;
    verdict.is_over = was_held && !at->is_held;
    return verdict;
}

struct repeats_verdict repeats_end(struct repeats *repeats, int32_t replica)
{
    struct repeats_replica *at = watched(repeats, replica);
    if (at == NULL || !at->is_held)
        return (struct repeats_verdict){0};
    at->is_watched = at->is_held = false;
    return (struct repeats_verdict){.is_over = true, .attempts = at->attempts};
}
