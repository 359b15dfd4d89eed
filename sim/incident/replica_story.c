/* A replica's story: messages to resynchronisations, by the rows of attempt_rows.def. `now` is the
 * attempt that is under way, from the loss of the link on. */
#include <string.h>
#include "sim/incident/process.h"

#define NAMES_NS INT64_C(5000000000) /* a look-up of the master's name may take that long */

static const char LETTERS[] = "UOLAPBD";

/* The attempt has an end: it is kept if it was a resynchronisation. */
static void close_attempt(struct process *process)
{
    struct half_replica *now = &process->now;
    if (now->verdict != VERDICT_NONE || now->lost.ns != HALF_ABSENT || now->tries > 0) {
        if (process->as_replica->len < PROCESS_HALVES)
            g_array_append_val(process->as_replica, *now);
        else
            process->overflow++;
    }
    half_replica_init(now);
}

static bool is_under_way(const struct process *process)
{
    return process->state >= ATTEMPT_PROMISED;
}

static void begin_in_the_middle(struct process *process)
{
    process->now.has_begun_before =
        process->now.has_begun_before ||
        (process->now.asked.ns == HALF_ABSENT && !is_under_way(process));
    if (process->now.verdict == VERDICT_NONE)
        process->now.verdict = VERDICT_REFUSED;
}

static void lose_by(struct process *process, enum ended by, struct mark at)
{
    half_replica_init(&process->now);
    process->now.lost = at;
    process->now.lost_by = by;
}

static void fail_by(struct process *process, enum ended by, struct mark at)
{
    begin_in_the_middle(process);
    process->now.outcome = OUTCOME_FAILED;
    process->now.failed_by = by;
    process->now.failed = at;
    close_attempt(process);
}

/* ---- actions: (process, what the message says, where it stands) ---- */

typedef void action(struct process *process, const struct said *said, struct mark at);

static void lose_by_silence(struct process *process, const struct said *said, struct mark at)
{
    (void)said;
    lose_by(process, ENDED_TIMEOUT, at);
}

static void lose(struct process *process, const struct said *said, struct mark at)
{
    (void)said;
    lose_by(process, ENDED_LOST, at);
}

static void fail_by_loss(struct process *process, const struct said *said, struct mark at)
{
    (void)said;
    if (is_under_way(process))
        fail_by(process, ENDED_LOST, at);
    process->now.lost = at;
    process->now.lost_by = ENDED_LOST;
}

static void dial(struct process *process, const struct said *said, struct mark at)
{
    if (is_under_way(process))
        fail_by(process, ENDED_TURNED, at);
    else if (process->state == ATTEMPT_ONLINE)
        half_replica_init(&process->now);
    struct half_replica *now = &process->now;
    piece_copy(said->values[0], now->master, sizeof(now->master));
    now->master[strcspn(now->master, " ")] = '\0';
    now->dialled = at;
    now->connected.ns = HALF_ABSENT;
    now->tries++;
}

static void dial_started(struct process *process, const struct said *said, struct mark at)
{
    (void)said;
    struct mark *dialled = &process->now.dialled;
    mark_set(dialled, at);
    if (at.ns < dialled->ns || at.ns - dialled->ns > NAMES_NS)
        *dialled = at; /* of another attempt, whose first line is missing */
}

static void connect(struct process *process, const struct said *said, struct mark at)
{
    (void)said;
    process->now.connected = at;
}

static void miss(struct process *process, const struct said *said, struct mark at)
{
    struct half_replica *now = &process->now;
    now->refusals++;
    mark_set(&now->first_failure, at);
    piece_copy(said->values[0], now->error, sizeof(now->error));
}

static void miss_by_silence(struct process *process, const struct said *said, struct mark at)
{
    miss(process, said, at);
    process->now.timed_dial = at;
    process->now.timed_dial_ns = at.ns - process->now.dialled.ns;
    process->now.was_connected = process->now.connected.ns != HALF_ABSENT;
    g_strlcpy(process->now.error, "timeout", sizeof(process->now.error));
}

static void pong(struct process *process, const struct said *said, struct mark at)
{
    (void)said;
    process->now.pong = at;
}

