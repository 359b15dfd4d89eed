/* A master's story: the sessions of its replicas, from "asks for synchronization" to "lost". Lines
 * of the decision name no replica where they stand right behind the one that asked; lines of a save
 * are about all who wait for it. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "sim/engine/time.h"
#include "sim/incident/kill.h"
#include "sim/incident/process.h"

#define SOON_NS (10 * NS_PER_MS)

static struct half_master *session(struct process *process, int32_t index)
{
    return &g_array_index(process->as_master, struct half_master, (guint)index);
}

static int32_t open_at(const struct process *process, guint i)
{
    return g_array_index(process->open, int32_t, i);
}

static void close_session(struct process *process, int32_t index)
{
    for (guint i = 0; i < process->open->len; i++)
        if (open_at(process, i) == index) {
            g_array_remove_index(process->open, i);
            return;
        }
}

/* The last session of that name that has ended. */
static int32_t last_ended(struct process *process, const char *name)
{
    guint from = process->as_master->len;
    for (guint i = 0; i < 64 && from > 0; i++) {
        struct half_master *half = session(process, (int32_t)--from);
        if (half->lost.ns != HALF_ABSENT && strcmp(half->name, name) == 0)
            return (int32_t)from;
    }
    return -1;
}

static int32_t begin_session(struct process *process, struct piece name, struct mark at)
{
    struct half_master half;
    half_master_init(&half);
    piece_copy(name, half.name, sizeof(half.name));
    half.asked = at;
    if (half.name[0])
        half.before = last_ended(process, half.name);
    if (process->as_master->len >= PROCESS_HALVES) {
        process->overflow++;
        return -1;
    }
    int32_t index = (int32_t)process->as_master->len;
    g_array_append_val(process->as_master, half);
    g_array_append_val(process->open, index);
    if (process->open->len > 512) /* a log without losses: the oldest ones are over */
        g_array_remove_index(process->open, 0);
    return index;
}

static bool is_named(const struct half_master *half, struct piece name)
{
    assert(half != NULL);
    return strlen(half->name) == name.len &&
           (name.at == NULL || memcmp(half->name, name.at, name.len) == 0);
}

/* The open session of that name: one whose link was not yet said to be over, the oldest of them
 * (`newest`: the last). */
static int32_t find_open(struct process *process, struct piece name, bool newest)
{
    int32_t found = -1;
    for (guint i = 0; i < process->open->len; i++)
        if (is_named(session(process, open_at(process, i)), name)) {
            found = open_at(process, i);
            if (!newest)
                break;
        }
    for (guint i = 0; found < 0 && name.len > 0 && i < process->open->len; i++) {
        struct half_master *half = session(process, open_at(process, i));
        if (!half->name[0] && half->has_begun_before) { /* lines before 2.8.9 name nobody */
            piece_copy(name, half->name, sizeof(half->name));
            found = open_at(process, i);
        }
    }
    return found;
}

/* The session that a decision is about; where the line before is missing it begins here. */
static struct half_master *deciding(struct process *process, struct piece name, struct mark at)
{
    if (process->asking < 0 || session(process, process->asking)->verdict != VERDICT_NONE) {
        process->asking = begin_session(process, name, at);
        if (process->asking >= 0)
            session(process, process->asking)->has_begun_before = true;
    }
    return process->asking >= 0 ? session(process, process->asking) : NULL;
}

static struct half_master *decide(struct process *process, struct piece name, struct mark at,
                                  enum verdict verdict)
{
    struct half_master *half = deciding(process, name, at);
    process->full += verdict_is_full(verdict);
    process->refused +=
        verdict_is_full(verdict) && verdict != VERDICT_REQUESTED && verdict != VERDICT_SYNC;
    process->partial += !verdict_is_full(verdict);
    if (!half)
        return NULL;
    half->verdict = verdict;
    half->decided = at;
    return half;
}

/* ---- the request ---- */

static void ask(struct process *process, struct piece name, struct mark at)
{
    int32_t same = -1;
    for (guint i = 0; name.len > 0 && i < process->open->len; i++)
        if (is_named(session(process, open_at(process, i)), name))
            same = open_at(process, i);
    if (same >= 0 && session(process, same)->is_two_channel &&
        session(process, same)->sent.ns == HALF_ABSENT) {
        process->asking = same; /* its other connection */
        return;
    }
    process->asking = begin_session(process, name, at);
}

