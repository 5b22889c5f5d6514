package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// An update is the arithmetic of an optimiser for a block: it gives the new parameter, and may change what the optimiser
// remembers. Coefficients are read from memory.
type update struct {
	name   string
	memory int // arrays the optimiser remembers
	coefs  int
	step   func(k kernel, w, g vec, memory []vec, c func(i int) vec) vec
}

var updates = []update{
	// Coefficients: rate, weight decay.
	{"sgd", 0, 2, func(k kernel, w, g vec, _ []vec, c func(i int) vec) vec {
		return k.fnma(c(0), k.fma(c(1), w, g), w)
	}},
	// Coefficients: rate, weight decay, momentum.
	{"momentum", 1, 3, func(k kernel, w, g vec, m []vec, c func(i int) vec) vec {
		m[0] = k.fma(c(2), m[0], k.fma(c(1), w, g))
		return k.fnma(c(0), m[0], w)
	}},
	{"nesterov", 1, 3, func(k kernel, w, g vec, m []vec, c func(i int) vec) vec {
		g = k.fma(c(1), w, g)
		m[0] = k.fma(c(2), m[0], g)
		return k.fnma(c(0), k.fma(c(2), m[0], g), w)
	}},
	// Coefficients: rate/(1 - beta1^t), weight decay, beta1, 1 - beta1, beta2, 1 - beta2, sqrt(1 - beta2^t), epsilon.
	{"adam", 2, 8, func(k kernel, w, g vec, m []vec, c func(i int) vec) vec {
		g = k.fma(c(1), w, g)
		m[0] = k.fma(c(2), m[0], k.mul(c(3), g))
		m[1] = k.fma(c(4), m[1], k.mul(k.mul(c(5), g), g))
		size := k.add(k.div(k.sqrt(m[1]), c(6)), c(7))
		return k.sub(w, k.div(k.mul(c(0), m[0]), size))
	}},
}

// optimizer writes the kernel of an update: w, g and the memory are n elements, n a multiple of a block. If it measures it
// writes the partial sums of squares of g, w and the change of w.
func (k kernel) optimizer(u update, measure bool) {
	name := fmt.Sprintf("%s%d%s", u.name, 8*k.size(), k.name)
	if measure {
		name += "Measure"
	}
	T := fmt.Sprintf("float%d", 8*k.size())
	TEXT(name, NOSPLIT, fmt.Sprintf("func(w, grad, m, v *%s, n int, coefs *%s, sums *float64, mode uint32) uint32", T, T))
	Pragma("noescape")
	w, g := Load(Param("w"), GP64()), Load(Param("grad"), GP64())
	var memory []Register
	for i := range u.memory {
		memory = append(memory, Load(Param([]string{"m", "v"}[i]), GP64()))
	}
	n, coefs := Load(Param("n"), GP64()), Load(Param("coefs"), GP64())
	mode := enter()
	c := k.coefficients(coefs, u.coefs)
	measured := k.measured(measure)
	offset := GP64()
	XORQ(offset, offset)
	k.toBytes(n)
	loop, done := name+"_loop", name+"_done"
	Label(loop)
	CMPQ(offset, n)
	JGE(LabelRef(done))
	at := func(base Register) Mem { return Mem{Base: base, Index: offset, Scale: 1} }
	wv, gv := k.load(at(w)), k.load(at(g))
	measured.add(0, gv)
	measured.add(1, wv)
	var mv []vec
	for _, r := range memory {
		mv = append(mv, k.load(at(r)))
	}
	next := u.step(k, wv, gv, mv, c)
	if measure {
		measured.add(2, k.sub(next, wv))
	}
	k.store(next, at(w))
	for i, r := range memory {
		k.store(mv[i], at(r))
	}
	ADDQ(Imm(64), offset)
	JMP(LabelRef(loop))
	Label(done)
	measured.finish()
	mode.leave()
}

// coefficients gives the coefficients as blocks. AVX2 has too few registers to keep them.
func (k kernel) coefficients(at Register, n int) func(i int) vec {
	load := func(i int) vec { return k.broadcast(Mem{Base: at, Disp: i * k.size()}) }
	if !k.wide {
		return load
	}
	var kept []vec
	for i := range n {
		kept = append(kept, load(i))
	}
	return func(i int) vec { return kept[i] }
}

// A meter takes three sums of squares. With AVX2 the partial sums stay in memory, as there are too few registers.
type meter struct {
	kernel
	on   bool
	out  Register
	kept []sums
}

func (k kernel) measured(on bool) *meter {
	m := &meter{kernel: k, on: on}
	if !on {
		return m
	}
	m.out = Load(Param("sums"), GP64())
	for range 3 {
		if k.wide {
			m.kept = append(m.kept, k.newSums())
		}
	}
	return m
}

func (m *meter) add(i int, v vec) {
	switch {
	case !m.on:
	case m.wide:
		m.addSquares(m.kept[i], v)
	default:
		for j, r := range m.widen(v) {
			at, sum := Mem{Base: m.out, Disp: i*128 + j*32}, YMM()
			VMOVUPD(at, sum)
			VFMADD231PD(r, r, sum)
			VMOVUPD(sum, at)
		}
	}
}

func (m *meter) finish() {
	for i, s := range m.kept {
		m.storeSums(s, Mem{Base: m.out, Disp: i * 128})
	}
}
