package vanishing_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/dist"
	"github.com/gradflow/gradflow/train/optim"
	"github.com/gradflow/gradflow/vanishing"
)

// A rankSpecimen is a training on four ranks whose sickness is known by construction.
type rankSpecimen struct {
	name    string
	samples func(r *rand.Rand) (x [6]float64, y float64)
	units   func(rank int) float64 // factor of the inputs that a rank reads
	rule    string
	says    string // words of the finding; empty for none
}

// Random targets have a mean gradient near zero, so that nearly all of each gradient is noise: with 640 samples the noise scale is near 640, 20
// times the batch. Samples that are all but copies of one have no noise. A rank that reads its inputs in another unit has gradients of another size.
func rankSpecimens() (list []rankSpecimen) {
	same := func(int) float64 { return 1 }
	random := func(r *rand.Rand) (x [6]float64, y float64) {
		for i := range x {
			x[i] = r.NormFloat64()
		}
		return x, r.NormFloat64()
	}
	copies := func(r *rand.Rand) (x [6]float64, y float64) {
		for i := range x {
			x[i] = 1 + 1e-3*r.NormFloat64()
		}
		return x, 1
	}
	list = append(list,
		rankSpecimen{"random targets", random, same, "noise-scale", "batch is small"},
		rankSpecimen{"copies of a sample", copies, same, "noise-scale", "batch is large"},
		rankSpecimen{"random targets, ranks alike", random, same, "odd-rank", ""},
		rankSpecimen{"copies of a sample, ranks alike", copies, same, "odd-rank", ""})
	for _, rank := range []int{0, 3} {
		for _, unit := range []float64{30, 0.03} {
			units := func(r int) float64 {
				if r == rank {
					return unit
				}
				return 1
			}
			list = append(list, rankSpecimen{fmt.Sprintf("rank %d reads %g times its inputs", rank, unit), random, units, "odd-rank", fmt.Sprintf("rank %d", rank)})
		}
	}
	return list
}

func TestCorpusOfRanks(t *testing.T) {
	for _, s := range rankSpecimens() {
		for seed := range uint64(3) {
			said := ""
			for _, f := range vanishing.Diagnose(s.train(t, seed)).Findings {
				if f.Rule == s.rule {
					said += f.Sentence
				}
			}
			if (said == "") != (s.says == "") || !strings.Contains(said, s.says) {
				t.Errorf("%s, seed %d: %s says %q, want words %q", s.name, seed, s.rule, said, s.says)
			}
		}
	}
}

// train trains a linear map from zero, at a rate that leaves it near there.
func (s rankSpecimen) train(t *testing.T, seed uint64) (p vanishing.Profile) {
	t.Helper()
	if err := dist.Local(4, func(c dist.Comm) error {
		r := rand.New(rand.NewPCG(seed, 11))
		x, y := make([]float32, 640*6), make([]float32, 640)
		for i := range y {
			in, out := s.samples(r)
			for k, v := range in {
				x[6*i+k] = float32(s.units(c.Rank()) * v)
			}
			y[i] = float32(out)
		}
		recorder := &vanishing.Recorder{}
		trainer := &train.Trainer{
			Model: graph.Dense{Units: 1, NoBias: true, Init: initializer.Constant{}}, Loss: graph.MSE{}, Optimizer: &optim.SGD{LearningRate: 1e-6},
			BatchSize: 8, Epochs: 3, Seed: seed, Comm: c, Callbacks: []train.Callback{recorder},
		}
		set := &data.Dataset{X: tensor.New(tensor.WithShape(640, 6), tensor.WithBacking(x)), Y: tensor.New(tensor.WithShape(640, 1), tensor.WithBacking(y))}
		_, err := trainer.Fit(context.Background(), set, nil)
		if c.Rank() == 0 {
			p = recorder.Profile()
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return p
}
