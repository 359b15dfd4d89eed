/* Lines to resynchronisations: one side alone, both, and what clocks and exports do to them. */
#include <glib.h>
#include <string.h>
#include "sim/engine/time.h"
#include "sim/incident/figures.h"
#include "tests/unit/suite.h"

#define ID_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define ID_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static struct incident *incident;
static struct stories *stories;

static void read_text(const char *name, const char *text)
{
    int32_t count = 0;
    incident_file(incident, name, NULL);
    bool is_reversed = incident_look(incident, text, strlen(text)) == ORDER_REVERSED;
    char **lines = g_strsplit(text, "\n", -1);
    int32_t length = (int32_t)g_strv_length(lines);
    for (int32_t i = 0; i < length; i++) {
        const char *line = lines[is_reversed ? length - 1 - i : i];
        incident_line(incident, line, strlen(line), ++count);
    }
    g_strfreev(lines);
    incident_end_file(incident);
}

/* "r requested online, ..." of all that came out. */
static char *tell(const char *master, const char *replica)
{
    static const char *const OUTCOMES[] = {"open", "online", "failed"};
    const struct incident_options options = {.from_ns = HALF_ABSENT, .to_ns = HALF_ABSENT};
    GString *out = g_string_new(NULL);
    incident = incident_new(&options);
    if (master)
        read_text("m.log", master);
    if (replica)
        read_text("r.log", replica);
    stories = stories_new(incident);
    for (guint i = 0; i < stories->list->len; i++) {
        const struct story *story = &g_array_index(stories->list, struct story, i);
        if (story_verdict(story) != VERDICT_NONE)
            g_string_append_printf(out, "%s%s %s %s", out->len ? ", " : "", story->name,
                                   verdict_name(story_verdict(story)),
                                   OUTCOMES[story_outcome(story)]);
    }
    return g_string_free(out, FALSE);
}

static void clear(void)
{
    stories_free(stories);
    incident_free(incident);
    stories = NULL;
    incident = NULL;
}

FIXTURE(NULL, clear)

#define M(time, text) "7:M 28 Nov 2026 16:00:" time " * " text "\n"
#define R(time, text) "8:S 28 Nov 2026 16:00:" time " * " text "\n"
#define ASKS(time)    M(time, "Replica 127.0.0.1:2 asks for synchronization")
#define LOST_M(time)  M(time, "Connection with replica 127.0.0.1:2 lost.")
#define TRY(time, id, offset)                                                                      \
    R(time, "Trying a partial resynchronization (request " id ":" offset ").")
#define FULL(time, id, offset) R(time, "Full resync from master: " id ":" offset)

static const struct {
    const char *master, *replica, *expected;
} CASES[] = {
    {NULL, TRY("01.000", ID_A, "100") FULL("01.002", ID_A, "900"), "r backlog-passed open"},
    {NULL, TRY("01.000", ID_A, "100") FULL("01.002", ID_B, "900"),
     "r id-mismatch or second-offset open"},
    {NULL, TRY("01.000", ID_A, "1") FULL("01.002", ID_B, "0"), "r id-mismatch open"},
    {NULL, TRY("01.000", ID_A, "100") FULL("01.002", ID_A, "50"), "r offset-ahead open"},
    {NULL,
     TRY("01.000", ID_A, "100") R("01.001", "Successful partial resynchronization with master.")
         R("01.001", "Master replication ID changed to " ID_B),
     "r accepted-second-id online"},
    {ASKS("01.000") M(
         "01.000", "Unable to partial resync with replica 127.0.0.1:2 for lack of backlog (Replica "
                   "request was: 100).")
         M("01.000",
           "Replication backlog created, my new replication IDs are '" ID_A "' and '" ID_B "'"),
     NULL, "127.0.0.1:2 no-backlog open"},
    {ASKS("01.000")
         M("01.000",
           "Unable to partial resync with replica 127.0.0.1:2 for lack of backlog (Replica "
           "request was: 100).") M("01.000", "Warning: replica 127.0.0.1:2 tried to PSYNC with an "
                                             "offset that is greater than the master "
                                             "replication offset."),
     NULL, "127.0.0.1:2 offset-ahead open"},
    {ASKS("01.000") M("01.000", "Full resync requested by replica 127.0.0.1:2") LOST_M("04.000"),
     NULL, "127.0.0.1:2 requested failed"},
    {"[7] 22 Jan 04:10:16.688 * Slave ask for synchronization\n[7] 22 Jan 04:10:16.688 * Starting "
     "BGSAVE for SYNC\n",
     NULL, "a replica sync-command open"},
    /* Two replicas of one name: an offset that goes back is another one's. */
    {ASKS("01.000")
         M("01.000",
           "Partial resynchronization request from 127.0.0.1:2 accepted. Sending 5 bytes of "
           "backlog starting from offset 9000.") ASKS("02.000")
             M("02.000",
               "Partial resynchronization request from 127.0.0.1:2 accepted. Sending 5 bytes of "
               "backlog starting from offset 100."),
     NULL, "127.0.0.1:2 accepted online, 127.0.0.1:2/2 accepted online"},
    /* Both sides, two hours and a second apart. */
    {ASKS("01.000") M(
         "01.000", "Unable to partial resync with replica 127.0.0.1:2 for lack of backlog (Replica "
                   "request was: 100)."),
     "8:S 28 Nov 2026 18:00:02.000 * Trying a partial resynchronization (request " ID_A ":100).\n"
     "8:S 28 Nov 2026 18:00:02.003 * Full resync from master: " ID_A ":900\n",
     "r backlog-passed open"},
    /* Newest first. */
    {NULL,
     R("02.000", "MASTER <-> REPLICA sync: Finished with success") FULL("01.002", ID_A, "900")
         TRY("01.001", ID_A, "100") R("01.000", "Connecting to MASTER a:1"),
     "r backlog-passed online"},
};

