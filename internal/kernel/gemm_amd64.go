package kernel

import "unsafe"

// panelWidth is the number of columns that the widest micro-kernels compute at once, with AVX-512.
func panelWidth[T Float]() int { return 2 * block[T]() }

// A panel is memory for packed columns of b: up to 2·depth rows of 128 bytes.
type panel[T Float] struct {
	b    [2 * depth * 32]T
	edge [8 * 32]T // a tile that extends beyond the right edge of c
	a    []T       // a block of a, if it is packed
}

var (
	panels32 = newJobs[panel[float32]]()
	panels64 = newJobs[panel[float64]]()
)

// compute computes a part of c.
func (g *gemm[T]) compute(row, col, rows, cols int) {
	if !useAVX2 {
		g.portable(row, col, rows, cols)
		return
	}
	if is32[T]() {
		w := panels32.get()
		computePart((*gemm[float32])(unsafe.Pointer(g)), w, row, col, rows, cols)
		panels32.put(w)
		return
	}
	w := panels64.get()
	computePart((*gemm[float64])(unsafe.Pointer(g)), w, row, col, rows, cols)
	panels64.put(w)
}

// computePart packs b panel by panel and multiplies all rows by it. The depth of a panel depends on k alone.
func computePart[T Float](g *gemm[T], w *panel[T], row, col, rows, cols int) {
	step := stretch(g.k)
	for p := 0; p == 0 || p < g.k; p += max(step, 1) {
		t := part[T]{gemm: g, panel: w, packed: w.b[:], edge: &w.edge, row: row, rows: rows, from: p, depth: min(step, g.k-p)}
		t.takeA(cols)
		for at := 0; at < cols; at += panelWidth[T]() {
			t.col, t.width = col+at, min(cols-at, panelWidth[T]())
			t.run()
		}
	}
}

// stretch is the number of rows of b in a panel.
func stretch(k int) int {
	blocks := max(1, (k+depth/2)/depth)
	return (k + blocks - 1) / blocks
}

// A part is a panel of columns of c and a stretch of k.
type part[T Float] struct {
	*gemm[T]
	panel       *panel[T] // for a copy of a; nil if b is packed before
	packed      []T       // the columns of b in this stretch
	edge        *[8 * 32]T
	row, rows   int
	col, width  int
	from, depth int
	a           *T // element (row, from) of gemm's a, or its copy
	rs, cs      int
}

// vector is the number of elements in a register.
func vector[T Float]() int {
	if useAVX512 {
		return block[T]()
	}
	return block[T]() / 2
}

// run splits the columns into tiles as wide as a micro-kernel. With AVX2 these are half as wide as with AVX-512.
func (t *part[T]) run() {
	end := t.col + t.width
	for t.col < end {
		vecs := 2
		if end-t.col <= vector[T]() {
			vecs = 1
		}
		tile := vecs * vector[T]()
		t.width = min(tile, end-t.col)
		t.pack(tile)
		t.down(vecs)
		t.col += t.width
	}
}

// down multiplies all rows, with the highest tiles that fit.
func (t *part[T]) down(vecs int) {
	row, left := t.row, t.rows
	for height := tileRows(); left > 0; height = nextRows(height) {
		tiles := left / height
		if tiles > 0 {
			t.tiles(row, height, vecs, tiles)
		}
		row, left = row+tiles*height, left-tiles*height
	}
}

// tileRows is the number of rows of the highest tile.
func tileRows() int {
	if useAVX512 {
		return 8
	}
	return 6
}

// nextRows is the number of rows of the next lower tile.
func nextRows(height int) int {
	if height == 6 {
		return 4
	}
	return height / 2
}

// tiles computes tiles below each other.
func (t *part[T]) tiles(row, height, vecs, tiles int) {
	size := int(unsafe.Sizeof(*t.a))
	a := offset(t.a, (row-t.row)*t.rs)
	c, ldc := offset(t.c, row*t.ldc+t.col), t.ldc
	d, ldd, beta := t.c, t.ldc, T(1)
	if t.from == 0 {
		d, ldd, beta = t.d, t.ldd, t.beta
	}
	if d != nil {
		d = offset(d, row*ldd+t.col)
	}
	if width := vecs * vector[T](); t.width == width {
		t.flushed.note(micro(height, vecs, a, t.rs*size, t.cs*size, &t.packed[0], t.depth, c, ldc*size, d, ldd*size, tiles, t.alpha, beta))
		return
	}
	t.edges(a, c, d, ldd, beta, height, vecs, tiles)
}

// edges computes tiles that extend beyond the right edge of c, in a buffer.
func (t *part[T]) edges(a, c, d *T, ldd int, beta T, height, vecs, tiles int) {
	size, width := int(unsafe.Sizeof(*a)), vecs*vector[T]()
	edge := t.edge
	for tile := range tiles {
		first := tile * height // row of the tile
		if beta != 0 {
			for i := range height {
				copy(edge[i*width:i*width+t.width], unsafe.Slice(offset(d, (first+i)*ldd), t.width))
			}
		}
		t.flushed.note(micro(height, vecs, offset(a, first*t.rs), t.rs*size, t.cs*size, &t.packed[0], t.depth, &edge[0], width*size, &edge[0], width*size, 1, t.alpha, beta))
		for i := range height {
			copy(unsafe.Slice(offset(c, (first+i)*t.ldc), t.width), edge[i*width:i*width+t.width])
		}
	}
}

func micro[T Float](height, vecs int, a *T, rs, cs int, b *T, k int, c *T, ldc int, d *T, ldd, tiles int, alpha, beta T) uint32 {
	if is32[T]() {
		return micro32(height, vecs, as32(a), rs, cs, as32(b), k, as32(c), ldc, as32(d), ldd, tiles, float32(alpha), float32(beta), mode())
	}
	return micro64(height, vecs, as64(a), rs, cs, as64(b), k, as64(c), ldc, as64(d), ldd, tiles, float64(alpha), float64(beta), mode())
}
