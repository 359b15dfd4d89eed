/* See replica_view.h. That a full one is given under the same id leaves two possibilities: ahead of
 * the master, or no longer in the backlog (a backlog that is freed takes the id with it). Under
 * another id it may be a stranger, or one that was promoted before our position. */
#include "sim/host/session/replica_view.h"

#include <string.h>
#include "models/psync/history.h"
#include "sim/text/humanize.h"

static enum reason full_reason(const struct replica_question *question, const struct act *answer,
                               const struct profile *profile)
{
    if (answer->offset < 0)
        return REASON_COUNT; /* SYNC, or a malformed +FULLRESYNC: nothing is said */
    if (strcmp(question->id, "?") == 0)
        return REASON_FULL_REQUESTED;
    if (!history_same_id(question->id, answer->text) || !profile->ttl_renews_id)
        return REASON_COUNT;
    return question->offset > answer->offset + 1 ? REASON_OFFSET_AHEAD : REASON_BACKLOG_PASSED;
}

enum reason replica_view_reason(const struct replica_question *question, const struct act *answer,
                                const struct profile *profile)
{
    if (answer->kind == ACT_FULL)
        return full_reason(question, answer, profile);
    return answer->len > 0 ? REASON_ACCEPTED_SECOND_ID : REASON_ACCEPTED;
}

static char *full_words(const struct replica_question *question, const struct act *answer,
                        enum reason reason)
{
    struct words asked = humanize_digits(question->offset), at = humanize_digits(answer->offset);
    if (answer->offset < 0)
        return g_strdup("Full, of a history without name or position: nothing can be continued "
                        "from it, and nothing is acknowledged.");
    if (reason == REASON_FULL_REQUESTED)
        return g_strdup("Full, as was asked for: '?' is what a replica says that holds nothing.");
    if (reason == REASON_OFFSET_AHEAD)
        return g_strdup_printf("Full, although the history is the same: we asked for byte %s, and "
                               "the master is at %s. It has never had what we have.",
                               asked.text, at.text);
    if (reason == REASON_BACKLOG_PASSED)
        return g_strdup_printf("Full, although the history is the same: byte %s has left the "
                               "backlog. Up to the snapshot %s were missing; a larger "
                               "repl-backlog-size would have held them.",
                               asked.text,
                               humanize_size(answer->offset + 1 - question->offset).text);
    return g_strdup_printf("Full: we asked to go on in the history %.8s…, and the master is in "
                           "%.8s… now. Either ours was never its own (another server, a restart "
                           "without its position, a backlog freed by its ttl), or it was promoted "
                           "before byte %s or no longer holds it: from here it looks the same; "
                           "master_replid2 and second_repl_offset in its INFO show which.",
                           question->id, answer->text, asked.text);
}

char *replica_view_words(const struct replica_question *question, const struct act *answer,
                         const struct profile *profile)
{
    enum reason reason = replica_view_reason(question, answer, profile);
    if (answer->kind == ACT_FULL)
        return full_words(question, answer, reason);
    if (reason == REASON_ACCEPTED_SECOND_ID)
        return g_strdup_printf("Partial, under another id: the master was promoted, its history "
                               "goes on from ours as %.8s…, and its backlog holds all from byte "
                               "%s on.",
                               answer->text, humanize_digits(question->offset).text);
    return g_strdup_printf("Partial: the same history, and the backlog holds all from byte %s on.",
                           humanize_digits(question->offset).text);
}
