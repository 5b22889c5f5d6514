package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// total writes the sum and the sum of squares of n elements, n a multiple of a block, as partial sums: those of the
// elements, then those of the squares.
func (k kernel) total() {
	name := fmt.Sprintf("total%d%s", 8*k.size(), k.name)
	TEXT(name, NOSPLIT, fmt.Sprintf("func(out *float64, x *float%d, n int, mode uint32) uint32", 8*k.size()))
	Pragma("noescape")
	out, x, n := Load(Param("out"), GP64()), Load(Param("x"), GP64()), Load(Param("n"), GP64())
	mode := enter()
	k.toBytes(n)
	ADDQ(x, n)
	sum, squares := k.newSums(), k.newSums()
	loop, done := name+"_loop", name+"_done"
	Label(loop)
	CMPQ(x, n)
	JGE(LabelRef(done))
	for i, r := range k.widen(k.load(Mem{Base: x})) {
		VADDPD(r, sum[i], sum[i])
		VFMADD231PD(r, r, squares[i])
	}
	ADDQ(Imm(64), x)
	JMP(LabelRef(loop))
	Label(done)
	k.storeSums(sum, Mem{Base: out})
	k.storeSums(squares, Mem{Base: out, Disp: 128})
	mode.leave()
}

// squares writes the sum of squares of n elements, n a multiple of a block, as partial sums.
func (k kernel) squares() {
	name := fmt.Sprintf("squares%d%s", 8*k.size(), k.name)
	TEXT(name, NOSPLIT, fmt.Sprintf("func(out *float64, x *float%d, n int, mode uint32) uint32", 8*k.size()))
	Pragma("noescape")
	out, x, n := Load(Param("out"), GP64()), Load(Param("x"), GP64()), Load(Param("n"), GP64())
	mode := enter()
	k.toBytes(n)
	ADDQ(x, n)
	squares := k.newSums()
	loop, done := name+"_loop", name+"_done"
	Label(loop)
	CMPQ(x, n)
	JGE(LabelRef(done))
	k.addSquares(squares, k.load(Mem{Base: x}))
	ADDQ(Imm(64), x)
	JMP(LabelRef(loop))
	Label(done)
	k.storeSums(squares, Mem{Base: out})
	mode.leave()
}
