/* Whether one side of paired runs wins more often than chance lets it. */
#ifndef PSYNCSIM_STUDY_SWEEP_SIGN_TEST_H
#define PSYNCSIM_STUDY_SWEEP_SIGN_TEST_H

#include <stdint.h>

/* How likely chance makes one side win as clearly as this, when either is as likely: the sign test,
 * two-sided, ties left out. For reading: GSL's last digits may differ between machines. */
double sign_test(uint64_t less, uint64_t more);

#endif
