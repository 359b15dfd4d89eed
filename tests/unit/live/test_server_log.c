/* Lines of real servers' logs, of several versions, and what they say. */
#include <stdlib.h>
#include <string.h>
#include "models/psync/reason.h"
#include "sim/engine/time.h"
#include "sim/live/observe/server_log.h"
#include "tests/unit/suite.h"

static const struct line {
    const char *text;
    enum observation_kind kind;
    int64_t a, b;
    uint16_t peer;
    const char *id;
} LINES[] = {
    {"12:S 26 Nov 2026 15:17:18.213 * MASTER <-> REPLICA sync started", SEEN_DIALS, 0, -1, 0, ""},
    {"[9] 26 Nov 15:17:18.213 * MASTER <-> SLAVE sync started", SEEN_DIALS, 0, -1, 0, ""},
    {"12:S 26 Nov 2026 15:17:18.213 * PRIMARY <-> REPLICA sync started", SEEN_DIALS, 0, -1, 0, ""},
    {"12:S 26 Nov 2026 15:17:18.213 # MASTER timeout: no data nor PING received...", SEEN_TIMED_OUT,
     DROP_TIMEOUT_MASTER, -1, 0, ""},
    {"12:S 26 Nov 2026 15:17:18.213 # Timeout receiving bulk data from MASTER... If the problem "
     "persists",
     SEEN_TIMED_OUT, DROP_TIMEOUT_PAYLOAD, -1, 0, ""},
    {"12:S 26 Nov 2026 15:17:18.213 # Error condition on socket for SYNC: Connection refused",
     SEEN_REFUSED, 0, -1, 0, ""},
    {"12:S 26 Nov 2026 15:17:18.213 # Connection with master lost.", SEEN_LOST_MASTER, 0, -1, 0,
     ""},
    {"12:S 26 Nov 2026 15:17:18.213 # I/O error trying to sync with MASTER: connection lost",
     SEEN_SYNC_FAILED, DROP_LOST, -1, 0, ""},
    {"12:M 26 Nov 2026 15:17:18.213 * Replica 127.0.0.1:7502 asks for synchronization", SEEN_ASKED,
     0, -1, 7502, ""},
    {"12:M 26 Nov 2026 15:17:18.213 * Slave 127.0.0.1:7502 asks for synchronization", SEEN_ASKED, 0,
     -1, 7502, ""},
    {"12:M 26 Nov 2026 15:17:18.213 * Unable to partial resync with replica 127.0.0.1:7502 for "
     "lack of backlog (Replica request was: 107).",
     SEEN_DECIDES, REASON_BACKLOG_PASSED, 107, 7502, ""},
    {"12:M 26 Nov 2026 15:17:18.213 * Partial resynchronization not accepted: Replication ID "
     "mismatch (Replica asked for 'x', my replication IDs are 'y' and 'z')",
     SEEN_DECIDES, REASON_ID_MISMATCH, -1, 0, ""},
    {"12:M 26 Nov 2026 15:17:18.213 * Partial resynchronization request from 127.0.0.1:7502 "
     "accepted. Sending 12 bytes of backlog starting from offset 65.",
     SEEN_GRANTS, 12, 65, 7502, ""},
    {"12:M 26 Nov 2026 15:17:18.213 # Client id=7 addr=127.0.0.1:49998 laddr=127.0.0.1:7501 fd=8 "
     "name= flags=S oll=14 omem=1085776 tot-mem=1108048 events=r scheduled to be closed ASAP for "
     "overcoming of output buffer limits.",
     SEEN_DROPS_FULL, 1085776, -1, 0, ""},
    {"12:M 26 Nov 2026 15:17:18.213 # Disconnecting timedout replica (streaming sync): "
     "127.0.0.1:7502",
     SEEN_DROPS_SILENT, DROP_TIMEOUT_REPLICA, -1, 7502, ""},
    {"12:M 26 Nov 2026 15:17:18.213 # Disconnecting timedout replica (full sync): 127.0.0.1:7502",
     SEEN_DROPS_SILENT, DROP_TIMEOUT_FULL_SYNC, -1, 7502, ""},
    {"12:M 26 Nov 2026 15:17:18.213 # Connection with replica 127.0.0.1:7502 lost.",
     SEEN_LOST_REPLICA, 0, -1, 7502, ""},
    {"12:M 26 Nov 2026 15:17:18.213 # Connection with replica client id #5 lost.",
     SEEN_LOST_REPLICA, 0, -1, 0, ""},
    {"12:C 26 Nov 2026 15:17:18.213 * Fork CoW for RDB: current 3 MB, peak 4 MB, average 2 MB",
     SEEN_COPIED, 4 << 20, -1, 0, ""},
    {"12:M 26 Nov 2026 15:17:18.213 # Setting secondary replication ID to aa, valid up to offset: "
     "67. New replication ID is bb",
     SEEN_SHIFTED, 67, -1, 0, "bb"},
    {"12:M 26 Nov 2026 15:17:18.213 * Ready to accept connections", SEEN_UP, 0, -1, 0, ""},
    {"12:M 26 Nov 15:17:18.213 * The server is now ready to accept connections on port 7501",
     SEEN_UP, 0, -1, 0, ""}, /* Valkey 9 */
    {"12:M 26 Nov 2026 15:17:18.213 * Unable to partial resync with replica 127.0.0.1:7502 for "
     "lack of backlog (Replica request was 2e3f90cabe036e91a817f1009e246185c5943807:299038, and I "
     "can only reply with the range [490561, 593001]).",
     SEEN_DECIDES, REASON_BACKLOG_PASSED, 299038, 7502, ""},
    {"12:M 26 Nov 2026 15:17:18.213 * Unable to partial resync with replica 127.0.0.1:7502 for "
     "lack of backlog (Replica request was: 2e3f90cabe036e91a817f1009e246185c5943807:107).",
     SEEN_DECIDES, REASON_BACKLOG_PASSED, 107, 7502, ""},
    {"12:S 26 Nov 2026 15:17:18.213 * PRIMARY <-> REPLICA sync: Flushing old data", SEEN_FLUSHES, 0,
     -1, 0, ""},
    {"12:S 26 Nov 2026 15:17:18.213 * RDB signature and version check passed. Flushing old data",
     SEEN_FLUSHES, 0, -1, 0, ""},
    {"12:S 26 Nov 2026 15:17:18.213 # Replica bio thread: I/O error trying to sync with PRIMARY: "
     "connection lost",
     SEEN_SYNC_FAILED, DROP_LOST, -1, 0, ""},
};

