/* What is read along on a link: the same whatever pieces the bytes come in. */
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include "sim/live/relay/sniffer.h"
#include "sim/live/run/load_writer.h"
#include "tests/unit/suite.h"

#define ID "0123456789abcdef0123456789abcdef01234567"

static const char HELLO[] = "*1\r\n$4\r\nPING\r\n";
static const char ASK[] = "*3\r\n$5\r\nPSYNC\r\n$40\r\n" ID "\r\n$3\r\n101\r\n";
static const char ACK[] = "*3\r\n$8\r\nREPLCONF\r\n$3\r\nACK\r\n$3\r\n114\r\n";
static const char PING[] = "*1\r\n$4\r\nPING\r\n";

static void pass(struct sniffer *sniffer, enum flow flow, const char *text, size_t piece)
{
    size_t len = strlen(text);
    for (size_t at = 0; at < len; at += piece)
        sniffer_in(sniffer, flow, 1, text + at, MIN(piece, len - at));
}

/* "ASK 101, REPLY -1, ..." */
static void expect(struct observations *observations, const char *wanted)
{
    GString *found = g_string_new(NULL);
    for (guint i = 0; i < observations->list->len; i++) {
        const struct observation *observation =
            &g_array_index(observations->list, struct observation, i);
        if (observation->kind != SEEN_MOVED)
            g_string_append_printf(found, "%s%s %" G_GINT64_FORMAT, found->len > 0 ? ", " : "",
                                   observation_name(observation->kind), observation->a);
    }
    ck_assert_str_eq(found->str, wanted);
    g_string_free(found, TRUE);
}

/* _i: bytes of a piece. */
TEST_LOOP(a_partial_resynchronisation, 1, 80)
{
    struct observations observations;
    struct sniffer sniffer;
    observations_init(&observations);
    sniffer_init(&sniffer, &observations, 0, 1);
    pass(&sniffer, FLOW_UP, HELLO, (size_t)_i);
    pass(&sniffer, FLOW_DOWN, "+PONG\r\n", (size_t)_i);
    ck_assert(sniffer_is_handshake(&sniffer));
    pass(&sniffer, FLOW_UP, ASK, (size_t)_i);
    pass(&sniffer, FLOW_DOWN, "+CONTINUE " ID "\r\n", (size_t)_i);
    ck_assert(sniffer_is_quiet(&sniffer));
    pass(&sniffer, FLOW_DOWN, PING, (size_t)_i);
    ck_assert_int_eq(sniffer.offset, 114);
    pass(&sniffer, FLOW_UP, ACK, (size_t)_i);
    expect(&observations, "ASK 101, REPLY 0, PING 114");
    sniffer_out(&sniffer, FLOW_DOWN, 2, sniffer.position[FLOW_DOWN]);
    sniffer_out(&sniffer, FLOW_UP, 2, sniffer.position[FLOW_UP]);
    expect(&observations, "ASK 101, REPLY 0, PING 114, ANSWERED 0, ACK 114");
    sniffer_clear(&sniffer);
    observations_clear(&observations);
}

TEST_LOOP(full_resynchronisations_of_both_kinds, 1, 60)
{
    for (int is_streamed = 0; is_streamed <= 1; is_streamed++) {
        struct observations observations;
        struct sniffer sniffer;
        observations_init(&observations);
        sniffer_init(&sniffer, &observations, 0, 1);
        pass(&sniffer, FLOW_UP, ASK, 7);
        pass(&sniffer, FLOW_DOWN, "\n+FULLRESYNC " ID " 500\r\n\n\n", (size_t)_i);
        pass(&sniffer, FLOW_DOWN, is_streamed ? "$EOF:" ID "\r\nREDISdata" ID : "$9\r\nREDISdata",
             (size_t)_i);
        pass(&sniffer, FLOW_DOWN, PING, (size_t)_i);
        expect(&observations, is_streamed
                                  ? "ASK 101, REPLY 500, PREAMBLE -1, PAYLOAD_OUT 9, PING 514"
                                  : "ASK 101, REPLY 500, PREAMBLE 9, PAYLOAD_OUT 9, PING 514");
        sniffer_clear(&sniffer);
        observations_clear(&observations);
    }
}

TEST(a_written_command_has_the_size_that_the_load_says)
{
    GString *out = g_string_new(NULL);
    for (int64_t size = WRITER_LEAST; size < 1200; size++) {
        g_string_truncate(out, 0);
        load_writer_append(out, size, "w", 3);
        ck_assert_int_eq((int64_t)out->len, size);
        struct resp_reader reader = {0};
        struct resp_progress progress = resp_read(&reader, out->str, out->len);
        ck_assert_int_eq(progress.event, RESP_COMMAND);
        ck_assert_uint_eq(progress.eaten, out->len);
    }
    g_string_free(out, TRUE);
}
