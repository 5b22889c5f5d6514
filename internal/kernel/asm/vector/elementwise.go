package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// A function is computed element by element. Its argument, if it takes one, is the first of its constants.
type function struct {
	name      string
	inputs    int
	arguments int
	constants func(k kernel) []float64 // nil: none
	compute   func(k kernel, in []vec, c func(i int) vec) vec
	reloads   bool // AVX-512 loads constants where they are used: the function needs the registers
	byHalves  bool // AVX2 computes half a block at a time, having too few registers for the values of a whole one
}

func ones(kernel) []float64 { return []float64{1} }

var functions = []function{
	{name: "add", inputs: 2, compute: func(k kernel, in []vec, _ func(int) vec) vec { return k.add(in[0], in[1]) }},
	{name: "sub", inputs: 2, compute: func(k kernel, in []vec, _ func(int) vec) vec { return k.sub(in[0], in[1]) }},
	{name: "mul", inputs: 2, compute: func(k kernel, in []vec, _ func(int) vec) vec { return k.mul(in[0], in[1]) }},
	{name: "div", inputs: 2, compute: func(k kernel, in []vec, _ func(int) vec) vec { return k.div(in[0], in[1]) }},
	{name: "scale", inputs: 1, arguments: 1, compute: func(k kernel, in []vec, c func(int) vec) vec {
		return k.mul(c(0), in[0])
	}},
	{name: "relu", inputs: 1, compute: func(k kernel, in []vec, _ func(int) vec) vec {
		return k.max(k.zero(), in[0]) // a NaN stays
	}},
	{name: "reluBackward", inputs: 2, compute: func(k kernel, in []vec, _ func(int) vec) vec {
		zero := k.zero()
		return k.where(notLessEq, in[0], zero, in[1], zero)
	}},
	{name: "rectifyBackward", inputs: 2, compute: func(k kernel, in []vec, _ func(int) vec) vec {
		zero := k.zero()
		return k.where(notLess, in[0], zero, in[1], zero)
	}},
	{name: "dropoutBackward", inputs: 2, arguments: 1, compute: func(k kernel, in []vec, c func(int) vec) vec {
		zero := k.zero()
		return k.where(isEqual, in[0], zero, zero, k.mul(c(0), in[1]))
	}},
	{name: "tanhBackward", inputs: 2, constants: ones, compute: func(k kernel, in []vec, c func(int) vec) vec {
		return k.mul(k.fnma(in[0], in[0], c(0)), in[1])
	}},
	{name: "sigmoidBackward", inputs: 2, constants: ones, compute: func(k kernel, in []vec, c func(int) vec) vec {
		return k.mul(k.mul(in[0], k.sub(c(0), in[0])), in[1])
	}},
	{name: "exp", inputs: 1, constants: kernel.expConstants, compute: func(k kernel, in []vec, c func(int) vec) vec {
		return k.exp(in[0], c)
	}},
	{name: "sigmoid", inputs: 1, constants: kernel.expConstants, compute: func(k kernel, in []vec, c func(int) vec) vec {
		return k.sigmoid(in[0], c)
	}},
	{name: "silu", inputs: 1, constants: kernel.expConstants, compute: func(k kernel, in []vec, c func(int) vec) vec {
		return k.mul(in[0], k.sigmoid(in[0], c))
	}},
	{name: "siluBackward", inputs: 2, constants: kernel.expConstants, compute: func(k kernel, in []vec, c func(int) vec) vec {
		y := k.sigmoid(in[0], c)
		slope := k.mul(y, k.fma(in[0], k.sub(c(cOne), y), c(cOne)))
		return k.mul(slope, in[1])
	}},
	{name: "eluBackward", inputs: 2, arguments: 1, constants: kernel.expConstants, compute: func(k kernel, in []vec, c func(int) vec) vec {
		ofExp := func(i int) vec { return c(i + 1) }
		slope := k.mul(c(0), k.exp(in[0], ofExp))
		return k.mul(k.where(notLessEq, in[0], k.zero(), ofExp(cOne), slope), in[1])
	}},
	{name: "tanh", inputs: 1, constants: kernel.tanhConstants, compute: func(k kernel, in []vec, c func(int) vec) vec {
		return k.tanh(in[0], c)
	}},
	{name: "erf", inputs: 1, constants: kernel.normalConstants, byHalves: true, compute: func(k kernel, in []vec, c func(int) vec) vec {
		return k.erf(in[0], c)
	}},
	{name: "erfBackward", inputs: 2, constants: kernel.normalConstants, compute: func(k kernel, in []vec, c func(int) vec) vec {
		return k.mul(k.erfSlope(in[0], c), in[1])
	}},
	{name: "gelu", inputs: 1, constants: kernel.normalConstants, compute: func(k kernel, in []vec, c func(int) vec) vec {
		return k.gelu(in[0], c)
	}},
	{name: "geluBackward", inputs: 2, constants: kernel.normalConstants, byHalves: true, compute: func(k kernel, in []vec, c func(int) vec) vec {
		return k.mul(k.geluSlope(in[0], c), in[1])
	}},
	{name: "geluTanh", inputs: 1, constants: kernel.geluTanhConstants, reloads: true, byHalves: true, compute: func(k kernel, in []vec, c func(int) vec) vec {
		return k.geluTanh(in[0], c)
	}},
	{name: "geluTanhBackward", inputs: 2, constants: kernel.geluTanhConstants, reloads: true, byHalves: true, compute: func(k kernel, in []vec, c func(int) vec) vec {
		return k.mul(k.geluTanhSlope(in[0], c), in[1])
	}},
}