static void deny(struct process *process, const struct said *said, struct mark at)
{
    struct half_replica *now = &process->now;
    now->denials++;
    mark_set(&now->first_failure, at);
    if (said->count > 0)
        piece_copy(said->values[0], now->error, sizeof(now->error));
    now->asked.ns = HALF_ABSENT;
    now->asked_offset = HALF_ABSENT;
    now->verdict = VERDICT_NONE;
}

static void ask_for_all(struct process *process, const struct said *said, struct mark at)
{
    (void)said;
    if (is_under_way(process))
        fail_by(process, ENDED_LOST, at);
    process->now.asked = at;
    process->now.asked_id[0] = '\0';
    process->now.asked_offset = HALF_ABSENT;
}

static void ask(struct process *process, const struct said *said, struct mark at)
{
    ask_for_all(process, said, at);
    piece_copy(said->values[0], process->now.asked_id, sizeof(process->now.asked_id));
    process->now.asked_offset = piece_number(said->values[1], HALF_ABSENT);
}

/* What the replica's own two lines say about the reason. */
static enum verdict verdict_of(const struct half_replica *half)
{
    bool has_asked = half->asked.ns != HALF_ABSENT;
    if (!has_asked)
        return VERDICT_REFUSED;
    if (half->asked_id[0] == '\0')
        return VERDICT_REQUESTED;
    if (half->full_id[0] == '\0' || half->is_two_channel)
        return VERDICT_REFUSED;
    if (strcmp(half->asked_id, half->full_id) != 0)
        return half->asked_offset == 1 ? VERDICT_MISMATCH : VERDICT_ID_OR_SECOND;
    bool is_ahead = half->asked_offset != HALF_ABSENT && half->full_offset != HALF_ABSENT &&
                    half->asked_offset > half->full_offset + 1;
    return is_ahead ? VERDICT_AHEAD : VERDICT_PASSED;
}

static void promise(struct process *process, const struct said *said, struct mark at)
{
    struct half_replica *now = &process->now;
    struct piece offset = said->values[1];
    while (offset.len > 0 && (offset.at[offset.len - 1] < '0' || offset.at[offset.len - 1] > '9'))
        offset.len--;
    now->answered = at;
    piece_copy(said->values[0], now->full_id, sizeof(now->full_id));
    now->full_offset = piece_number(offset, HALF_ABSENT);
    now->verdict = verdict_of(now);
}

static void promise_channel(struct process *process, const struct said *said, struct mark at)
{
    (void)said;
    process->now.is_two_channel = true;
    process->now.answered = at;
    process->now.verdict = verdict_of(&process->now);
}

/* "using main channel (request ID:B+1)" */
static void learn_end(struct process *process, const struct said *said, struct mark at)
{
    struct half_replica *now = &process->now;
    int64_t next = piece_number(said->values[1], HALF_ABSENT);
    (void)at;
    now->is_two_channel = true;
    piece_copy(said->values[0], now->full_id, sizeof(now->full_id));
    now->full_offset = next > 0 ? next - 1 : HALF_ABSENT;
    if (now->verdict == VERDICT_REFUSED && now->asked_id[0]) {
        now->is_two_channel = false;
        now->verdict = verdict_of(now);
        now->is_two_channel = true;
    }
}

static void accept(struct process *process, const struct said *said, struct mark at)
{
    (void)said;
    struct half_replica *now = &process->now;
    now->answered = now->done = at;
    now->verdict = VERDICT_ACCEPTED;
    now->outcome = OUTCOME_ONLINE;
    close_attempt(process);
}

static void change_id(struct process *process, const struct said *said, struct mark at)
{
    (void)said;
    GArray *halves = process->as_replica;
    if (halves->len == 0)
        return;
    struct half_replica *last = &g_array_index(halves, struct half_replica, halves->len - 1);
    if (last->verdict == VERDICT_ACCEPTED && at.ns - last->answered.ns <= 2000000)
        last->verdict = VERDICT_ACCEPTED_SECOND;
}

static void receive(struct process *process, const struct said *said, struct mark at)
{
    (void)said;
    begin_in_the_middle(process);
    mark_set(&process->now.receiving, at);
    process->now.is_streamed = true;
}

static void receive_bytes(struct process *process, const struct said *said, struct mark at)
{
    receive(process, said, at);
    process->now.is_streamed = false;
    process->now.payload_bytes = piece_number(said->values[0], HALF_ABSENT);
}

static void received(struct process *process, const struct said *said, struct mark at)
{
    (void)said;
    mark_set(&process->now.received, at);
}

