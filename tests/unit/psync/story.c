#include "tests/unit/psync/story.h"

#include <assert.h>
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_LEN 2048
#define NS_PER_S     INT64_C(1000000000)

static void queue_put(struct story_queue *queue, const char *bytes, size_t len)
{
    ck_assert(len <= sizeof queue->bytes - queue->len);
    memcpy(queue->bytes + queue->len, bytes, len);
    queue->len += len;
}

static void take_replica_acts(struct story *story)
{
    for (uint32_t i = 0; i < story->acts.count; i++) {
        const struct act *act = &story->acts.list[i];
        transcript_act(&story->heard, "r", act);
        if (act->kind == ACT_SEND)
            queue_put(&story->queues[TO_MASTER], act->text, act->len);
        else if (act->kind == ACT_SECOND_SEND)
            queue_put(&story->queues[TO_MASTER_SECOND], act->text, act->len);
        else if (act->kind == ACT_KEEP)
            queue_put(&story->held, act->bytes, act->len);
    }
    replica_check(&story->replica);
    ck_assert(story->acts.left == 0 || story->acts.count > 0 ||
              replica_holds_payload(&story->replica) || story->replica.two_channels);
}

static void take_master_acts(struct story *story, bool is_second)
{
    enum story_end to = is_second ? TO_REPLICA_SECOND : TO_REPLICA;
    for (uint32_t i = 0; i < story->acts.count; i++) {
        const struct act *act = &story->acts.list[i];
        transcript_act(&story->heard, is_second ? "s" : "m", act);
        if (act->kind == ACT_SEND)
            queue_put(&story->queues[to], act->text, act->len);
    }
    master_check(is_second ? &story->second : &story->master);
    ck_assert(story->acts.left == 0 || story->acts.count > 0);
}

/* Giving bytes */

/* What the first of two connections brings, and nobody reads yet, waits. */
static bool is_held(const struct story *story, size_t left)
{
    return replica_holds_payload(&story->replica) ||
           (left > 0 && !replica_reads_first(&story->replica));
}

static void give_replica(struct story *story, const char *bytes, size_t len)
{
    while (len > 0) {
        if (story->replica.state < REPLICA_PING_REPLY)
            return; /* closed by the bytes before */
        struct span span = span_bytes(bytes, len);
        replica_receive(&story->replica, &story->replica_site, &span, &story->acts);
        take_replica_acts(story);
        bytes += len - story->acts.left;
        len = (size_t)story->acts.left;
        if (is_held(story, len)) {
            queue_put(&story->held, bytes, len);
            return;
        }
    }
}

static void give_replica_second(struct story *story, const char *bytes, size_t len)
{
    while (len > 0 && story->replica.second_is_open) {
        struct span span = span_bytes(bytes, len);
        replica_second_receive(&story->replica, &story->replica_site, &span, &story->acts);
        take_replica_acts(story);
        bytes += len - story->acts.left;
        len = (size_t)story->acts.left;
    }
}

static void give_master(struct story *story, bool is_second, const char *bytes, size_t len)
{
    struct master *master = is_second ? &story->second : &story->master;
    while (len > 0 && master->state != MASTER_CLOSED) {
        struct span span = span_bytes(bytes, len);
        master_receive(master, is_second ? &story->second_site : &story->site, &span, &story->acts);
        take_master_acts(story, is_second);
        bytes += len - story->acts.left;
        len = (size_t)story->acts.left;
    }
}

static void give(struct story *story, enum story_end to, const char *bytes, size_t len)
{
    size_t piece = story->piece == 0 ? len : story->piece;
    for (size_t at = 0; at < len; at += piece) {
        size_t part = len - at < piece ? len - at : piece;
        if (to == TO_REPLICA)
            give_replica(story, bytes + at, part);
        else if (to == TO_REPLICA_SECOND)
            give_replica_second(story, bytes + at, part);
        else
            give_master(story, to == TO_MASTER_SECOND, bytes + at, part);
    }
}