static void request_full(struct process *process, const struct said *said, struct mark at)
{
    struct piece name = said->count > 0 ? said->values[0] : (struct piece){"", 0};
    const char *blank = memchr(name.at, ' ', name.len);
    bool is_channel =
        blank && (size_t)(name.at + name.len - blank) > 8 && memcmp(blank + 1, "(rdb-ch", 7) == 0;
    if (blank)
        name.len = (size_t)(blank - name.at);
    if (!is_channel)
        decide(process, name, at, VERDICT_REQUESTED);
}

static void mismatch(struct process *process, const struct said *said, struct mark at)
{
    struct half_master *half = decide(process, (struct piece){"", 0}, at, VERDICT_MISMATCH);
    if (!half)
        return;
    piece_copy(said->values[0], half->asked_id, sizeof(half->asked_id));
    piece_copy(said->values[1], half->own_id, sizeof(half->own_id));
}

static void second_offset(struct process *process, const struct said *said, struct mark at)
{
    struct half_master *half = decide(process, (struct piece){"", 0}, at, VERDICT_SECOND_OFFSET);
    if (!half)
        return;
    half->asked_offset = piece_number(said->values[0], HALF_ABSENT);
    half->limit_offset = piece_number(said->values[1], HALF_ABSENT);
}

static void lack(struct process *process, const struct said *said, struct mark at)
{
    struct half_master *half = decide(process, said->values[0], at, VERDICT_PASSED);
    if (!half)
        return;
    struct piece offset = said->values[1];
    const char *colon = memchr(offset.at, ':', offset.len);
    if (colon) { /* Valkey 9.1: ID:offset */
        piece_copy((struct piece){offset.at, (size_t)(colon - offset.at)}, half->asked_id,
                   sizeof(half->asked_id));
        offset = (struct piece){colon + 1, offset.len - (size_t)(colon + 1 - offset.at)};
    }
    half->asked_offset = piece_number(offset, HALF_ABSENT);
}

static void out_of_range(struct process *process, const struct said *said, struct mark at)
{
    struct half_master *half = decide(process, said->values[0], at, VERDICT_PASSED);
    if (!half)
        return;
    piece_copy(said->values[1], half->asked_id, sizeof(half->asked_id));
    half->asked_offset = piece_number(said->values[2], HALF_ABSENT);
    half->limit_offset = piece_number(said->values[3], HALF_ABSENT);
    half->last_offset = piece_number(said->values[4], HALF_ABSENT);
    if (half->asked_offset != HALF_ABSENT && half->last_offset != HALF_ABSENT &&
        half->asked_offset > half->last_offset)
        half->verdict = VERDICT_AHEAD;
}

static void accept(struct process *process, const struct said *said, struct mark at)
{
    struct piece name = said->values[0];
    int32_t same = find_open(process, name, true);
    if (same >= 0 && session(process, same)->is_two_channel &&
        session(process, same)->sent.ns == HALF_ABSENT) {
        process->partial++; /* its main channel: INFO counts it as well */
        return;
    }
    struct half_master *half = decide(process, name, at, VERDICT_ACCEPTED);
    if (!half)
        return;
    half->sent_bytes = piece_number(said->values[1], HALF_ABSENT);
    half->asked_offset = piece_number(said->values[2], HALF_ABSENT);
}

/* A decision line that stands shortly before, of the replica that asked last. */
static struct half_master *just_decided(struct process *process, struct mark at)
{
    struct half_master *half = process->asking >= 0 ? session(process, process->asking) : NULL;
    return half && half->decided.ns != HALF_ABSENT && llabs(at.ns - half->decided.ns) <= SOON_NS
               ? half
               : NULL;
}

static void make_backlog(struct process *process, const struct said *said, struct mark at)
{
    struct half_master *half = just_decided(process, at);
    process_turn(process, TURN_MADE, at, said->values[0]);
    if (process->id_count < PROCESS_IDS)
        piece_copy(said->values[0], process->ids[process->id_count++], HALF_ID);
    if (!half)
        return;
    half->backlog_made = at;
    if (half->verdict == VERDICT_PASSED)
        half->verdict = VERDICT_NO_BACKLOG;
}

/* ---- the save ---- */

