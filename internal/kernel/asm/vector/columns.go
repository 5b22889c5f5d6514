package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// A columnSum adds a term over the rows of a block of columns, in float64.
type columnSum struct {
	name   string
	inputs int  // matrices
	mean   bool // whether it reads a vector of column means
	add    func(k kernel, s sums, in []vec, mean []VecVirtual)
}

var columnSums = []columnSum{
	// Σ x
	{"columnSum", 1, false, func(k kernel, s sums, in []vec, _ []VecVirtual) { k.addTo(s, in[0]) }},
	// Σ (x - mean)²
	{"columnSquares", 1, true, func(k kernel, s sums, in []vec, mean []VecVirtual) {
		for i, x := range k.widen(in[0]) {
			d := k.reg()
			VSUBPD(mean[i], x, d)
			VFMADD231PD(d, d, s[i])
		}
	}},
	// Σ (x - mean)·y
	{"columnCentredDot", 2, true, func(k kernel, s sums, in []vec, mean []VecVirtual) {
		x, y := k.widen(in[0]), k.widen(in[1])
		for i := range s {
			d := k.reg()
			VSUBPD(mean[i], x[i], d)
			VFMADD231PD(d, y[i], s[i])
		}
	}},
}

// columns writes the kernel of a sum over a block of columns of the matrices x and y, which have the given number of rows,
// stride elements apart. The sums go to out, one for each column.
func (k kernel) columns(c columnSum) {
	name := fmt.Sprintf("%s%d%s", c.name, 8*k.size(), k.name)
	T := fmt.Sprintf("float%d", 8*k.size())
	TEXT(name, NOSPLIT, fmt.Sprintf("func(out *float64, x, y, mean *%s, rows, stride int, mode uint32) uint32", T))
	Pragma("noescape")
	out := Load(Param("out"), GP64())
	var at []Register
	for i := range c.inputs {
		at = append(at, Load(Param([]string{"x", "y"}[i]), GP64()))
	}
	rows, stride := Load(Param("rows"), GP64()), Load(Param("stride"), GP64())
	k.toBytes(stride)
	mode := enter()
	var mean []VecVirtual
	if c.mean {
		mean = k.widen(k.load(Mem{Base: Load(Param("mean"), GP64())}))
	}
	s := k.newSums()
	loop, done := name+"_loop", name+"_done"
	Label(loop)
	TESTQ(rows, rows)
	JZ(LabelRef(done))
	var in []vec
	for _, r := range at {
		in = append(in, k.load(Mem{Base: r}))
	}
	c.add(k, s, in, mean)
	for _, r := range at {
		ADDQ(stride, r)
	}
	DECQ(rows)
	JMP(LabelRef(loop))
	Label(done)
	k.storeSums(s, Mem{Base: out})
	mode.leave()
}

// A columnMap computes a matrix from matrices and from vectors that have an element for each column.
type columnMap struct {
	name    string
	inputs  int
	vectors int
	compute func(k kernel, in, v []vec) vec
}

var columnMaps = []columnMap{
	// (x - v0)·v1 + v2
	{"columnNormalize", 1, 3, func(k kernel, in, v []vec) vec { return k.fma(k.sub(in[0], v[0]), v[1], v[2]) }},
	// (x - v0)·v1 + v2 + y·v3
	{"columnNormalizeBackward", 2, 4, func(k kernel, in, v []vec) vec {
		return k.fma(in[1], v[3], k.fma(k.sub(in[0], v[0]), v[1], v[2]))
	}},
}

// columnwise writes the kernel of a map over a block of columns of the matrices dst, x and y, which have the given number of
// rows, stride elements apart. The argument vectors holds a block of each vector, one after another.
func (k kernel) columnwise(c columnMap) {
	name := fmt.Sprintf("%s%d%s", c.name, 8*k.size(), k.name)
	T := fmt.Sprintf("float%d", 8*k.size())
	TEXT(name, NOSPLIT, fmt.Sprintf("func(dst, x, y, vectors *%s, rows, stride int, mode uint32) uint32", T))
	Pragma("noescape")
	dst := Load(Param("dst"), GP64())
	var at []Register
	for i := range c.inputs {
		at = append(at, Load(Param([]string{"x", "y"}[i]), GP64()))
	}
	vectors := Load(Param("vectors"), GP64())
	rows, stride := Load(Param("rows"), GP64()), Load(Param("stride"), GP64())
	k.toBytes(stride)
	mode := enter()
	var v []vec
	for i := range c.vectors {
		v = append(v, k.load(Mem{Base: vectors, Disp: 64 * i}))
	}
	loop, done := name+"_loop", name+"_done"
	Label(loop)
	TESTQ(rows, rows)
	JZ(LabelRef(done))
	var in []vec
	for _, r := range at {
		in = append(in, k.load(Mem{Base: r}))
	}
	k.store(c.compute(k, in, v), Mem{Base: dst})
	for _, r := range append(at, dst) {
		ADDQ(stride, r)
	}
	DECQ(rows)
	JMP(LabelRef(loop))
	Label(done)
	mode.leave()
}
