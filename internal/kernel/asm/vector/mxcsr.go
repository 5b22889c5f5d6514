package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// A mode is how the kernel treats subnormal numbers. It is set on entry and restored on exit.
type mode struct{ before, during Mem }

// enter sets the control register to the argument "mode".
func enter() mode {
	m := mode{AllocLocal(8), AllocLocal(8)}
	STMXCSR(m.before)
	csr := Load(Param("mode"), GP32())
	MOVL(csr, m.during)
	LDMXCSR(m.during)
	return m
}

// leave restores the control register and returns the flags raised since enter as the result.
func (m mode) leave() {
	STMXCSR(m.during)
	LDMXCSR(m.before)
	VZEROUPPER()
	flags := GP32()
	MOVL(m.during, flags)
	Store(flags, ReturnIndex(0))
	RET()
}
