package blocked

import (
	"slices"

	"github.com/gradflow/gradflow/internal/kernel"
	"github.com/gradflow/gradflow/internal/pool"
)

// A planeJob computes a map or a sum of all images, block by block, on several cores.
type planeJob[T kernel.Float] struct {
	flushed *kernel.Flushed
	shape   Shape
	sums    []Sum // of each image and block; empty for a map
	sum     pixelSum
	mapping pixelMap
	dst     []T
	inputs  [3][]T
	mean    []T
	norm    Normalization[T]
	slopes  []Sum
}

// pixelsInPiece is about how many pixels of a block are worth another core.
const pixelsInPiece = 512

// planes is the number of images' blocks in a piece.
func (j *planeJob[T]) planes() int { return max(1, pixelsInPiece/j.shape.plane()) }

// run computes all pieces.
func (j *planeJob[T]) run() {
	planes := j.shape.N * j.shape.Blocks()
	pool.Run((planes+j.planes()-1)/j.planes(), j)
}

// Do computes a piece.
func (j *planeJob[T]) Do(i int) {
	end := min((i+1)*j.planes(), j.shape.N*j.shape.Blocks())
	for plane := i * j.planes(); plane < end; plane++ {
		j.plane(plane)
	}
}

// plane computes one block of an image.
func (j *planeJob[T]) plane(i int) {
	n := j.shape.plane()
	at := func(x []T) []T { return x[i*n*Block:][:n*Block] }
	a, b, c := at(j.inputs[0]), at(j.inputs[1]), at(j.inputs[2])
	block := i % j.shape.Blocks()
	if len(j.sums) > 0 {
		sumPixels(j.flushed, j.sum, &j.sums[i], a, b, c, j.mean[block*Block:])
		return
	}
	v := j.coefficients(block)
	mapPixels(j.flushed, j.mapping, at(j.dst), a, b, c, v[:], row(n))
}

// coefficients gives the vectors of the map for a block.
func (j *planeJob[T]) coefficients(block int) [4 * Block]T {
	switch {
	case j.mapping < mapBackward:
		return j.norm.vectors(block)
	case j.slopes == nil:
		return j.norm.gradientVectors(block, nil, 1)
	}
	return j.norm.gradientVectors(block, &j.slopes[block], j.shape.N*j.shape.plane())
}

var (
	planeJobs32 = newJobs[planeJob[float32]]()
	planeJobs64 = newJobs[planeJob[float64]]()
)

func planeJobs[T kernel.Float]() jobs[planeJob[T]] {
	if free, ok := any(planeJobs32).(jobs[planeJob[T]]); ok {
		return free
	}
	return any(planeJobs64).(jobs[planeJob[T]])
}

// runMap computes a map of a, b and c with the vectors of a normalisation.
func runMap[T kernel.Float](f *kernel.Flushed, m pixelMap, dst, a, b, c []T, n *Normalization[T], slopes []Sum, s Shape) {
	j := planeJobs[T]().get()
	*j = planeJob[T]{flushed: f, shape: s, mapping: m, dst: dst, inputs: [3][]T{a, b, c}, norm: *n, slopes: slopes, sums: j.sums[:0]}
	j.run()
	*j = planeJob[T]{sums: j.sums}
	planeJobs[T]().put(j)
}

// runSums computes sums of a, b and c, and adds them over the images in order.
func runSums[T kernel.Float](f *kernel.Flushed, sum pixelSum, totals []Sum, a, b, c, mean []T, s Shape) {
	j := planeJobs[T]().get()
	planes := s.N * s.Blocks()
	*j = planeJob[T]{flushed: f, shape: s, sum: sum, inputs: [3][]T{a, b, c}, mean: mean, sums: slices.Grow(j.sums[:0], planes)[:planes]}
	j.run()
	addSums(totals, j.sums)
	*j = planeJob[T]{sums: j.sums}
	planeJobs[T]().put(j)
}
