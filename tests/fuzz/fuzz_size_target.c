/* Any bytes are a target or are refused with what is expected. One that is accepted is in its
 * bounds, and its own text is accepted again with the same meaning. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include "sim/study/size/size_target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct size_target target, again;
    const char *text = size > 0 ? (const char *)data : "";
    if (size_target_parse(text, size, &target) != NULL)
        return 0;
    if (size_target_parse(target.text, strlen(target.text), &again) != NULL)
        abort();
    if (strcmp(again.text, target.text) != 0 || again.count != target.count ||
        again.share != target.share || again.period_ns != target.period_ns ||
        again.is_in_all != target.is_in_all || again.is_per_outage != target.is_per_outage)
        abort();
    double share = size_target_share(&target, 4, 3);
    if (!(share > 0) || (target.is_per_outage && share >= 1))
        abort();
    return 0;
}
