package main

import (
	"bytes"
	"fmt"
	"go/format"
	"os"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// A cellStep computes one step of the units of one sample, from and into vectors that it finds by their numbers.
type cellStep struct {
	name      string
	constants func(k kernel) []float64
	compute   func(k kernel, v vectors, c func(int) vec)
}

// vectors reads and writes the blocks of the vectors at the current units.
type vectors struct {
	read  func(i int) vec
	write func(i int, v vec)
}

// The arithmetic is that of the operations that the cells can be written out in, with the same roundings.
var cellSteps = []cellStep{
	{"tanhForward", kernel.tanhConstants, func(k kernel, v vectors, c func(int) vec) {
		v.writeTwice(2, k.tanh(k.add(v.read(0), v.read(1)), c))
	}},
	{"reluForward", nil, func(k kernel, v vectors, _ func(int) vec) {
		v.writeTwice(2, k.relu(k.add(v.read(0), v.read(1))))
	}},
	{"lstmForward", kernel.tanhConstants, lstmForward},
	{"gruForward", kernel.tanhConstants, gruForward},
	{"tanhBackward", ones, func(k kernel, v vectors, c func(int) vec) {
		y, dh := v.read(0), k.add(v.read(1), v.read(2))
		v.write(3, k.mul(k.fnma(y, y, c(0)), dh))
		v.write(4, dh)
	}},
	{"reluBackward", nil, func(k kernel, v vectors, _ func(int) vec) {
		dh := k.add(v.read(1), v.read(2))
		v.write(3, k.masked(dh, v.read(0)))
		v.write(4, dh)
	}},
	{"lstmBackward", kernel.tanhConstants, lstmBackward},
	{"gruBackward", ones, gruBackward},
}

func (v vectors) writeTwice(i int, x vec) {
	v.write(i, x)
	v.write(i+1, x)
}

// lstmForward reads the input's and the state's parts of i, f, g, o (0 to 3, 4 to 7) and the cell before (8). It writes i, f, g, o
// (9 to 12), the cell (13) and the state, twice (14, 15).
func lstmForward(k kernel, v vectors, c func(int) vec) {
	z := func(gate int) vec { return k.add(v.read(gate), v.read(4+gate)) }
	f := k.sigmoid(z(1), c)
	v.write(10, f)
	kept := k.mul(f, v.read(8))
	i := k.sigmoid(z(0), c)
	v.write(9, i)
	g := k.tanh(z(2), c)
	v.write(11, g)
	cell := k.add(kept, k.mul(i, g))
	v.write(13, cell)
	o := k.sigmoid(z(3), c)
	v.write(12, o)
	v.writeTwice(14, k.mul(o, k.tanh(cell, c)))
}

// gruForward reads the input's and the state's parts of r, z, n (0 to 2, 3 to 5), the bias of the input's part of n (6) and the
// state before (7). It writes r, z, n and the state's part of n (8 to 11), and the state, twice (12, 13).
func gruForward(k kernel, v vectors, c func(int) vec) {
	r := k.sigmoid(k.add(v.read(0), v.read(3)), c)
	v.write(8, r)
	hidden := v.read(5)
	v.write(11, hidden)
	n := k.tanh(k.add(k.add(v.read(2), v.read(6)), k.mul(r, hidden)), c)
	v.write(10, n)
	z := k.sigmoid(k.add(v.read(1), v.read(4)), c)
	v.write(9, z)
	v.writeTwice(12, k.add(n, k.mul(z, k.sub(v.read(7), n))))
}

// slopes are x·y·(1 - y), the gradient through a sigmoid.
func (k kernel) throughSigmoid(x, y, one vec) vec { return k.mul(x, k.mul(y, k.sub(one, y))) }

// lstmBackward reads i, f, g, o (0 to 3), the cell (4) and the cell before (5), the gradients of the output (6) and of the state by
// the next step (7), and that of the cell by the next step (8), in whose place it writes that for the step before. It writes the
// gradients of the pre-activations of i, f, g, o (9 to 12), of the state (13) and of the cell (14).
func lstmBackward(k kernel, v vectors, c func(int) vec) {
	one := c(cOne)
	dh := k.add(v.read(6), v.read(7))
	v.write(13, dh)
	t := k.tanh(v.read(4), c)
	o := v.read(3)
	v.write(12, k.throughSigmoid(k.mul(dh, t), o, one))
	dc := k.add(v.read(8), k.mul(k.mul(dh, o), k.fnma(t, t, one)))
	v.write(14, dc)
	f := v.read(1)
	v.write(8, k.mul(dc, f))
	v.write(10, k.throughSigmoid(k.mul(dc, v.read(5)), f, one))
	i, g := v.read(0), v.read(2)
	v.write(9, k.throughSigmoid(k.mul(dc, g), i, one))
	v.write(11, k.mul(k.mul(dc, i), k.fnma(g, g, one)))
}

// gruBackward reads r, z, n and the state's part of n (0 to 3), the state before (4), the gradients of the output (5) and of the
// state by the next step (6), in whose place it writes the share that z carries to the step before. It writes the gradients of the
// pre-activations of r, z, n (7 to 9), of the state's part of n (10) and of the state (11).
func gruBackward(k kernel, v vectors, c func(int) vec) {
	one := c(0)
	dh := k.add(v.read(5), v.read(6))
	v.write(11, dh)
	z, n := v.read(1), v.read(2)
	v.write(6, k.mul(dh, z))
	v.write(8, k.throughSigmoid(k.mul(dh, k.sub(v.read(4), n)), z, one))
	dn := k.mul(k.mul(dh, k.sub(one, z)), k.fnma(n, n, one))
	v.write(9, dn)
	r := v.read(0)
	v.write(10, k.mul(dn, r))
	v.write(7, k.throughSigmoid(k.mul(dn, v.read(3)), r, one))
}

func writeRecurrent() {
	for _, a := range archs {
		for _, double := range []bool{false, true} {
			for _, s := range cellSteps {
				kernel{arch: a, double: double, half: !a.wide}.cellStep(s)
			}
		}
	}
}

// cellStep writes the kernel of a step. The argument p points to the addresses of the vectors, which have n elements, n a multiple of
// a block.
func (k kernel) cellStep(s cellStep) {
	name := fmt.Sprintf("%s%d%s", s.name, 8*k.size(), k.name)
	TEXT(name, NOSPLIT, "func(p *byte, n int, mode uint32) uint32")
	Pragma("noescape")
	p, n, offset := Load(Param("p"), GP64()), Load(Param("n"), GP64()), GP64()
	mode := enter()
	c := k.constants(name, function{constants: s.constants})
	XORQ(offset, offset)
	k.toBytes(n)
	at := func(i int) Mem {
		base := GP64()
		MOVQ(Mem{Base: p, Disp: 8 * i}, base)
		return Mem{Base: base, Index: offset, Scale: 1}
	}
	v := vectors{func(i int) vec { return k.load(at(i)) }, func(i int, x vec) { k.store(x, at(i)) }}
	loop := name + "_loop"
	Label(loop)
	s.compute(k, v, c)
	ADDQ(Imm(uint64(k.bytes())), offset)
	CMPQ(offset, n)
	JL(LabelRef(loop))
	mode.leave()
}

// writeRecurrentDispatch writes the Go functions that call the kernel of package recurrent for the processor at hand.
func writeRecurrentDispatch(path string) error {
	var b bytes.Buffer
	fmt.Fprint(&b, "// Code generated by asm/vector. DO NOT EDIT.\n\n//go:build amd64\n\npackage recurrent\n\n")
	for _, bits := range []int{32, 64} {
		fmt.Fprintf(&b, "// step%d computes a step of n units.\nfunc step%d(s step, p *byte, n int, mode uint32) uint32 {\n\tswitch s {\n", bits, bits)
		for _, s := range cellSteps {
			choose(&b, s.name, fmt.Sprintf("%s%d", s.name, bits), "p, n, mode")
		}
		fmt.Fprint(&b, "\t}\n\tpanic(\"recurrent: unknown step\")\n}\n\n")
	}
	text, err := format.Source(b.Bytes())
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o644)
}
