package blocked

import (
	"fmt"
	"math"

	"github.com/gradflow/gradflow/internal/kernel"
)

// Moments sets each block's sums to Σ x and Σ x² over all images and pixels. Of a convolution's results they come in the [Epilogue].
func Moments[T kernel.Float](f *kernel.Flushed, sums []Sum, x []T, s Shape) {
	checkAll(s, x)
	checkSums(sums, s)
	runSums(f, sumMoments, sums, x, x, x, x, s)
}

// Statistics gives the mean of each channel and 1/sqrt(variance + eps), with the variance divided by n, from moments of n values.
func Statistics[T kernel.Float](mean, rstd []T, moments []Sum, n int, eps float64) {
	for i := range moments {
		for j := range Block {
			m := moments[i][0][j] / float64(n)
			variance := max(0, moments[i][1][j]/float64(n)-m*m)
			mean[i*Block+j], rstd[i*Block+j] = T(m), T(1/math.Sqrt(variance+eps))
		}
	}
}

// Normalize is y = n(x) + add, and max(0, y) with relu. Add may be nil, and y may be x or add.
func Normalize[T kernel.Float](f *kernel.Flushed, y, x []T, n Normalization[T], add []T, relu bool, s Shape) {
	checkAll(s, y, x)
	n.check(s.Blocks())
	m := mapNormalize
	if add != nil {
		checkAll(s, add)
		m = mapNormalizeAdd
	} else {
		add = x
	}
	if relu {
		m++ // the map with ReLU follows
	}
	runMap(f, m, y, x, add, x, &n, nil, s)
}

// Slopes sets each block's sums to Σ dy and Σ dy·(x - mean) over all images and pixels, of which the first is the gradient by the shift,
// and the second times rstd that by the gain. If y is not nil it is the output of a ReLU that followed, and dy counts as
// zero where y is not above zero.
func Slopes[T kernel.Float](f *kernel.Flushed, sums []Sum, x, y, dy, mean []T, s Shape) {
	checkAll(s, x, dy)
	checkSums(sums, s)
	if y == nil {
		runSums(f, sumSlopes, sums, dy, x, dy, mean, s)
		return
	}
	checkAll(s, y)
	runSums(f, sumSlopesReLU, sums, dy, x, y, mean, s)
}

// NormalizeGradient is the gradient dx by the input of a normalisation from the gradient dy by its output. Slopes are those of [Slopes];
// nil if mean and rstd do not depend on x. For y see there. The slice dx may be dy.
func NormalizeGradient[T kernel.Float](f *kernel.Flushed, dx, x, y, dy []T, n Normalization[T], slopes []Sum, s Shape) {
	checkAll(s, dx, x, dy)
	n.check(s.Blocks())
	if slopes != nil {
		checkSums(slopes, s)
	}
	if y == nil {
		runMap(f, mapBackward, dx, dy, x, dy, &n, slopes, s)
		return
	}
	checkAll(s, y)
	runMap(f, mapBackwardReLU, dx, dy, x, y, &n, slopes, s)
}

// checkAll panics if a slice is not as long as the shape says.
func checkAll[T kernel.Float](s Shape, slices ...[]T) {
	for _, x := range slices {
		s.check(len(x))
	}
}

func checkSums(sums []Sum, s Shape) {
	if len(sums) != s.Blocks() {
		panic(fmt.Sprintf("blocked: got sums of %d blocks, want %d", len(sums), s.Blocks()))
	}
}
