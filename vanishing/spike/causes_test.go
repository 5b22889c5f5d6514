package spike

import (
	"math"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/optim"
)

// A corrupt sample among 2,000 is named, with the first layer.
func TestOneCorruptSample(t *testing.T) {
	set := classes(t, 2000)
	order := data.Batches{Size: 16, Shuffle: true, Seed: 3}
	bad := order.Samples(2000, 0, 90)[5] // in step 90
	set.X.Float32s()[8*bad+2] = 3e4
	e, r := spikeOf(t, trainer, set)
	if e.Step != 90 || r.Beginning != 90 || r.Layer != 0 || r.Quantity != Activation {
		t.Errorf("spike in step %d, which began in step %d with %s of layer %d, want 90, 90, activations and 0", e.Step, r.Beginning, r.Quantity, r.Layer)
	}
	if len(r.Samples) != 1 || r.Samples[0].Row != bad || !(r.Samples[0].Times > 100) || !(r.Samples[0].Share > 0.9) {
		t.Errorf("got samples %+v, want %d", r.Samples, bad)
	}
}

// A wrong label of a sample far out is seen from the output.
func TestOneMislabelledSample(t *testing.T) {
	set := classes(t, 2000)
	bad := (data.Batches{Size: 16, Shuffle: true, Seed: 3}).Samples(2000, 0, 60)[3]
	row := set.X.Float32s()[8*bad : 8*bad+8]
	clear(row)
	row[0] = 400
	set.Y.Data().([]int)[bad] = 1
	_, r := spikeOf(t, trainer, set)
	if len(r.Samples) == 0 || r.Samples[0].Row != bad {
		t.Errorf("got samples %+v, want %d", r.Samples, bad)
	}
}

// jumping is a schedule that multiplies the rate from one step on.
type jumping struct{ from int }

func (jumping) Validate() error { return nil }

func (j jumping) At(step, _ int) float64 {
	if step >= j.from {
		return 200
	}
	return 1
}

func TestJumpOfTheRate(t *testing.T) {
	e, r := spikeOf(t, func() *train.Trainer {
		tr := trainer()
		tr.Schedule = jumping{200}
		return tr
	}, classes(t, 1000))
	if e.Step < 200 || e.Step > 202 || r.Beginning != 200 || r.Quantity != Rate || math.Abs(r.Times-200) > 1e-9 || len(r.Samples) > 0 {
		t.Errorf("spike in step %d, and %+v", e.Step, r.Quantity)
	}
}

// Logits that grow until their exponential overflows, as in an attention without a bound.
func TestOverflowOfLogits(t *testing.T) {
	attention := graph.LayerFunc(func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
		e := b.Check(gorgonia.Exp(x))
		sum := b.Check(gorgonia.Sum(e, 1))
		return b.Check(op.BroadcastDiv(e, b.Check(gorgonia.Reshape(sum, []int{x.Shape()[0], 1}))))
	})
	_, r := spikeOf(t, func() *train.Trainer {
		tr := trainer()
		tr.Model = graph.Sequential{graph.Dense{Units: 16}, graph.ReLU, graph.Named("scores", graph.Dense{Units: 8}), attention, graph.Dense{Units: 3}}
		tr.Optimizer, tr.Epochs = &optim.Adam{LearningRate: 0.05}, 30
		return tr
	}, classes(t, 1000))
	if r.NonFinite == "" || !strings.Contains(r.NonFinite, "exp") {
		t.Errorf("got %q", r.NonFinite)
	}
}
