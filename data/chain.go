package data

import (
	"math/rand/v2"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/internal/fpu"
)

// augmentStream keeps the draws of transforms apart from shuffles with the same seed.
const augmentStream = 0x6175676d656e7400

// A chain applies transforms to one sample after the other. Each goroutine has its own.
type chain struct {
	ds         *Dataset
	samples    int // of ds
	transforms []Transform
	seed       uint64
	epoch      int
	source     *rand.PCG
	// scratch has a sample for each transform that asks for another one, and a last one for the sample of the batch.
	scratch []*Sample
	current Transform
}

func newChain(ds *Dataset, transforms []Transform, seed uint64, epoch int) *chain {
	c := &chain{ds: ds, samples: ds.Len(), transforms: transforms, seed: seed, epoch: epoch, source: new(rand.PCG)}
	if len(transforms) == 0 {
		return c
	}
	random := rand.New(c.source)
	for range len(transforms) + 1 {
		s := &Sample{X: make([]float64, ds.width()), Shape: ds.X.Shape()[1:].Clone(), Rand: random, chain: c}
		if ds.Y != nil && isFloat(ds.Y.Dtype()) {
			s.Y = make([]float64, ds.Y.Shape().TotalSize()/c.samples)
		}
		c.scratch = append(c.scratch, s)
	}
	return c
}

// apply changes row i of a batch, which holds a sample with that number in the dataset. A transform that panics is an error.
func (c *chain) apply(batch Batch, i, number int) (err error) {
	defer func() {
		if r := recover(); r != nil {
			fpu.Restore()
			err = errors.Errorf("data: transform %T panicked at sample %d in epoch %d: %v", c.current, number, c.epoch, r)
		}
	}()
	c.source.Seed(c.seed, scatter(scatter(augmentStream+uint64(c.epoch))+uint64(number)))
	s := c.scratch[len(c.transforms)]
	c.run(s, number, len(c.transforms))
	writeRow(batch.X, i, s.X)
	if s.Y != nil {
		writeRow(batch.Y, i, s.Y)
	}
	return nil
}

// run makes s the sample with that number, after the first n transforms.
func (c *chain) run(s *Sample, number, n int) {
	readRow(s.X, c.ds.X, number)
	if s.Y != nil {
		readRow(s.Y, c.ds.Y, number)
	}
	for i, t := range c.transforms[:n] {
		s.stage, c.current = i, t
		t.Apply(s)
	}
}

// scatter maps neighbouring numbers to numbers far apart, and no two to one (the last step of SplitMix64, Steele et al. 2014).
func scatter(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// readRow copies row i of a tensor of floats.
func readRow(to []float64, t *tensor.Dense, i int) {
	if t.Dtype() == tensor.Float64 {
		copy(to, t.Float64s()[i*len(to):])
		return
	}
	for j, v := range t.Float32s()[i*len(to) : (i+1)*len(to)] {
		to[j] = float64(v)
	}
}

// writeRow replaces row i of a tensor of floats.
func writeRow(t *tensor.Dense, i int, from []float64) {
	if t.Dtype() == tensor.Float64 {
		copy(t.Float64s()[i*len(from):], from)
		return
	}
	row := t.Float32s()[i*len(from) : (i+1)*len(from)]
	for j, v := range from {
		row[j] = float32(v)
	}
}
