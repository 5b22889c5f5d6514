package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// A convTile is a tile of a convolution: pixels beside each other in some blocks of output channels, all in registers. The depth is the
// number of channels of the source that lie side by side: a block, or one if the source consists of planes.
type convTile struct{ blocks, pixels, depth int }

// narrow is the largest number of pixels in a tile of four blocks, which keeps the multipliers busy where rows are short.
const narrow = 6

// convTiles lists the tiles of an instruction set. AVX-512 has 32 registers, of which two blocks need two for weights and two for
// the source. AVX2 has 16, and needs two for a pixel.
func (a arch) convTiles() []convTile {
	widest := []int{6}
	if a.wide {
		widest = []int{28, 14}
	}
	var list []convTile
	for _, depth := range []int{16, 1} {
		for i, n := range widest {
			for p := range n {
				list = append(list, convTile{i + 1, p + 1, depth})
			}
		}
	}
	for p := 0; p < narrow && a.wide; p++ {
		list = append(list, convTile{4, p + 1, 16})
	}
	return list
}

func (t convTile) name(a arch) string {
	return fmt.Sprintf("tile%dx%dOf%d%s", t.blocks, t.pixels, t.depth, a.name)
}

// The places of the fields of package blocked's tile.
const (
	tileX = 8 * iota
	tileW
	tileY
	tileStart
	tileOffsets
	tileTaps
	tileXRow
	tileWBlock
	tileYPixel
	tileYBlock
	tileYRow
	tileStartPixel
	tileStartBlock
	tileStartRow
	tileRows
)

// unrolled is the number of channels of the source that the loop of a tile adds at a time.
const unrolled = 4

// convTile writes the kernel of a tile.
func (k kernel) convTile(t convTile) {
	k.tileRows(t.name(k.arch), t, func(name string, sum [][]vec, at Register, weights []Register) {
		if t.depth > 1 {
			k.addChannels(name, t, sum, at, weights)
			return
		}
		k.addChannel(t, sum, at, weights, 0)
		for _, w := range weights {
			ADDQ(Imm(64), w)
		}
	})
}

// tileRows writes the kernel of a tile, for one row after another. The function add adds the products of a tap at an address in the
// source to the sums, and moves the weights on. See package blocked's tile.
func (k kernel) tileRows(name string, t convTile, add func(name string, sum [][]vec, at Register, weights []Register)) {
	TEXT(name, NOSPLIT, "func(t *byte, mode uint32) uint32")
	Pragma("noescape")
	args := Load(Param("t"), GP64())
	arg := func(field int) Mem { return Mem{Base: args, Disp: field} }
	load := func(field int) Register {
		r := GP64()
		MOVQ(arg(field), r)
		return r
	}
	mode := enter()
	x, y, start, rows := load(tileX), load(tileY), load(tileStart), load(tileRows)
	row := name + "_row"
	Label(row)
	sum := k.startTile(t, start, load(tileStartPixel), load(tileStartBlock))
	weights := k.weightAddresses(t, load(tileW), load(tileWBlock))
	offsets, taps := load(tileOffsets), load(tileTaps)
	tap, done := name+"_tap", name+"_done"
	Label(tap)
	TESTQ(taps, taps)
	JZ(LabelRef(done))
	at := GP64()
	MOVQ(Mem{Base: offsets}, at)
	ADDQ(x, at)
	add(name, sum, at, weights)
	ADDQ(Imm(8), offsets)
	DECQ(taps)
	JMP(LabelRef(tap))
	Label(done)
	k.endTile(sum, y, load(tileYPixel), load(tileYBlock))
	ADDQ(arg(tileXRow), x)
	ADDQ(arg(tileYRow), y)
	ADDQ(arg(tileStartRow), start)
	DECQ(rows)
	JNZ(LabelRef(row))
	mode.leave()
}

// startTile loads what the sums begin with, for each block and pixel.
func (k kernel) startTile(t convTile, start, pixel, block Register) [][]vec {
	sum := make([][]vec, t.blocks)
	for b := range sum {
		at := GP64()
		MOVQ(start, at)
		for range b {
			ADDQ(block, at)
		}
		for range t.pixels {
			sum[b] = append(sum[b], k.load(Mem{Base: at}))
			ADDQ(pixel, at)
		}
	}
	return sum
}

// weightAddresses gives the address of each block's weights.
func (k kernel) weightAddresses(t convTile, w, wBlock Register) []Register {
	list := []Register{w}
	for b := 1; b < t.blocks; b++ {
		next := GP64()
		LEAQ(Mem{Base: list[b-1], Index: wBlock, Scale: 1}, next)
		list = append(list, next)
	}
	return list
}

// addChannels adds the products of the channels of a tap, a block.
func (k kernel) addChannels(name string, t convTile, sum [][]vec, at Register, weights []Register) {
	loop, n := name+"_channels", GP64()
	MOVQ(U32(16/unrolled), n)
	Label(loop)
	for c := range unrolled {
		k.addChannel(t, sum, at, weights, c)
	}
	ADDQ(Imm(4*unrolled), at)
	for _, w := range weights {
		ADDQ(U32(64*unrolled), w)
	}
	DECQ(n)
	JNZ(LabelRef(loop))
}

// addChannel adds the products of one channel with its weights.
func (k kernel) addChannel(t convTile, sum [][]vec, at Register, weights []Register, c int) {
	var w []vec
	for b := range sum {
		w = append(w, k.load(Mem{Base: weights[b], Disp: 64 * c}))
	}
	for p := range t.pixels {
		source := Mem{Base: at, Disp: 4 * (t.depth*p + c)}
		if k.wide && t.blocks == 1 {
			VFMADD231PS_BCST(source, w[0][0], sum[0][p][0])
			continue
		}
		r := k.reg()
		VBROADCASTSS(source, r)
		for b := range sum {
			for i := range w[b] {
				VFMADD231PS(r, w[b][i], sum[b][p][i])
			}
		}
	}
}

// endTile writes the sums.
func (k kernel) endTile(sum [][]vec, y, pixel, block Register) {
	for b := range sum {
		at := GP64()
		MOVQ(y, at)
		for range b {
			ADDQ(block, at)
		}
		for _, v := range sum[b] {
			k.store(v, Mem{Base: at})
			ADDQ(pixel, at)
		}
	}
}
