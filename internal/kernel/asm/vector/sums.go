package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// A scan reads elements block by block. Its results are written lane by lane, in float64, one after another.
type scan struct {
	name string
	// begin gives take, which accumulates a block, and results, which gives the sums after the last block.
	begin func(k kernel, name string) (take func(x vec), results func() []sums)
}

var scans = []scan{
	// Σ x and Σ x²
	{"total", func(k kernel, _ string) (func(x vec), func() []sums) {
		sum, squares := k.newSums(), k.newSums()
		take := func(x vec) {
			for i, r := range k.widen(x) {
				plain(r, sum[i])
				square(r, squares[i])
			}
		}
		return take, func() []sums { return []sums{sum, squares} }
	}},
	// Σ x²
	{"squares", func(k kernel, _ string) (func(x vec), func() []sums) {
		squares := k.newSums()
		take := func(x vec) { k.addSquares(squares, x) }
		return take, func() []sums { return []sums{squares} }
	}},
	// Σ |x|, the largest |x| ignoring NaN, and Σ x²
	{"absStats", func(k kernel, _ string) (func(x vec), func() []sums) {
		sum, top, squares := k.newSums(), k.zero(), k.newSums()
		take := func(x vec) {
			x = k.abs(x)
			for i, r := range x {
				k.largest(r, top[i])
			}
			for i, r := range k.widen(x) {
				plain(r, sum[i])
				square(r, squares[i])
			}
		}
		return take, func() []sums { return []sums{sum, k.widen(top), squares} }
	}},
	// the number of zeros
	{"zeros", func(k kernel, name string) (func(x vec), func() []sums) {
		zero := k.zero()
		return k.counting(name, func(x, one vec) vec { return k.where(isEqual, x, zero, one, zero) })
	}},
	// the number of NaN
	{"nans", func(k kernel, name string) (func(x vec), func() []sums) {
		zero := k.zero()
		return k.counting(name, func(x, one vec) vec { return k.where(isUnordered, x, x, one, zero) })
	}},
}

// counting adds up the ones that which gives for each block. A lane counts up to 2^24.
func (k kernel) counting(name string, which func(x, one vec) vec) (take func(x vec), results func() []sums) {
	one, total := k.constants(name, function{constants: ones})(0), k.zero()
	take = func(x vec) {
		for i, r := range which(x, one) {
			k.count(r, total[i])
		}
	}
	return take, func() []sums { return []sums{k.widen(total)} }
}

// scan writes the kernel of a scan of n elements, n a multiple of a block.
func (k kernel) scan(s scan) {
	name := fmt.Sprintf("%s%d%s", s.name, 8*k.size(), k.name)
	TEXT(name, NOSPLIT, fmt.Sprintf("func(out *float64, x *float%d, n int, mode uint32) uint32", 8*k.size()))
	Pragma("noescape")
	out, x, n := Load(Param("out"), GP64()), Load(Param("x"), GP64()), Load(Param("n"), GP64())
	mode := enter()
	k.toBytes(n)
	ADDQ(x, n)
	take, results := s.begin(k, name)
	loop, done := name+"_loop", name+"_done"
	Label(loop)
	CMPQ(x, n)
	JGE(LabelRef(done))
	take(k.load(Mem{Base: x}))
	ADDQ(Imm(64), x)
	JMP(LabelRef(loop))
	Label(done)
	for i, r := range results() {
		k.storeSums(r, Mem{Base: out, Disp: i * 128})
	}
	mode.leave()
}
