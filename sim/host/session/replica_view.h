/* What a replica can know of its master's decision, from its question and the answer alone. */
#ifndef PSYNCSIM_HOST_SESSION_REPLICA_VIEW_H
#define PSYNCSIM_HOST_SESSION_REPLICA_VIEW_H

#include <glib.h>
#include "models/psync/act.h"
#include "models/psync/profile.h"

struct replica_question {
    char id[64]; /* "?" or forty characters */
    int64_t offset;
};

/* `answer` is ACT_FULL or ACT_CONTINUE. Returns REASON_COUNT where several outcomes of the
 * decision give this answer. */
enum reason replica_view_reason(const struct replica_question *question, const struct act *answer,
                                const struct profile *profile);

/* One or two sentences about it. */
char *replica_view_words(const struct replica_question *question, const struct act *answer,
                         const struct profile *profile);

#endif
