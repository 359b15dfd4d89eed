#include "tests/unit/story.h"

#include <assert.h>
#include <check.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_LEN 2048
#define NS_PER_S     INT64_C(1000000000)

/* Writing the outcome */

static void put(struct story *story, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(struct story *story, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len =
        vsnprintf(story->out + story->out_len, sizeof story->out - story->out_len, format, args);
    va_end(args);
    ck_assert(len >= 0 && (size_t)len < sizeof story->out - story->out_len);
    story->out_len += (size_t)len;
}

/* Forty equal characters at text[at]. */
static bool is_id(const char *text, size_t len, size_t at)
{
    if (len - at < REPLID_LEN)
        return false;
    for (size_t i = 1; i < REPLID_LEN; i++) {
        if (text[at + i] != text[at])
            return false;
    }
    return text[at] > ' ';
}

static void put_text(struct story *story, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (is_id(text, len, i)) {
            put(story, "<%c>", c);
            i += REPLID_LEN - 1;
        } else if (c == '\r' || c == '\n') {
            put(story, c == '\r' ? "\\r" : "\\n");
        } else if (c == '\\' || c < ' ') {
            put(story, "\\x%02x", (unsigned)(unsigned char)c);
        } else {
            put(story, "%c", c);
        }
    }
}

static const char *const act_names[] = {
    [ACT_SEND] = "send",
    [ACT_CLOSE] = "close",
    [ACT_CONNECT] = "connect",
    [ACT_ASKED] = "asked",
    [ACT_CONTINUE] = "continue",
    [ACT_FULL] = "full",
    [ACT_PAYLOAD] = "payload",
    [ACT_PAYLOAD_BYTES] = "payload-bytes",
    [ACT_LOAD] = "load",
    [ACT_ONLINE] = "online",
    [ACT_DROP_REPLICAS] = "drop-replicas",
    [ACT_NEW_BACKLOG] = "new-backlog",
    [ACT_APPLIED] = "applied",
    [ACT_GRANT] = "grant",
    [ACT_WANT] = "want",
    [ACT_REFUSE] = "refuse",
    [ACT_ACK] = "ack",
    [ACT_START_STREAM] = "start-stream",
    [ACT_PROMOTE] = "promote",
};

static bool has_offset(enum act_kind kind)
{
    return kind == ACT_ASKED || kind == ACT_CONTINUE || kind == ACT_FULL || kind == ACT_PAYLOAD ||
           kind == ACT_LOAD || kind == ACT_APPLIED || kind == ACT_GRANT || kind == ACT_WANT ||
           kind == ACT_ACK;
}

/* Pieces of a payload and steps of the applied offset depend on how the bytes came; their sum and
 * last value do not. */
static void put_merged(struct story *story, const char *side, const char *name, int64_t value)
{
    char kind[sizeof story->merged];
    snprintf(kind, sizeof kind, "%s: %s", side, name);
    if (strcmp(kind, story->merged) == 0)
        story->out_len = story->merged_at;
    story->merged_at = story->out_len;
    put(story, "%s %" PRId64 "\n", kind, value);
    snprintf(story->merged, sizeof story->merged, "%s", kind);
}

static void put_act(struct story *story, const char *side, const struct act *act)
{
    if (act->kind == ACT_PAYLOAD_BYTES) {
        story->merged_count += (int64_t)act->len;
        put_merged(story, side, "payload-bytes", story->merged_count);
        return;
    }
    story->merged_count = 0;
    if (act->kind == ACT_APPLIED) {
        put_merged(story, side, "applied", act->offset);
        return;
    }
    story->merged[0] = '\0';
    put(story, "%s: %s", side, act_names[act->kind]);
    if (act->kind == ACT_CLOSE)
        put(story, " %s", drop_name(act->drop));
    if (act->kind == ACT_GRANT || act->kind == ACT_WANT || act->kind == ACT_REFUSE)
        put(story, " %s", reason_name(act->reason));
    if (act->text[0] != '\0' && act->kind != ACT_REFUSE) {
        put(story, " ");
        put_text(story, act->text, act->len);
    }
    if (has_offset(act->kind))
        put(story, " %" PRId64, act->offset);
    put(story, "\n");
}

