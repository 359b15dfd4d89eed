/* See size_block.h. */
#include "sim/study/size/size_block.h"

#include "sim/engine/quantity.h"
#include "sim/engine/time.h"

#define I64 "%" G_GINT64_FORMAT

struct words size_block_bytes(int64_t bytes)
{
    struct words words = {{0}};
    int64_t kb = bytes / 1024, mb = kb / 1024;
    if (mb > 0 && mb * 1024 * 1024 == bytes)
        g_snprintf(words.text, sizeof words.text, I64 "mb", mb);
    else if (kb > 0 && kb * 1024 == bytes)
        g_snprintf(words.text, sizeof words.text, I64 "kb", kb);
    else
        g_snprintf(words.text, sizeof words.text, I64, bytes);
    return words;
}

static struct words history(int64_t bytes, int64_t rate)
{
    return humanize_span(mul_div(bytes, NS_PER_S, rate));
}

static char *limit_of(const struct size_answer *answer)
{
    const struct output_limit *limit = &answer->then.limit;
    return g_strdup_printf("%s %s " I64, size_block_bytes(limit->hard_bytes).text,
                           size_block_bytes(limit->soft_bytes).text, limit->soft_s);
}

static bool is_limit_changed(const struct size_answer *answer)
{
    const struct output_limit *now = &answer->now.limit, *then = &answer->then.limit;
    return now->hard_bytes != then->hard_bytes || now->soft_bytes != then->soft_bytes ||
           now->soft_s != then->soft_s;
}

static void put_seconds(GString *out, const char *directive, int64_t now, int64_t then)
{
    if (now == then)
        g_string_append(out, "  # as it is\n");
    else
        g_string_append_printf(out, "  # was " I64 "%s\n", now,
                               then == 0 ? "; with 0 the backlog is never freed" : "");
    g_string_append_printf(out, "  %s " I64 "\n", directive, then);
}

void size_block_print(const struct size_answer *answer, GString *out)
{
    int64_t backlog = answer->then.backlog_bytes;
    if (answer->mean_rate > 0)
        g_string_append_printf(out, "  # %s of writes at the mean rate, %s at the highest\n",
                               history(backlog, answer->mean_rate).text,
                               history(backlog, answer->peak_rate).text);
    else
        g_string_append(out, "  # nothing is written\n");
    g_string_append_printf(out, "  repl-backlog-size %s\n", size_block_bytes(backlog).text);
    if (answer->can_finish) {
        char *limit = limit_of(answer);
        g_string_append_printf(out, "  # %s takes %s%s\n  client-output-buffer-limit replica %s\n",
                               answer->is_story ? "the largest buffer of this story"
                                                : "the buffer of a full synchronisation",
                               humanize_size(answer->open.buffer_bytes).text,
                               is_limit_changed(answer) ? "" : "; the limit is as it is", limit);
        g_free(limit);
    }
    put_seconds(out, "repl-timeout", answer->now.timeout_s, answer->then.timeout_s);
    put_seconds(out, "repl-backlog-ttl", answer->now.ttl_s, answer->then.ttl_s);
}

void size_block_print_live(const struct size_answer *answer, GString *out)
{
    const struct output_limit *limit = &answer->then.limit;
    g_string_append_printf(out, "  redis-cli CONFIG SET repl-backlog-size " I64 "\n",
                           answer->then.backlog_bytes);
    if (answer->can_finish)
        g_string_append_printf(out,
                               "  redis-cli CONFIG SET client-output-buffer-limit \"replica " I64
                               " " I64 " " I64 "\"\n",
                               limit->hard_bytes, limit->soft_bytes, limit->soft_s);
    g_string_append_printf(out, "  redis-cli CONFIG SET repl-timeout " I64 "\n",
                           answer->then.timeout_s);
    g_string_append_printf(out, "  redis-cli CONFIG SET repl-backlog-ttl " I64 "\n",
                           answer->then.ttl_s);
}

void size_block_print_managed(const struct size_answer *answer, GString *out)
{
    g_string_append_printf(out, "  repl-backlog-size                              " I64 "\n",
                           answer->then.backlog_bytes);
    g_string_append_printf(out, "  repl-backlog-ttl                               " I64 "\n",
                           answer->then.ttl_s);
    g_string_append_printf(out, "  repl-timeout                                   " I64 "\n",
                           answer->then.timeout_s);
    g_string_append_printf(out, "  client-output-buffer-limit-replica-hard-limit  " I64 "\n",
                           answer->then.limit.hard_bytes);
    g_string_append_printf(out, "  client-output-buffer-limit-replica-soft-limit  " I64 "\n",
                           answer->then.limit.soft_bytes);
    g_string_append_printf(out, "  client-output-buffer-limit-replica-soft-seconds  " I64 "\n",
                           answer->then.limit.soft_s);
}

char *size_block_changes(const struct size_answer *answer)
{
    const struct size_setting *now = &answer->now, *then = &answer->then;
    GString *out = g_string_new(NULL);
    char *limit = limit_of(answer);
    bool is_limit = is_limit_changed(answer), is_timeout = then->timeout_s != now->timeout_s;
    bool is_ttl = then->ttl_s != now->ttl_s, is_backlog = then->backlog_bytes != now->backlog_bytes;
    bool is_limit_first = answer->is_story || answer->at_now.online < answer->at_now.count;
    if (is_limit && is_limit_first)
        g_string_append_printf(out, "client-output-buffer-limit replica %s", limit);
    if (is_backlog || (!answer->is_story && (is_limit || is_timeout || is_ttl)))
        g_string_append_printf(out, "%srepl-backlog-size %s", out->len > 0 ? ", " : "",
                               size_block_bytes(then->backlog_bytes).text);
    if (is_limit && !is_limit_first)
        g_string_append_printf(out, ", client-output-buffer-limit replica %s", limit);
    if (is_timeout)
        g_string_append_printf(out, "%srepl-timeout " I64, out->len > 0 ? ", " : "",
                               then->timeout_s);
    if (is_ttl)
        g_string_append_printf(out, "%srepl-backlog-ttl " I64, out->len > 0 ? ", " : "",
                               then->ttl_s);
    g_free(limit);
    return g_string_free(out, FALSE);
}
