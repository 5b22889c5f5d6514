package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// Kernels of this file work on the rows of matrices, whose lengths are multiples of a block. A row is read again while it is in the
// cache.

// rowParams are the parameters that the Go functions pass on, by the kernel. %[1]s is the element type.
var rowParams = []struct{ name, params, args string }{
	{"softmaxRows", "s *%[1]s, rows, n int, top *%[1]s, sum *float64, mode uint32", "s, rows, n, top, sum, mode"},
	{"softmaxSlopes", "s, dp *%[1]s, rows, n int, logSum, delta *%[1]s, scale %[1]s, mode uint32", "s, dp, rows, n, logSum, delta, scale, mode"},
	{"rowMeans", "out, x *%[1]s, rows, n int, mean *%[1]s, factor, eps float64, mode uint32", "out, x, rows, n, mean, factor, eps, mode"},
	{"rowRStd", "out, x *%[1]s, rows, n int, mean *%[1]s, factor, eps float64, mode uint32", "out, x, rows, n, mean, factor, eps, mode"},
	{"normalizeRows", "y, x *%[1]s, rows, n int, mean, rstd, gain, shift *%[1]s, mode uint32", "y, x, rows, n, mean, rstd, gain, shift, mode"},
	{"normalizeRowsBackward", "dx, x, dy *%[1]s, rows, n int, mean, rstd, gain *%[1]s, factor, centre float64, mode uint32", "dx, x, dy, rows, n, mean, rstd, gain, factor, centre, mode"},
	{"rowGain", "out *float64, x, dy, mean, rstd *%[1]s, rows, stride int, mode uint32", "out, x, dy, mean, rstd, rows, stride, mode"},
}

// writeRows writes all of them.
func (k kernel) writeRows() {
	k.softmaxRows()
	k.softmaxSlopes()
	k.rowStatistic("rowMeans", false)
	k.rowStatistic("rowRStd", true)
	k.normalizeRows()
	k.normalizeRowsBackward()
	k.rowGain()
}

// rows begins a kernel with the given name.
func (k kernel) rows(name string) string {
	for _, p := range rowParams {
		if p.name == name {
			full := fmt.Sprintf("%s%d%s", name, 8*k.size(), k.name)
			TEXT(full, NOSPLIT, fmt.Sprintf("func("+p.params+") uint32", fmt.Sprintf("float%d", 8*k.size())))
			Pragma("noescape")
			return full
		}
	}
	panic("no kernel " + name)
}

// eachRow runs body for each row, then moves the pointers on: those to matrices by a row, and those to numbers of rows by one.
func (k kernel) eachRow(name string, bytes Register, matrices, numbers []Register, body func()) {
	rows := Load(Param("rows"), GP64())
	loop, done := name+"_row", name+"_done"
	Label(loop)
	TESTQ(rows, rows)
	JZ(LabelRef(done))
	body()
	for _, r := range matrices {
		ADDQ(bytes, r)
	}
	for _, r := range numbers {
		ADDQ(Imm(uint64(k.size())), r)
	}
	DECQ(rows)
	JMP(LabelRef(loop))
	Label(done)
}

// eachBlock runs body for the blocks of a row, at an offset in bytes.
func (k kernel) eachBlock(label string, bytes Register, body func(offset Register)) {
	offset := GP64()
	XORQ(offset, offset)
	Label(label)
	body(offset)
	ADDQ(Imm(64), offset)
	CMPQ(offset, bytes)
	JL(LabelRef(label))
}

// pieces are the parts of a block in which a kernel computes: halves with AVX2, where registers are few.
func (k kernel) pieces() (list []kernel) {
	if k.wide {
		return []kernel{k}
	}
	k.half = true
	return []kernel{k, k}
}

// at is the address of piece i of a block.
func at(base, offset Register, i int) Mem {
	return Mem{Base: base, Index: offset, Scale: 1, Disp: 32 * i}
}

