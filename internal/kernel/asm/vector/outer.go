package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// An outer is a sum of outer products: squares of weights for one block of the source, of which the kernel keeps some rows in
// registers and goes over all pixels, again and again.
type outer struct{ squares, rows int }

// outers lists the sums of an instruction set.
func (a arch) outers() []outer {
	if a.wide {
		return []outer{{1, 16}, {2, 8}}
	}
	return []outer{{1, 4}, {2, 2}}
}

func (o outer) name(a arch) string { return fmt.Sprintf("outer%d%s", o.squares, a.name) }

// The places of the fields of package blocked's outer.
const (
	outerX = 8 * iota
	outerDY
	outerDW
	outerXRow
	outerDYRow
	outerDYStep
	outerDWStep
	outerPixels
	outerRows
	outerOffsets
)

// outer writes the kernel of a sum. See package blocked's outer.
func (k kernel) outer(o outer) {
	name := o.name(k.arch)
	TEXT(name, NOSPLIT, "func(o *byte, mode uint32) uint32")
	Pragma("noescape")
	args := Load(Param("o"), GP64())
	arg := func(field int) Mem { return Mem{Base: args, Disp: field} }
	load := func(field int) Register {
		r := GP64()
		MOVQ(arg(field), r)
		return r
	}
	mode := enter()
	first, dw, parts := load(outerX), load(outerDW), GP64()
	MOVQ(U32(16/o.rows), parts)
	part, row := name+"_part", name+"_row"
	Label(part)
	sum := k.loadSquares(o, dw, arg(outerDWStep))
	x, dy, rows := GP64(), load(outerDY), load(outerRows)
	MOVQ(first, x)
	Label(row)
	k.addPixels(name, o, sum, x, dy, load(outerDYStep), load(outerPixels))
	ADDQ(arg(outerXRow), x)
	ADDQ(arg(outerDYRow), dy)
	DECQ(rows)
	JNZ(LabelRef(row))
	k.storeSquares(sum, dw, arg(outerDWStep))
	ADDQ(Imm(uint64(4*o.rows)), first)
	ADDQ(U32(uint32(64*o.rows)), dw)
	DECQ(parts)
	JNZ(LabelRef(part))
	mode.leave()
}

// loadSquares loads some rows of each square.
func (k kernel) loadSquares(o outer, dw Register, step Mem) [][]vec {
	sum := make([][]vec, o.squares)
	at := GP64()
	MOVQ(dw, at)
	for i := range sum {
		for r := range o.rows {
			sum[i] = append(sum[i], k.load(Mem{Base: at, Disp: 64 * r}))
		}
		ADDQ(step, at)
	}
	return sum
}

func (k kernel) storeSquares(sum [][]vec, dw Register, step Mem) {
	at := GP64()
	MOVQ(dw, at)
	for i := range sum {
		for r, v := range sum[i] {
			k.store(v, Mem{Base: at, Disp: 64 * r})
		}
		ADDQ(step, at)
	}
}

// addPixels adds the products of a row of pixels.
func (k kernel) addPixels(name string, o outer, sum [][]vec, x, dy, step, pixels Register) {
	const pair = 2
	loop, single, done := name+"_pixels", name+"_single", name+"_pixelsDone"
	at, from := GP64(), GP64()
	MOVQ(x, at)
	MOVQ(dy, from)
	SUBQ(Imm(pair), pixels)
	JL(LabelRef(single))
	Label(loop)
	for p := range pair {
		k.addPixel(o, sum, at, from, step, 64*p)
	}
	ADDQ(U32(64*pair), at)
	ADDQ(U32(64*pair), from)
	SUBQ(Imm(pair), pixels)
	JGE(LabelRef(loop))
	Label(single)
	ADDQ(Imm(pair), pixels)
	JZ(LabelRef(done))
	k.addPixel(o, sum, at, from, step, 0)
	Label(done)
}

// addPixel adds the products of a pixel, disp bytes further.
func (k kernel) addPixel(o outer, sum [][]vec, x, dy, step Register, disp int) {
	var gradient []vec
	for i := range o.squares {
		m := Mem{Base: dy, Disp: disp}
		if i > 0 {
			m.Index, m.Scale = step, uint8(i)
		}
		gradient = append(gradient, k.load(m))
	}
	for r := range o.rows {
		source := Mem{Base: x, Disp: disp + 4*r}
		if k.wide && o.squares == 1 {
			VFMADD231PS_BCST(source, gradient[0][0], sum[0][r][0])
			continue
		}
		v := k.reg()
		VBROADCASTSS(source, v)
		for i := range sum {
			for j := range gradient[i] {
				VFMADD231PS(v, gradient[i][j], sum[i][r][j])
			}
		}
	}
}
