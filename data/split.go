package data

import (
	"cmp"
	"iter"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"
)

// splitStream keeps splits apart from other random draws with the same seed.
const splitStream = 0x73706c6974000000

// A Split divides a dataset at random. The parts are copies, in which samples keep their order. They depend on Seed, the number of
// samples and, with Stratify, their classes alone. For data in which time matters use [Dataset.Slice], which does not shuffle.
type Split struct {
	// Seed is the source of what is random.
	Seed uint64
	// Stratify gives each part its share of each class, to within one sample. Y must hold classes, as numbers or one-hot rows.
	Stratify bool
}

// HoldOut sets a share of the samples aside, between 0 and 1, rounded to whole samples and at least one.
func (s Split) HoldOut(d *Dataset, share float64) (rest, held *Dataset, err error) {
	order, err := s.order(d)
	if err != nil {
		return nil, nil, err
	}
	if !(share > 0 && share < 1) || len(order) < 2 {
		return nil, nil, errors.Errorf("data: hold-out: got a share of %v of %d samples, want a number between 0 and 1 of at least 2 samples",
			share, len(order))
	}
	n := len(order)
	m := min(max(int(math.Round(share*float64(n))), 1), n-1)
	// Evenly spaced positions take each class in proportion, because the order has its samples one after the other.
	rest, held = d.divide(order, func(position int) bool { return (position+1)*m/n > position*m/n })
	return rest, held, nil
}

// Folds divides the samples into k parts whose sizes differ by one at most, and walks through them: each part is the test set once,
// and the others together are the training set.
func (s Split) Folds(d *Dataset, k int) (iter.Seq2[*Dataset, *Dataset], error) {
	order, err := s.order(d)
	if err != nil {
		return nil, err
	}
	if k < 2 || k > len(order) {
		return nil, errors.Errorf("data: number of folds: got %d, want 2 to %d, the number of samples", k, len(order))
	}
	return func(yield func(train, test *Dataset) bool) {
		for fold := range k {
			if !yield(d.divide(order, func(position int) bool { return position%k == fold })) {
				return
			}
		}
	}, nil
}

// order is a random order of the samples; with Stratify those of a class follow one another.
func (s Split) order(d *Dataset) ([]int, error) {
	if err := d.validateLayout(); err != nil {
		return nil, err
	}
	order := rand.New(rand.NewPCG(s.Seed, splitStream)).Perm(d.Len())
	if !s.Stratify {
		return order, nil
	}
	classes, err := d.classOfEach()
	if err != nil {
		return nil, errors.Wrap(err, "data: Stratify")
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(classes[a], classes[b]) })
	return order, nil
}

// divide copies the samples at the positions for which held is true to one dataset, and the others to another.
func (d *Dataset) divide(order []int, held func(position int) bool) (others, chosen *Dataset) {
	var in, out []int
	for position, sample := range order {
		if held(position) {
			in = append(in, sample)
		} else {
			out = append(out, sample)
		}
	}
	slices.Sort(in)
	slices.Sort(out)
	return d.pick(out), d.pick(in)
}

// Pick copies samples by their numbers, in any order and any number of times.
func (d *Dataset) Pick(samples ...int) (*Dataset, error) {
	if err := d.validateLayout(); err != nil {
		return nil, err
	}
	if len(samples) == 0 {
		return nil, errors.New("data: pick: got no sample, want at least one")
	}
	for _, i := range samples {
		if i < 0 || i >= d.Len() {
			return nil, errors.Errorf("data: pick: got sample %d, want 0 to %d", i, d.Len()-1)
		}
	}
	return d.pick(samples), nil
}

func (d *Dataset) pick(samples []int) *Dataset {
	take := func(t *tensor.Dense) *tensor.Dense {
		if t == nil {
			return nil
		}
		g := newGatherer(t, len(samples))
		g.gather(samples)
		return g.batch(len(samples))
	}
	part := &Dataset{X: take(d.X), Y: take(d.Y), Classes: d.Classes}
	for _, c := range d.Columns {
		part.Columns = append(part.Columns, Column{c.Name, take(c.Values)})
	}
	return part
}
