/* The replica's machine under arbitrary bytes, events and jumps of time. The input is a list of
 * orders, one letter each (any other byte is one of them too); t and s take bytes that follow.
 * After every order the machine must be in a state that replica_check allows, and a twin that gets
 * the same bytes one by one must be in the same.
 *
 * Only the end mark of a streamed payload depends on the pieces by design: after one the twin is
 * given up. */
#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "models/psync/replica.h"

#define A40   "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define B40   "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define NS    INT64_C(1000000000)
#define HELD  8192
#define SIDES 2

static const char *const snippets[] = {
    "+PONG\r\n",
    "+OK\r\n",
    "+CONTINUE\r\n",
    ("+CONTINUE " B40 "\r\n"),
    ("+FULLRESYNC " A40 " 100\r\n"),
    ("+FULLRESYNC " B40 " 0\r\n"),
    "+FULLRESYNC\r\n",
    "-NOMASTERLINK\r\n",
    "-ERR\r\n",
    "\n",
    "\r\n",
    "$12\r\n",
    "REDIS0010abc",
    ("$EOF:" A40 "\r\n"),
    A40,
    "*1\r\n$4\r\nPING\r\n",
    "*3\r\n$8\r\nREPLCONF\r\n$6\r\nGETACK\r\n$1\r\n*\r\n",
    "*1\r\n$5\r\nMULTI\r\n",
    "*1\r\n$4\r\nEXEC\r\n",
    "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n",
    "*2\r\n$300\r\n",
    "-LOADING\r\n",
    "+RDBCHANNELSYNC 7\r\n",
    "+RDBCHANNELSYNC\r\n",
    "+DUALCHANNELSYNC\r\n",
    ("$ENDOFF:100 " A40 " 0 8\r\n"),
    "$ENDOFF:1\r\n",
};

#define SNIPPETS (sizeof snippets / sizeof snippets[0])

/* The machine and its host, which keeps its side of the contract. */
struct side {
    struct replica replica;
    struct history history;
    size_t piece;
    uint64_t heard; /* a digest of everything it sent */
    size_t held_len;
    char held[HELD];
};

