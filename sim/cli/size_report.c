/* See size_report.h. */
#include "sim/cli/size_report.h"
#include <string.h>
#include "sim/cli/cli.h"
#include "sim/cli/output.h"
#include "sim/study/parallel/ranks.h"
#include "sim/study/size/size_print.h"

bool size_report_fits(const struct size_report *report)
{
    const char *wrong = report->json && report->plot ? "gives --json or --plot, not both"
                        : report->svg && report->json && strcmp(report->svg, "-") == 0
                            ? "writes --json or --svg - to stdout, not both"
                            : NULL;
    if (wrong)
        cli_fail(EXIT_BAD_INPUT, "%s %s", report->command, wrong);
    return wrong == NULL;
}

static int write_picture(const struct size_report *report, const GString *picture)
{
    struct output *output = output_open(report->svg);
    if (!output)
        return EXIT_SYSTEM;
    fwrite(picture->str, 1, picture->len, output_file(output));
    return output_close(output) ? EXIT_HELD : EXIT_SYSTEM;
}

static int print_picture(const struct size_report *report, const struct size_question *question,
                         const struct size_answer *answer)
{
    if (answer->is_story)
        return cli_fail(EXIT_BAD_INPUT,
                        "%s: --svg: a scenario whose faults strike at fixed times has no risk "
                        "curve; one with `every` would do",
                        report->command);
    GString *picture = g_string_new(NULL);
    size_print_svg(question, answer, picture);
    int code = write_picture(report, picture);
    g_string_free(picture, TRUE);
    return code;
}

static bool is_seen(void)
{
    return cli_is_coloured(stdout) && !ranks_are_started();
}

static void print_words(const struct size_report *report, const struct size_case *at,
                        const struct size_answer *answer)
{
    GString *text = g_string_new(NULL);
    if (report->json) {
        size_print_json(&at->question, answer, at->version, text);
    } else {
        size_print(&at->question, answer, at->again, text);
        if ((report->plot || is_seen()) && !answer->is_story)
            size_plot(&at->question, answer, text);
    }
    fwrite(text->str, 1, text->len, stdout);
    g_string_free(text, TRUE);
}

int size_report_broken(const struct size_case *at, const char *broken)
{
    return cli_fail(EXIT_BUG, "an invariant broke, which is our mistake: %s\nRepeat it by: %s",
                    broken, at->again);
}

static int put_out(const struct size_report *report, const struct size_case *at,
                   const struct size_answer *answer)
{
    bool is_alone = report->svg && strcmp(report->svg, "-") == 0;
    if (answer->broken[0] != '\0')
        return size_report_broken(at, answer->broken);
    int code = report->svg ? print_picture(report, &at->question, answer) : EXIT_HELD;
    if (code == EXIT_HELD && !is_alone)
        print_words(report, at, answer);
    return code == EXIT_HELD && !answer->is_met ? EXIT_DIFFERS : code;
}

int size_report(const struct size_report *report, const struct size_case *at)
{
    struct worker_pool *pool = worker_pool_new(report->jobs);
    struct size_answer *answer = size_answer_new(&at->question, pool);
    int code = report->is_silent ? EXIT_HELD : put_out(report, at, answer);
    size_answer_free(answer);
    worker_pool_free(pool);
    return code;
}