// sumsOf gives the sums of piece i of a block.
func (k kernel) sumsOf(s sums, i int) sums {
	if k.wide {
		return s
	}
	return s[i*len(s)/2 : (i+1)*len(s)/2]
}

// extractUpper copies the upper 128 bits of 256. The instruction of AVX2 does not reach all registers of AVX-512.
func (k kernel) extractUpper(from, to Op) {
	if k.wide {
		VEXTRACTF32X4(Imm(1), from, to)
		return
	}
	VEXTRACTF128(Imm(1), from, to)
}

// total adds all lanes. The order is the same for all processors.
func (k kernel) total(s sums) VecVirtual {
	for len(s) > 1 {
		half := len(s) / 2
		for i := range half {
			VADDPD(s[half+i], s[i], s[i])
		}
		s = s[:half]
	}
	if k.wide {
		upper := YMM()
		VEXTRACTF64X4(Imm(1), s[0], upper)
		VADDPD(upper, s[0].AsY(), s[0].AsY())
	}
	sum, upper := XMM(), XMM()
	k.extractUpper(s[0].AsY(), upper)
	VADDPD(upper, s[0].AsX(), sum)
	VPERMILPD(Imm(1), sum, upper)
	VADDSD(upper, sum, sum)
	return sum
}

// largestLane fills v with its largest lane.
func (k kernel) largestLane(v vec) {
	greater := k.pick(VMAXPS, VMAXPD)
	if k.wide {
		upper := YMM()
		VEXTRACTF64X4(Imm(1), v[0], upper)
		greater(upper, v[0].AsY(), v[0].AsY())
	} else {
		greater(v[1], v[0], v[0])
	}
	top, other := XMM(), XMM()
	k.extractUpper(v[0].AsY(), other)
	greater(other, v[0].AsX(), top)
	if k.double {
		VPERMILPD(Imm(1), top, other)
		VMAXPD(other, top, top)
	} else {
		for _, order := range []uint64{0x4e, 0xb1} {
			VPERMILPS(Imm(order), top, other)
			VMAXPS(other, top, top)
		}
	}
	k.spread(top, v)
}

// spread fills v with the lowest element of a register.
func (k kernel) spread(x VecVirtual, v vec) {
	for i := range v {
		k.pick(VBROADCASTSS, VBROADCASTSD)(x.AsX(), v[i])
	}
}

// narrowed converts the lowest element of a register from float64.
func (k kernel) narrowed(x VecVirtual) VecVirtual {
	if !k.double {
		VCVTSD2SS(x, x, x)
	}
	return x
}

// storeOne writes the lowest element of a register.
func (k kernel) storeOne(x VecVirtual, m Mem) { k.pick(VMOVSS, VMOVSD)(x.AsX(), m) }

// number loads a float64.
func number(m Mem) VecVirtual {
	x := XMM()
	VMOVSD(m, x)
	return x
}

// pointer loads an argument that is an address or an integer.
func pointer(name string) Register { return Load(Param(name), GP64()) }

// softmaxRows replaces top by the larger of it and the largest element of its row, the elements s by exp(s - top), and sum by their sum. A
// row of -Inf gives zeros.
func (k kernel) softmaxRows() {
	name := k.rows("softmaxRows")
	s, n, top, sum := pointer("s"), pointer("n"), pointer("top"), pointer("sum")
	k.toBytes(n)
	mode := enter()
	p := k.pieces()[0]
	least := -math.MaxFloat32
	if k.double {
		least = -math.MaxFloat64
	}
	c := p.constants(name, function{constants: func(k kernel) []float64 { return append(k.expConstants(), least) }})
	k.eachRow(name, n, []Register{s}, []Register{top}, func() {
		t := k.broadcast(Mem{Base: top})
		k.eachBlock(name+"_top", n, func(offset Register) {
			for i, x := range k.load(at(s, offset, 0)) {
				k.pick(VMAXPS, VMAXPD)(t[i], x, t[i])
			}
		})
		k.largestLane(t)
		k.storeOne(t[0], Mem{Base: top})
		t = p.max(t[:1], c(len(k.expConstants())))
		total := k.newSums()
		k.eachBlock(name+"_exp", n, func(offset Register) {
			for i, p := range k.pieces() {
				e := p.exp(p.sub(p.load(at(s, offset, i)), t), c)
				p.store(e, at(s, offset, i))
				p.addTo(k.sumsOf(total, i), e)
			}
		})
		VMOVSD(k.total(total), Mem{Base: sum})
		ADDQ(Imm(8), sum)
	})
	mode.leave()
}

