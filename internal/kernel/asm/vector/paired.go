package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// The kernels of depthwise convolutions, in which each channel of the results reads the channel of the source with its number.

// pairedTiles lists the tiles of an instruction set. A register, or two of AVX2, is for weights; the source is read from memory.
func (a arch) pairedTiles() []convTile {
	widest := 6
	if a.wide {
		widest = 28
	}
	var list []convTile
	for p := range widest {
		list = append(list, convTile{blocks: 1, pixels: p + 1, depth: 16})
	}
	return list
}

func (t convTile) pairedName(a arch) string { return fmt.Sprintf("pairedTile%d%s", t.pixels, a.name) }

// pairedTile writes the kernel of a tile.
func (k kernel) pairedTile(t convTile) {
	k.tileRows(t.pairedName(k.arch), t, func(_ string, sum [][]vec, at Register, weights []Register) {
		w := k.load(Mem{Base: weights[0]})
		for p, s := range sum[0] {
			for i := range w {
				VFMADD231PS(k.part(Mem{Base: at, Disp: 64 * p}, i), w[i], s[i])
			}
		}
		ADDQ(Imm(64), weights[0])
	})
}

// pairedOuters lists the sums for the gradient by the weights. Their rows are taps.
func (a arch) pairedOuters() []outer {
	most := 5
	if a.wide {
		most = 9
	}
	var list []outer
	for taps := range most {
		list = append(list, outer{1, taps + 1})
	}
	return list
}

func (o outer) pairedName(a arch) string { return fmt.Sprintf("pairedOuter%d%s", o.rows, a.name) }

// pairedOuter writes the kernel of a sum. See package blocked's outer.
func (k kernel) pairedOuter(o outer) {
	k.tapSums(o.pairedName(k.arch), o, 64, func(sum [][]vec, taps []Register, at, dy, _ Register) {
		gradient := k.load(Mem{Base: dy})
		for r, tap := range taps {
			for i := range gradient {
				VFMADD231PS(k.part(Mem{Base: tap, Index: at, Scale: 1}, i), gradient[i], sum[0][r][i])
			}
		}
	})
}
