#include "textflag.h"

// func Restore()
TEXT ·Restore(SB), NOSPLIT, $8-0
	STMXCSR csr-8(SP)
	ANDL $~0x8040, csr-8(SP) // flush results to zero; take subnormal numbers for zeros
	LDMXCSR csr-8(SP)
	RET
