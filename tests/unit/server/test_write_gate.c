/* Which writes come into a master's stream, which wait, and which are lost to it. */
#include <stdlib.h>
#include "models/server/write_gate.h"
#include "tests/unit/suite.h"

TEST(min_replicas_counts_only_with_both_directives)
{
    static const struct {
        int64_t wanted, lag_s, good;
        bool counts, refuses;
    } cases[] = {{0, 10, 0, false, false}, {1, 0, 0, false, false}, {1, 10, 0, true, true},
                 {1, 10, 1, true, false},  {3, 10, 2, true, true},  {3, 10, 4, true, false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct config config = {.min_replicas = cases[i].wanted,
                                .min_replicas_lag_s = cases[i].lag_s};
        ck_assert_int_eq(min_replicas_count(&config), cases[i].counts);
        ck_assert_int_eq(min_replicas_refuse(&config, cases[i].good), cases[i].refuses);
    }
}

TEST(writes_flow_unless_something_holds_or_refuses_them)
{
    static const struct {
        struct write_state state;
        enum write_gate gate;
    } cases[] = {
        {{.is_up = true, .has_backlog = true}, WRITES_FLOW},
        {{.is_up = true, .has_backlog = true, .is_blocked = true}, WRITES_WAIT},
        {{.is_up = true, .has_backlog = true, .is_paused = true}, WRITES_WAIT},
        {{.is_up = true, .has_backlog = true, .is_loading = true}, WRITES_WAIT},
        {{.is_up = true, .has_backlog = true, .refuses = true}, WRITES_LOST},
        {{.is_up = true, .has_backlog = true, .refuses = true, .is_blocked = true}, WRITES_LOST},
        {{.is_up = true}, WRITES_LOST},
        {{.is_up = true, .is_blocked = true}, WRITES_LOST},
        {{.has_backlog = true}, WRITES_LOST},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        ck_assert_int_eq(write_gate(&cases[i].state), cases[i].gate);
}
