package kernel

import (
	"slices"
	"unsafe"
)

// takeA chooses the block of a that the part multiplies: a copy whose rows follow each other, if they are scattered and the copy serves
// several panels.
func (t *part[T]) takeA(cols int) {
	g := t.gemm
	t.a, t.rs, t.cs = offset(g.a, t.row*g.rs+t.from*g.cs), g.rs, g.cs
	if cols <= 2*panelWidth[T]() || !g.scattered() {
		return
	}
	rows, length := t.rows, t.depth
	if g.transA {
		rows, length = length, rows
	}
	t.panel.a = slices.Grow(t.panel.a[:0], rows*length)[:rows*length]
	for i := range rows {
		copy(t.panel.a[i*length:(i+1)*length], unsafe.Slice(offset(t.a, i*g.rs*g.cs), length))
	}
	t.a, t.rs, t.cs = &t.panel.a[0], length, 1
	if g.transA {
		t.rs, t.cs = 1, length
	}
}

// pack copies the columns of a part of b side by side, padded with zeros to tile columns.
func (t *part[T]) pack(tile int) {
	if t.transB {
		t.packTransposed(tile)
		return
	}
	size := int(unsafe.Sizeof(*t.b))
	from := offset(t.b, t.from*t.ldb+t.col)
	if t.width == tile {
		packRowsAVX2(address(&t.packed[0]), address(from), t.depth, t.ldb*size, tile*size)
		return
	}
	for p := range t.depth {
		row := t.packed[p*tile : (p+1)*tile]
		copy(row, unsafe.Slice(offset(from, p*t.ldb), t.width))
		clear(row[t.width:])
	}
}

// packTransposed packs a transposed b, whose rows are the columns of op(b): squares by a vector kernel, the remainder in plain Go.
func (t *part[T]) packTransposed(tile int) {
	size := int(unsafe.Sizeof(*t.b))
	side := 32 / size
	squares, done := t.depth/side, t.width/side*side
	for j := 0; j < done && squares > 0; j += side {
		src := address(offset(t.b, (t.col+j)*t.ldb+t.from))
		if is32[T]() {
			packTransposed32AVX2(address(&t.packed[j]), src, squares, t.ldb*size, tile*size)
		} else {
			packTransposed64AVX2(address(&t.packed[j]), src, squares, t.ldb*size, tile*size)
		}
	}
	for j := range tile {
		p := 0
		if j < done {
			p = squares * side
		}
		for ; p < t.depth; p++ {
			v := T(0)
			if j < t.width {
				v = *offset(t.b, (t.col+j)*t.ldb+t.from+p)
			}
			t.packed[p*tile+j] = v
		}
	}
}

func address[T Float](p *T) *byte { return (*byte)(unsafe.Pointer(p)) }
