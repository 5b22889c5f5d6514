package vanishing

import (
	"math"
	"reflect"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/models/resnet"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/vanishing/internal/vecnorm"
)

// The parts sum to the whole gradient, in float64 up to a few roundings per block.
func TestPathsSumToTheGradient(t *testing.T) {
	for _, name := range []string{"residual", "residual, one layer", "pre-activation", "projections"} {
		p, x, y := kept(t, networks[name], 8)
		paths, err := PathSpectrum(p, x, y)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		sum := 0.0
		for _, share := range paths.Shares {
			sum += float64(share)
		}
		if len(paths.Shares) != len(p.Blocks)+1 || math.Abs(sum-1) > 1e-12 || !(paths.Error < 1e-13) {
			t.Errorf("%s: got %d shares with sum %g and error %g, want one more than blocks, 1 and 0", name, len(paths.Shares), sum, paths.Error)
		}
	}
}

// Both shortcuts of convolutional networks can be told from the branch: padding and a normalised convolution.
func TestPathsThroughShortcutsOfImages(t *testing.T) {
	for _, shortcut := range []resnet.Shortcut{resnet.OptionA, resnet.OptionB} {
		model := resnet.Image{Classes: 3, Blocks: []int{1, 1, 1}, Width: 4, Shortcut: shortcut}
		p, err := graph.Build(graph.Config{
			Model: model, Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{4, 1, 8, 8}, Loss: graph.CrossEntropy{}, KeepAll: true,
		})
		if err != nil {
			t.Fatal(err)
		}
		x := tensor.New(tensor.WithShape(4, 1, 8, 8), tensor.WithBacking(tensor.Random(tensor.Float64, 256)))
		paths, err := PathSpectrum(p, x, tensor.New(tensor.WithBacking([]int{0, 1, 2, 0})))
		if err != nil {
			t.Errorf("option %d: %v", shortcut, err)
			continue
		}
		if len(paths.Shares) != 4 || !(paths.Error < 1e-13) {
			t.Errorf("option %d: got %d shares with error %g, want 4 and 0", shortcut, len(paths.Shares), paths.Error)
		}
	}
}

// weighted is the identity, with a gradient that is too large by a factor.
type weighted struct {
	wrongGradient
	factor float64
}

func (w weighted) SymDiff(_ gorgonia.Nodes, _, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	dx, err := op.Scale(grad, w.factor)
	return gorgonia.Nodes{dx}, err
}

// Checks the parts by a second method. If every branch scales its gradient by t, the gradient at the first block's input is
// Σ t^m·D[m]. The test computes it for several t, each in a separate backward pass.
func TestPathsAgainstWeightedBranches(t *testing.T) {
	model := func(factor float64) graph.Model {
		weigh := graph.LayerFunc(func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
			return b.Check(gorgonia.ApplyOp(weighted{factor: factor}, x))
		})
		s := graph.Sequential{graph.Dense{Units: 8}}
		for range 5 {
			s = append(s, graph.Residual{Branch: graph.Sequential{
				graph.LayerNorm{}, graph.Tanh, graph.Dense{Units: 8, Init: initializer.HeNormal{}}, graph.GELU, graph.Dense{Units: 8}, weigh,
			}})
		}
		return append(s, graph.Dense{Units: 3})
	}
	p, x, y := kept(t, model(1), 4)
	s := &spectrum{program: p, values: make(map[*gorgonia.Node]*gorgonia.Value)}
	if err := s.forward(map[*gorgonia.Node]*tensor.Dense{p.Input: x, p.Target: y}); err != nil {
		t.Fatal(err)
	}
	parts, err := s.backward()
	if err != nil {
		t.Fatal(err)
	}
	for _, factor := range []float64{1, 0, 0.5, -2, 3} {
		q, _, _ := kept(t, model(factor), 4)
		if err := q.Run(x, y); err != nil {
			t.Fatal(err)
		}
		want := q.Blocks[0].Input.Deriv().Value().Data().([]float64)
		for i := range want {
			got, power := 0.0, 1.0
			for _, part := range parts {
				got += power * part.Float64s()[i]
				power *= factor
			}
			if math.Abs(got-want[i]) > 1e-12 {
				t.Fatalf("factor %g, element %d: %g, want %g", factor, i, got, want[i])
			}
		}
	}
}

// At initialisation, He's pre-activation blocks without normalisation pass equal gradients through the branch and along the skip.
// So the shares of 12 blocks are Binomial(12, 1/2) on average over seeds. The tolerance of the mean, 6, is three measured standard
// errors.
func TestPathsAtInitialisationAreBinomial(t *testing.T) {
	model := resnet.Model{Input: 64, Blocks: 12, Width: 64, Output: 10, PreActivation: true, BranchScale: 1}
	const seeds = 20
	var means []float64
	six := 0.0
	for seed := range uint64(seeds) {
		p := build(t, model, graph.CrossEntropy{}, seed, 4, 64)
		x, y := randomBatch(t, seed, 4, 64, 10)
		paths, err := PathSpectrum(p, x, y)
		if err != nil {
			t.Fatal(err)
		}
		if !(paths.Error < 1e-5) { // float32
			t.Errorf("seed %d: error: got %g, want less than 1e-5", seed, paths.Error)
		}
		means = append(means, float64(paths.Mean))
		six += float64(paths.Shares[6] / seeds)
	}
	mean, std := vecnorm.MeanStd(means)
	if allowed := 3 * std / math.Sqrt(seeds-1); math.Abs(mean-6) > max(allowed, 0.1) {
		t.Errorf("paths pass %.3f branches on average over seeds, want 6 ± %.3f", mean, allowed)
	}
	if math.Abs(six-0.2256) > 0.02 {
		t.Errorf("the share of paths through 6 branches is %.4f, want about %.4f", six, 0.2256)
	}
}