/* Full, and waiting for a save or in one. */
static bool wants_save(const struct half_master *half)
{
    return verdict_is_full(half->verdict) && half->sent.ns == HALF_ABSENT;
}

static void start_save(struct process *process, const struct said *said, struct mark at)
{
    struct half_master *last = process->asking >= 0 ? session(process, process->asking) : NULL;
    if (last && last->verdict == VERDICT_NONE && at.ns - last->asked.ns <= SOON_NS)
        decide(process, (struct piece){"", 0}, at, VERDICT_SYNC);
    process->save_start = at;
    process->is_save_diskless =
        said->count > 0 && said->values[0].len >= 8 && memchr(said->values[0].at, 'k', 4) == NULL;
    process->child[0] = '\0';
    for (guint i = 0; i < process->open->len; i++) {
        struct half_master *half = session(process, open_at(process, i));
        if (!wants_save(half) || half->start.ns != HALF_ABSENT)
            continue;
        half->start = at;
        half->is_diskless = process->is_save_diskless;
        half->is_in_save = true;
    }
}

static void attach(struct process *process, struct mark at)
{
    struct half_master *last = process->asking >= 0 ? session(process, process->asking) : NULL;
    if (last && last->verdict == VERDICT_NONE)
        last = decide(process, (struct piece){"", 0}, at, VERDICT_SYNC);
    if (!last || !wants_save(last))
        return;
    last->is_attached = last->is_in_save = true;
    last->start = process->save_start.ns != HALF_ABSENT ? process->save_start : at;
    last->forked = process->save_forked;
    last->is_diskless = process->is_save_diskless;
}

static void put_off(struct process *process, enum word word, struct mark at)
{
    struct half_master *last = process->asking >= 0 ? session(process, process->asking) : NULL;
    if (last && last->verdict == VERDICT_NONE)
        last = decide(process, (struct piece){"", 0}, at, VERDICT_SYNC);
    if (!last)
        return;
    mark_set(word == WORD_DELAYED ? &last->delayed : &last->waited, at);
    last->is_behind_other = last->is_behind_other || word == WORD_WAITS;
}

/* What a line of the save says to all who are in it. */
static void in_save(struct process *process, const struct said *said, struct mark at)
{
    for (guint i = 0; i < process->open->len; i++) {
        struct half_master *half = session(process, open_at(process, i));
        if (!half->is_in_save)
            continue;
        if (said->word == WORD_FORKED)
            mark_set(&half->forked, at);
        else if (said->word == WORD_SAVED)
            mark_set(&half->saved, at);
        else if (said->word == WORD_COPIED)
            half->copied_mb = piece_number(said->values[0], HALF_ABSENT);
        else if (said->word == WORD_BYTES_WRITTEN)
            half->written_bytes = piece_number(said->values[2], HALF_ABSENT);
        else if (said->word == WORD_SAVE_DONE)
            mark_set(&half->save_done, at);
        else if (half->save_done.ns == HALF_ABSENT) /* it failed */
            half->lost_by = ENDED_SAVE_FAILED;
        if (said->word == WORD_SAVE_DONE)
            half->is_in_save = false;
    }
}

static void fork_save(struct process *process, const struct said *said, struct mark at)
{
    piece_copy(said->values[0], process->child, sizeof(process->child));
    process->child[strcspn(process->child, " ")] = '\0';
    process->save_forked = at;
    in_save(process, said, at);
}

static void succeed(struct process *process, const struct said *said, struct mark at)
{
    struct piece name = said->count > 0 ? said->values[0] : (struct piece){"", 0};
    for (guint i = 0; i < process->open->len; i++) {
        struct half_master *half = session(process, open_at(process, i));
        if (half->sent.ns != HALF_ABSENT || !(name.len == 0 || is_named(half, name)) ||
            half->verdict == VERDICT_ACCEPTED)
            continue;
        half->sent = at;
        return;
    }
    int32_t index = begin_session(process, name, at);
    if (index < 0)
        return;
    session(process, index)->has_begun_before = true;
    session(process, index)->sent = at;
    session(process, index)->asked.ns = HALF_ABSENT;
}

/* ---- the end of a session ---- */

