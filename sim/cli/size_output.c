/* See size_output.h. */
#include "sim/cli/size_output.h"
#include <string.h>
#include "sim/cli/cli.h"
#include "sim/cli/mpi_cli.h"
#include "sim/cli/output.h"
#include "sim/cli/progress.h"
#include "sim/study/parallel/ranks.h"
#include "sim/study/size/size_print.h"
#include "sim/study/size/size_request.h"
#include "sim/study/size/size_weight.h"

static int print_picture(const char *path, const struct size_case *at,
                         const struct size_answer *answer)
{
    struct output *file = output_open(path);
    if (!file)
        return EXIT_SYSTEM;
    GString *picture = g_string_new(NULL);
    size_print_svg(&at->question, answer, picture);
    fwrite(picture->str, 1, picture->len, output_file(file));
    g_string_free(picture, TRUE);
    return output_close(file) ? EXIT_HELD : EXIT_SYSTEM;
}

static int print_page(const char *path, const struct size_case *at,
                      const struct size_answer *answer, const struct size_weight *weights)
{
    struct output *file = output_open(path);
    if (!file)
        return EXIT_SYSTEM;
    GString *page = g_string_new(NULL);
    size_print_html(&at->question, answer, weights, at->again, page);
    fwrite(page->str, 1, page->len, output_file(file));
    g_string_free(page, TRUE);
    return output_close(file) ? EXIT_HELD : EXIT_SYSTEM;
}

static void print_words(const struct size_output *output, const struct size_case *at,
                        const struct size_answer *answer)
{
    GString *text = g_string_new(NULL);
    bool is_seen = cli_is_coloured(stdout) && !ranks_are_started();
    if (output->json) {
        size_print_json(&at->question, answer, at->version, text);
    } else {
        size_print(&at->question, answer, &(struct size_print_options){at->again, output->details},
                   text);
        if ((output->plot || is_seen) && !answer->is_story)
            size_plot(&at->question, answer, text);
    }
    fwrite(text->str, 1, text->len, stdout);
    g_string_free(text, TRUE);
}

/* `weights`: of the page. */
static int print(const struct size_output *output, const struct size_case *at,
                 const struct size_answer *answer, const struct size_weight *weights)
{
    bool is_alone = g_strcmp0(output->svg, "-") == 0 || g_strcmp0(output->html, "-") == 0;
    if (answer->broken[0] != '\0')
        return cli_bug(answer->broken, at->again);
    int code = output->svg ? print_picture(output->svg, at, answer) : EXIT_HELD;
    if (code == EXIT_HELD && output->html)
        code = print_page(output->html, at, answer, weights);
    if (code == EXIT_HELD && !is_alone)
        print_words(output, at, answer);
    return code == EXIT_HELD && !answer->is_met ? EXIT_DIFFERS : code;
}

static int print_scenario(const char *path, const struct size_case *at)
{
    struct output *file = output_open(path);
    if (!file)
        return EXIT_SYSTEM;
    fputs(at->text, output_file(file));
    return output_close(file) ? EXIT_HELD : EXIT_SYSTEM;
}

static void show(void *user, uint64_t made)
{
    progress_show(user, made);
}

int size_output_answer(const struct size_output *output, const struct size_case *at, bool is_first)
{
    if (output->scenario) {
        int written = mpi_cli_agree(is_first ? print_scenario(output->scenario, at) : EXIT_HELD);
        if (written != EXIT_HELD || strcmp(output->scenario, "-") == 0)
            return written;
    }
    struct worker_pool *pool = worker_pool_new((uint32_t)output->jobs);
    struct progress *progress = progress_new("simulations", 0, 0);
    worker_pool_watch(pool, show, progress);
    struct size_answer *answer = size_answer_new(&at->question, pool);
    struct size_weight weights[SIZE_FIGURE_COUNT];
    bool is_good = !output->html || answer->broken[0] != '\0' || size_weigh(at, pool, weights);
    progress_free(progress);
    worker_pool_free(pool);
    int code = EXIT_HELD;
    if (is_first && !is_good)
        code = cli_bug("an answer with another figure broke an invariant", at->again);
    else if (is_first)
        code = print(output, at, answer, weights);
    size_answer_free(answer);
    return mpi_cli_agree(code);
}
