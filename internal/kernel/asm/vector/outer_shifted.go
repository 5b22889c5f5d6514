package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// shifts is the number of places in a row of the window that the kernel outerShifted computes together.
const shifts = 3

// outerShifted writes the kernel of sums of outer products for three places beside each other: a pixel of the source at the first place is
// that of the result before at the second, and so on. So one load of a channel serves all three, which matters where there is one
// block of output channels. There are two pixels or more in a row.
func (k kernel) outerShifted() {
	k.half = !k.wide
	rows := 8 // of the squares, in registers
	if k.half {
		rows = 4
	}
	name := "outerShifted" + k.name
	TEXT(name, NOSPLIT, "func(o *byte, mode uint32) uint32")
	Pragma("noescape")
	args := Load(Param("o"), GP64())
	mode := enter()
	for half := range 64 / k.bytes() {
		k.shiftedHalf(name+string(rune('A'+half)), args, rows, half*k.bytes())
	}
	mode.leave()
}

// shiftedHalf computes the channels of the gradient from a place in the block on.
func (k kernel) shiftedHalf(name string, args Register, rows, from int) {
	field := func(at int) Register {
		r := GP64()
		MOVQ(Mem{Base: args, Disp: at}, r)
		return r
	}
	first, dw, parts := field(outerX), field(outerDW), GP64()
	MOVQ(U32(uint32(16/rows)), parts)
	part, row := name+"_part", name+"_row"
	Label(part)
	sum := make([][]vec, shifts)
	at := func(s, r int) Mem { return Mem{Base: dw, Disp: 1024*s + 64*r + from} }
	for s := range sum {
		for r := range rows {
			sum[s] = append(sum[s], k.load(at(s, r)))
		}
	}
	x, dy, n := GP64(), field(outerDY), field(outerRows)
	MOVQ(first, x)
	Label(row)
	k.shiftedRow(name, sum, x, dy, field(outerPixels), from)
	ADDQ(Mem{Base: args, Disp: outerXRow}, x)
	ADDQ(Mem{Base: args, Disp: outerDYRow}, dy)
	DECQ(n)
	JNZ(LabelRef(row))
	for s := range sum {
		for r, v := range sum[s] {
			k.store(v, at(s, r))
		}
	}
	ADDQ(Imm(uint64(4*rows)), first)
	ADDQ(U32(uint32(64*rows)), dw)
	DECQ(parts)
	JNZ(LabelRef(part))
}

// shiftedRow adds the products of a row. Pixel p of the source meets the gradient of pixel p at the first place, of p-1 at the
// second and of p-2 at the third.
func (k kernel) shiftedRow(name string, sum [][]vec, x, dy, n Register, from int) {
	source, gradient := GP64(), GP64()
	MOVQ(x, source)
	MOVQ(dy, gradient)
	load := func() vec {
		v := k.load(Mem{Base: gradient, Disp: from})
		ADDQ(Imm(64), gradient)
		return v
	}
	add := func(dys ...vec) { // nil: beyond the row
		k.addShifted(sum, source, dys)
		ADDQ(Imm(64), source)
	}
	before := load()
	add(before)
	now := load()
	add(now, before)
	loop, end := name+"_pixel", name+"_rowEnd"
	SUBQ(Imm(2), n)
	JZ(LabelRef(end))
	Label(loop)
	next := load()
	add(next, now, before)
	for i := range next {
		VMOVAPS(now[i], before[i])
		VMOVAPS(next[i], now[i])
	}
	DECQ(n)
	JNZ(LabelRef(loop))
	Label(end)
	add(nil, now, before)
	add(nil, nil, now)
}

// addShifted adds the products of a pixel of the source with a gradient for each place.
func (k kernel) addShifted(sum [][]vec, source Register, dys []vec) {
	for r := range sum[0] {
		v := k.reg()
		VBROADCASTSS(Mem{Base: source, Disp: 4 * r}, v)
		for s, dy := range dys {
			if dy != nil {
				VFMADD231PS(v, dy[0], sum[s][r][0])
			}
		}
	}
}
