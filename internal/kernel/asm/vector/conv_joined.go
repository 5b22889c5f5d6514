package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// A joinedTile is a tile in one block of output channels whose taps are three places of the window beside each other: a pixel of the source
// is read once for the results of three pixels. So its loads do not limit it as they do a convTile of one block.
type joinedTile struct{ pixels int }

// joinedTiles lists the tiles of an instruction set.
func (a arch) joinedTiles() []joinedTile {
	widest := 6
	if a.wide {
		widest = 26 // three registers for weights, and some for the source
	}
	var list []joinedTile
	for p := range widest {
		list = append(list, joinedTile{p + 1})
	}
	return list
}

func (t joinedTile) name(a arch) string { return fmt.Sprintf("joined%d%s", t.pixels, a.name) }

// joinedTile writes the kernel of a tile. The weights of a channel are those of the three places, one after another.
func (k kernel) joinedTile(t joinedTile) {
	k.tileRows(t.name(k.arch), convTile{1, t.pixels, 16}, func(name string, sum [][]vec, at Register, weights []Register) {
		const unrolled = 2 // channels
		loop, n := name+"_channels", GP64()
		MOVQ(U32(16/unrolled), n)
		Label(loop)
		for c := range unrolled {
			k.addJoined(sum[0], at, weights[0], c)
		}
		ADDQ(Imm(4*unrolled), at)
		ADDQ(U32(64*shifts*unrolled), weights[0])
		DECQ(n)
		JNZ(LabelRef(loop))
	})
}

// addJoined adds the products of one channel at three places, place by place for each result.
func (k kernel) addJoined(sum []vec, at, weights Register, c int) {
	place := func(s int) Mem { return Mem{Base: weights, Disp: 64 * (shifts*c + s)} }
	source := func(p int) Mem { return Mem{Base: at, Disp: 64*p + 4*c} }
	if !k.wide { // too few registers for the weights of three places
		for s := range shifts {
			w := k.load(place(s))
			for p := range sum {
				k.accumulate(sum[p], k.broadcastHalf(source(p+s)), w)
			}
		}
		return
	}
	var w []vec
	for s := range shifts {
		w = append(w, k.load(place(s)))
	}
	for p := range len(sum) + shifts - 1 {
		v := k.broadcast(source(p))
		for s := range shifts {
			if to := p - s; to >= 0 && to < len(sum) {
				k.accumulate(sum[to], v, w[s])
			}
		}
	}
}

// broadcastHalf fills one register with an element, and gives it twice as a block.
func (k kernel) broadcastHalf(m Mem) vec {
	r := k.reg()
	VBROADCASTSS(m, r)
	return vec{r, r}
}