static bool same_host(const char *address, const char *name)
{
    size_t len = strrchr(address, ':') ? (size_t)(strrchr(address, ':') - address) : 0;
    return len > 0 && strlen(name) > len && memcmp(address, name, len) == 0 && name[len] == ':';
}

/* How badly a session fits the connection that was killed; lower is better. */
static int64_t misfit(const struct half_master *half, const struct kill *kill)
{
    int64_t score = same_host(kill->address, half->name) ? 0 : 1000;
    if (kill->age_s != HALF_ABSENT && half->asked.ns != HALF_ABSENT) {
        int64_t age_s = (kill->at.ns - half->asked.ns) / NS_PER_S;
        score += llabs(age_s - kill->age_s) > 2 ? 100 : 0;
    }
    if (half->kill.at.ns != HALF_ABSENT)
        score += 5000;
    if (half->lost.ns != HALF_ABSENT && kill->at.ns - half->lost.ns > SOON_NS)
        score += 10000;
    return score;
}

static void kill_client(struct process *process, const struct said *said, struct mark at)
{
    struct kill kill;
    if (!kill_read(said->values[0], at, &kill))
        return;
    int32_t best = -1;
    int64_t score = 2000;
    guint from = process->as_master->len > 64 ? process->as_master->len - 64 : 0;
    for (guint i = from; i < process->as_master->len; i++) {
        struct half_master *half = session(process, (int32_t)i);
        int64_t now = misfit(half, &kill);
        if (now < score || (now == score && half->lost.ns == HALF_ABSENT)) {
            best = (int32_t)i;
            score = now;
        }
    }
    if (best < 0) {
        best = begin_session(process, (struct piece){kill.address, strlen(kill.address)}, at);
        if (best < 0)
            return;
        session(process, best)->has_begun_before = true;
        session(process, best)->asked.ns = HALF_ABSENT;
    }
    struct half_master *half = session(process, best);
    half->kill = kill;
    half->lost_by = kill_limit(&kill);
}

static void time_out(struct process *process, struct piece name, struct mark at)
{
    int32_t index = find_open(process, name, false);
    if (index < 0)
        index = begin_session(process, name, at);
    if (index < 0)
        return;
    struct half_master *half = session(process, index);
    if (half->asked.line == at.line) {
        half->has_begun_before = true;
        half->asked.ns = HALF_ABSENT;
    }
    half->timed_out = at;
    half->lost_by = ENDED_TIMEOUT;
}

/* "client id #N": its name was never asked for; the one that was killed, else the youngest. */
static int32_t find_nameless(struct process *process, struct piece name)
{
    const char *number = memchr(name.at, '#', name.len);
    int64_t id =
        number ? piece_number((struct piece){number + 1, name.len - (size_t)(number + 1 - name.at)},
                              HALF_ABSENT)
               : HALF_ABSENT;
    int64_t guess = id != HALF_ABSENT && process->nameless_id != HALF_ABSENT
                        ? process->nameless_session + id - process->nameless_id
                        : -1;
    int32_t found = process->open->len > 0 ? open_at(process, process->open->len - 1) : -1;
    for (guint i = 0; i < process->open->len; i++)
        if (open_at(process, i) == guess)
            found = (int32_t)guess;
    for (guint i = 0; i < process->open->len && id != HALF_ABSENT; i++)
        if (session(process, open_at(process, i))->kill.id == id)
            found = open_at(process, i);
    process->nameless_id = id;
    process->nameless_session = found;
    return found;
}

static void lose(struct process *process, struct piece name, struct mark at)
{
    bool is_nameless = name.len > 11 && memcmp(name.at, "client id #", 11) == 0;
    int32_t index = is_nameless ? find_nameless(process, name) : -1, killed = -1;
    for (guint i = 0; !is_nameless && i < process->open->len; i++) {
        struct half_master *half = session(process, open_at(process, i));
        if (is_named(half, name) && half->lost_by != ENDED_NOT && killed < 0)
            killed = open_at(process, i);
    }
    if (killed >= 0)
        index = killed;
    if (index < 0)
        index = find_open(process, name, false);
    if (index < 0 && (index = begin_session(process, name, at)) >= 0) {
        session(process, index)->has_begun_before = true;
        session(process, index)->asked.ns = HALF_ABSENT;
    }
    if (index < 0)
        return;
    struct half_master *half = session(process, index);
    half->lost = at;
    half->is_in_save = false;
    half->has_write_failed =
        process->write_failed.ns != HALF_ABSENT && at.ns - process->write_failed.ns <= SOON_NS;
    process->write_failed.ns = HALF_ABSENT;
    if (half->lost_by == ENDED_NOT)
        half->lost_by = ENDED_LOST;
    close_session(process, index);
    if (process->asking == index)
        process->asking = -1;
}