static void flush(struct process *process, const struct said *said, struct mark at)
{
    received(process, said, at);
    begin_in_the_middle(process);
    mark_set(&process->now.flushing, at);
}

static void load(struct process *process, const struct said *said, struct mark at)
{
    received(process, said, at);
    begin_in_the_middle(process);
    mark_set(&process->now.loading, at);
}

static void age(struct process *process, const struct said *said, struct mark at)
{
    (void)at;
    if (process->state == ATTEMPT_LOADING)
        process->now.rdb_age_s = piece_number(said->values[0], HALF_ABSENT);
}

/* "12.17" */
static void memory(struct process *process, const struct said *said, struct mark at)
{
    (void)at;
    struct piece whole = said->values[0], part = {"", 0};
    const char *dot = memchr(whole.at, '.', whole.len);
    if (dot) {
        part = (struct piece){dot + 1, whole.len - (size_t)(dot - whole.at) - 1};
        whole.len = (size_t)(dot - whole.at);
    }
    int64_t mb = piece_number(whole, -1), cent = part.len == 2 ? piece_number(part, 0) : 0;
    if (mb >= 0 && mb < INT64_C(1) << 40 && process->state == ATTEMPT_LOADING)
        process->now.memory_milli_mb = mb * 1000 + cent * 10;
}

static void keys(struct process *process, const struct said *said, struct mark at)
{
    if (process->state != ATTEMPT_LOADING)
        return;
    process->now.keys = piece_number(said->values[0], HALF_ABSENT);
    mark_set(&process->now.loaded, at);
}

static void finish(struct process *process, const struct said *said, struct mark at)
{
    (void)said;
    begin_in_the_middle(process);
    process->now.done = at;
    process->now.outcome = OUTCOME_ONLINE;
    close_attempt(process);
}

static void fail_by_silence(struct process *process, const struct said *said, struct mark at)
{
    (void)said;
    fail_by(process, ENDED_TIMEOUT_BULK, at);
}

static void fail_before(struct process *process, const struct said *said, struct mark at)
{
    (void)said;
    fail_by(process, ENDED_PAYLOAD_FAILED, at);
}

static void fail_within(struct process *process, const struct said *said, struct mark at)
{
    (void)said;
    fail_by(process, ENDED_PAYLOAD_LOST, at);
}

static void fail_to_load(struct process *process, const struct said *said, struct mark at)
{
    (void)said;
    fail_by(process, ENDED_LOAD_FAILED, at);
}

/* ---- the table ---- */

#define ATTEMPT_SAME 255

static const struct {
    const char *states;
    enum word on;
    int next;
    action *does;
} ROWS[] = {
#define ROW(states, on, next, does, why) {states, WORD_##on, ATTEMPT_##next, does},
#include "sim/incident/attempt_rows.def"
#undef ROW
};

void replica_story_take(struct process *process, const struct said *said, struct mark at)
{
    for (size_t i = 0; i < G_N_ELEMENTS(ROWS); i++) {
        if (ROWS[i].on != said->word)
            continue;
        if (ROWS[i].states[0] != '*' && !strchr(ROWS[i].states, LETTERS[process->state]))
            continue;
        ROWS[i].does(process, said, at);
        if (ROWS[i].next != ATTEMPT_SAME)
            process->state = (enum attempt_state)ROWS[i].next;
        return;
    }
}

void replica_story_end(struct process *process, enum ended by, struct mark at)
{
    struct half_replica *now = &process->now;
    bool is_asked = process->state >= ATTEMPT_ASKED && now->asked.ns != HALF_ABSENT;
    if (is_asked && now->verdict == VERDICT_NONE && !now->asked_id[0])
        now->verdict = VERDICT_REQUESTED;
    if (process->state >= ATTEMPT_ASKED && now->verdict != VERDICT_NONE) {
        if (by != ENDED_NOT) {
            now->failed_by = by;
            now->failed = at;
            now->outcome = by == ENDED_TURNED ? OUTCOME_FAILED : OUTCOME_OPEN;
        }
        close_attempt(process);
    } else if (now->lost.ns != HALF_ABSENT || now->tries > 0) {
        now->verdict = VERDICT_NONE;
        now->failed_by = by;
        close_attempt(process);
    }
    half_replica_init(now);
    process->state = ATTEMPT_UNKNOWN;
}
