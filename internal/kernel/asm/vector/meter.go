package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// A level selects what an optimiser's kernel measures.
type level struct {
	name       string // in Go
	suffix     string // of the kernel's name
	grads, all bool
}

var levels = []level{
	{name: "MeasureNothing"},
	{name: "MeasureGradient", suffix: "Measure", grads: true},
	{name: "MeasureAll", suffix: "MeasureAll", grads: true, all: true},
}

// The accumulators of a meter, in the order in which it writes them.
const (
	gradSquares   = iota // Σ g²
	paramSquares         // Σ w²
	updateSquares        // Σ (change of w)²
	gradAbs              // Σ |g|
	gradMax              // largest |g|, ignoring NaN; in the element type
	same                 // elements of which no bit was changed; in the element type, so a lane counts up to 2^24
	accumulators
)

// A meter accumulates what package kernel calls Sums, lane by lane. With AVX2 it accumulates in memory, because there are too
// few registers.
type meter struct {
	kernel
	level
	out  Register
	kept [accumulators][]VecVirtual // AVX-512
	one  func(i int) vec
}

func (k kernel) measured(l level, name string) *meter {
	m := &meter{kernel: k, level: l}
	if !m.grads {
		return m
	}
	m.out = Load(Param("sums"), GP64())
	if m.all {
		m.one = k.constants(name, function{constants: ones})
	}
	if !k.wide {
		return m
	}
	for i := range m.used() {
		if i < gradMax {
			m.kept[i] = k.newSums()
		} else {
			m.kept[i] = k.zero()
		}
	}
	return m
}

// used is the number of accumulators.
func (m *meter) used() int {
	if m.all {
		return accumulators
	}
	return gradSquares + 1
}

// before measures the parameter and its gradient before the step.
func (m *meter) before(w, g vec) {
	if !m.grads {
		return
	}
	if m.all {
		g = m.abs(g)
		m.add(gradMax, g, m.largest)
	}
	wide := m.widen(g)
	m.add(gradSquares, wide, square)
	if m.all {
		m.add(gradAbs, wide, plain)
		m.add(paramSquares, m.widen(w), square)
	}
}

// after measures what the step did to the parameter.
func (m *meter) after(w, next vec) {
	if m.all {
		m.add(updateSquares, m.widen(m.sub(next, w)), square)
		m.add(same, m.whereSame(w, next, m.one(0), m.zero()), m.count)
	}
}

// An accumulation adds a register to an accumulator, or takes the maximum.
type accumulation func(r, total VecVirtual)

func square(r, total VecVirtual) { VFMADD231PD(r, r, total) }
func plain(r, total VecVirtual)  { VADDPD(r, total, total) }

// largest ignores a NaN in r.
func (k kernel) largest(r, total VecVirtual) { k.pick(VMAXPS, VMAXPD)(total, r, total) }
func (k kernel) count(r, total VecVirtual)   { k.pick(VADDPS, VADDPD)(r, total, total) }

// add accumulates registers.
func (m *meter) add(i int, registers []VecVirtual, op accumulation) {
	for j, r := range registers {
		if m.wide {
			op(r, m.kept[i][j])
			continue
		}
		at, total := Mem{Base: m.out, Disp: i*128 + j*32}, YMM()
		VMOVUPD(at, total)
		op(r, total)
		VMOVUPD(total, at)
	}
}

// finish writes the results of all lanes, in float64.
func (m *meter) finish() {
	if !m.grads {
		return
	}
	for i := range m.used() {
		at := Mem{Base: m.out, Disp: i * 128}
		switch {
		case i >= gradMax && m.wide:
			m.storeSums(m.widen(m.kept[i]), at)
		case i >= gradMax:
			m.storeSums(m.widen(m.load(at)), at)
		case m.wide:
			m.storeSums(m.kept[i], at)
		}
	}
}
