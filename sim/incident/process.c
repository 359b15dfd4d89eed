/* A message goes to the clock, to the facts about the process, and to both stories. */
#include "sim/incident/process.h"

#include <string.h>
#include "sim/engine/time.h"

#define YEAR_NS    (365 * 86400 * NS_PER_S)
#define QUARTER_NS (900 * NS_PER_S)

struct process *process_new(int32_t file, int32_t index, const struct peeled *line)
{
    struct process *process = g_new0(struct process, 1);
    process->file = file;
    process->index = index;
    memcpy(process->pid, line->pid, sizeof(process->pid));
    memcpy(process->name, line->name, sizeof(process->name));
    process->first.ns = process->latest.ns = process->clock.last.ns = HALF_ABSENT;
    process->save_start.ns = process->save_forked.ns = HALF_ABSENT;
    process->clock.signal_s = process->nameless_id = process->write_failed.ns = HALF_ABSENT;
    process->backlog_size = process->backlog_first = process->backlog_held = HALF_ABSENT;
    process->turns = g_array_new(FALSE, FALSE, sizeof(struct turn));
    process->as_replica = g_array_new(FALSE, FALSE, sizeof(struct half_replica));
    process->as_master = g_array_new(FALSE, FALSE, sizeof(struct half_master));
    process->open = g_array_new(FALSE, FALSE, sizeof(int32_t));
    process->asking = -1;
    half_replica_init(&process->now);
    return process;
}

void process_free(struct process *process)
{
    g_array_free(process->turns, TRUE);
    g_array_free(process->as_replica, TRUE);
    g_array_free(process->as_master, TRUE);
    g_array_free(process->open, TRUE);
    g_free(process);
}

void mark_set(struct mark *mark, struct mark at)
{
    if (mark->ns == HALF_ABSENT)
        *mark = at;
}

void process_turn(struct process *process, enum turn_kind what, struct mark at, struct piece text)
{
    struct turn turn = {.at = at, .number = HALF_ABSENT};
    turn.what = what;
    if (process->turns->len >= PROCESS_HALVES)
        return;
    piece_copy(text, turn.text, sizeof(turn.text));
    g_array_append_val(process->turns, turn);
}

/* ---- the clock ---- */

static void learn_zone(struct clock_facts *clock, int64_t shift_ns, const char *from)
{
    int64_t half = QUARTER_NS / 2;
    int64_t quarters = (shift_ns + (shift_ns < 0 ? -half : half)) / QUARTER_NS;
    clock->zone_is_known = true;
    clock->zone_s = quarters * 900;
    clock->zone_from = from;
}

/* Which year a reading without one belongs to, by a clock that has it. */
static int64_t year_at(int64_t utc_ns)
{
    GDateTime *date = g_date_time_new_from_unix_utc(utc_ns / NS_PER_S);
    int64_t year = date ? g_date_time_get_year(date) : 1970;
    if (date)
        g_date_time_unref(date);
    return year;
}

int64_t process_with_year(int64_t ns, int64_t year)
{
    GDateTime *then = g_date_time_new_from_unix_utc(ns / NS_PER_S);
    int day = then ? g_date_time_get_day_of_month(then) : 1;
    int month = then ? g_date_time_get_month(then) : 1;
    int64_t over = then ? year + g_date_time_get_year(then) - STAMP_NO_YEAR : year;
    if (month == 2 && day == 29 && !g_date_is_leap_year((GDateYear)(over & 0xffff)))
        day = 28;
    GDateTime *date =
        over > 0 && over < 9999 ? g_date_time_new_utc((int)over, month, day, 0, 0, 0.0) : NULL;
    int64_t result = ns;
    if (date) {
        int64_t of_day = ns % (86400 * NS_PER_S);
        result = g_date_time_to_unix(date) * NS_PER_S + of_day;
        g_date_time_unref(date);
    }
    if (then)
        g_date_time_unref(then);
    return result;
}

/* A signal-handler line has Unix seconds; the stamp beside it shows the zone. */
static void compare_signal(struct clock_facts *clock, int64_t ns)
{
    int64_t unix_ns = clock->signal_s * NS_PER_S;
    clock->signal_s = HALF_ABSENT;
    if (!clock->stamps_have_year) {
        clock->year = year_at(unix_ns);
        clock->year_is_known = true;
        ns = process_with_year(ns, clock->year);
    }
    int64_t shift = ns - unix_ns, rest = ((shift % QUARTER_NS) + QUARTER_NS) % QUARTER_NS;
    if (shift < -54000 * NS_PER_S || shift > 54000 * NS_PER_S)
        return;
    if (rest < 15 * NS_PER_S || rest > QUARTER_NS - 3 * NS_PER_S)
        learn_zone(clock, shift, "signal-handler");
}

