/* Figures of an answer that follow from others. */
#include "sim/study/size/size_answer.h"

#define MB (INT64_C(1) << 20)

int64_t size_round_up(int64_t bytes)
{
    int64_t step = MB / 2;
    if (bytes > 10 * MB)
        for (step = MB; bytes > 100 * step;)
            step *= 10;
    return (bytes + step - 1) / step * step;
}

bool size_answer_is_endless(const struct size_answer *answer, enum size_cause cause)
{
    return answer->is_endless_now && answer->causes_now[cause] > 0 && size_cause_is_vain(cause);
}

void size_bill(struct size_answer *answer, const struct full_sync *full)
{
    bool is_shared = answer->master->profile->shared_buffer;
    answer->backlog_memory = answer->then.backlog_bytes;
    answer->copied_memory = full->copied_bytes;
    answer->kept_bytes = full->kept_bytes;
    answer->kept_memory = config_kept_memory(answer->replica->profile, full->kept_bytes);
    answer->buffer_memory = is_shared ? MAX(0, full->buffer_bytes - answer->backlog_memory)
                                      : full->buffer_bytes * answer->replicas;
}
