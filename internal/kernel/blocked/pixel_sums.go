package blocked

import "github.com/gradflow/gradflow/internal/kernel"

// A pixelSum adds two terms over pixels for each channel, in float64.
type pixelSum int

const (
	sumMoments    pixelSum = iota // Σ a, Σ a²
	sumSlopes                     // Σ a, Σ a·(b - mean)
	sumSlopesReLU                 // the same, with 0 for a where c is not above 0
)

// A Sum is two sums for each channel of a block. They are added in float64, so that a variance can be taken from Σ x and Σ x².
type Sum [2][Block]float64

// sumPixels computes two sums over all pixels of a. An input that the sum does not read may be any slice that is long enough.
func sumPixels[T kernel.Float](f *kernel.Flushed, s pixelSum, out *Sum, a, b, c, mean []T) {
	b, c, mean = b[:len(a)], c[:len(a)], mean[:Block]
	if !vectorSum(f, s, out, a, b, c, mean) {
		portableSum(s, out, a, b, c, mean)
	}
}

// portableSum computes two sums in plain Go.
func portableSum[T kernel.Float](s pixelSum, out *Sum, a, b, c, mean []T) {
	*out = Sum{}
	for j, v := range a {
		i := j % Block
		if s == sumSlopesReLU {
			v = masked(v, c[j])
		}
		other := float64(v)
		if s != sumMoments {
			other = float64(b[j] - mean[i])
		}
		out[0][i] += float64(v)
		out[1][i] += float64(v) * other
	}
}

// add adds other sums.
func (p *Sum) add(other *Sum) {
	for i := range p {
		for j := range p[i] {
			p[i][j] += other[i][j]
		}
	}
}

// addSums sets each total to the sums of its block, which follow each other image by image, in order.
func addSums(totals, sums []Sum) {
	clear(totals)
	for i := range sums {
		totals[i%len(totals)].add(&sums[i])
	}
}