static bool deliver_one(struct story *story)
{
    static char bytes[STORY_TEXT_MAX];
    for (enum story_end to = TO_REPLICA; to < STORY_ENDS; to++) {
        struct story_queue *queue = &story->queues[to];
        size_t len = queue->len;
        if (len == 0)
            continue;
        memcpy(bytes, queue->bytes, len);
        queue->len = 0;
        give(story, to, bytes, len);
        return true;
    }
    return false;
}

static void deliver(struct story *story)
{
    while (deliver_one(story))
        continue;
}

/* Reading commands */

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
#define PROFILE_FIELD(type, column, what, source, effect)                                          \
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
    else if (strcmp(name, "second-channel") == 0)
        set_bool(&story->config.second_channel, value);
    else if (strcmp(name, "load") == 0)
        story->replica_site.payload_to_file = strcmp(value, "file") == 0;
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
    else if (strcmp(name, "second-channel") == 0)
        set_bool(&story->site.second_channel, value);
    else
        ck_abort_msg("no property %s", name);
}

static void set_history(struct history *history, char **arg)
{
    history_init(history, arg[0]);
    history->offset = strtoll(arg[1], NULL, 10);
}

#define IS(word) (strcmp(name, word) == 0)

/* boot ID OFFSET, or boot - : the history was set to the same before. */
static bool has_position(const struct story *story, char **arg)
{
    const struct history *history = &story->replica_history;
    if (arg[0][0] == '-')
        return false;
    ck_assert_str_eq(arg[0], history->id);
    ck_assert_int_eq(strtoll(arg[1], NULL, 10), history->offset);
    return true;
}

static bool replica_order(struct story *story, const char *name, char **arg)
{
    struct replica *r = &story->replica;
    const struct replica_site *site = &story->replica_site;
    struct acts *acts = &story->acts;
    if (IS("of"))
        replica_of(r, site, strcmp(arg[0], "was-master") == 0, acts);
    else if (IS("fail-over"))
        replica_fail_over(r, site, acts);
    else if (IS("boot"))
        replica_boot(r, site, has_position(story, arg), strcmp(arg[2], "later") == 0, acts);
    else if (IS("promote"))
        replica_promote(r, site, acts);
    else if (IS("connected"))
        replica_connected(r, site, acts);
    else if (IS("refused"))
        replica_refused(r, site, acts);
    else if (IS("lost"))
        replica_lost(r, site, acts);
    else if (IS("cron"))
        replica_cron(r, site, acts);
    else if (IS("second-connected"))
        replica_second_connected(r, site, acts);
    else if (IS("second-refused"))
        replica_second_refused(r, site, acts);
    else if (IS("second-lost"))
        replica_second_lost(r, site, acts);
    else if (IS("load-failed"))
        replica_load_failed(r, site, acts);
    else if (IS("loading-tick"))
        replica_loading_tick(r, site, acts);
    else
        return false;
    take_replica_acts(story);
    return true;
}

static void replica_counted(struct story *story, const char *name, char **arg)
{
    uint64_t len = strtoull(arg[0], NULL, 10);
    struct span span = span_payload(len);
    if (IS("counted-stream"))
        span = span_stream(len, strtoull(arg[1], NULL, 10));
    replica_receive(&story->replica, &story->replica_site, &span, &story->acts);
    take_replica_acts(story);
}

static void give_held(struct story *story)
{
    static struct story_queue held;
    held = story->held;
    story->held.len = 0;
    give(story, TO_REPLICA, held.bytes, held.len);
}

static void replica_finish_load(struct story *story)
{
    replica_loaded(&story->replica, &story->replica_site, &story->acts);
    take_replica_acts(story);
    if (story->replica.state != REPLICA_AWAIT_STREAM)
        give_held(story);
}

