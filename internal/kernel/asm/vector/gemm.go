package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	. "github.com/mmcloughlin/avo/reg"
)

// A tile is the part of a product that a micro-kernel computes at once, in registers: rows by vecs registers.
type tile struct{ rows, vecs int }

// tiles lists the micro-kernels of an instruction set, those with most rows first. Those with fewer rows or registers
// are for the edges.
func (a arch) tiles() []tile {
	var list []tile
	rows := []int{6, 4, 2, 1}
	if a.wide {
		rows = []int{8, 4, 2, 1}
	}
	for _, vecs := range []int{2, 1} {
		for _, r := range rows {
			list = append(list, tile{r, vecs})
		}
	}
	return list
}

// name is the name of the tile's micro-kernel.
func (t tile) name(k kernel) string {
	return fmt.Sprintf("tile%dx%dOf%d%s", t.rows, t.vecs, 8*k.size(), k.name)
}

// micro writes a micro-kernel, c = alpha·a·b + beta·d for a column of tiles. Element (i, p) of a lies at i·rs + p·cs bytes;
// b is packed: the columns of the tile side by side, row after row. The rows of c and d lie ldc and ldd bytes apart; with
// ldd = 0 one row is added to all. With beta = 0 d is not read. Each element is a chain of fused multiply-adds over p, in
// order, so that its bits do not depend on the tile it is in.
func (k kernel) micro(t tile) {
	T := fmt.Sprintf("float%d", 8*k.size())
	name := t.name(k)
	TEXT(name, NOSPLIT, fmt.Sprintf("func(a *%s, rs, cs int, b *%s, k int, c *%s, ldc int, d *%s, ldd int, tiles int, alpha, beta %s, mode uint32) uint32", T, T, T, T, T))
	Pragma("noescape")
	mode := enter()
	at, rs, cs := Load(Param("a"), GP64()), Load(Param("rs"), GP64()), Load(Param("cs"), GP64())
	c, d := Load(Param("c"), GP64()), Load(Param("d"), GP64())
	tiles := Load(Param("tiles"), GP64())
	tileLoop, done := name+"_tile", name+"_done"
	Label(tileLoop)
	TESTQ(tiles, tiles)
	JZ(LabelRef(done))
	sum := k.multiply(name, t, at, rs, cs)
	k.writeTile(name, t, sum, c, d)
	step := GP64()
	IMUL3Q(Imm(uint64(t.rows)), rs, step)
	ADDQ(step, at)
	DECQ(tiles)
	JMP(LabelRef(tileLoop))
	Label(done)
	mode.leave()
}

// multiply gives a·b of one tile in registers, row by row.
func (k kernel) multiply(name string, t tile, at, rs, cs Register) [][]VecVirtual {
	sum := make([][]VecVirtual, t.rows)
	for i := range sum {
		for range t.vecs {
			r := k.reg()
			k.xor(r)
			sum[i] = append(sum[i], r)
		}
	}
	address, step := k.rowAddresses(t, at, rs, cs)
	b, n := Load(Param("b"), GP64()), Load(Param("k"), GP64())
	loop, end := name+"_k", name+"_end"
	Label(loop)
	TESTQ(n, n)
	JZ(LabelRef(end))
	width := 32
	if k.wide {
		width = 64
	}
	var columns []VecVirtual
	for j := range t.vecs {
		r := k.reg()
		k.pick(VMOVUPS, VMOVUPD)(Mem{Base: b, Disp: j * width}, r)
		columns = append(columns, r)
	}
	for i := range sum {
		r := k.reg()
		k.pick(VBROADCASTSS, VBROADCASTSD)(address(i), r)
		for j := range t.vecs {
			k.pick(VFMADD231PS, VFMADD231PD)(columns[j], r, sum[i][j])
		}
	}
	step()
	ADDQ(Imm(uint64(t.vecs*width)), b)
	DECQ(n)
	JMP(LabelRef(loop))
	Label(end)
	return sum
}

// rowAddresses gives the address of the present element in each row of a, and the code to go on to the next column. Two
// base registers and multiples of the row stride reach eight rows.
func (k kernel) rowAddresses(t tile, at, rs, cs Register) (address func(i int) Mem, step func()) {
	low := GP64()
	MOVQ(at, low)
	group := 4
	if t.rows == 6 {
		group = 3
	}
	bases := []Register{low}
	var triple Register
	if t.rows >= 4 && group == 4 {
		r := GP64()
		LEAQ(Mem{Base: rs, Index: rs, Scale: 2}, r)
		triple = r
	}
	if t.rows > group {
		high := GP64()
		if group == 4 {
			LEAQ(Mem{Base: low, Index: rs, Scale: 4}, high)
		} else {
			LEAQ(Mem{Base: low, Index: rs, Scale: 2}, high)
			ADDQ(rs, high)
		}
		bases = append(bases, high)
	}
	address = func(i int) Mem {
		base := bases[i/group]
		switch i % group {
		case 0:
			return Mem{Base: base}
		case 1:
			return Mem{Base: base, Index: rs, Scale: 1}
		case 2:
			return Mem{Base: base, Index: rs, Scale: 2}
		}
		return Mem{Base: base, Index: triple, Scale: 1}
	}
	step = func() {
		for _, base := range bases {
			ADDQ(cs, base)
		}
	}
	return address, step
}

// writeTile writes alpha·sum + beta·d, and moves c and d on by the tile's rows.
func (k kernel) writeTile(name string, t tile, sum [][]VecVirtual, c, d Register) {
	ldc, ldd := Load(Param("ldc"), GP64()), Load(Param("ldd"), GP64())
	alpha, beta := k.reg(), k.reg()
	k.pick(VBROADCASTSS, VBROADCASTSD)(argument("alpha"), alpha)
	k.pick(VBROADCASTSS, VBROADCASTSD)(argument("beta"), beta)
	zero := XMM()
	VXORPS(zero, zero, zero)
	plain, written := name+"_plain", name+"_written"
	if k.double {
		VUCOMISD(argument("beta"), zero)
	} else {
		VUCOMISS(argument("beta"), zero)
	}
	JNE(LabelRef(name + "_add"))
	JPS(LabelRef(name + "_add"))
	JMP(LabelRef(plain))
	width := 32
	if k.wide {
		width = 64
	}
	Label(name + "_add")
	for i := range sum {
		for j, r := range sum[i] {
			k.pick(VMULPS, VMULPD)(alpha, r, r)
			k.pick(VFMADD231PS, VFMADD231PD)(Mem{Base: d, Disp: j * width}, beta, r)
			k.pick(VMOVUPS, VMOVUPD)(r, Mem{Base: c, Disp: j * width})
		}
		ADDQ(ldc, c)
		ADDQ(ldd, d)
	}
	JMP(LabelRef(written))
	Label(plain)
	for i := range sum {
		for j, r := range sum[i] {
			k.pick(VMULPS, VMULPD)(alpha, r, r)
			k.pick(VMOVUPS, VMOVUPD)(r, Mem{Base: c, Disp: j * width})
		}
		ADDQ(ldc, c)
	}
	Label(written)
}
