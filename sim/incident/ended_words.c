/* The log alone has the bytes of the buffer; which of the two limits they had passed is certain only
 * where the limits were given. */
#include "sim/incident/ended_words.h"

#include "sim/incident/advice.h"
#include "sim/text/humanize.h"

const char *ended_words(enum ended ended)
{
    static const char *const SENTENCES[ENDED_COUNT] = {
        [ENDED_NOT] = "",
        [ENDED_LOST] = "the connection was closed; by whom no log shows",
        [ENDED_TIMEOUT] = "repl-timeout passed without a byte",
        [ENDED_TIMEOUT_BULK] = "repl-timeout passed without a byte of the payload",
        [ENDED_PAYLOAD_FAILED] = "the connection was closed before the first byte of the payload",
        [ENDED_PAYLOAD_LOST] = "the connection was closed in the middle of the payload",
        [ENDED_LOAD_FAILED] = "the payload could not be loaded",
        [ENDED_LIMIT_HARD] = "limit-hard",
        [ENDED_LIMIT_SOFT] = "limit-soft",
        [ENDED_LIMIT] = "limit-hard or limit-soft",
        [ENDED_SAVE_FAILED] = "the master's saving child failed",
        [ENDED_TURNED] = "it got REPLICAOF another master",
        [ENDED_PROCESS] = "the process ended",
    };
    return SENTENCES[ended];
}

void ended_words_at(const struct explained *explained, const struct process *process,
                    enum ended ended, GString *text)
{
    int64_t timeout_s = explain_limits(explained, process).timeout_s;
    g_string_append(text, ended_words(ended));
    if ((ended == ENDED_TIMEOUT || ended == ENDED_TIMEOUT_BULK) && timeout_s != HALF_ABSENT)
        g_string_append_printf(text, " (it is %" G_GINT64_FORMAT " s as given)", timeout_s);
}

static void print_limits(const struct limits *limits, GString *text)
{
    if (limits->hard_bytes == HALF_ABSENT)
        return;
    g_string_append_printf(text, "; the limits as given: hard %s",
                           limits->hard_bytes ? humanize_size(limits->hard_bytes).text : "off");
    if (limits->soft_bytes > 0)
        g_string_append_printf(text, ", soft %s for %" G_GINT64_FORMAT " s",
                               humanize_size(limits->soft_bytes).text, limits->soft_s);
    else
        g_string_append(text, ", soft off");
}

/* How it is known which limit it was. */
static void print_limit(const struct limits *limits, const struct half_master *m, GString *text)
{
    const struct kill *kill = &m->kill;
    if (limits->hard_bytes != HALF_ABSENT) {
        if (limits_kill(limits, kill) == ENDED_LIMIT)
            g_string_append(text, "; below both limits as given: others were in force");
        print_limits(limits, text);
    } else if (m->lost_by == ENDED_LIMIT_HARD)
        g_string_append(text, "; ~ hard: just above a round number");
    else if (m->lost_by == ENDED_LIMIT && kill->omem < 256 << 20)
        g_string_append(text,
                        "; no round number: ~ the soft limit is likelier (with the default of "
                        "256mb 64mb 60 it is the soft one)");
    else if (m->lost_by == ENDED_LIMIT)
        g_string_append(text, "; no round number: ~ the soft limit is likelier");
}

void ended_words_kill(const struct explained *explained, const struct process *master,
                      const struct half_master *m, GString *text)
{
    const struct kill *kill = &m->kill;
    g_string_append(text, "the master closed it: ");
    g_string_append(text, ended_words(m->lost_by));
    g_string_append(text, ", ");
    if (kill->omem != HALF_ABSENT)
        advice_bytes(kill->omem, text);
    g_string_append(text, " in its output buffer");
    g_string_append(text, " (");
    explain_place(explained, master, kill->at, text);
    g_string_append_c(text, ')');
    struct limits limits = explain_limits(explained, master);
    print_limit(&limits, m, text);
    g_string_append(text, kill->is_online   ? "; it was online"
                          : kill->is_saving ? "; the save was not through"
                          : kill->is_sync
                              ? "; whether it had loaded the payload this version does not print"
                              : "; it had acknowledged nothing yet: ~ receiving or loading");
    if (kill->idle_s != HALF_ABSENT)
        g_string_append_printf(text, "; the last byte moved %" G_GINT64_FORMAT " s before",
                               kill->idle_s);
    if (kill->blocks > 0 && kill->omem / kill->blocks == 20504 && kill->omem % kill->blocks == 0)
        g_string_append(text, "; blocks of 20504 bytes: ~ 7.0 or later, where replicas share them");
}
