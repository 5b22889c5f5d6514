package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// An arch is a set of vector instructions. Kernels work on blocks of 64 bytes, which are one register of AVX-512 or two of
// AVX2, with the same operations in the same order for each element, so that both give the same bits.
type arch struct {
	name string
	wide bool // 512 bits
}

var archs = []arch{{"AVX512", true}, {"AVX2", false}}

// A kernel writes the instructions of one function.
type kernel struct {
	arch
	double bool // float64 elements
	half   bool // the kernel works on the first half of a block; AVX2 only
}

// A vec is a block of 64 bytes in registers, or half of one.
type vec []VecVirtual

// size is the number of bytes in an element.
func (k kernel) size() int {
	if k.double {
		return 8
	}
	return 4
}

// regs is the number of registers in a vec.
func (k kernel) regs() int {
	if k.wide || k.half {
		return 1
	}
	return 2
}

// bytes is the size of a vec.
func (k kernel) bytes() int {
	if k.half {
		return 32
	}
	return 64
}

func (k kernel) reg() VecVirtual {
	if k.wide {
		return ZMM()
	}
	return YMM()
}

// new gives the registers of a block, without a value.
func (k kernel) new() vec {
	v := make(vec, k.regs())
	for i := range v {
		v[i] = k.reg()
	}
	return v
}

// part is the address of register i of a block in memory.
func (k kernel) part(m Mem, i int) Mem { return m.Offset(i * 32) }

// toBytes turns a number of elements into a number of bytes.
func (k kernel) toBytes(n Register) {
	if k.double {
		SHLQ(Imm(3), n)
		return
	}
	SHLQ(Imm(2), n)
}

type instruction func(...Op)

// pick is the instruction for the element type.
func (k kernel) pick(ps, pd instruction) instruction {
	if k.double {
		return pd
	}
	return ps
}

func (k kernel) load(m Mem) vec {
	v := k.new()
	for i := range v {
		k.pick(VMOVUPS, VMOVUPD)(k.part(m, i), v[i])
	}
	return v
}

func (k kernel) store(v vec, m Mem) {
	for i := range v {
		k.pick(VMOVUPS, VMOVUPD)(v[i], k.part(m, i))
	}
}

// broadcast fills a block with one element of memory.
func (k kernel) broadcast(m Mem) vec {
	v := k.new()
	for i := range v {
		k.pick(VBROADCASTSS, VBROADCASTSD)(m, v[i])
	}
	return v
}

func (k kernel) zero() vec {
	v := k.new()
	for i := range v {
		k.xor(v[i])
	}
	return v
}

func (k kernel) xor(r VecVirtual) {
	if k.wide {
		VPXORD(r, r, r)
		return
	}
	VXORPS(r, r, r)
}

func (k kernel) copy(a vec) vec {
	v := k.new()
	for i := range v {
		VMOVAPS(a[i], v[i])
	}
	return v
}

// binary is op(a, b) for an instruction whose operands are written b, a, result.
func (k kernel) binary(op instruction, a, b vec) vec {
	v := k.new()
	for i := range v {
		op(b[i], a[i], v[i])
	}
	return v
}

func (k kernel) unary(op instruction, a vec) vec {
	v := k.new()
	for i := range v {
		op(a[i], v[i])
	}
	return v
}

func (k kernel) add(a, b vec) vec { return k.binary(k.pick(VADDPS, VADDPD), a, b) }
func (k kernel) sub(a, b vec) vec { return k.binary(k.pick(VSUBPS, VSUBPD), a, b) }
func (k kernel) mul(a, b vec) vec { return k.binary(k.pick(VMULPS, VMULPD), a, b) }
func (k kernel) div(a, b vec) vec { return k.binary(k.pick(VDIVPS, VDIVPD), a, b) }

// max gives b where either is NaN; so does min.
func (k kernel) max(a, b vec) vec { return k.binary(k.pick(VMAXPS, VMAXPD), a, b) }
func (k kernel) min(a, b vec) vec { return k.binary(k.pick(VMINPS, VMINPD), a, b) }
func (k kernel) sqrt(a vec) vec   { return k.unary(k.pick(VSQRTPS, VSQRTPD), a) }

// abs is the larger of a and 0 - a. It is zero for a subnormal number if the mode reads these as zeros.
func (k kernel) abs(a vec) vec { return k.max(a, k.sub(k.zero(), a)) }