/* ---- all of it ---- */

static void take_channel(struct process *process, const struct said *said, struct mark at)
{
    struct half_master *half = just_decided(process, at);
    if (!half)
        return;
    if (!half->name[0])
        piece_copy(said->values[0], half->name, sizeof(half->name));
    half->is_two_channel = true;
}

static void take_request(struct process *process, const struct said *said, struct mark at)
{
    struct half_master *half;
    switch (said->word) {
    case WORD_ASKS:
        ask(process, said->count > 0 ? said->values[0] : (struct piece){"", 0}, at);
        break;
    case WORD_FULL_REQUESTED:
        request_full(process, said, at);
        break;
    case WORD_MISMATCH:
        mismatch(process, said, at);
        break;
    case WORD_SECOND_OFFSET:
        second_offset(process, said, at);
        break;
    case WORD_LACK:
        lack(process, said, at);
        break;
    case WORD_OUT_OF_RANGE:
        out_of_range(process, said, at);
        break;
    case WORD_AHEAD:
        half = just_decided(process, at);
        if (half && half->verdict == VERDICT_PASSED)
            half->verdict = VERDICT_AHEAD;
        break;
    case WORD_ACCEPTED:
        accept(process, said, at);
        break;
    default:
        break;
    }
}

static void take_end(struct process *process, const struct said *said, struct mark at)
{
    if (said->word == WORD_KILLED)
        kill_client(process, said, at);
    else if (said->word == WORD_TIMED_OUT)
        time_out(process, said->values[0], at);
    else if (said->word == WORD_TIMED_OUT_IN)
        time_out(process, said->values[1], at);
    else if (said->word == WORD_REPLICA_LOST)
        lose(process, said->values[0], at);
}

static void take_save(struct process *process, const struct said *said, struct mark at)
{
    switch (said->word) {
    case WORD_START:
        start_save(process, said, at);
        break;
    case WORD_ATTACHED:
        attach(process, at);
        break;
    case WORD_DELAYED:
    case WORD_WAITS:
        put_off(process, said->word, at);
        break;
    case WORD_FORKED:
        fork_save(process, said, at);
        break;
    case WORD_SAVED:
    case WORD_COPIED:
    case WORD_BYTES_WRITTEN:
    case WORD_SAVE_DONE:
    case WORD_SAVE_FAILED:
    case WORD_SAVE_SIGNAL:
        in_save(process, said, at);
        break;
    case WORD_SUCCEEDED:
        succeed(process, said, at);
        break;
    default:
        break;
    }
}

void master_story_take(struct process *process, const struct said *said, struct mark at)
{
    struct half_master *half = just_decided(process, at);
    take_request(process, said, at);
    take_save(process, said, at);
    take_end(process, said, at);
    if (said->word == WORD_WRITE_FAILED)
        process->write_failed = at;
    if (said->word == WORD_TWO_CHANNEL)
        take_channel(process, said, at);
    else if (said->word == WORD_BACKLOG_MADE)
        make_backlog(process, said, at);
    else if (said->word == WORD_END_OFFSET && half)
        half->end_offset = piece_number(said->values[1], HALF_ABSENT);
    else if (said->word == WORD_BACKLOG_SIZE)
        process->backlog_size = piece_number(said->values[0], HALF_ABSENT);
    else if (said->word == WORD_BACKLOG_FIRST)
        process->backlog_first = piece_number(said->values[0], HALF_ABSENT);
    else if (said->word == WORD_BACKLOG_HELD)
        process->backlog_held = piece_number(said->values[0], HALF_ABSENT);
}

void master_story_end(struct process *process, struct mark at)
{
    while (process->open->len > 0) {
        struct half_master *half = session(process, open_at(process, 0));
        half->lost = at;
        if (half->lost_by == ENDED_NOT)
            half->lost_by = ENDED_PROCESS;
        g_array_remove_index(process->open, 0);
    }
    process->asking = -1;
}