static void replica_drain(struct story *story)
{
    give_held(story);
    replica_drained(&story->replica, &story->replica_site, &story->acts);
    take_replica_acts(story);
}

static void replica_command(struct story *story, const char *name, char **arg, const char *rest)
{
    static char bytes[STORY_TEXT_MAX];
    if (replica_order(story, name, arg))
        return;
    if (IS("text")) {
        give(story, TO_REPLICA, bytes, transcript_unescape(rest, bytes));
    } else if (IS("second-text")) {
        give(story, TO_REPLICA_SECOND, bytes, transcript_unescape(rest, bytes));
    } else if (IS("drained")) {
        replica_drain(story);
    } else if (IS("held")) {
        give_held(story);
    } else if (IS("counted-stream") || IS("counted-payload")) {
        replica_counted(story, name, arg);
    } else if (IS("bytes")) {
        size_t len = strtoull(arg[0], NULL, 10);
        memset(bytes, 'x', len);
        give(story, TO_REPLICA, bytes, len);
    } else if (IS("second-bytes")) {
        size_t len = strtoull(arg[0], NULL, 10);
        memset(bytes, 'x', len);
        give(story, TO_REPLICA_SECOND, bytes, len);
    } else if (IS("loaded")) {
        replica_finish_load(story);
    } else if (IS("history")) {
        set_history(&story->replica_history, arg);
    } else if (IS("show")) {
        transcript_replica(&story->heard, &story->replica, &story->replica_history);
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

static bool master_order(struct story *story, bool is_second, const char *name, char **arg)
{
    struct master *m = is_second ? &story->second : &story->master;
    struct master_site *site = is_second ? &story->second_site : &story->site;
    struct acts *acts = &story->acts;
    int64_t number = strtoll(arg[0], NULL, 10);
    acts_begin(acts);
    if (IS("save-started"))
        master_save_started(m, site, number, strcmp(arg[1], "diskless") == 0, acts);
    else if (IS("payload"))
        master_payload(m, site, number, arg[0], acts);
    else if (IS("moved"))
        master_payload_moved(m, site);
    else if (IS("sent"))
        master_payload_sent(m, site, acts);
    else if (IS("kept"))
        master_payload_kept(m, site, acts);
    else if (IS("stream-started"))
        master_stream_started(m, site, acts);
    else if (IS("payload-done"))
        master_payload_done(m, site, acts);
    else if (IS("save-failed"))
        master_save_failed(m, site, acts);
    else if (IS("cron"))
        master_cron(m, site, strcmp(arg[0], "stalled") == 0, acts);
    else if (IS("close"))
        master_close(m, site, find_drop(arg[0]), acts);
    else if (IS("lost"))
        master_lost(m, site, acts);
    else if (IS("promoted")) {
        site->is_replica = false;
        history_shift(&story->master_history, arg[0]);
        master_promoted(m, site, acts);
    } else
        return false;
    take_master_acts(story, is_second);
    return true;
}

static void accept_replica(struct story *story, bool is_second)
{
    if (!is_second) {
        master_init(&story->master, &story->site);
        return;
    }
    story->second_site = story->site;
    story->second_site.client_id = story->site.client_id + 1;
    master_init(&story->second, &story->second_site);
}

static void master_command(struct story *story, bool is_second, const char *name, char **arg,
                           const char *rest)
{
    static char bytes[STORY_TEXT_MAX];
    struct story_queue *queue = &story->queues[is_second ? TO_REPLICA_SECOND : TO_REPLICA];
    if (IS("accept")) {
        accept_replica(story, is_second);
    } else if (IS("text")) {
        give(story, is_second ? TO_MASTER_SECOND : TO_MASTER, bytes,
             transcript_unescape(rest, bytes));
    } else if (IS("write")) {
        queue_put(queue, bytes, transcript_unescape(rest, bytes));
    } else if (IS("write-bytes")) {
        size_t len = strtoull(arg[0], NULL, 10);
        memset(bytes, 'x', len);
        queue_put(queue, bytes, len);
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
        transcript_master(&story->heard, is_second ? "s" : "m",
                          is_second ? &story->second : &story->master, story->site.now);
    } else if (IS("other-client")) {
        story->other_client = strtoll(arg[0], NULL, 10);
    } else if (!master_order(story, is_second, name, arg)) {
        ck_abort_msg("m: no command %s", name);
    }
}

static void set_time(struct story *story, int64_t now)
{
    story->replica_site.now = story->site.now = story->second_site.now = now;
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
        transcript_unescape(raw, words[i]);
    }
    const char *rest = line + strlen(words[0]) + 1;
    rest = strchr(rest, ' ') != NULL ? strchr(rest, ' ') + 1 : "";
    if (strcmp(words[0], "r") == 0)
        replica_command(story, words[1], arg, rest);
    else if (strcmp(words[0], "m") == 0 || strcmp(words[0], "s") == 0)
        master_command(story, words[0][0] == 's', words[1], arg, rest);
    else if (strcmp(words[0], "at") == 0)
        set_time(story, (int64_t)(strtod(words[1], NULL) * 1000 + 0.5) * (NS_PER_S / 1000));
    else if (strcmp(words[0], "version") == 0)
        story->profile = *profile_find(words[1]);
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

static bool knows_client(const void *user, int64_t id)
{
    return ((const struct story *)user)->other_client == id;
}

void story_init(struct story *story, size_t piece)
{
    memset(story, 0, sizeof *story);
    story->piece = piece;
    story->profile = *profile_find("redis-7.0");
    story->config = (struct replica_config){
        .timeout_s = 60, .port = 6380, .announce_ip = "", .auth_user = "", .auth_password = ""};
    history_init(&story->replica_history, "rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr");
    history_init(&story->master_history, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
    story->site = (struct master_site){
        .profile = &story->profile,
        .history = &story->master_history,
        .timeout_s = 60,
        .client_id = 7,
        .knows_client = knows_client,
        .user = story,
        .auth_user = "",
        .auth_password = "",
    };
    story->second_site = story->site;
    story->replica_site = (struct replica_site){.profile = &story->profile,
                                                .config = &story->config,
                                                .history = &story->replica_history,
                                                .payload_to_file = true};
    set_time(story, 100 * NS_PER_S);
    replica_init(&story->replica);
    master_init(&story->master, &story->site);
    master_init(&story->second, &story->site);
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
        if (line[0] == ' ')
            continue; /* what was seen before */
        transcript_line(&story->heard, line);
        if (len > 0 && line[0] != '#')
            run_line(story, line);
        join(&story->replica_fired, &story->replica.fired);
        join(&story->master_fired, &story->master.fired);
        join(&story->master_fired, &story->second.fired);
    }
}

/* Where two texts part: the number of the line, from 1. */
static int first_difference(const char *a, const char *b)
{
    int line = 1;
    for (; *a == *b && *a != '\0'; a++, b++)
        line += *a == '\n';
    return line;
}

void story_expect(const char *name, const char *text, struct rows_fired *replica_fired,
                  struct rows_fired *master_fired)
{
    static const size_t pieces[] = {1, 7, 0};
    struct story *story = malloc(sizeof *story);
    for (size_t i = 0; i < 3; i++) {
        story_init(story, pieces[i]);
        story_run(story, text);
        ck_assert_msg(strcmp(story->heard.out, text) == 0,
                      "%s:%d differs in pieces of %zu bytes; the story was:\n%s", name,
                      first_difference(story->heard.out, text), pieces[i], story->heard.out);
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
    ck_assert_msg(text[0] == '#', "%s does not open with why", path);
    ck_assert_msg(strstr(text, "\n    ") != NULL, "%s expects nothing", path);
    story_expect(path, text, replica_fired, master_fired);
}
