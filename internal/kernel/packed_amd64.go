package kernel

// pack packs the columns tile by tile, each for all of k.
func (p *Packed[T]) pack(g *gemm[T]) {
	if !useAVX2 || external != nil {
		p.packPlain(g)
		return
	}
	p.each(g, nil, true)
}

func (p *Packed[T]) multiply(g *gemm[T]) {
	if !useAVX2 || external != nil {
		p.multiplyPlain(g)
		return
	}
	var edge [8 * 32]T
	p.each(g, &edge, false)
}

// each packs each tile of columns, or multiplies by it, for each stretch of k in order.
func (p *Packed[T]) each(g *gemm[T], edge *[8 * 32]T, packing bool) {
	step, memory := stretch(p.k), p.memory
	for col := 0; col < p.n; {
		vecs := 2
		if p.n-col <= vector[T]() {
			vecs = 1
		}
		tile := vecs * vector[T]()
		t := part[T]{gemm: g, edge: edge, rows: g.m, col: col, width: min(tile, p.n-col)}
		for t.from < p.k {
			t.depth = min(step, p.k-t.from)
			t.packed, memory = memory[:t.depth*tile], memory[t.depth*tile:]
			if packing {
				t.pack(tile)
			} else {
				t.takeA(0)
				t.down(vecs)
			}
			t.from += t.depth
		}
		col += tile
	}
}
