package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// A pixelMap computes the blocks of pixels from those at the same pixels of some inputs, and from vectors that have an element for
// each channel.
type pixelMap struct {
	name    string
	inputs  int
	vectors int
	compute func(k kernel, in, v []vec) vec
}

func (k kernel) normalized(x vec, v []vec) vec { return k.fma(k.sub(x, v[0]), v[1], v[2]) }

// relu keeps a NaN.
func (k kernel) relu(x vec) vec { return k.max(k.zero(), x) }

// masked is dy where y > 0 or NaN, and 0 elsewhere.
func (k kernel) masked(dy, y vec) vec {
	zero := k.zero()
	return k.where(notLessEq, y, zero, dy, zero)
}

// normalizedBackward is (x - v0)·v1 + v2 + dy·v3.
func (k kernel) normalizedBackward(dy, x vec, v []vec) vec {
	return k.fma(dy, v[3], k.normalized(x, v))
}

var pixelMaps = []pixelMap{
	{"copy", 1, 0, func(k kernel, in, _ []vec) vec { return in[0] }},
	{"reLU", 1, 0, func(k kernel, in, _ []vec) vec { return k.relu(in[0]) }},
	{"mask", 2, 0, func(k kernel, in, _ []vec) vec { return k.masked(in[0], in[1]) }},
	{"add", 2, 0, func(k kernel, in, _ []vec) vec { return k.add(in[0], in[1]) }},
	{"larger", 2, 0, func(k kernel, in, _ []vec) vec { return k.larger(in[0], in[1]) }},
	{"normalize", 1, 3, func(k kernel, in, v []vec) vec { return k.normalized(in[0], v) }},
	{"normalizeReLU", 1, 3, func(k kernel, in, v []vec) vec { return k.relu(k.normalized(in[0], v)) }},
	{"normalizeAdd", 2, 3, func(k kernel, in, v []vec) vec { return k.add(k.normalized(in[0], v), in[1]) }},
	{"normalizeAddReLU", 2, 3, func(k kernel, in, v []vec) vec { return k.relu(k.add(k.normalized(in[0], v), in[1])) }},
	{"maskNormalized", 2, 3, func(k kernel, in, v []vec) vec { return k.masked(in[0], k.normalized(in[1], v)) }},
	{"backward", 2, 4, func(k kernel, in, v []vec) vec { return k.normalizedBackward(in[0], in[1], v) }},
	{"backwardReLU", 3, 4, func(k kernel, in, v []vec) vec {
		return k.normalizedBackward(k.masked(in[0], in[2]), in[1], v)
	}},
}

// name is the name of the kernel that does something to pixels.
func (a arch) pixels(name string) string { return name + "Pixels" + a.name }

// pixelMap writes the kernel of a map over n pixels in each of some rows. The rows of dst and a lie dstRow and aRow bytes apart, and the
// pixels of a stride bytes; all other pixels lie side by side, without gaps between rows. The argument vectors holds the vectors one
// after another.
func (k kernel) pixelMap(m pixelMap) {
	name := k.pixels(m.name)
	TEXT(name, NOSPLIT, "func(dst, a, b, c, vectors *float32, n, stride, rows, dstRow, aRow int, mode uint32) uint32")
	Pragma("noescape")
	dst, a := Load(Param("dst"), GP64()), Load(Param("a"), GP64())
	var others []Register
	for i := range m.inputs - 1 {
		others = append(others, Load(Param([]string{"b", "c"}[i]), GP64()))
	}
	vectors, stride := Load(Param("vectors"), GP64()), Load(Param("stride"), GP64())
	mode := enter()
	v := k.channelVectors(vectors, m.vectors)
	rows, row := Load(Param("rows"), GP64()), name+"_row"
	Label(row)
	k.mapRow(name, m, dst, a, stride, others, v)
	ADDQ(argument("dstRow"), dst)
	ADDQ(argument("aRow"), a)
	DECQ(rows)
	JNZ(LabelRef(row))
	mode.leave()
}