struct run {
    struct profile profile;
    struct replica_config config;
    struct side sides[SIDES];
    struct acts acts;
    bool is_twinned;
    int64_t now;
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

static void take_acts(struct run *run, struct side *side)
{
    const struct acts *acts = &run->acts;
    for (uint32_t i = 0; i < acts->count; i++) {
        const struct act *act = &acts->list[i];
        assert(strlen(act->text) <= act->len);
        bool is_sent = act->kind == ACT_SEND || act->kind == ACT_SECOND_SEND;
        for (size_t at = 0; is_sent && at < act->len; at++)
            side->heard = (side->heard ^ (uint8_t)act->text[at]) * UINT64_C(1099511628211);
        assert(act->kind != ACT_CLOSE || act->drop != DROP_NONE);
        assert(act->kind != ACT_CLOSE || i + 1 == acts->count || act[1].kind != ACT_SEND);
    }
    replica_check(&side->replica);
}

static struct replica_site site_of(struct run *run, struct side *side)
{
    return (struct replica_site){.profile = &run->profile,
                                 .config = &run->config,
                                 .history = &side->history,
                                 .payload_to_file = true,
                                 .now = run->now};
}

static bool is_listening(const struct replica *replica)
{
    return replica->state >= REPLICA_PING_REPLY && replica_reads_first(replica);
}

/* The first of two connections is open, whether it is read or not; what it brings is kept. */
static bool waits(const struct replica *replica)
{
    return replica_holds_payload(replica) || replica->two_channels;
}

static void give(struct run *run, struct side *side, const char *bytes, size_t len)
{
    struct replica_site site = site_of(run, side);
    while (len > 0 && is_listening(&side->replica)) {
        struct span span = span_bytes(bytes, len < side->piece ? len : side->piece);
        replica_receive(&side->replica, &site, &span, &run->acts);
        bool is_closed =
            run->acts.count > 0 && !is_listening(&side->replica) && !waits(&side->replica);
        take_acts(run, side);
        bytes += span.len - run->acts.left;
        len -= (size_t)(span.len - run->acts.left);
        if (is_closed)
            return;
    }
    if (waits(&side->replica) && len <= HELD - side->held_len) {
        memcpy(side->held + side->held_len, bytes, len);
        side->held_len += len;
    }
}

static void give_second(struct run *run, struct side *side, const char *bytes, size_t len)
{
    struct replica_site site = site_of(run, side);
    while (len > 0 && side->replica.second_is_open &&
           side->replica.state != REPLICA_SECOND_CONNECTING) {
        struct span span = span_bytes(bytes, len < side->piece ? len : side->piece);
        replica_second_receive(&side->replica, &site, &span, &run->acts);
        uint64_t left = run->acts.left;
        take_acts(run, side);
        bytes += span.len - left;
        len -= (size_t)(span.len - left);
    }
}

static void count(struct run *run, struct side *side, size_t len)
{
    struct span span = span_payload(len);
    const struct replica *replica = &side->replica;
    bool is_stream = replica->state == REPLICA_CONNECTED;
    bool is_between = resp_is_idle(&replica->reader) && !replica->in_multi && !replica->is_poisoned;
    bool is_payload = replica->state == REPLICA_PAYLOAD &&
                      (replica->streamed || (int64_t)len <= replica->payload_left);
    if (is_stream)
        span = span_stream(len, 0);
    if (len == 0 || !(is_stream ? is_between : is_payload))
        return;
    struct replica_site site = site_of(run, side);
    if (is_payload && replica->two_channels)
        replica_second_receive(&side->replica, &site, &span, &run->acts);
    else
        replica_receive(&side->replica, &site, &span, &run->acts);
    take_acts(run, side);
}

/* What is given behind ACT_DRAIN was kept, for all that this host knows. */
static void drain(struct run *run, struct side *side)
{
    struct replica_site site = site_of(run, side);
    if (!side->replica.two_channels || side->replica.state != REPLICA_CONNECTED)
        return;
    replica_drained(&side->replica, &site, &run->acts);
    take_acts(run, side);
}

static void finish_load(struct run *run, struct side *side)
{
    static char held[HELD];
    size_t len = side->held_len;
    memcpy(held, side->held, len);
    side->held_len = 0;
    struct replica_site site = site_of(run, side);
    replica_loaded(&side->replica, &site, &run->acts);
    take_acts(run, side);
    give(run, side, held, len);
    drain(run, side);
}

/* The orders that the machine gets from outside, as far as its state allows them. */
static void report(struct run *run, struct side *side, char order)
{
    struct replica *replica = &side->replica;
    enum replica_state state = replica->state;
    struct replica_site site = site_of(run, side);
    acts_begin(&run->acts);
    if (order == 'c' && state == REPLICA_CONNECTING)
        replica_connected(replica, &site, &run->acts);
    else if (order == 'r' && state == REPLICA_CONNECTING)
        replica_refused(replica, &site, &run->acts);
    else if (order == 'C' && state == REPLICA_SECOND_CONNECTING)
        replica_second_connected(replica, &site, &run->acts);
    else if (order == 'R' && state == REPLICA_SECOND_CONNECTING)
        replica_second_refused(replica, &site, &run->acts);
    else if (order == 'L' && replica->second_is_open && state != REPLICA_SECOND_CONNECTING)
        replica_second_lost(replica, &site, &run->acts);
    else if (order == 'l')
        replica_lost(replica, &site, &run->acts);
    else if (order == 'k')
        replica_cron(replica, &site, &run->acts);
    else if (order == 'f' && state == REPLICA_LOADING)
        replica_load_failed(replica, &site, &run->acts);
    else if (order == 'n' && state == REPLICA_LOADING)
        replica_loading_tick(replica, &site, &run->acts);
    else if (order == 'o' && state != REPLICA_LOADING)
        replica_of(replica, &site, state == REPLICA_NONE, &run->acts);
    else if (order == 'p' && state != REPLICA_LOADING)
        replica_promote(replica, &site, &run->acts);
    else if (order == 'v' && state == REPLICA_NONE && run->profile.failover_command)
        replica_fail_over(replica, &site, &run->acts);
    else if (order == 'b' && state == REPLICA_NONE)
        replica_boot(replica, &site, true, false, &run->acts);
    if (!is_listening(replica) && !waits(replica))
        side->held_len = 0;
    take_acts(run, side);
}

static void compare(struct run *run)
{
    const struct side *a = &run->sides[0], *b = &run->sides[1];
    run->is_twinned = run->is_twinned && !a->replica.streamed && !b->replica.streamed;
    if (!run->is_twinned)
        return;
    assert(a->replica.state == b->replica.state && a->replica.has_cache == b->replica.has_cache);
    assert(a->replica.reploff == b->replica.reploff);
    assert(a->replica.read_reploff == b->replica.read_reploff);
    assert(a->replica.payload_left == b->replica.payload_left);
    assert(a->replica.join == b->replica.join && a->replica.join_len == b->replica.join_len);
    assert(a->heard == b->heard && a->history.offset == b->history.offset);
    assert(strcmp(a->history.id, b->history.id) == 0);
}

static void obey(struct run *run, struct side *side, char order, size_t number)
{
    if (order == 't')
        give(run, side, snippets[number % SNIPPETS], strlen(snippets[number % SNIPPETS]));
    else if (order == 'T')
        give_second(run, side, snippets[number % SNIPPETS], strlen(snippets[number % SNIPPETS]));
    else if (order == 's')
        give(run, side, (const char *)run->data, number < run->len ? number : run->len);
    else if (order == 'x')
        count(run, side, number);
    else if (order == 'd' && side->replica.state == REPLICA_LOADING)
        finish_load(run, side);
    else
        report(run, side, order);
}

static void step(struct run *run)
{
    static const char orders[] = "tsxdcrlkfnopvbwzTCRL";
    size_t code = take(run);
    const char *known = code != 0 ? strchr(orders, (int)code) : NULL;
    char order = known != NULL ? *known : orders[code % (sizeof orders - 1)];
    bool has_number = order == 't' || order == 's' || order == 'x' || order == 'w' ||
                      order == 'z' || order == 'T';
    size_t number = has_number ? take(run) : 0;
    if (order == 'w')
        run->now += (int64_t)number * NS / 4;
    if (order == 'z') { /* other versions */
        run->profile = *profile_at(number / 2 % profile_count());
        run->config.auth_password = number & 1 ? "secret" : "";
        run->config.second_channel = run->profile.second_channel != SECOND_CHANNEL_NONE;
    }
    for (size_t i = 0; i < SIDES; i++)
        obey(run, &run->sides[i], order, number);
    if (order == 's') {
        number = number < run->len ? number : run->len;
        run->data += number;
        run->len -= number;
    }
    compare(run);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct run run;
    memset(&run, 0, sizeof run);
    run.profile = *profile_find("redis-7.0");
    run.config = (struct replica_config){
        .timeout_s = 60, .port = 6379, .announce_ip = "", .auth_user = "", .auth_password = ""};
    run.data = data;
    run.len = size;
    run.is_twinned = true;
    for (size_t i = 0; i < SIDES; i++) {
        replica_init(&run.sides[i].replica);
        history_init(&run.sides[i].history, A40);
        run.sides[i].history.offset = 50;
        run.sides[i].piece = i == 0 ? SIZE_MAX : 1;
    }
    while (run.len > 0)
        step(&run);
    return 0;
}
