package recurrent

import (
	"unsafe"

	"github.com/gradflow/gradflow/internal/kernel"
)

//go:generate go run ../asm/vector -recurrent -out recurrent_amd64.s -stubs recurrent_stubs_amd64.go -pkg recurrent -dispatch recurrent_dispatch_amd64.go

// The instruction sets in use.
var useAVX2, useAVX512 = kernel.UsesAVX2(), kernel.UsesAVX512()

// run computes a step of n units. The units after the last whole block go through the same kernel in a padded block, so that a
// unit's result does not depend on its position.
func run[T kernel.Float](f *kernel.Flushed, s step, v *vectors[T], n int) {
	if !useAVX2 {
		portable(s, v, n)
		return
	}
	block := 64 / int(unsafe.Sizeof(T(0)))
	whole := n &^ (block - 1)
	if whole > 0 {
		f.Note(assembly(s, v, whole))
	}
	if whole == n {
		return
	}
	var blocks [len(v)][16]T
	var tail vectors[T]
	count := uses[s].count
	for i, x := range v[:count] {
		copy(blocks[i][:], unsafe.Slice(x, n)[whole:])
		tail[i] = &blocks[i][0]
	}
	f.Note(assembly(s, &tail, block))
	for i := uses[s].written; i < count; i++ {
		copy(unsafe.Slice(v[i], n)[whole:], blocks[i][:])
	}
}

// assembly computes a step of n units, n a multiple of a block.
func assembly[T kernel.Float](s step, v *vectors[T], n int) uint32 {
	p := (*byte)(unsafe.Pointer(v))
	if unsafe.Sizeof(T(0)) == 4 {
		return step32(s, p, n, kernel.Mode())
	}
	return step64(s, p, n, kernel.Mode())
}
