package blocked

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gradflow/gradflow/internal/kernel"
)

// A convCase is a convolution that the tests compute in all passes.
type convCase struct {
	in       Shape
	channels int
	window   Window
	planes   bool // the first layer's input
	groups   int  // 0 is 1
}

// perGroup is the number of channels of the input in a group.
func (c convCase) perGroup() int { return c.in.C / max(1, c.groups) }

func (c convCase) String() string {
	return fmt.Sprintf("%+v to %d, %+v, planes %v, groups %d", c.in, c.channels, c.window, c.planes, c.groups)
}

// convCases are shapes at which kernels go wrong: odd sizes, strides, dilation, padding, single pixels, channels that fill no block.
func convCases() []convCase {
	uneven := Window{Size: [2]int{3, 2}, Stride: [2]int{2, 1}, Dilation: [2]int{1, 2}, Before: [2]int{0, 2}, After: [2]int{1, 1}}
	dilated := Window{Size: [2]int{3, 3}, Dilation: [2]int{2, 2}, Before: [2]int{2, 2}, After: [2]int{2, 2}}
	both := Window{Size: [2]int{3, 3}, Stride: [2]int{2, 2}, Dilation: [2]int{2, 2}, Before: [2]int{1, 1}, After: [2]int{1, 1}}
	list := []convCase{
		{in: Shape{2, 16, 8, 8}, channels: 16, window: Square(3, 1, 1)},
		{in: Shape{1, 16, 32, 32}, channels: 5, window: Square(3, 1, 1)},
		{in: Shape{3, 32, 9, 7}, channels: 48, window: Square(3, 1, 1)},
		{in: Shape{2, 5, 7, 5}, channels: 19, window: Square(3, 1, 1)},
		{in: Shape{1, 64, 8, 8}, channels: 64, window: Square(3, 1, 1)},
		{in: Shape{1, 16, 13, 31}, channels: 32, window: Square(3, 2, 1)},
		{in: Shape{2, 20, 8, 8}, channels: 40, window: Square(3, 2, 1)},
		{in: Shape{2, 16, 9, 9}, channels: 32, window: Square(1, 2, 0)},
		{in: Shape{2, 33, 6, 5}, channels: 17, window: Square(1, 1, 0)},
		{in: Shape{1, 80, 14, 14}, channels: 33, window: Square(1, 1, 0)},
		{in: Shape{1, 3, 23, 23}, channels: 16, window: Square(7, 2, 3)},
		{in: Shape{4, 1, 1, 1}, channels: 1, window: Square(1, 1, 0)},
		{in: Shape{2, 17, 1, 1}, channels: 18, window: Square(3, 1, 1)},
		{in: Shape{2, 16, 2, 3}, channels: 16, window: Square(5, 1, 4)},
		{in: Shape{2, 17, 1, 2}, channels: 16, window: Square(3, 2, 1)},
		{in: Shape{1, 16, 1, 1}, channels: 33, window: Square(3, 3, 1)},
		{in: Shape{1, 16, 6, 6}, channels: 16, window: Square(2, 3, 0)},
		{in: Shape{1, 16, 5, 6}, channels: 16, window: Square(2, 1, 0)},
		{in: Shape{11, 33, 2, 2}, channels: 40, window: Square(3, 1, 1)}, // several images together
		{in: Shape{19, 40, 2, 4}, channels: 33, window: Square(1, 1, 0)},
		{in: Shape{2, 8, 9, 10}, channels: 24, window: dilated},
		{in: Shape{2, 18, 9, 10}, channels: 16, window: both},
		{in: Shape{2, 16, 7, 9}, channels: 16, window: uneven},
		{in: Shape{1, 16, 4, 4}, channels: 16, window: Square(1, 1, 2)},
		{in: Shape{1, 3, 40, 300}, channels: 2, window: Square(3, 1, 1)},
		{in: Shape{17, 16, 3, 3}, channels: 32, window: Square(3, 1, 1)},
		{in: Shape{35, 33, 2, 2}, channels: 40, window: Square(3, 1, 1)}, // several images together, in parts of the batch
		{in: Shape{40, 16, 3, 2}, channels: 17, window: Square(3, 1, 1)},
		{in: Shape{33, 16, 6, 6}, channels: 16, window: Square(3, 2, 1)},
		{in: Shape{5, 65, 3, 2}, channels: 100, window: Square(3, 1, 1)}, // four blocks together
		{in: Shape{3, 80, 1, 1}, channels: 70, window: Square(3, 1, 1)},
	}
	for _, c := range []convCase{
		{in: Shape{2, 3, 23, 23}, channels: 64, window: Square(7, 2, 3)},
		{in: Shape{3, 1, 9, 9}, channels: 20, window: Square(3, 1, 1)},
		{in: Shape{2, 3, 32, 32}, channels: 16, window: Square(3, 1, 1)},
		{in: Shape{2, 5, 7, 9}, channels: 33, window: uneven},
		{in: Shape{2, 2, 9, 10}, channels: 16, window: both},
		{in: Shape{2, 3, 1, 1}, channels: 3, window: Square(1, 1, 0)},
		{in: Shape{2, 3, 3, 3}, channels: 70, window: Square(3, 1, 1)},
		{in: Shape{1, 2, 40, 3000}, channels: 2, window: Square(3, 1, 1)},
		// Several images together, of more than maxParts:
		{in: Shape{33, 4, 6, 5}, channels: 6, window: Square(3, 2, 1)},
		{in: Shape{50, 4, 8, 8}, channels: 40, window: Square(3, 3, 1)},
		{in: Shape{64, 1, 8, 8}, channels: 17, window: Square(4, 4, 0)},
		{in: Shape{41, 3, 2, 2}, channels: 5, window: Square(2, 2, 0)},
		{in: Shape{40, 2, 2, 2}, channels: 33, window: uneven},
	} {
		c.planes = true
		list = append(list, c)
	}
	list = slices.Concat(list, groupedCases(), randomCases(80))
	if testing.Short() { // on an emulated processor, or with the race detector
		list = list[:len(list)-60]
		list = slices.DeleteFunc(list, func(c convCase) bool { return c.work() > 1_000_000 })
	}
	return list
}

