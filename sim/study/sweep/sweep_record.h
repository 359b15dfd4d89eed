/* Where what stands in the record of a run.
 *
 *      broken | columns | expectations held | failed         a row per run
 *      broken | columns of node 0 | of node 1 | ...          a row per node */
#ifndef PSYNCSIM_STUDY_SWEEP_SWEEP_RECORD_H
#define PSYNCSIM_STUDY_SWEEP_SWEEP_RECORD_H

enum { RECORD_BROKEN = 0, RECORD_FIRST = 1, RECORD_EXPECTATIONS = 2 };

#endif
