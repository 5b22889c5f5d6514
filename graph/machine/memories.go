package machine

import (
	"cmp"
	"slices"
	"unsafe"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// memories is the memory of values, in order of address. They do not overlap.
type memories []memory

// A memory is a range of addresses; the end is not a part of it.
type memory struct{ start, end uintptr }

// memoriesOf lists the memory into which steps write.
func memoriesOf(stages []stage) (list memories) {
	for _, stage := range stages {
		for _, s := range stage.steps() {
			if s.memory != nil {
				list = append(list, memoryOf(s.memory))
			}
		}
	}
	slices.SortFunc(list, func(a, b memory) int { return cmp.Compare(a.start, b.start) })
	return list.joined()
}

// joined makes one of memories that overlap.
func (list memories) joined() (all memories) {
	for _, m := range list {
		if n := len(all); n > 0 && m.start < all[n-1].end {
			all[n-1].end = max(all[n-1].end, m.end)
			continue
		}
		all = append(all, m)
	}
	return all
}

// overlap tells whether a value lies, in whole or in part, in one of the memories.
func (list memories) overlap(v gorgonia.Value) bool {
	m := memoryOf(v)
	i, _ := slices.BinarySearchFunc(list, m.start, func(in memory, address uintptr) int {
		if in.end <= address {
			return -1
		}
		return 1
	})
	return i < len(list) && list[i].start < m.end
}

// memoryOf is the memory of a value; empty if it has none of its own.
func memoryOf(v gorgonia.Value) memory {
	switch v := v.(type) {
	case *tensor.Dense:
		if len(v.Raw) == 0 { // a header that went back into the pool
			return memory{}
		}
		return memory{v.Uintptr(), v.Uintptr() + v.MemSize()}
	case *gorgonia.F32:
		return memory{uintptr(unsafe.Pointer(v)), uintptr(unsafe.Pointer(v)) + unsafe.Sizeof(*v)}
	case *gorgonia.F64:
		return memory{uintptr(unsafe.Pointer(v)), uintptr(unsafe.Pointer(v)) + unsafe.Sizeof(*v)}
	}
	return memory{}
}
