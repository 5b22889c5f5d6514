package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

const (
	fastBlocks = 4  // blocks added to separate accumulators, so that no addition waits for the one before
	fastRun    = 16 // additions to each accumulator before it is added in float64
)

// fastSquares writes the kernel of Σ x² with products and short sums in float32: n is a multiple of four blocks.
func (k kernel) fastSquares() {
	name := "fastSquares32" + k.name
	TEXT(name, NOSPLIT, "func(out *float64, x *float32, n int, mode uint32) uint32")
	Pragma("noescape")
	out, x, n := Load(Param("out"), GP64()), Load(Param("x"), GP64()), Load(Param("n"), GP64())
	mode := enter()
	k.toBytes(n)
	ADDQ(x, n)
	total, stop := k.newSums(), GP64()
	outer, inner, done := name+"_outer", name+"_inner", name+"_done"
	Label(outer)
	CMPQ(x, n)
	JGE(LabelRef(done))
	LEAQ(Mem{Base: x, Disp: 64 * fastBlocks * fastRun}, stop)
	CMPQ(stop, n)
	CMOVQGT(n, stop)
	var runs [fastBlocks]vec
	for i := range runs {
		runs[i] = k.zero()
	}
	Label(inner)
	for i, run := range runs {
		v := k.load(Mem{Base: x, Disp: 64 * i})
		k.accumulate(run, v, v)
	}
	ADDQ(U32(64*fastBlocks), x)
	CMPQ(x, stop)
	JLT(LabelRef(inner))
	for i, r := range k.widen(k.add(k.add(runs[0], runs[1]), k.add(runs[2], runs[3]))) {
		plain(r, total[i])
	}
	JMP(LabelRef(outer))
	Label(done)
	k.storeSums(total, Mem{Base: out})
	mode.leave()
}