// softmaxSlopes replaces s by p = exp(s - logSum), and dp by scale·p·(dp - delta).
func (k kernel) softmaxSlopes() {
	name := k.rows("softmaxSlopes")
	s, dp, n, logSum, delta := pointer("s"), pointer("dp"), pointer("n"), pointer("logSum"), pointer("delta")
	k.toBytes(n)
	mode := enter()
	p := k.pieces()[0]
	c := p.constants(name, function{constants: kernel.expConstants})
	scale := p.broadcast(argument("scale"))
	k.eachRow(name, n, []Register{s, dp}, []Register{logSum, delta}, func() {
		l, d := p.broadcast(Mem{Base: logSum}), p.broadcast(Mem{Base: delta})
		k.eachBlock(name+"_block", n, func(offset Register) {
			for i, p := range k.pieces() {
				e := p.exp(p.sub(p.load(at(s, offset, i)), l), c)
				p.store(e, at(s, offset, i))
				p.store(p.mul(p.mul(scale, e), p.sub(p.load(at(dp, offset, i)), d)), at(dp, offset, i))
			}
		})
	})
	mode.leave()
}

// rowStatistic is factor·Σ x of each row, or 1/sqrt(factor·Σ (x - mean)² + eps).
func (k kernel) rowStatistic(name string, spread bool) {
	name = k.rows(name)
	out, x, n, mean := pointer("out"), pointer("x"), pointer("n"), pointer("mean")
	k.toBytes(n)
	factor, eps := number(argument("factor")), number(argument("eps"))
	mode := enter()
	numbers := []Register{out}
	if spread {
		numbers = append(numbers, mean)
	}
	k.eachRow(name, n, []Register{x}, numbers, func() {
		total := k.newSums()
		m := k.reg()
		if spread {
			k.wideBroadcast(Mem{Base: mean}, m)
		}
		k.eachBlock(name+"_block", n, func(offset Register) {
			for i, r := range k.widen(k.load(at(x, offset, 0))) {
				if spread {
					d := k.reg()
					VSUBPD(m, r, d)
					VFMADD231PD(d, d, total[i])
					continue
				}
				VADDPD(r, total[i], total[i])
			}
		})
		sum := k.total(total)
		VMULSD(factor, sum, sum)
		if spread {
			VADDSD(eps, sum, sum)
			VSQRTSD(sum, sum, sum)
			one := number(ConstData(name+"_one", F64(1)))
			VDIVSD(sum, one, sum)
		}
		k.storeOne(k.narrowed(sum), Mem{Base: out})
	})
	mode.leave()
}

// wideBroadcast fills a register with the float64 value of an element.
func (k kernel) wideBroadcast(m Mem, to VecVirtual) {
	if k.double {
		VBROADCASTSD(m, to)
		return
	}
	x := XMM()
	VMOVSS(m, x)
	VCVTSS2SD(x, x, x)
	VBROADCASTSD(x, to)
}

