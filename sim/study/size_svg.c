#include "sim/study/size_print.h"
void size_print_svg(const struct size_question *question, const struct size_answer *answer,
                    GString *out)
{
    (void)question;
    (void)answer;
    (void)out;
}
void size_plot(const struct size_question *question, const struct size_answer *answer, GString *out)
{
    (void)question;
    (void)answer;
    (void)out;
}
