package kernel

import "testing"

// Both slices become the sum, also with a tail after the last block, and on several cores.
func TestMerge(t *testing.T) {
	onEach(t, func(t *testing.T) {
		for _, n := range []int{0, 5, 16, 100_003} {
			a, b := make([]float64, n), make([]float64, n)
			for i := range a {
				a[i], b[i] = float64(i), float64(2*i)
			}
			Merge(a, b, 0.5, 0.25)
			for i := range a {
				if want := float64(i); a[i] != want || b[i] != want {
					t.Fatalf("%d elements: element %d is %v and %v, want %v", n, i, a[i], b[i], want)
				}
			}
		}
	})
}