TEST_LOOP(lines_become_a_story, 0, (int)(sizeof(CASES) / sizeof(CASES[0])))
{
    char *told = tell(CASES[_i].master, CASES[_i].replica);
    ck_assert_str_eq(told, CASES[_i].expected);
    g_free(told);
}

TEST(a_new_year_does_not_turn_back_the_clock)
{
    g_free(tell(NULL,
                "8:S 31 Dec 23:59:59.000 # Connection with master lost.\n"
                "8:S 01 Jan 00:00:01.000 * Trying a partial resynchronization (request " ID_A
                ":100).\n"
                "8:S 01 Jan 00:00:01.500 * Successful partial resynchronization with master.\n"));
    const struct half_replica *half =
        &g_array_index(incident_process(incident, 0)->as_replica, struct half_replica, 0);
    ck_assert_int_eq(figures_span(half->lost, half->done), 2500 * NS_PER_MS);
}

TEST(the_second_pass_of_an_hour_comes_behind_the_first)
{
    g_free(
        tell(NULL,
             "8:S 25 Oct 2026 02:59:59.000 # Connection with master lost.\n"
             "8:S 25 Oct 2026 02:59:59.900 * Connecting to MASTER a:1\n"
             "8:S 25 Oct 2026 02:00:01.000 * Trying a partial resynchronization (request " ID_A
             ":100).\n"
             "8:S 25 Oct 2026 02:00:02.000 * Successful partial resynchronization with master.\n"));
    const struct half_replica *half =
        &g_array_index(incident_process(incident, 0)->as_replica, struct half_replica, 0);
    ck_assert_int_eq(figures_span(half->lost, half->done), 3 * NS_PER_S);
}

TEST(a_signal_handler_line_gives_zone_and_year)
{
    g_free(tell(NULL, "8:S 28 Nov 18:00:00.000 * Connecting to MASTER a:1\n"
                      "8:signal-handler (1795881602) Received SIGTERM scheduling shutdown...\n"
                      "8:S 28 Nov 18:00:02.100 # User requested shutdown...\n"));
    const struct clock_facts *clock = &incident_process(incident, 0)->clock;
    ck_assert(clock->zone_is_known);
    ck_assert_int_eq(clock->zone_s, 7200);
    ck_assert_int_eq(clock->year, 2026);
}

TEST(owed_bytes_are_exact_where_the_save_began_with_the_request)
{
    g_free(tell(NULL, TRY("01.000", ID_A, "100") FULL("01.002", ID_A, "900")));
    const struct story *story = &g_array_index(stories->list, struct story, 0);
    struct figures figures = figures_of(stories, story);
    ck_assert_int_eq(figures.owed.value, 801);
    ck_assert_int_eq(figures.owed.grade, GRADE_COMPUTED);
}

TEST(owed_bytes_are_a_bound_where_the_answer_came_late)
{
    g_free(tell(NULL, TRY("01.000", ID_A, "100") FULL("09.000", ID_A, "900")));
    const struct story *story = &g_array_index(stories->list, struct story, 0);
    ck_assert_int_eq(figures_of(stories, story).owed.grade, GRADE_AT_MOST);
}
