package main

import (
	"fmt"
	"math/bits"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// planeOuters lists the sums of outer products for a source of planes. Their rows are taps, each of which has an address in a
// register.
func (a arch) planeOuters() []outer {
	most, squares := 5, 1
	if a.wide {
		most, squares = 9, 2
	}
	var list []outer
	for s := range squares {
		for taps := range most {
			list = append(list, outer{s + 1, taps + 1})
		}
	}
	return list
}

func (o outer) planeName(a arch) string {
	return fmt.Sprintf("planeOuter%dx%d%s", o.squares, o.rows, a.name)
}

// planeOuter writes the kernel of a sum over planes. See package blocked's outer.
func (k kernel) planeOuter(o outer) {
	k.tapSums(o.planeName(k.arch), o, 4, func(sum [][]vec, taps []Register, at, dy, step Register) {
		k.addTapsOfPixel(o, sum, taps, at, dy, step)
	})
}

// tapSums writes the kernel of a sum for some taps, each of which has an address in a register. Pixels lie the given number of bytes
// apart in the source: 4 or 64. The function add adds the products of a pixel.
func (k kernel) tapSums(name string, o outer, bytes uint64, add func(sum [][]vec, taps []Register, at, dy, step Register)) {
	shift := uint64(bits.TrailingZeros64(bytes))
	TEXT(name, NOSPLIT, "func(o *byte, mode uint32) uint32")
	Pragma("noescape")
	mode, rows := enter(), AllocLocal(8)
	args := Load(Param("o"), GP64())
	taps := k.tapAddresses(o, args)
	at, end, dy, step := GP64(), GP64(), GP64(), GP64()
	MOVQ(Mem{Base: args, Disp: outerRows}, end)
	MOVQ(end, rows)
	MOVQ(Mem{Base: args, Disp: outerDY}, dy)
	MOVQ(Mem{Base: args, Disp: outerDYStep}, step)
	sum := k.loadTaps(o, args)
	XORQ(at, at)
	row, pixel := name+"_row", name+"_pixel"
	Label(row)
	args = Load(Param("o"), GP64())
	MOVQ(Mem{Base: args, Disp: outerPixels}, end)
	SHLQ(Imm(shift), end)
	ADDQ(at, end)
	Label(pixel)
	add(sum, taps, at, dy, step)
	ADDQ(Imm(64), dy)
	ADDQ(Imm(bytes), at)
	CMPQ(at, end)
	JL(LabelRef(pixel))
	args = Load(Param("o"), GP64())
	MOVQ(Mem{Base: args, Disp: outerPixels}, end)
	SHLQ(Imm(shift), end)
	SUBQ(end, at)
	ADDQ(Mem{Base: args, Disp: outerXRow}, at)
	SHLQ(Imm(6-shift), end)
	SUBQ(end, dy)
	ADDQ(Mem{Base: args, Disp: outerDYRow}, dy)
	DECQ(rows)
	JNZ(LabelRef(row))
	k.storeTaps(sum, Load(Param("o"), GP64()))
	mode.leave()
}

// tapAddresses gives the address in the source of each tap at the first pixel.
func (k kernel) tapAddresses(o outer, args Register) []Register {
	x, offsets := GP64(), GP64()
	MOVQ(Mem{Base: args, Disp: outerX}, x)
	MOVQ(Mem{Base: args, Disp: outerOffsets}, offsets)
	var list []Register
	for i := range o.rows {
		r := GP64()
		MOVQ(Mem{Base: offsets, Disp: 8 * i}, r)
		ADDQ(x, r)
		list = append(list, r)
	}
	return list
}

// loadTaps loads the weights of each tap in each block.
func (k kernel) loadTaps(o outer, args Register) [][]vec {
	dw := GP64()
	MOVQ(Mem{Base: args, Disp: outerDW}, dw)
	return k.loadSquares(o, dw, Mem{Base: args, Disp: outerDWStep})
}

func (k kernel) storeTaps(sum [][]vec, args Register) {
	dw := GP64()
	MOVQ(Mem{Base: args, Disp: outerDW}, dw)
	k.storeSquares(sum, dw, Mem{Base: args, Disp: outerDWStep})
}

// addTapsOfPixel adds the products of a pixel, whose channels in the gradient are at dy, and which is at bytes further in the source.
func (k kernel) addTapsOfPixel(o outer, sum [][]vec, taps []Register, at, dy, step Register) {
	gradient := []vec{k.load(Mem{Base: dy})}
	if o.squares > 1 {
		gradient = append(gradient, k.load(Mem{Base: dy, Index: step, Scale: 1}))
	}
	for r, tap := range taps {
		v := k.reg()
		VBROADCASTSS(Mem{Base: tap, Index: at, Scale: 1}, v)
		for i := range sum {
			for j := range gradient[i] {
				VFMADD231PS(v, gradient[i][j], sum[i][r][j])
			}
		}
	}
}