// fma is a·b + c.
func (k kernel) fma(a, b, c vec) vec {
	v := k.copy(c)
	k.accumulate(v, a, b)
	return v
}

// accumulate adds a·b to v.
func (k kernel) accumulate(v, a, b vec) {
	for i := range v {
		k.pick(VFMADD231PS, VFMADD231PD)(b[i], a[i], v[i])
	}
}

// fnma is c - a·b.
func (k kernel) fnma(a, b, c vec) vec {
	v := k.copy(c)
	for i := range v {
		k.pick(VFNMADD231PS, VFNMADD231PD)(b[i], a[i], v[i])
	}
	return v
}

// bits is a bitwise operation of AVX-512 or of AVX2.
func (k kernel) bits(wide, narrow instruction, a, b vec) vec {
	if k.wide {
		return k.binary(wide, a, b)
	}
	return k.binary(narrow, a, b)
}

func (k kernel) and(a, b vec) vec    { return k.bits(VPANDD, VANDPS, a, b) }
func (k kernel) or(a, b vec) vec     { return k.bits(VPORD, VORPS, a, b) }
func (k kernel) andNot(a, b vec) vec { return k.bits(VPANDND, VANDNPS, a, b) } // not a, and b

// Predicates of the comparison instructions, by their numbers there.
const (
	isEqual     = 0x00 // false if either is NaN
	isUnordered = 0x03 // either is NaN
	isGreater   = 0x1e // false if either is NaN
	notLess     = 0x15 // greater or equal, or either is NaN
	notLessEq   = 0x16 // greater, or either is NaN
)

// where gives yes where the predicate holds for a and b, and no elsewhere.
func (k kernel) where(predicate uint64, a, b, yes, no vec) vec {
	return k.choose(func(a, b, mask Op) { k.pick(VCMPPS, VCMPPD)(Imm(predicate), b, a, mask) }, a, b, yes, no)
}

// whereSame gives yes where a and b are equal bit by bit, and no elsewhere.
func (k kernel) whereSame(a, b, yes, no vec) vec {
	return k.choose(func(a, b, mask Op) { k.pick(VPCMPEQD, VPCMPEQQ)(b, a, mask) }, a, b, yes, no)
}

// choose gives yes where compare sets its mask, and no elsewhere.
func (k kernel) choose(compare func(a, b, mask Op), a, b, yes, no vec) vec {
	v := k.new()
	for i := range v {
		if k.wide {
			mask := K()
			compare(a[i], b[i], mask)
			k.pick(VBLENDMPS, VBLENDMPD)(yes[i], no[i], mask, v[i])
			continue
		}
		mask := YMM()
		compare(a[i], b[i], mask)
		VBLENDVPS(mask, yes[i], no[i], v[i])
	}
	return v
}

// sums are float64 partial sums, one for each lane of a block.
type sums []VecVirtual

func (k kernel) newSums() sums {
	n := k.regs()
	if !k.double {
		n *= 2
	}
	s := make(sums, n)
	for i := range s {
		s[i] = k.reg()
		k.xor(s[i])
	}
	return s
}

// widen gives the float64 values of a block, register by register.
func (k kernel) widen(v vec) []VecVirtual {
	if k.double {
		return v
	}
	var list []VecVirtual
	for _, r := range v {
		low, high := k.reg(), k.reg()
		if k.wide {
			upper := YMM()
			VCVTPS2PD(r.AsY(), low)
			VEXTRACTF32X8(Imm(1), r, upper)
			VCVTPS2PD(upper, high)
		} else {
			upper := XMM()
			VCVTPS2PD(r.AsX(), low)
			VEXTRACTF128(Imm(1), r, upper)
			VCVTPS2PD(upper, high)
		}
		list = append(list, low, high)
	}
	return list
}

// addSquares adds the squares of a block.
func (k kernel) addSquares(s sums, v vec) {
	for i, r := range k.widen(v) {
		VFMADD231PD(r, r, s[i])
	}
}

// addTo adds a block to s.
func (k kernel) addTo(s sums, v vec) {
	for i, r := range k.widen(v) {
		VADDPD(r, s[i], s[i])
	}
}

// storeSums writes the partial sums of all lanes.
func (k kernel) storeSums(s sums, m Mem) {
	width := 32
	if k.wide {
		width = 64
	}
	for i, r := range s {
		VMOVUPD(r, m.Offset(i*width))
	}
}
