package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// pack writes the kernel that copies n rows, which lie stride bytes apart, to consecutive memory. A row has a multiple of 32
// bytes.
func pack() {
	TEXT("packRowsAVX2", NOSPLIT, "func(dst, src *byte, n, stride, bytes int)")
	Pragma("noescape")
	dst, src := Load(Param("dst"), GP64()), Load(Param("src"), GP64())
	n, stride, bytes := Load(Param("n"), GP64()), Load(Param("stride"), GP64()), Load(Param("bytes"), GP64())
	Label("packRows_row")
	TESTQ(n, n)
	JZ(LabelRef("packRows_done"))
	at := GP64()
	XORQ(at, at)
	Label("packRows_part")
	r := YMM()
	VMOVUPS(Mem{Base: src, Index: at, Scale: 1}, r)
	VMOVUPS(r, Mem{Base: dst, Index: at, Scale: 1})
	ADDQ(Imm(32), at)
	CMPQ(at, bytes)
	JL(LabelRef("packRows_part"))
	ADDQ(bytes, dst)
	ADDQ(stride, src)
	DECQ(n)
	JMP(LabelRef("packRows_row"))
	Label("packRows_done")
	VZEROUPPER()
	RET()
}

// packTransposed writes the kernel that transposes squares of 32 bytes a side: from as many rows of src, stride bytes
// apart, n squares side by side, to squares below each other in dst, whose rows lie to bytes apart.
func packTransposed(double bool) {
	k := kernel{arch: archs[1], double: double}
	side := 32 / k.size()
	name := fmt.Sprintf("packTransposed%dAVX2", 8*k.size())
	TEXT(name, NOSPLIT, "func(dst, src *byte, n, stride, to int)")
	Pragma("noescape")
	dst, src := Load(Param("dst"), GP64()), Load(Param("src"), GP64())
	n, stride, to := Load(Param("n"), GP64()), Load(Param("stride"), GP64()), Load(Param("to"), GP64())
	Label(name + "_square")
	TESTQ(n, n)
	JZ(LabelRef(name + "_done"))
	from := GP64()
	MOVQ(src, from)
	rows := make([]VecVirtual, side)
	for i := range rows {
		rows[i] = YMM()
		VMOVUPS(Mem{Base: from}, rows[i])
		ADDQ(stride, from)
	}
	if double {
		rows = transpose4(rows)
	} else {
		rows = transpose8(rows)
	}
	for _, r := range rows {
		VMOVUPS(r, Mem{Base: dst})
		ADDQ(to, dst)
	}
	ADDQ(Imm(32), src)
	DECQ(n)
	JMP(LabelRef(name + "_square"))
	Label(name + "_done")
	VZEROUPPER()
	RET()
}

// pairs applies an instruction to two registers.
func pairs(op func(...Op), a, b VecVirtual) VecVirtual {
	r := YMM()
	op(b, a, r)
	return r
}

// transpose4 transposes 4 rows of 4 float64.
func transpose4(r []VecVirtual) []VecVirtual {
	unpackLow := func(o ...Op) { VUNPCKLPD(o[0], o[1], o[2]) }
	unpackHigh := func(o ...Op) { VUNPCKHPD(o[0], o[1], o[2]) }
	a, b := pairs(unpackLow, r[0], r[1]), pairs(unpackHigh, r[0], r[1])
	c, d := pairs(unpackLow, r[2], r[3]), pairs(unpackHigh, r[2], r[3])
	return []VecVirtual{halves(0x20, a, c), halves(0x20, b, d), halves(0x31, a, c), halves(0x31, b, d)}
}

// halves takes the low (0x20) or the high (0x31) halves of two registers.
func halves(which uint64, a, b VecVirtual) VecVirtual {
	r := YMM()
	VPERM2F128(Imm(which), b, a, r)
	return r
}

// transpose8 transposes 8 rows of 8 float32: pairs of rows, then pairs of pairs, then halves.
func transpose8(r []VecVirtual) []VecVirtual {
	unpackLow := func(o ...Op) { VUNPCKLPS(o[0], o[1], o[2]) }
	unpackHigh := func(o ...Op) { VUNPCKHPS(o[0], o[1], o[2]) }
	two := make([]VecVirtual, 8)
	for i := 0; i < 8; i += 2 {
		two[i], two[i+1] = pairs(unpackLow, r[i], r[i+1]), pairs(unpackHigh, r[i], r[i+1])
	}
	shuffle := func(imm uint64) func(...Op) {
		return func(o ...Op) { VSHUFPS(Imm(imm), o[0], o[1], o[2]) }
	}
	four := make([]VecVirtual, 8)
	for i := 0; i < 8; i += 4 {
		four[i] = pairs(shuffle(0x44), two[i], two[i+2])
		four[i+1] = pairs(shuffle(0xee), two[i], two[i+2])
		four[i+2] = pairs(shuffle(0x44), two[i+1], two[i+3])
		four[i+3] = pairs(shuffle(0xee), two[i+1], two[i+3])
	}
	var out []VecVirtual
	for _, which := range []uint64{0x20, 0x31} {
		for i := range 4 {
			out = append(out, halves(which, four[i], four[i+4]))
		}
	}
	return out
}