// groupedCases are depthwise convolutions, and such with groups that fill blocks or share them.
func groupedCases() []convCase {
	both := Window{Size: [2]int{3, 3}, Stride: [2]int{2, 2}, Dilation: [2]int{2, 2}, Before: [2]int{1, 1}, After: [2]int{1, 1}}
	uneven := Window{Size: [2]int{3, 2}, Stride: [2]int{2, 1}, Dilation: [2]int{1, 2}, Before: [2]int{0, 2}, After: [2]int{1, 1}}
	return []convCase{
		{in: Shape{2, 32, 9, 7}, channels: 32, window: Square(3, 1, 1), groups: 32},
		{in: Shape{3, 20, 8, 8}, channels: 20, window: Square(3, 2, 1), groups: 20},
		{in: Shape{2, 35, 7, 9}, channels: 35, window: both, groups: 35},
		{in: Shape{2, 17, 7, 9}, channels: 17, window: uneven, groups: 17},
		{in: Shape{1, 16, 23, 40}, channels: 16, window: Square(5, 1, 2), groups: 16},
		{in: Shape{2, 33, 6, 5}, channels: 33, window: Square(1, 1, 0), groups: 33},
		{in: Shape{2, 18, 9, 9}, channels: 18, window: Square(1, 2, 0), groups: 18},
		{in: Shape{11, 33, 2, 2}, channels: 33, window: Square(3, 1, 1), groups: 33}, // several images together
		{in: Shape{35, 33, 2, 2}, channels: 33, window: Square(3, 1, 1), groups: 33}, // the same in parts of the batch
		{in: Shape{50, 20, 6, 6}, channels: 20, window: Square(3, 2, 1), groups: 20},
		{in: Shape{1, 16, 1, 1}, channels: 16, window: Square(3, 3, 1), groups: 16},
		{in: Shape{1, 48, 40, 300}, channels: 48, window: Square(3, 1, 1), groups: 48},
		{in: Shape{2, 32, 9, 7}, channels: 64, window: Square(3, 1, 1), groups: 2},
		{in: Shape{2, 96, 7, 9}, channels: 48, window: both, groups: 3},
		{in: Shape{2, 64, 8, 8}, channels: 96, window: Square(1, 1, 0), groups: 2},
		{in: Shape{17, 32, 3, 3}, channels: 32, window: Square(3, 1, 1), groups: 2}, // several images together
		{in: Shape{19, 32, 2, 4}, channels: 32, window: Square(1, 1, 0), groups: 2},
		{in: Shape{1, 32, 13, 31}, channels: 32, window: Square(3, 2, 1), groups: 8},
		{in: Shape{2, 40, 7, 9}, channels: 40, window: uneven, groups: 5},
		{in: Shape{2, 12, 6, 7}, channels: 12, window: Square(3, 1, 1), groups: 3},
		{in: Shape{2, 18, 6, 5}, channels: 18, window: Square(1, 1, 0), groups: 9},
	}
}

