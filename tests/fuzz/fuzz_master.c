/* The master's machine under arbitrary bytes, reports and jumps of time. The input is a list of
 * orders, one letter each (any other byte is one of them too); t and s take bytes that follow.
 * After every order the machine must be in a state that master_check allows, and a twin that gets
 * the same bytes one by one must be in the same: so the short way of reading an ACK is held against
 * the long one.
 *
 * Only "pending output" depends on the pieces by design: after one the twin is given up. */
#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "models/psync/master.h"

#define A40   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B40   "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define NS    INT64_C(1000000000)
#define SIDES 2

static const char *const snippets[] = {
    "PING\r\n",
    "*1\r\n$4\r\nPING\r\n",
    "*5\r\n$8\r\nREPLCONF\r\n$4\r\ncapa\r\n$3\r\neof\r\n$4\r\ncapa\r\n$6\r\npsync2\r\n",
    "*3\r\n$8\r\nREPLCONF\r\n$14\r\nlistening-port\r\n$4\r\n6380\r\n",
    "REPLCONF rdb-only 1\r\n",
    "REPLCONF rdb-filter-only functions\r\n",
    "PSYNC ? -1\r\n",
    "PSYNC " A40 " 60\r\n",
    "PSYNC " B40 " 60\r\n",
    "PSYNC " A40 " 101 FAILOVER\r\n",
    "PSYNC " A40 " 6x\r\n",
    "SYNC\r\n",
    "*3\r\n$8\r\nREPLCONF\r\n$3\r\nACK\r\n$2\r\n90\r\n",
    "*3\r\n$8\r\nREPLCONF\r\n$3\r\nACK\r\n$3\r\n100\r\n",
    "REPLCONF ACK 80\r\n",
    "\n",
    "AUTH secret\r\n",
    "*5\r\n$8\r\nREPLCONF\r\n$3\r\nACK\r\n$1\r\n7\r\n$4\r\nFACK\r\n$1\r\n7\r\n",
    "GET k\r\n",
    "REPLCONF capa psync2 capa rdb-channel-repl capa dual-channel\r\n",
    "REPLCONF capa eof rdb-only 1 rdb-channel 1 main-ch-client-id 7\r\n",
    "REPLCONF capa eof rdb-only 1 rdb-channel 1 listening-port 6380\r\n",
    "REPLCONF set-rdb-client-id 8\r\n",
    "REPLCONF set-rdb-client-id 9\r\n",
    ("PSYNC " A40 " 101\r\n"),
};

#define SNIPPETS (sizeof snippets / sizeof snippets[0])

struct side {
    struct master master;
    size_t piece;
    uint64_t heard; /* a digest of everything it sent and acknowledged */
};

struct run {
    struct profile profile;
    struct history history;
    struct master_site site;
    struct side sides[SIDES];
    struct acts acts;
    bool is_twinned;
    const uint8_t *data;
    size_t len;
};

static size_t take(struct run *run)
{
    if (run->len == 0)
        return 0;
    run->len--;
    return *run->data++;
}

static void hear(struct side *side, uint64_t value)
{
    side->heard = (side->heard ^ value) * UINT64_C(1099511628211);
}

static void take_acts(struct run *run, struct side *side)
{
    const struct acts *acts = &run->acts;
    for (uint32_t i = 0; i < acts->count; i++) {
        const struct act *act = &acts->list[i];
        assert(strlen(act->text) <= act->len);
        for (size_t at = 0; act->kind == ACT_SEND && at < act->len; at++)
            hear(side, (uint8_t)act->text[at]);
        if (act->kind == ACT_ACK)
            hear(side, (uint64_t)act->offset);
        if (act->kind == ACT_REFUSE && act->reason == REASON_PENDING_OUTPUT)
            run->is_twinned = false;
        assert(act->kind != ACT_CLOSE || i + 1 == acts->count);
        assert(act->kind != ACT_PROMOTE || i + 1 == acts->count);
        assert(act->kind != ACT_GRANT || reason_kind(act->reason) == REASON_KIND_PARTIAL);
    }
    master_check(&side->master);
}

/* Carries out a promotion at once, for the second call only: the history is common to both sides.
 */
static void promote(struct run *run, struct side *side)
{
    struct master_site site = run->site;
    struct history history = run->history;
    history_shift(&history, B40);
    site.history = &history;
    site.is_replica = false;
    master_promoted(&side->master, &site, &run->acts);
    take_acts(run, side);
}

static void give(struct run *run, struct side *side, const char *bytes, size_t len)
{
    while (len > 0 && side->master.state != MASTER_CLOSED) {
        struct span span = span_bytes(bytes, len < side->piece ? len : side->piece);
        master_receive(&side->master, &run->site, &span, &run->acts);
        uint64_t left = run->acts.left;
        bool promotes =
            run->acts.count > 0 && run->acts.list[run->acts.count - 1].kind == ACT_PROMOTE;
        assert(left < span.len);
        take_acts(run, side);
        if (promotes)
            promote(run, side);
        bytes += span.len - left;
        len -= (size_t)(span.len - left);
    }
}

