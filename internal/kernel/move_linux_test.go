package kernel

import (
	"syscall"
	"testing"
	"unsafe"
)

// Move writes nothing to the direction, which other goroutines may read: here its memory can only be read.
func TestMoveOnlyReadsTheDirection(t *testing.T) {
	memory, err := syscall.Mmap(-1, 0, 1<<14, syscall.PROT_READ, syscall.MAP_PRIVATE|syscall.MAP_ANON)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Munmap(memory) }()
	direction := unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(memory))), 1<<12)
	onEach(t, func(t *testing.T) {
		for _, n := range []int{16, 1<<12 - 3} {
			w := make([]float32, n)
			w[n-1] = 1
			Move(w, direction[:n], direction[:n], 0.1, 0.5, MeasureNothing, nil)
			if w[n-1] != 0.5 {
				t.Errorf("%d elements: the last one is %v, want 0.5", n, w[n-1])
			}
		}
	})
}