// randomCases are convolutions of small images in batches of all sizes, a third of them depthwise, and a third of first layers: which kernels
// compute them depends on all of these sizes together.
func randomCases(n int) (list []convCase) {
	rng := rand.New(rand.NewPCG(12, 1))
	for len(list) < n {
		size, stride, padding := 1+rng.IntN(4), 1+rng.IntN(3), rng.IntN(3)
		c := convCase{in: Shape{1 + rng.IntN(70), 1 + rng.IntN(40), 1 + rng.IntN(8), 1 + rng.IntN(8)}, channels: 1 + rng.IntN(40), window: Square(size, stride, padding)}
		switch rng.IntN(3) {
		case 0:
			c.channels, c.groups = c.in.C, c.in.C
		case 1:
			c.planes, c.in.C = true, 1+rng.IntN(4)
		}
		if min(c.in.H, c.in.W)+2*padding >= size && c.work() < 1_000_000 {
			list = append(list, c)
		}
	}
	return list
}

// work is about how many products the convolution takes, with channels in whole blocks.
func (c convCase) work() int {
	pixels := c.in.N * c.in.plane() / max(1, c.window.Stride[0]) / max(1, c.window.Stride[1])
	return pixels * c.in.Blocks() * blocks(c.channels) * square * c.window.Size[0] * c.window.Size[1]
}

// sums counts the products that were added to each element, and their magnitudes.
type sums struct {
	values, magnitudes []float64
	terms              []int
}

func newSums(n int) sums { return sums{make([]float64, n), make([]float64, n), make([]int, n)} }

func (s sums) add(i int, v float64) {
	s.values[i] += v
	s.magnitudes[i] += math.Abs(v)
	s.terms[i]++
}

// check compares results with the sums. Each of n products and n additions rounds to a relative eps/2, of what is at most the sum of the magnitudes.
func check[T kernel.Float](t *testing.T, name string, got []T, want sums) {
	t.Helper()
	eps := 0x1p-52
	if sizeOf[T]() == 4 {
		eps = 0x1p-23
	}
	for i, v := range got {
		bound := float64(want.terms[i]+1) * eps * want.magnitudes[i]
		if d := math.Abs(float64(v) - want.values[i]); !(d <= bound) {
			t.Fatalf("%s: element %d is %g, want %g, %g apart where the bound is %g", name, i, v, want.values[i], d, bound)
		}
	}
}

// naive calls f with the indices of output, input and weight for each product of a convolution.
func (c convCase) naive(out Shape, f func(y, x, w int)) {
	at := func(s Shape, n, ch, h, w int) int { return ((n*s.C+ch)*s.H+h)*s.W + w }
	size, stride, dilation := c.window.Size, c.window.Stride, c.window.Dilation
	for i := range 2 {
		stride[i], dilation[i] = max(1, stride[i]), max(1, dilation[i])
	}
	for i := range out.N * out.C * out.H * out.W {
		n, k, h, w := i/(out.C*out.H*out.W), i/(out.H*out.W)%out.C, i/out.W%out.H, i%out.W
		group := k / (out.C / max(1, c.groups))
		for in := range c.perGroup() {
			ch := group*c.perGroup() + in
			for p := range size[0] * size[1] {
				row := h*stride[0] + p/size[1]*dilation[0] - c.window.Before[0]
				col := w*stride[1] + p%size[1]*dilation[1] - c.window.Before[1]
				if row >= 0 && row < c.in.H && col >= 0 && col < c.in.W {
					f(i, at(c.in, n, ch, row, col), (k*c.perGroup()+in)*size[0]*size[1]+p)
				}
			}
		}
	}
}

// random gives n numbers of both signs.
func random[T kernel.Float](seed uint64, n int) []T {
	rng := rand.New(rand.NewPCG(seed, 7))
	x := make([]T, n)
	for i := range x {
		x[i] = T(rng.NormFloat64())
	}
	return x
}
