package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// peakSums is the number of multiply-adds in the loop of the kernel peak, each on a register of its own.
const peakSums = 12

// peak writes the kernel that does n times peakSums multiply-adds on registers alone, which tests compare the others with.
func peak(a arch) {
	k := kernel{arch: a}
	TEXT("peak"+a.name, NOSPLIT, "func(n int)")
	n := Load(Param("n"), GP64())
	var sum []vec
	k.half = !a.wide
	for range peakSums {
		sum = append(sum, k.zero())
	}
	x := k.zero()
	loop := "peak" + a.name + "_loop"
	Label(loop)
	for _, s := range sum {
		VFMADD231PS(x[0], x[0], s[0])
	}
	DECQ(n)
	JNZ(LabelRef(loop))
	VZEROUPPER()
	RET()
}
