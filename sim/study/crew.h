/* Who does the numbered work of a study: threads of this process.
 *
 * Item i gives a record that depends on i alone, whoever makes it; records come back in the order
 * of the items. So any number of workers gives the same bytes. */
#ifndef PSYNCSIM_STUDY_CREW_H
#define PSYNCSIM_STUDY_CREW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct crew;

/* Makes the record of item `index`. Called from several threads at once. */
typedef void crew_work(void *user, uint64_t index, void *record);

/* Sees each record, in the order of the items, one at a time. Returns false to stop: items after it
 * may be left undone. */
typedef bool crew_done(void *user, uint64_t index, const void *record);

struct crew_task {
    crew_work *work;
    crew_done *done; /* NULL: nobody looks before the end */
    void *user;
    size_t record_size;
};

/* jobs 0: as many as there are processors. Free with crew_free. */
struct crew *crew_new(uint32_t jobs);
void crew_free(struct crew *crew);
uint32_t crew_jobs(const struct crew *crew);

/* Items first .. first + count - 1 into records[0 .. count - 1] (count * record_size bytes, owned
 * by the caller). Returns false if `done` stopped it. */
bool crew_map(struct crew *crew, const struct crew_task *task, uint64_t first, uint64_t count,
              void *records);

#endif
