package sequences

import (
	"math/rand/v2"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
)

// Adding is the adding problem (Hochreiter & Schmidhuber 1997, sec. 5.4, in the form of Arjovsky et al. 2016, sec. 5.2): each of Length
// positions holds a random number of [0, 1) and a mark, which is 1 at one position of the first half and one of the second, and 0 elsewhere.
// The target is the sum of the two numbers that are marked.
type Adding struct {
	Length int // at least 2: the lag is about half of it on average
	Seed   uint64
}

// AddingBaseline is the squared error of a network that always says 1, the mean.
const AddingBaseline = 1.0 / 6

// Dataset draws samples X (samples, Length, 2) of number and mark, and targets Y (samples, 1), of float32 or float64.
func (a Adding) Dataset(samples int, dt tensor.Dtype) (*data.Dataset, error) {
	if a.Length < 2 || samples <= 0 {
		return nil, errors.Errorf("sequences: adding: got Length %d and %d samples, want at least 2 and 1", a.Length, samples)
	}
	if dt != tensor.Float32 && dt != tensor.Float64 {
		return nil, errors.Errorf("sequences: adding: got type %v, want tensor.Float32 or tensor.Float64", dt)
	}
	x, y := a.draw(samples)
	set := &data.Dataset{X: asType(x, samples, dt), Y: asType(y, samples, dt)}
	return set, errors.Wrap(set.X.Reshape(samples, a.Length, 2), "sequences: adding")
}

func (a Adding) draw(samples int) (x, y []float64) {
	x, y = make([]float64, samples*a.Length*2), make([]float64, samples)
	rng := rand.New(rand.NewPCG(a.Seed, addingStream))
	half := a.Length / 2
	for i := range samples {
		sample := x[i*a.Length*2 : (i+1)*a.Length*2]
		for t := range a.Length {
			sample[2*t] = rng.Float64()
		}
		for _, t := range []int{rng.IntN(half), half + rng.IntN(a.Length-half)} {
			sample[2*t+1] = 1
			y[i] += sample[2*t]
		}
	}
	return x, y
}

// asType is a tensor of rows in a float type.
func asType(values []float64, rows int, dt tensor.Dtype) *tensor.Dense {
	if dt == tensor.Float64 {
		return table(values, rows)
	}
	single := make([]float32, len(values))
	for i, v := range values {
		single[i] = float32(v)
	}
	return table(single, rows)
}

// addingStream keeps the problem apart from other random draws with the same seed.
const addingStream = 0x616464696e670000
