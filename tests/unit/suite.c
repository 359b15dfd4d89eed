/* See suite.h. */
#include "tests/unit/suite.h"
#include <stdlib.h>
#include <string.h>

static TCase *cases;

/* Called before main, in the order in which the tests stand in their file. */
static TCase *the_cases(void)
{
    if (!cases) {
        cases = tcase_create("all");
        tcase_set_timeout(cases, 0); /* the runner of all tests has one */
    }
    return cases;
}

void suite_add(const TTest *test, int signal, int from, int to)
{
    _tcase_add_test(the_cases(), test, signal, 0, from, to);
}

void suite_add_fixture(SFun set_up, SFun tear_down)
{
    tcase_add_checked_fixture(the_cases(), set_up, tear_down);
}

int main(int argc, char **argv)
{
    const char *slash = argc ? strrchr(argv[0], '/') : NULL;
    Suite *suite = suite_create(slash ? slash + 1 : "suite");
    suite_add_tcase(suite, the_cases());
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
