package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// The kernels of maxima over windows of two by two pixels beside each other, the quads.

// larger is the larger of a and b; NaN if either is.
func (k kernel) larger(a, b vec) vec { return k.where(isUnordered, a, a, a, k.max(a, b)) }

// quads writes a kernel over the n quads of two rows of pixels that lie pitch bytes apart, from x on. The function compute gets the
// pixels of a quad, row by row, and the place in bytes of their channels in the block. The pointers, of which x is the first, move on by
// the given numbers of pixels for each quad.
func (k kernel) quads(name, signature string, pointers []string, steps []uint64, compute func(k kernel, at []Register, pitch Register, in []vec, from int)) {
	name = k.pixels(name)
	k.half = !k.wide // there are too few registers for 16 channels
	TEXT(name, NOSPLIT, signature)
	Pragma("noescape")
	var at []Register
	for _, p := range pointers {
		at = append(at, Load(Param(p), GP64()))
	}
	x, n, pitch := at[0], Load(Param("n"), GP64()), Load(Param("pitch"), GP64())
	mode := enter()
	loop := name + "_loop"
	Label(loop)
	for from := 0; from < 64; from += k.bytes() {
		compute(k, at, pitch, []vec{k.load(quadPixel(x, pitch, 0, from)), k.load(quadPixel(x, pitch, 1, from)),
			k.load(quadPixel(x, pitch, 2, from)), k.load(quadPixel(x, pitch, 3, from))}, from)
	}
	for i, p := range at {
		ADDQ(Imm(64*steps[i]), p)
	}
	DECQ(n)
	JNZ(LabelRef(loop))
	mode.leave()
}

// quadPixel is the address of a pixel of a quad.
func quadPixel(first, pitch Register, i, from int) Mem {
	m := Mem{Base: first, Disp: i%2*64 + from}
	if i >= 2 {
		m.Index, m.Scale = pitch, 1
	}
	return m
}

func (k kernel) largestOf(in []vec) vec {
	return k.larger(k.larger(in[0], in[1]), k.larger(in[2], in[3]))
}

// largestQuads writes the kernel of the largest values y of quads.
func (k kernel) largestQuads() {
	k.quads("largestQuads", "func(y, x *float32, n, pitch int, mode uint32) uint32", []string{"x", "y"}, []uint64{2, 1},
		func(k kernel, at []Register, _ Register, in []vec, from int) {
			k.store(k.largestOf(in), Mem{Base: at[1], Disp: from})
		})
}

// claimQuads writes the kernel of their gradient: dx is dy at the first pixel of a quad that has its largest value, or is NaN, and zero at
// the others.
func (k kernel) claimQuads() {
	k.quads("claimQuads", "func(dx, x, dy *float32, n, pitch int, mode uint32) uint32", []string{"x", "dy", "dx"}, []uint64{2, 1, 2},
		func(k kernel, at []Register, pitch Register, in []vec, from int) {
			y, left, zero := k.largestOf(in), k.load(Mem{Base: at[1], Disp: from}), k.zero()
			for i, x := range in {
				other := k.where(isEqual, x, y, zero, left)
				other = k.where(isUnordered, x, x, zero, other) // what is left for the other pixels
				taken := k.where(isEqual, x, y, left, zero)
				taken = k.where(isUnordered, x, x, left, taken)
				k.store(taken, quadPixel(at[2], pitch, i, from))
				left = other
			}
		})
}
