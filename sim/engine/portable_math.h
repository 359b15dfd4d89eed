/* log, exp and the normal quantile made of + - * / and sqrt alone: every bit the same on every
 * machine and compiler (with -ffp-contract=off), which the machine's libm does not promise. */
#ifndef PSYNCSIM_ENGINE_PORTABLE_MATH_H
#define PSYNCSIM_ENGINE_PORTABLE_MATH_H

double portable_log(double x); /* x > 0, finite; error below 4 ulp */
double portable_exp(double x); /* saturates to 0 and HUGE_VAL-like infinity; error below 4 ulp */
double portable_pow(double x, double y);   /* x > 0; exp(y log x) */
double portable_normal_quantile(double p); /* 0 < p < 1; relative error below 1e-11 */
double portable_normal_tail(double z);     /* P(N > z); relative error below 1e-12 */

#endif
