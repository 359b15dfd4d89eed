/* clang's division of 128-bit numbers was compiled with guards on its stack, and wasi-libc has nothing
 * that they could compare with or call. */
#include <stdint.h>
#include <stdlib.h>

extern const uintptr_t __stack_chk_guard;
const uintptr_t __stack_chk_guard = 0x5afe;

_Noreturn void __stack_chk_fail(void);
_Noreturn void __stack_chk_fail(void)
{
    abort();
}