static void queue_put(struct story_queue *queue, const char *bytes, size_t len)
{
    ck_assert(len <= sizeof queue->bytes - queue->len);
    memcpy(queue->bytes + queue->len, bytes, len);
    queue->len += len;
}

static void take_acts(struct story *story, bool is_replica)
{
    struct story_queue *queue = is_replica ? &story->to_master : &story->to_replica;
    for (uint32_t i = 0; i < story->acts.count; i++) {
        const struct act *act = &story->acts.list[i];
        put_act(story, is_replica ? "r" : "m", act);
        if (act->kind == ACT_SEND)
            queue_put(queue, act->text, act->len);
    }
    if (is_replica)
        replica_check(&story->replica);
    else
        master_check(&story->master);
    ck_assert(story->acts.left == 0 || story->acts.count > 0 ||
              story->replica.state == REPLICA_LOADING);
}

/* Giving bytes */

static void give_replica(struct story *story, const char *bytes, size_t len)
{
    while (len > 0) {
        if (story->replica.state < REPLICA_PING_REPLY)
            return; /* closed by the bytes before */
        struct span span = span_bytes(bytes, len);
        replica_receive(&story->replica, &story->profile, &story->config, &story->replica_history,
                        &span, story->now, &story->acts);
        take_acts(story, true);
        bytes += len - story->acts.left;
        len = (size_t)story->acts.left;
        if (story->replica.state == REPLICA_LOADING) {
            queue_put(&story->held, bytes, len);
            return;
        }
    }
}

static void give_master(struct story *story, const char *bytes, size_t len)
{
    while (len > 0 && story->master.state != MASTER_CLOSED) {
        struct span span = span_bytes(bytes, len);
        master_receive(&story->master, &story->site, &span, story->now, &story->acts);
        take_acts(story, false);
        bytes += len - story->acts.left;
        len = (size_t)story->acts.left;
    }
}

static void give(struct story *story, bool is_replica, const char *bytes, size_t len)
{
    size_t piece = story->piece == 0 ? len : story->piece;
    for (size_t at = 0; at < len; at += piece) {
        size_t part = len - at < piece ? len - at : piece;
        if (is_replica)
            give_replica(story, bytes + at, part);
        else
            give_master(story, bytes + at, part);
    }
}

static void deliver(struct story *story)
{
    static char bytes[STORY_TEXT_MAX];
    while (story->to_replica.len + story->to_master.len > 0) {
        bool is_replica = story->to_replica.len > 0;
        struct story_queue *queue = is_replica ? &story->to_replica : &story->to_master;
        size_t len = queue->len;
        memcpy(bytes, queue->bytes, len);
        queue->len = 0;
        give(story, is_replica, bytes, len);
    }
}

/* Reading commands */

static size_t unescape(const char *from, char *to)
{
    size_t len = 0;
    for (; *from != '\0'; from++) {
        if (from[0] == '\\' && from[1] != '\0') {
            from++;
            to[len++] = *from == 'r' ? '\r' : *from == 'n' ? '\n' : *from == '0' ? '\0' : *from;
        } else if (from[0] == '<' && from[1] != '\0' && from[2] == '>') {
            memset(to + len, from[1], REPLID_LEN);
            len += REPLID_LEN;
            from += 2;
        } else {
            to[len++] = *from;
        }
    }
    to[len] = '\0';
    return len;
}

static const char *keep_word(struct story *story, const char *word)
{
    ck_assert(story->word_count < 8);
    char *kept = story->words[story->word_count++];
    size_t size = strlen(word) + 1;
    ck_assert_uint_le(size, sizeof story->words[0]);
    return memcpy(kept, word, size);
}

static void set_bool(bool *to, const char *value)
{
    *to = strcmp(value, "yes") == 0;
}

static void set_int64_t(int64_t *to, const char *value)
{
    *to = strtoll(value, NULL, 10);
}

