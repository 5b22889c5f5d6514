package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// claim writes the kernel of the gradient of a maximum at one place of n windows. Where the pixel x is the largest value y, or NaN, what
// is left of the gradient is added to dx, and then nothing is left. The pixels of x and dx lie stride bytes apart.
func (k kernel) claim() {
	name := k.pixels("claim")
	TEXT(name, NOSPLIT, "func(dx, x, y, left *float32, n, stride int, mode uint32) uint32")
	Pragma("noescape")
	dx, x, y, left := Load(Param("dx"), GP64()), Load(Param("x"), GP64()), Load(Param("y"), GP64()), Load(Param("left"), GP64())
	n, stride := Load(Param("n"), GP64()), Load(Param("stride"), GP64())
	mode := enter()
	loop := name + "_loop"
	Label(loop)
	pixel, rest, zero := k.load(Mem{Base: x}), k.load(Mem{Base: left}), k.zero()
	kept := k.where(isEqual, pixel, k.load(Mem{Base: y}), zero, rest)
	kept = k.where(isUnordered, pixel, pixel, zero, kept)
	taken := k.where(isEqual, pixel, k.load(Mem{Base: y}), rest, zero)
	taken = k.where(isUnordered, pixel, pixel, rest, taken)
	k.store(kept, Mem{Base: left})
	k.store(k.add(k.load(Mem{Base: dx}), taken), Mem{Base: dx})
	ADDQ(stride, x)
	ADDQ(stride, dx)
	ADDQ(Imm(64), y)
	ADDQ(Imm(64), left)
	DECQ(n)
	JNZ(LabelRef(loop))
	mode.leave()
}