static void compare_wrapper(struct clock_facts *clock, const struct peeled *line)
{
    const struct stamp *server = &line->server, *wrapper = &line->wrapper;
    if (!wrapper->is_set || !wrapper->has_year || server->has_zone)
        return;
    int64_t ns = server->ns;
    if (!server->has_year) {
        if (!clock->year_is_known) {
            clock->year = year_at(wrapper->ns);
            clock->year_is_known = true;
        }
        if (clock->zone_is_known)
            return;
        ns = process_with_year(ns, clock->year);
    }
    int64_t shift = ns - wrapper->ns;
    if (!clock->zone_is_known && shift > -54000 * NS_PER_S && shift < 54000 * NS_PER_S)
        learn_zone(clock, shift, "wrapper");
}

/* This line's time by the process's own clock; HALF_ABSENT: it has none. */
static int64_t reading(struct process *process, const struct peeled *line)
{
    struct clock_facts *clock = &process->clock;
    const struct stamp *stamp = line->server.is_set ? &line->server : &line->wrapper;
    if (!stamp->is_set)
        return HALF_ABSENT;
    clock->has_stamps = true;
    clock->stamps_have_year = stamp->has_year;
    if (stamp->has_zone && !clock->zone_is_known) {
        clock->zone_is_known = clock->is_absolute = true;
        clock->zone_from = line->server.is_set ? "stamp" : "wrapper";
    }
    if (line->server.is_set && line->wrapper.is_set && !clock->zone_is_known)
        compare_wrapper(clock, line);
    int64_t ns = stamp->ns + clock->year_shift_ns + clock->fold_ns, last = clock->last.ns;
    if (last != HALF_ABSENT && !stamp->has_year && last - ns > YEAR_NS / 2) {
        clock->year_shift_ns += 366 * 86400 * NS_PER_S;
        ns += 366 * 86400 * NS_PER_S;
    }
    if (last != HALF_ABSENT && !stamp->has_zone && last - ns > 3000 * NS_PER_S &&
        last - ns <= 3660 * NS_PER_S) {
        clock->fold_ns += 3600 * NS_PER_S;
        ns += 3600 * NS_PER_S;
    }
    if (clock->signal_s != HALF_ABSENT)
        compare_signal(clock, stamp->ns);
    return ns;
}

/* ---- what it is ---- */

static void note_age(struct process *process, const struct peeled *line)
{
    const struct said *said = &line->said;
    const char *text = line->message;
    if (said->word == WORD_ASKS)
        process->ages |= text[0] == 'S' ? AGE_SLAVE : AGE_REPLICA;
    else if (said->word == WORD_DIAL_STARTED || said->word == WORD_RECEIVING_BYTES)
        process->ages |= g_strstr_len(text, (gssize)line->len, "SLAVE") ? AGE_SLAVE : AGE_REPLICA;
    if (said->word == WORD_DIALS && text[0] == 'R')
        process->ages |= AGE_RECONNECTING;
    if (said->word == WORD_TIMED_OUT_IN)
        process->ages |= AGE_STREAMING;
    if (said->word == WORD_RDB_CHANNEL_LOST || said->word == WORD_RDB_CHANNEL)
        process->ages |= AGE_RDB_CHANNEL;
    if (said->word == WORD_ASKS && said->count == 0)
        process->ages |= line->len > 9 && memcmp(text, "Slave ask ", 10) == 0 ? AGE_SYNC : 0;
    if (said->word == WORD_START && g_strstr_len(text, (gssize)line->len, " using: "))
        process->ages |= AGE_USING;
    if (said->word == WORD_MISMATCH && g_strstr_len(text, (gssize)line->len, "Runid"))
        process->ages |= AGE_RUNID;
    if (text[0] == 'P' && (said->word == WORD_DIAL_STARTED || said->word == WORD_PONG ||
                           said->word == WORD_MASTER_SILENT))
        process->ages |= AGE_PRIMARY;
    if (line->server.is_set)
        process->ages |= line->server.has_year ? AGE_YEAR : AGE_NO_YEAR;
}

/* A new process under the same writer: what was open has ended with the one before. */
static void begin_life(struct process *process, struct mark at)
{
    static const struct piece NOTHING = {"", 0};
    replica_story_end(process, ENDED_PROCESS, at);
    master_story_end(process, at);
    process->full = process->partial = process->refused = 0;
    process->life += process->known > 0;
    process_turn(process, TURN_STARTED, at, NOTHING);
}

