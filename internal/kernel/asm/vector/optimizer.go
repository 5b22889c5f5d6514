package main

import (
	"fmt"
	"slices"

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
	// As adam, with 1 - rate·weight decay in place of the weight decay.
	{"adamw", 2, 8, func(k kernel, w, g vec, m []vec, c func(i int) vec) vec {
		m[0] = k.fma(c(2), m[0], k.mul(c(3), g))
		m[1] = k.fma(c(4), m[1], k.mul(k.mul(c(5), g), g))
		size := k.add(k.div(k.sqrt(m[1]), c(6)), c(7))
		return k.sub(k.mul(c(1), w), k.div(k.mul(c(0), m[0]), size))
	}},
	// Coefficients: rate, weight decay, alpha, 1 - alpha, epsilon, momentum.
	{"rmsprop", 1, 5, func(k kernel, w, g vec, m []vec, c func(i int) vec) vec {
		g = k.fma(c(1), w, g)
		m[0] = k.fma(c(2), m[0], k.mul(k.mul(c(3), g), g))
		return k.sub(w, k.div(k.mul(c(0), g), k.add(k.sqrt(m[0]), c(4))))
	}},
	{"rmspropMomentum", 2, 6, func(k kernel, w, g vec, m []vec, c func(i int) vec) vec {
		g = k.fma(c(1), w, g)
		m[0] = k.fma(c(2), m[0], k.mul(k.mul(c(3), g), g))
		m[1] = k.fma(c(5), m[1], k.div(g, k.add(k.sqrt(m[0]), c(4))))
		return k.fnma(c(0), m[1], w)
	}},
	// Coefficients: rate, weight decay, epsilon.
	{"adagrad", 1, 3, func(k kernel, w, g vec, m []vec, c func(i int) vec) vec {
		g = k.fma(c(1), w, g)
		m[0] = k.fma(g, g, m[0])
		return k.sub(w, k.div(k.mul(c(0), g), k.add(k.sqrt(m[0]), c(2))))
	}},
	// Coefficients: rate, 1 - rate·weight decay, beta1, 1 - beta1, beta2, 1 - beta2, a huge number, 1. The sign of u is
	// u·huge·huge, held between -1 and 1.
	{"lion", 1, 8, func(k kernel, w, g vec, m []vec, c func(i int) vec) vec {
		u := k.mul(k.mul(k.fma(c(2), m[0], k.mul(c(3), g)), c(6)), c(6))
		m[0] = k.fma(c(4), m[0], k.mul(c(5), g))
		u = k.min(c(7), k.max(k.sub(k.zero(), c(7)), u))
		return k.fnma(c(0), u, k.mul(c(1), w))
	}},
	// Coefficients: rate, weight decay, momentum.
	{"lars", 1, 3, func(k kernel, w, g vec, m []vec, c func(i int) vec) vec {
		m[0] = k.fma(c(2), m[0], k.mul(c(0), k.fma(c(1), w, g)))
		return k.sub(w, m[0])
	}},
	// Coefficients: rate, 1 - rate·weight decay.
	{"direction", 1, 2, func(k kernel, w, _ vec, m []vec, c func(i int) vec) vec {
		return k.fnma(c(0), m[0], k.mul(c(1), w))
	}},
	// Coefficients: of w and of m. Both become the sum.
	{"merge", 1, 2, func(k kernel, w, _ vec, m []vec, c func(i int) vec) vec {
		m[0] = k.fma(c(1), m[0], k.mul(c(0), w))
		return m[0]
	}},
}

// optimizer writes the kernel of an update: w, g and the memory are n elements, n a multiple of a block. It
// writes its measurements as partial results, one for each lane; see meter.
func (k kernel) optimizer(u update, l level) {
	name := fmt.Sprintf("%s%d%s%s", u.name, 8*k.size(), k.name, l.suffix)
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
	measured := k.measured(l, name)
	offset := GP64()
	XORQ(offset, offset)
	k.toBytes(n)
	loop, done := name+"_loop", name+"_done"
	Label(loop)
	CMPQ(offset, n)
	JGE(LabelRef(done))
	at := func(base Register) Mem { return Mem{Base: base, Index: offset, Scale: 1} }
	wv, gv := k.load(at(w)), k.load(at(g))
	measured.before(wv, gv)
	var mv []vec
	for _, r := range memory {
		mv = append(mv, k.load(at(r)))
	}
	remembered := slices.Clone(mv)
	next := u.step(k, wv, gv, mv, c)
	measured.after(wv, next)
	k.store(next, at(w))
	for i, r := range memory {
		if !slices.Equal(mv[i], remembered[i]) { // otherwise it is only read, by several goroutines perhaps
			k.store(mv[i], at(r))
		}
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