// normalizeRows is (x - mean)·rstd·gain + shift.
func (k kernel) normalizeRows() {
	name := k.rows("normalizeRows")
	y, x, n := pointer("y"), pointer("x"), pointer("n")
	mean, rstd, gain, shift := pointer("mean"), pointer("rstd"), pointer("gain"), pointer("shift")
	k.toBytes(n)
	mode := enter()
	k.eachRow(name, n, []Register{y, x}, []Register{mean, rstd}, func() {
		m, r := k.broadcast(Mem{Base: mean}), k.broadcast(Mem{Base: rstd})
		k.eachBlock(name+"_block", n, func(offset Register) {
			hat := k.mul(k.sub(k.load(at(x, offset, 0)), m), r)
			k.store(k.fma(hat, k.load(at(gain, offset, 0)), k.load(at(shift, offset, 0))), at(y, offset, 0))
		})
	})
	mode.leave()
}

// normalizeRowsBackward is rstd·(g - mean(g) - xhat·mean(g·xhat)) with g = dy·gain and xhat = (x - mean)·rstd, where mean(g·xhat) is
// the sum times factor, and mean(g) that times centre.
func (k kernel) normalizeRowsBackward() {
	name := k.rows("normalizeRowsBackward")
	dx, x, dy, n := pointer("dx"), pointer("x"), pointer("dy"), pointer("n")
	mean, rstd, gain := pointer("mean"), pointer("rstd"), pointer("gain")
	k.toBytes(n)
	factor, centre := number(argument("factor")), number(argument("centre"))
	mode := enter()
	p := k.pieces()[0]
	k.eachRow(name, n, []Register{dx, x, dy}, []Register{mean, rstd}, func() {
		m, r := p.broadcast(Mem{Base: mean}), p.broadcast(Mem{Base: rstd})
		product := func(p kernel, offset Register, i int) vec {
			return p.mul(p.load(at(dy, offset, i)), p.load(at(gain, offset, i)))
		}
		hat := func(p kernel, offset Register, i int) vec { return p.mul(p.sub(p.load(at(x, offset, i)), m), r) }
		meanOf := func(label string, times VecVirtual, term func(p kernel, offset Register, i int) vec) vec {
			total := k.newSums()
			k.eachBlock(name+label, n, func(offset Register) {
				for i, p := range k.pieces() {
					p.addTo(k.sumsOf(total, i), term(p, offset, i))
				}
			})
			sum, v := k.total(total), p.new()
			VMULSD(times, sum, sum)
			p.spread(k.narrowed(sum), v)
			return v
		}
		ofG := meanOf("_sum", centre, product)
		ofHat := meanOf("_hat", factor, func(p kernel, offset Register, i int) vec { return p.mul(product(p, offset, i), hat(p, offset, i)) })
		k.eachBlock(name+"_block", n, func(offset Register) {
			for i, p := range k.pieces() {
				d := p.fnma(hat(p, offset, i), ofHat, p.sub(product(p, offset, i), ofG))
				p.store(p.mul(r, d), at(dx, offset, i))
			}
		})
	})
	mode.leave()
}

// rowGain is Σ dy·(x - mean)·rstd over the rows of a block of columns, where mean and rstd have an element for each row. The rows lie stride
// elements apart.
func (k kernel) rowGain() {
	name := k.rows("rowGain")
	out, x, dy, mean, rstd, stride := pointer("out"), pointer("x"), pointer("dy"), pointer("mean"), pointer("rstd"), pointer("stride")
	k.toBytes(stride)
	mode := enter()
	total := k.newSums()
	k.eachRow(name, stride, []Register{x, dy}, []Register{mean, rstd}, func() {
		for i, p := range k.pieces() {
			part := func(base Register) Mem { return Mem{Base: base, Disp: 32 * i} }
			hat := p.mul(p.sub(p.load(part(x)), p.broadcast(Mem{Base: mean})), p.broadcast(Mem{Base: rstd}))
			y := p.widen(p.load(part(dy)))
			for j, h := range p.widen(hat) {
				VFMADD231PD(h, y[j], k.sumsOf(total, i)[j])
			}
		}
	})
	k.storeSums(total, Mem{Base: out})
	mode.leave()
}
