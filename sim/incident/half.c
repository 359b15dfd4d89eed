/* Names, and halves without anything in them. */
#include "sim/incident/half.h"

#include <assert.h>
#include <string.h>

static const char *const ENDED[ENDED_COUNT] = {
    [ENDED_NOT] = "",
    [ENDED_LOST] = "lost",
    [ENDED_TIMEOUT] = "timeout",
    [ENDED_TIMEOUT_BULK] = "timeout-payload",
    [ENDED_PAYLOAD_FAILED] = "lost-before-payload",
    [ENDED_PAYLOAD_LOST] = "lost-in-payload",
    [ENDED_LOAD_FAILED] = "load-failed",
    [ENDED_LIMIT_HARD] = "limit-hard",
    [ENDED_LIMIT_SOFT] = "limit-soft",
    [ENDED_LIMIT] = "limit",
    [ENDED_SAVE_FAILED] = "save-failed",
    [ENDED_TURNED] = "replicaof",
    [ENDED_PROCESS] = "process-ended",
};

static const struct {
    const char *name;
    bool is_full;
} VERDICTS[VERDICT_COUNT] = {
    [VERDICT_NONE] = {"", false},
    [VERDICT_ACCEPTED] = {"accepted", false},
    [VERDICT_ACCEPTED_SECOND] = {"accepted-second-id", false},
    [VERDICT_REQUESTED] = {"requested", true},
    [VERDICT_SYNC] = {"sync-command", true},
    [VERDICT_MISMATCH] = {"id-mismatch", true},
    [VERDICT_SECOND_OFFSET] = {"second-offset", true},
    [VERDICT_PASSED] = {"backlog-passed", true},
    [VERDICT_AHEAD] = {"offset-ahead", true},
    [VERDICT_NO_BACKLOG] = {"no-backlog", true},
    [VERDICT_ID_OR_SECOND] = {"id-mismatch or second-offset", true},
    [VERDICT_REFUSED] = {"unknown", true},
};

const char *ended_name(enum ended ended)
{
    assert(ended < ENDED_COUNT);
    return ENDED[ended];
}

const char *verdict_name(enum verdict verdict)
{
    assert(verdict < VERDICT_COUNT);
    return VERDICTS[verdict].name;
}

bool verdict_is_full(enum verdict verdict)
{
    assert(verdict < VERDICT_COUNT);
    return VERDICTS[verdict].is_full;
}

#define NO_MARK ((struct mark){HALF_ABSENT, 0})

void half_replica_init(struct half_replica *half)
{
    memset(half, 0, sizeof(*half));
    half->lost = half->dialled = half->connected = half->pong = half->asked = half->answered =
        NO_MARK;
    half->receiving = half->received = half->flushing = half->loading = half->loaded = NO_MARK;
    half->done = half->failed = half->timed_dial = half->first_failure = NO_MARK;
    half->asked_offset = half->full_offset = half->payload_bytes = half->keys = HALF_ABSENT;
    half->timed_dial_ns = half->memory_milli_mb = half->rdb_age_s = HALF_ABSENT;
    half->match = -1;
}

void half_master_init(struct half_master *half)
{
    memset(half, 0, sizeof(*half));
    half->asked = half->decided = half->delayed = half->waited = half->start = half->forked =
        NO_MARK;
    half->saved = half->save_done = half->sent = half->lost = half->timed_out = NO_MARK;
    half->backlog_made = half->kill.at = NO_MARK;
    half->asked_offset = half->limit_offset = half->last_offset = half->sent_bytes = HALF_ABSENT;
    half->end_offset = half->written_bytes = half->copied_mb = HALF_ABSENT;
    half->kill.id = half->kill.omem = half->kill.blocks = half->kill.age_s = HALF_ABSENT;
    half->kill.idle_s = half->kill.net_out = HALF_ABSENT;
    half->before = half->match = -1;
}