// mapRow computes a row of a map.
func (k kernel) mapRow(name string, m pixelMap, dst, a, stride Register, others []Register, v []vec) {
	n, at, from := Load(Param("n"), GP64()), GP64(), GP64()
	SHLQ(Imm(6), n)
	XORQ(at, at)
	MOVQ(a, from)
	loop := name + "_loop"
	Label(loop)
	in := []vec{k.load(Mem{Base: from})}
	for _, r := range others {
		in = append(in, k.load(Mem{Base: r, Index: at, Scale: 1}))
	}
	k.store(m.compute(k, in, v), Mem{Base: dst, Index: at, Scale: 1})
	ADDQ(stride, from)
	ADDQ(Imm(64), at)
	CMPQ(at, n)
	JL(LabelRef(loop))
	for _, r := range others {
		ADDQ(n, r)
	}
}

// channelVectors loads vectors that lie one after another.
func (k kernel) channelVectors(at Register, n int) []vec {
	var v []vec
	for i := range n {
		v = append(v, k.load(Mem{Base: at, Disp: 64 * i}))
	}
	return v
}

// A pixelSum adds two terms over pixels for each channel, in float64.
type pixelSum struct {
	name   string
	inputs int
	mean   bool // whether it reads a vector of means
	terms  func(k kernel, in []vec, mean vec, first, second sums)
}

var pixelSums = []pixelSum{
	// Σ x and Σ x²
	{"moments", 1, false, func(k kernel, in []vec, _ vec, first, second sums) {
		for i, x := range k.widen(in[0]) {
			VADDPD(x, first[i], first[i])
			VFMADD231PD(x, x, second[i])
		}
	}},
	// Σ dy and Σ dy·(x - mean)
	{"slopes", 2, true, func(k kernel, in []vec, mean vec, first, second sums) { k.addSlopes(in[0], in[1], mean, first, second) }},
	// the same for dy where y > 0
	{"slopesReLU", 3, true, func(k kernel, in []vec, mean vec, first, second sums) {
		k.addSlopes(k.masked(in[0], in[2]), in[1], mean, first, second)
	}},
}

// addSlopes adds dy to the first sums, and dy·(x - mean), with the difference rounded to float32, to the second.
func (k kernel) addSlopes(dy, x, mean vec, first, second sums) {
	centred := k.widen(k.sub(x, mean))
	for i, g := range k.widen(dy) {
		VADDPD(g, first[i], first[i])
		VFMADD231PD(g, centred[i], second[i])
	}
}

// pixelSum writes the kernel of a pair of sums over n pixels. Out holds the first sums of all channels, then the second.
func (k kernel) pixelSum(s pixelSum) {
	name := k.pixels(s.name)
	k.half = !k.wide // eight channels at a time, as there are too few registers for 16
	TEXT(name, NOSPLIT, "func(out *float64, a, b, c, mean *float32, n int, mode uint32) uint32")
	Pragma("noescape")
	var in []Register
	for i := range s.inputs {
		in = append(in, Load(Param([]string{"a", "b", "c"}[i]), GP64()))
	}
	out, mean, n := Load(Param("out"), GP64()), Load(Param("mean"), GP64()), Load(Param("n"), GP64())
	mode := enter()
	SHLQ(Imm(6), n)
	for half := range 64 / k.bytes() {
		k.sumChannels(fmt.Sprintf("%s%d", name, half), s, in, out, mean, n, half*k.bytes())
	}
	mode.leave()
}

// sumChannels adds the channels from a place in the block on, over n bytes of pixels.
func (k kernel) sumChannels(name string, s pixelSum, in []Register, out, mean, n Register, from int) {
	var means vec
	if s.mean {
		means = k.load(Mem{Base: mean, Disp: from})
	}
	first, second := k.newSums(), k.newSums()
	at := GP64()
	XORQ(at, at)
	loop, done := name+"_loop", name+"_done"
	Label(loop)
	CMPQ(at, n)
	JGE(LabelRef(done))
	var values []vec
	for _, r := range in {
		values = append(values, k.load(Mem{Base: r, Index: at, Scale: 1, Disp: from}))
	}
	s.terms(k, values, means, first, second)
	ADDQ(Imm(64), at)
	JMP(LabelRef(loop))
	Label(done)
	k.storeSums(first, Mem{Base: out, Disp: 2 * from})
	k.storeSums(second, Mem{Base: out, Disp: 128 + 2*from})
}
