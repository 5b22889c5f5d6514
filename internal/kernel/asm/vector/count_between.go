package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// between writes the kernel that counts, in each of a block of columns, the elements with low < x <= high. The matrix has the
// given number of rows, stride elements apart.
func (k kernel) between() {
	name := fmt.Sprintf("between%d%s", 8*k.size(), k.name)
	T := fmt.Sprintf("float%d", 8*k.size())
	TEXT(name, NOSPLIT, fmt.Sprintf("func(counts, x *%s, low, high %s, rows, stride int, mode uint32) uint32", T, T))
	Pragma("noescape")
	counts, x := Load(Param("counts"), GP64()), Load(Param("x"), GP64())
	rows, stride := Load(Param("rows"), GP64()), Load(Param("stride"), GP64())
	k.toBytes(stride)
	mode := enter()
	low, high := k.broadcast(argument("low")), k.broadcast(argument("high"))
	f := function{constants: ones}
	one, zero, count := k.constants(name, f)(0), k.zero(), k.zero()
	loop, done := name+"_loop", name+"_done"
	Label(loop)
	TESTQ(rows, rows)
	JZ(LabelRef(done))
	v := k.load(Mem{Base: x})
	live := k.where(isGreater, v, high, zero, k.where(isGreater, v, low, one, zero))
	for i := range count {
		k.pick(VADDPS, VADDPD)(live[i], count[i], count[i])
	}
	ADDQ(stride, x)
	DECQ(rows)
	JMP(LabelRef(loop))
	Label(done)
	k.store(count, Mem{Base: counts})
	mode.leave()
}
