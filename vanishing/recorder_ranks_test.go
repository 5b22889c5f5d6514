package vanishing_test

import (
	"context"
	"math"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/dist"
	"github.com/gradflow/gradflow/vanishing"
)

// waves are 14 samples of 3 features and a target.
func waves(dtype tensor.Dtype) *data.Dataset {
	x, y := tensor.New(tensor.Of(dtype), tensor.WithShape(14, 3)), tensor.New(tensor.Of(dtype), tensor.WithShape(14, 1))
	for i := range 14 {
		sum := 0.
		for k := range 3 {
			v := math.Sin(float64((3*i + k) * (3*i + k)))
			sum += v
			set(x, 3*i+k, v)
		}
		set(y, i, sum)
	}
	return &data.Dataset{X: x, Y: y}
}

func set(t *tensor.Dense, i int, v float64) {
	if t.Dtype() == tensor.Float32 {
		t.Float32s()[i] = float32(v)
		return
	}
	t.Float64s()[i] = v
}

// A recorder on two ranks records the gradients of a process alone, and the norms of each rank's own.
func TestRecorderOverRanks(t *testing.T) {
	for _, dtype := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		of := func(ranks int) vanishing.Profile {
			var profiles [2]vanishing.Profile
			if err := dist.Local(ranks, func(c dist.Comm) error {
				recorder := &vanishing.Recorder{}
				trainer := &train.Trainer{
					Model: graph.Sequential{graph.Dense{Units: 5}, graph.Tanh, graph.Dense{Units: 1}}, Loss: graph.MSE{}, Dtype: dtype,
					BatchSize: 4, SplitBatch: true, Epochs: 3, Seed: 1, Comm: c, Callbacks: []train.Callback{recorder},
				}
				_, err := trainer.Fit(context.Background(), waves(dtype), nil)
				profiles[c.Rank()] = recorder.Profile()
				return err
			}); err != nil {
				t.Fatal(err)
			}
			if len(profiles[1].Records) > 0 {
				t.Error("rank 1 has recorded too")
			}
			return profiles[0]
		}
		one, two := of(1), of(2)
		for i, r := range two.Records {
			if got, want := r.GradL2(), one.Records[i].GradL2(); math.Abs(got-want) > 1e-5*want {
				t.Errorf("%v, step %d: got norm %g, want %g", dtype, r.Step, got, want)
			}
			if len(r.Ranks) != 2 || r.Ranks[0].Samples != r.Ranks[1].Samples || r.Ranks[0].GradL2 <= 0 || r.Ranks[0].GradL2 == r.Ranks[1].GradL2 {
				t.Errorf("%v, step %d: got ranks %+v, want two parts of different gradients", dtype, r.Step, r.Ranks)
			}
		}
		if len(one.Records[0].Ranks) != 0 || len(one.Records) != len(two.Records) || two.Validate() != nil {
			t.Errorf("%v: got %+v and %v", dtype, one.Records[0].Ranks, two.Validate())
		}
	}
}