static void report_save(struct run *run, struct side *side, char order, size_t number)
{
    struct master *master = &side->master;
    enum master_state state = master->state;
    if (order == 'a' && state == MASTER_WAIT_START)
        master_save_started(master, &run->site, 100, number & 1, &run->acts);
    else if (order == 'p' && state == MASTER_WAIT_END)
        master_payload(master, &run->site, 12, A40, &run->acts);
    else if (order == 'm' && state == MASTER_SEND_BULK)
        master_payload_moved(master, &run->site);
    else if (order == 'e' && state == MASTER_SEND_BULK)
        master_payload_sent(master, &run->site, &run->acts);
    else if (order == 'K' && state == MASTER_SEND_BULK && master->is_channel && master->rdb_only)
        master_payload_kept(master, &run->site, &run->acts);
    else if (order == 'S' && state == MASTER_WAIT_CHANNEL)
        master_stream_started(master, &run->site, &run->acts);
    else if (order == 'D')
        master_payload_done(master, &run->site, &run->acts);
    else if (order == 'f' && state >= MASTER_WAIT_START && state <= MASTER_SEND_BULK)
        master_save_failed(master, &run->site, &run->acts);
}

static void obey(struct run *run, struct side *side, char order, size_t number)
{
    acts_begin(&run->acts);
    if (order == 't')
        give(run, side, snippets[number % SNIPPETS], strlen(snippets[number % SNIPPETS]));
    else if (order == 's')
        give(run, side, (const char *)run->data, number < run->len ? number : run->len);
    else if (order == 'k')
        master_cron(&side->master, &run->site, number & 1, &run->acts);
    else if (order == 'l')
        master_lost(&side->master, &run->site, &run->acts);
    else if (order == 'c')
        master_close(&side->master, &run->site, DROP_LIMIT_HARD, &run->acts);
    else if (order == 'i')
        master_init(&side->master, &run->site);
    else
        report_save(run, side, order, number);
    if (order != 't' && order != 's')
        take_acts(run, side);
}

static void change_site(struct run *run, size_t number)
{
    run->site.is_replica = number & 1;
    run->site.link_up = number & 2;
    run->site.is_failing_over = number & 4 && number & 8;
    run->site.is_loading = number & 8 && number & 16;
    run->site.backlog.exists = !(number & 32);
    run->profile = *profile_at(number / 8 % profile_count());
    run->site.second_channel = run->profile.second_channel != SECOND_CHANNEL_NONE && number & 4;
}

static void compare(const struct run *run)
{
    const struct master *a = &run->sides[0].master, *b = &run->sides[1].master;
    if (!run->is_twinned)
        return;
    assert(a->state == b->state && a->capa == b->capa && a->pre_psync == b->pre_psync);
    assert(a->ack_offset == b->ack_offset && a->ack_time_ns == b->ack_time_ns);
    assert(run->sides[0].heard == run->sides[1].heard);
}

static void step(struct run *run)
{
    static const char orders[] = "tskwapmefzlciKSD";
    size_t code = take(run);
    const char *known = code != 0 ? strchr(orders, (int)code) : NULL;
    char order = known != NULL ? *known : orders[code % (sizeof orders - 1)];
    size_t number = strchr("tskwaz", order) != NULL ? take(run) : 0;
    if (order == 'w')
        run->site.now += (int64_t)number * NS / 4;
    if (order == 'z')
        change_site(run, number);
    for (size_t i = 0; i < SIDES; i++)
        obey(run, &run->sides[i], order, number);
    if (order == 's') {
        number = number < run->len ? number : run->len;
        run->data += number;
        run->len -= number;
    }
    if (order == 'i')
        run->sides[0].heard = run->sides[1].heard;
    compare(run);
}

static bool knows_client(const void *user, int64_t id)
{
    (void)user;
    return id < 9;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct run run;
    memset(&run, 0, sizeof run);
    run.profile = *profile_find("redis-7.0");
    history_init(&run.history, A40);
    run.history.offset = 100;
    run.site = (struct master_site){
        .profile = &run.profile,
        .history = &run.history,
        .backlog = {true, 51, 50},
        .timeout_s = 60,
        .client_id = 7,
        .knows_client = knows_client,
        .auth_user = "",
        .auth_password = size % 4 == 3 ? "secret" : "",
    };
    run.data = data;
    run.len = size;
    run.is_twinned = true;
    for (size_t i = 0; i < SIDES; i++) {
        master_init(&run.sides[i].master, &run.site);
        run.sides[i].piece = i == 0 ? SIZE_MAX : 1;
    }
    while (run.len > 0)
        step(&run);
    return 0;
}