// elementwise writes the kernel of a function. dst and the inputs have n elements, n a multiple of a block. The kernel reads
// each block of all inputs before it writes that block of dst, so dst may be one of the inputs.
func (k kernel) elementwise(f function) {
	k.half = f.byHalves && !k.wide
	name := fmt.Sprintf("%s%d%s", f.name, 8*k.size(), k.name)
	T := fmt.Sprintf("float%d", 8*k.size())
	TEXT(name, NOSPLIT, fmt.Sprintf("func(dst, a, b *%s, n int, argument %s, mode uint32) uint32", T, T))
	Pragma("noescape")
	dst := Load(Param("dst"), GP64())
	var in []Register
	for i := range f.inputs {
		in = append(in, Load(Param([]string{"a", "b"}[i]), GP64()))
	}
	n := Load(Param("n"), GP64())
	mode := enter()
	c := k.constants(name, f)
	offset := GP64()
	XORQ(offset, offset)
	k.toBytes(n)
	loop, done := name+"_loop", name+"_done"
	Label(loop)
	CMPQ(offset, n)
	JGE(LabelRef(done))
	var blocks []vec
	for _, r := range in {
		blocks = append(blocks, k.load(Mem{Base: r, Index: offset, Scale: 1}))
	}
	k.store(f.compute(k, blocks, c), Mem{Base: dst, Index: offset, Scale: 1})
	ADDQ(Imm(uint64(k.bytes())), offset)
	JMP(LabelRef(loop))
	Label(done)
	mode.leave()
}

// maxKept is the number of constants that AVX-512 has registers for, beside those it computes in. AVX2 has none to spare.
const maxKept = 22

// constants gives the constants of a function as blocks, and the argument if it takes one.
func (k kernel) constants(name string, f function) func(i int) vec {
	var list []vec
	if f.arguments > 0 {
		list = append(list, k.argument())
	}
	if f.constants == nil {
		return func(i int) vec { return list[i] }
	}
	values := f.constants(k)
	table := GLOBL(name+"_constants", NOPTR|RODATA)
	for i, v := range values {
		if k.double {
			DATA(i*8, F64(v))
		} else {
			DATA(i*4, F32(v))
		}
	}
	load := func(i int) vec { return k.broadcast(table.Offset(i * k.size())) }
	if !k.wide || f.reloads || len(values) > maxKept {
		return func(i int) vec {
			if i < len(list) {
				return list[i]
			}
			return load(i - len(list))
		}
	}
	for i := range values {
		list = append(list, load(i))
	}
	return func(i int) vec { return list[i] }
}

// argument fills a block with the function's argument.
func (k kernel) argument() vec {
	return k.broadcast(argument("argument"))
}

// argument is the address of an argument.
func argument(name string) Mem {
	b, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return b.Addr
}