// PathSpectrum changes nothing: values of nodes, parameters, running statistics.
func TestPathsLeaveTheProgramAlone(t *testing.T) {
	p, x, y := kept(t, networks["pre-activation"], 8)
	if err := p.Run(x, y); err != nil {
		t.Fatal(err)
	}
	before := make(map[string][]float64)
	for _, w := range p.Weights {
		before[w.Name] = append([]float64(nil), w.Value.Float64s()...)
	}
	loss := p.Loss.Value()
	values := make(map[*gorgonia.Node]gorgonia.Value)
	for _, n := range p.Graph.AllNodes() {
		values[n] = n.Value()
	}
	if _, err := PathSpectrum(p, x, y); err != nil {
		t.Fatal(err)
	}
	for _, w := range p.Weights {
		for i, v := range w.Value.Float64s() {
			if v != before[w.Name][i] {
				t.Fatalf("%s has changed", w.Name)
			}
		}
	}
	if p.Loss.Value() != loss {
		t.Error("the loss has another value than before")
	}
	for n, v := range values {
		if n.Value() != v && len(op.Operands(n)) > 0 {
			t.Errorf("node %v has another value than before", n)
		}
	}
}

func TestNetworksWithoutPaths(t *testing.T) {
	plain, x, y := kept(t, mlp.Model{Input: 6, Depth: 2, Width: 4, Output: 3}, 4)
	if _, err := PathSpectrum(plain, x, y); err == nil {
		t.Error("a network without blocks gives no error")
	}
	bare := graph.Sequential{graph.Residual{Branch: graph.Dense{Units: 6}}, graph.Dense{Units: 3}}
	p, x, y := kept(t, bare, 4)
	if _, err := PathSpectrum(p, x, y); err == nil {
		t.Error("a block on the input gives no error")
	}
}

// The spectrum takes no random numbers from the dropout of the training.
func TestPathsLeaveDropoutAlone(t *testing.T) {
	block := graph.Residual{Branch: graph.Sequential{graph.Dense{Units: 6}, graph.Tanh, graph.Dropout{P: 0.5}, graph.Dense{Units: 6}}}
	model := graph.Sequential{graph.Dense{Units: 6}, block, block, graph.Dense{Units: 3}}
	var losses [2]train.History
	for i, schedule := range []Schedule{nil, Every(2)} {
		r := &Recorder{Paths: schedule}
		losses[i] = fit(t, nil, func(trainer *train.Trainer) { trainer.Model, trainer.Callbacks = model, []train.Callback{r} })
		if n := len(r.Profile().Paths); n == 0 != (schedule == nil) {
			t.Errorf("%d spectra", n)
		}
	}
	if !reflect.DeepEqual(losses[0].Losses, losses[1].Losses) {
		t.Errorf("losses: got %v with the spectrum and %v without, want the same", losses[1].Losses, losses[0].Losses)
	}
}

// A plain twin has one path: a recorder leaves its spectrum out.
func TestRecorderTakesNoPathsOfPlainTwins(t *testing.T) {
	recorder := &Recorder{Paths: Every(1)}
	fit(t, nil, func(trainer *train.Trainer) {
		trainer.Model = resnet.Model{Input: 4, Blocks: 3, Width: 6, Output: 3, Norm: graph.BN, NoSkip: true}
		trainer.Callbacks = []train.Callback{recorder}
	})
	if p := recorder.Profile(); len(p.Records) == 0 || len(p.Paths) != 0 {
		t.Errorf("got %d records and the paths %+v", len(p.Records), p.Paths)
	}
}

// A recorder computes the spectrum at the scheduled steps, adds the prediction of theory to the first, and does not affect the
// training, even after gradients were clipped.
func TestRecorderTakesPaths(t *testing.T) {
	model := resnet.Model{Input: 4, Blocks: 3, Width: 6, Output: 3, Norm: graph.BN, PreActivation: true}
	with := &Recorder{Paths: Every(4)}
	var losses [2]train.History
	for i, callbacks := range [][]train.Callback{{&train.ClipNorm{Max: 0.1}, with}, {&train.ClipNorm{Max: 0.1}}} {
		losses[i] = fit(t, nil, func(trainer *train.Trainer) { trainer.Model, trainer.Callbacks = model, callbacks })
	}
	if !reflect.DeepEqual(losses[0].Losses, losses[1].Losses) {
		t.Errorf("losses: got %v with the spectrum and %v without, want the same", losses[0].Losses, losses[1].Losses)
	}
	paths := with.Profile().Paths
	if len(paths) != 3 || paths[0].Step != 0 || paths[1].Step != 4 || paths[2].Step != 8 {
		t.Fatalf("got %+v", paths)
	}
	for i, p := range paths {
		if len(p.Shares) != 4 || !(p.Error < 1e-5) || (len(p.Expected) == 4) != (i == 0) {
			t.Errorf("got %+v", p)
		}
	}
}
