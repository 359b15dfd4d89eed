/* The golden conversations of both machines, and the check that no row of either is without one. */
#include <glib.h>
#include "tests/unit/psync/story.h"
#include "tests/unit/suite.h"

#define FOLDER "tests/golden/psync"

static void expect_all(const struct rows_fired *fired, uint16_t count,
                       struct row_info (*row_info)(uint16_t))
{
    for (uint16_t row = 0; row < count; row++) {
        struct row_info info = row_info(row);
        ck_assert_msg(fired->word[row / 64] >> (row % 64) & 1, "no story fires %s, %s: %s",
                      info.state, info.on, info.why);
    }
}

TEST(stories_end_as_written_whatever_pieces_their_bytes_come_in_and_fire_every_row)
{
    struct rows_fired replica = {{0}}, master = {{0}};
    const char *name;
    GDir *folder = g_dir_open(FOLDER, 0, NULL);
    ck_assert_ptr_nonnull(folder);
    while ((name = g_dir_read_name(folder)) != NULL) {
        char *path = g_build_filename(FOLDER, name, NULL);
        story_expect_file(path, &replica, &master);
        g_free(path);
    }
    g_dir_close(folder);
    expect_all(&replica, replica_row_count(), replica_row_info);
    expect_all(&master, master_row_count(), master_row_info);
}