static void take_version(struct process *process, const struct said *said, struct mark at)
{
    process->flavour = said->word == WORD_VERSION          ? 'R'
                       : said->word == WORD_VERSION_VALKEY ? 'V'
                                                           : 'K';
    process->is_fork = process->is_fork || process->flavour == 'K';
    piece_copy(said->values[0], process->version, sizeof(process->version));
    begin_life(process, at);
}

static void take_own_address(struct process *process, struct piece client)
{
    const char *at = g_strstr_len(client.at, (gssize)client.len, " laddr=");
    size_t len = 0;
    if (!at)
        return;
    for (at += 7; at + len < client.at + client.len && at[len] != ' '; len++)
        ;
    piece_copy((struct piece){at, len}, process->own, sizeof(process->own));
}

static void turn_to(struct process *process, const struct said *said, struct mark at)
{
    struct piece text = said->count > 0
                            ? said->values[said->word == WORD_PROMOTED ? said->count - 1 : 0]
                            : (struct piece){"", 0};
    bool by_sentinel =
        said->count > 0 && g_strstr_len(said->values[said->count - 1].at,
                                        (gssize)said->values[said->count - 1].len, "name=sentinel");
    if (said->count > 1)
        take_own_address(process, said->values[1]);
    if (said->word == WORD_PROMOTED) {
        replica_story_end(process, ENDED_TURNED, at);
        text = by_sentinel ? (struct piece){"Sentinel", 8} : (struct piece){"", 0};
        process_turn(process, TURN_PROMOTED, at, text);
        return;
    }
    process_turn(process, TURN_FOLLOWS, at, text);
    process->now.is_turned = true;
    if (!process->now.master[0]) {
        piece_copy(text, process->now.master, sizeof(process->now.master));
        process->now.master[strcspn(process->now.master, " ")] = '\0';
    }
}

static void take_facts(struct process *process, const struct said *said, struct mark at)
{
    static const struct piece NOTHING = {"", 0};
    switch (said->word) {
    case WORD_VERSION:
    case WORD_VERSION_VALKEY:
    case WORD_VERSION_FORK:
        take_version(process, said, at);
        break;
    case WORD_FORKED_SERVER:
        process->is_fork = true;
        break;
    case WORD_PORT:
        process->port = piece_number(said->values[1], 0);
        break;
    case WORD_READY:
        process_turn(process, TURN_READY, at, NOTHING);
        break;
    case WORD_SHUTDOWN:
        process_turn(process, TURN_ENDED, at, NOTHING);
        break;
    case WORD_SAVING_LAST:
        process_turn(process, TURN_SAVED_LAST, at, NOTHING);
        break;
    case WORD_BACKLOG_FREED:
        process_turn(process, TURN_FREED, at, said->values[0]);
        break;
    case WORD_SECONDARY:
        process_turn(process, TURN_SECONDARY, at, said->values[0]);
        if (process->turns->len > 0)
            g_array_index(process->turns, struct turn, process->turns->len - 1).number =
                piece_number(said->values[1], HALF_ABSENT);
        if (process->id_count < PROCESS_IDS)
            piece_copy(said->values[2], process->ids[process->id_count++], HALF_ID);
        break;
    case WORD_PROMOTED:
    case WORD_FOLLOWS:
        turn_to(process, said, at);
        break;
    case WORD_SELF_CACHED:
        process->now.was_master = true;
        break;
    default:
        break;
    }
}

void process_take(struct process *process, const struct peeled *line, int32_t number)
{
    if (line->said.word == WORD_SIGNAL) {
        process->clock.signal_s = piece_number(line->said.values[0], HALF_ABSENT);
        if (process->clock.signal_s < 0 || process->clock.signal_s > INT64_C(4102444800))
            process->clock.signal_s = HALF_ABSENT;
        return;
    }
    int64_t ns = reading(process, line);
    struct mark at = {ns == HALF_ABSENT ? 0 : ns, number};
    process->lines++;
    process->clock.last = (struct mark){ns == HALF_ABSENT ? process->clock.last.ns : ns, number};
    mark_set(&process->first, at);
    process->latest = at;
    if (line->role && !process->first_role && line->role != 'C')
        process->first_role = line->role;
    if (line->said.word == WORD_NONE)
        return;
    note_age(process, line);
    take_facts(process, &line->said, at);
    replica_story_take(process, &line->said, at);
    master_story_take(process, &line->said, at);
    process->known++;
}

void process_finish(struct process *process)
{
    struct mark end = process->latest;
    replica_story_end(process, ENDED_NOT, end);
    process->is_cut =
        process->turns->len == 0 ||
        g_array_index(process->turns, struct turn, process->turns->len - 1).what != TURN_ENDED;
}