TEST_LOOP(a_line_tells_what_it_means, 0, sizeof LINES / sizeof LINES[0])
{
    struct log_reader *reader = log_reader_new();
    struct log_line line;
    const struct line *wanted = &LINES[_i];
    ck_assert(log_understand(reader, wanted->text, &line));
    ck_assert_str_eq(observation_name(line.observation.kind), observation_name(wanted->kind));
    ck_assert_int_eq(line.observation.a, wanted->a);
    ck_assert_int_eq(line.observation.b, wanted->b);
    ck_assert_uint_eq(line.peer_port, wanted->peer);
    ck_assert_str_eq(line.id, wanted->id);
    ck_assert_int_eq(line.stamp_ms, (17 * 60 + 18) * 1000 + 213);
    ck_assert(line.is_child == (strncmp(wanted->text, "12:C", 4) == 0));
    log_reader_free(reader);
}

TEST(ends_of_connections_name_port_or_client)
{
    struct log_reader *reader = log_reader_new();
    struct log_line line;
    ck_assert(log_understand(reader, LINES[13].text, &line));
    ck_assert_uint_eq(line.conn_port, 49998);
    ck_assert(log_understand(reader, LINES[17].text, &line));
    ck_assert_int_eq(line.client, 5);
    log_reader_free(reader);
}

TEST(other_lines_tell_nothing)
{
    struct log_reader *reader = log_reader_new();
    struct log_line line;
    ck_assert(!log_understand(reader, "12:M 26 Nov 2026 15:17:18.213 * RDB age 0 seconds", &line));
    ck_assert(!log_understand(reader, "", &line));
    log_reader_free(reader);
}

/* A stamp is cut to its millisecond: within it the line may be as late as its reading. */
TEST(a_line_was_said_before_it_was_read)
{
    struct log_line line = {.stamp_ms = 3599999};
    ck_assert_int_eq(log_time(&line, 500 * NS_PER_MS, 3599999), 500 * NS_PER_MS);
    ck_assert_int_eq(log_time(&line, 500 * NS_PER_MS, 9), 491 * NS_PER_MS);
    line.stamp_ms = 1000; /* the clock that stamped is ahead: as if read at once */
    ck_assert_int_eq(log_time(&line, 500 * NS_PER_MS, 999), 500 * NS_PER_MS);
    line.stamp_ms = -1;
    ck_assert_int_eq(log_time(&line, 500 * NS_PER_MS, 9), 500 * NS_PER_MS);
}