static void set_column(struct story *story, const char *name, const char *value)
{
#define PROFILE_FIELD(type, column, what, source)                                                  \
    if (strcmp(name, #column) == 0) {                                                              \
        set_##type(&story->profile.column, value);                                                 \
        return;                                                                                    \
    }
#include "models/psync/profile_fields.def"
#undef PROFILE_FIELD
    ck_abort_msg("no column %s", name);
}

static void set_config(struct story *story, const char *name, const char *value)
{
    if (strcmp(name, "timeout") == 0)
        story->config.timeout_s = story->site.timeout_s = strtoll(value, NULL, 10);
    else if (strcmp(name, "port") == 0)
        story->config.port = strtoll(value, NULL, 10);
    else if (strcmp(name, "announce-ip") == 0)
        story->config.announce_ip = keep_word(story, value);
    else if (strcmp(name, "masteruser") == 0)
        story->config.auth_user = keep_word(story, value);
    else if (strcmp(name, "masterauth") == 0)
        story->config.auth_password = keep_word(story, value);
    else if (strcmp(name, "user") == 0)
        story->site.auth_user = keep_word(story, value);
    else if (strcmp(name, "password") == 0)
        story->site.auth_password = keep_word(story, value);
    else
        ck_abort_msg("no setting %s", name);
}

static void set_site(struct story *story, const char *name, const char *value)
{
    if (strcmp(name, "is-replica") == 0)
        set_bool(&story->site.is_replica, value);
    else if (strcmp(name, "link-up") == 0)
        set_bool(&story->site.link_up, value);
    else if (strcmp(name, "failing-over") == 0)
        set_bool(&story->site.is_failing_over, value);
    else if (strcmp(name, "loading") == 0)
        set_bool(&story->site.is_loading, value);
    else
        ck_abort_msg("no property %s", name);
}

static void put_history(struct story *story, const char *side, const struct history *history)
{
    put(story, "%s: history ", side);
    put_text(story, history->id, REPLID_LEN);
    put(story, " ");
    put_text(story, history->id2, REPLID_LEN);
    put(story, " %" PRId64 " at %" PRId64 "\n", history->second_offset, history->offset);
}

static void show_replica(struct story *story)
{
    const struct replica *r = &story->replica;
    put(story, "r: state %s", replica_state_name(r->state));
    if (r->has_cache || r->state == REPLICA_CONNECTED) {
        put(story, r->has_cache ? ", cached " : ", master ");
        put_text(story, r->cached_id, REPLID_LEN);
        put(story, " applied %" PRId64 " read %" PRId64, r->reploff, r->read_reploff);
    }
    put(story, "\n");
    put_history(story, "r", &story->replica_history);
}

static void show_master(struct story *story)
{
    const struct master *m = &story->master;
    put(story, "m: state %s, capa %u, port %" PRId64 ", acknowledged %" PRId64 "\n",
        master_state_name(m->state), m->capa, m->listening_port, m->ack_offset);
    put(story, "m: replica %s, records %s, good %s\n", master_is_replica(m) ? "yes" : "no",
        master_records_stream(m) ? "yes" : "no", master_is_good(m, 10, story->now) ? "yes" : "no");
}

static void set_history(struct history *history, char **arg)
{
    history_init(history, arg[0]);
    history->offset = strtoll(arg[1], NULL, 10);
}

#define IS(word) (strcmp(name, word) == 0)

static bool replica_order(struct story *story, const char *name, char **arg)
{
    struct replica *r = &story->replica;
    struct acts *acts = &story->acts;
    if (IS("of"))
        replica_of(r, &story->profile, &story->replica_history, strcmp(arg[0], "was-master") == 0,
                   story->now, acts);
    else if (IS("fail-over"))
        replica_fail_over(r, &story->profile, &story->replica_history, story->now, acts);
    else if (IS("boot"))
        replica_boot(r, &story->profile, arg[0][0] == '-' ? NULL : arg[0],
                     strtoll(arg[1], NULL, 10), strcmp(arg[2], "later") == 0, story->now, acts);
    else if (IS("promote"))
        replica_promote(r, acts);
    else if (IS("connected"))
        replica_connected(r, &story->profile, &story->config, story->now, acts);
    else if (IS("refused"))
        replica_refused(r, &story->profile, story->now, acts);
    else if (IS("lost"))
        replica_lost(r, &story->profile, story->now, acts);
    else if (IS("cron"))
        replica_cron(r, &story->profile, &story->config, story->now, acts);
    else if (IS("load-failed"))
        replica_load_failed(r, &story->profile, story->now, acts);
    else if (IS("loading-tick"))
        replica_loading_tick(r, &story->profile, story->now, acts);
    else
        return false;
    take_acts(story, true);
    return true;
}

static void replica_counted(struct story *story, const char *name, char **arg)
{
    uint64_t len = strtoull(arg[0], NULL, 10);
    struct span span = span_payload(len);
    if (IS("counted-stream"))
        span = span_stream(len, strtoull(arg[1], NULL, 10));
    replica_receive(&story->replica, &story->profile, &story->config, &story->replica_history,
                    &span, story->now, &story->acts);
    take_acts(story, true);
}

static void replica_finish_load(struct story *story)
{
    struct story_queue held = story->held;
    story->held.len = 0;
    replica_loaded(&story->replica, &story->replica_history, story->now, &story->acts);
    take_acts(story, true);
    give(story, true, held.bytes, held.len);
}

static void replica_command(struct story *story, const char *name, char **arg, const char *rest)
{
    static char bytes[STORY_TEXT_MAX];
    if (replica_order(story, name, arg))
        return;
    if (IS("text")) {
        give(story, true, bytes, unescape(rest, bytes));
    } else if (IS("counted-stream") || IS("counted-payload")) {
        replica_counted(story, name, arg);
    } else if (IS("bytes")) {
        size_t len = strtoull(arg[0], NULL, 10);
        memset(bytes, 'x', len);
        give(story, true, bytes, len);
    } else if (IS("loaded")) {
        replica_finish_load(story);
    } else if (IS("history")) {
        set_history(&story->replica_history, arg);
    } else if (IS("show")) {
        show_replica(story);
    } else {
        ck_abort_msg("r: no command %s", name);
    }
}

static enum drop find_drop(const char *name)
{
    for (enum drop drop = DROP_NONE; drop < DROP_COUNT; drop++) {
        if (strcmp(drop_name(drop), name) == 0)
            return drop;
    }
    ck_abort_msg("no drop %s", name);
    return DROP_NONE;
}

static bool master_order(struct story *story, const char *name, char **arg)
{
    struct master *m = &story->master;
    struct acts *acts = &story->acts;
    int64_t number = strtoll(arg[0], NULL, 10);
    acts_begin(acts);
    if (IS("save-started"))
        master_save_started(m, &story->site, number, strcmp(arg[1], "diskless") == 0, story->now,
                            acts);
    else if (IS("payload"))
        master_payload(m, number, arg[0], story->now, acts);
    else if (IS("moved"))
        master_payload_moved(m, story->now);
    else if (IS("sent"))
        master_payload_sent(m, story->now, acts);
    else if (IS("save-failed"))
        master_save_failed(m, acts);
    else if (IS("cron"))
        master_cron(m, &story->site, strcmp(arg[0], "stalled") == 0, story->now, acts);
    else if (IS("close"))
        master_close(m, find_drop(arg[0]), acts);
    else if (IS("lost"))
        master_lost(m, acts);
    else if (IS("promoted")) {
        story->site.is_replica = false;
        history_shift(&story->master_history, arg[0]);
        master_promoted(m, &story->site, story->now, acts);
    } else
        return false;
    take_acts(story, false);
    return true;
}

static void master_command(struct story *story, const char *name, char **arg, const char *rest)
{
    static char bytes[STORY_TEXT_MAX];
    if (IS("accept")) {
        master_init(&story->master, &story->site, story->now);
    } else if (IS("text")) {
        give(story, false, bytes, unescape(rest, bytes));
    } else if (IS("write")) {
        queue_put(&story->to_replica, bytes, unescape(rest, bytes));
    } else if (IS("write-bytes")) {
        size_t len = strtoull(arg[0], NULL, 10);
        memset(bytes, 'x', len);
        queue_put(&story->to_replica, bytes, len);
    } else if (IS("history")) {
        set_history(&story->master_history, arg);
    } else if (IS("second")) {
        memcpy(story->master_history.id2, arg[0], REPLID_SIZE);
        story->master_history.second_offset = strtoll(arg[1], NULL, 10);
    } else if (IS("backlog")) {
        story->site.backlog.exists = strcmp(arg[0], "none") != 0;
        story->site.backlog.first = strtoll(arg[0], NULL, 10);
        story->site.backlog.length = strtoll(arg[1], NULL, 10);
    } else if (IS("is")) {
        set_site(story, arg[0], arg[1]);
    } else if (IS("show")) {
        show_master(story);
    } else if (!master_order(story, name, arg)) {
        ck_abort_msg("m: no command %s", name);
    }
}

static void run_line(struct story *story, const char *line)
{
    static char words[6][LINE_MAX_LEN];
    static char raw[LINE_MAX_LEN];
    char *arg[4] = {words[2], words[3], words[4], words[5]};
    int at = 0;
    for (size_t i = 0; i < 6; i++) {
        raw[0] = '\0';
        int used = 0;
        if (sscanf(line + at, "%2047s%n", raw, &used) == 1)
            at += used;
        unescape(raw, words[i]);
    }
    const char *rest = line + strlen(words[0]) + 1;
    rest = strchr(rest, ' ') != NULL ? strchr(rest, ' ') + 1 : "";
    if (strcmp(words[0], "r") == 0)
        replica_command(story, words[1], arg, rest);
    else if (strcmp(words[0], "m") == 0)
        master_command(story, words[1], arg, rest);
    else if (strcmp(words[0], "at") == 0)
        story->now = (int64_t)(strtod(words[1], NULL) * 1000 + 0.5) * (NS_PER_S / 1000);
    else if (strcmp(words[0], "profile") == 0)
        set_column(story, words[1], words[2]);
    else if (strcmp(words[0], "config") == 0)
        set_config(story, words[1], words[2]);
    else if (strcmp(words[0], "deliver") == 0)
        deliver(story);
    else
        ck_abort_msg("no command: %s", line);
}

static void join(struct rows_fired *to, const struct rows_fired *from)
{
    for (size_t i = 0; to != NULL && i < ROWS_MAX / 64; i++)
        to->word[i] |= from->word[i];
}

void story_init(struct story *story, size_t piece)
{
    memset(story, 0, sizeof *story);
    story->piece = piece;
    story->now = 100 * NS_PER_S;
    story->profile = *profile_find("redis-7.0");
    story->config = (struct replica_config){
        .timeout_s = 60, .port = 6380, .announce_ip = "", .auth_user = "", .auth_password = ""};
    history_init(&story->replica_history, "rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr");
    history_init(&story->master_history, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    story->site = (struct master_site){
        .profile = &story->profile,
        .history = &story->master_history,
        .timeout_s = 60,
        .auth_user = "",
        .auth_password = "",
    };
    replica_init(&story->replica);
    master_init(&story->master, &story->site, story->now);
}

void story_run(struct story *story, const char *text)
{
    char line[LINE_MAX_LEN];
    while (*text != '\0') {
        size_t len = strcspn(text, "\n");
        ck_assert_uint_lt(len, sizeof line);
        memcpy(line, text, len);
        line[len] = '\0';
        text += len + (text[len] == '\n');
        if (len > 0 && line[0] != '#')
            run_line(story, line);
        join(&story->replica_fired, &story->replica.fired);
        join(&story->master_fired, &story->master.fired);
    }
}

void story_expect(const char *name, const char *commands, const char *expected,
                  struct rows_fired *replica_fired, struct rows_fired *master_fired)
{
    static const size_t pieces[] = {1, 7, 0};
    struct story *story = malloc(sizeof *story);
    for (size_t i = 0; i < 3; i++) {
        story_init(story, pieces[i]);
        story_run(story, commands);
        ck_assert_msg(strcmp(story->out, expected) == 0,
                      "%s, in pieces of %zu bytes, gave:\n%s\nand not:\n%s", name, pieces[i],
                      story->out, expected);
        join(replica_fired, &story->replica_fired);
        join(master_fired, &story->master_fired);
    }
    free(story);
}

void story_expect_file(const char *path, struct rows_fired *replica_fired,
                       struct rows_fired *master_fired)
{
    static char text[STORY_TEXT_MAX];
    FILE *file = fopen(path, "r");
    ck_assert_msg(file != NULL, "%s cannot be read (run from the top of the tree)", path);
    size_t len = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[len] = '\0';
    char *border = strstr(text, "\n----\n");
    ck_assert_msg(border != NULL, "%s has no ----", path);
    border[1] = '\0';
    story_expect(path, text, border + 6, replica_fired, master_fired);
}
