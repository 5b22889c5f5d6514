package vanishing

import (
	"context"
	"hash"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/chewxy/hm"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/internal/lang"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/models/resnet"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/vanishing/profile"
	"github.com/gradflow/gradflow/vanishing/theory"
)

// observed observes a network on random inputs, as the theory assumes.
func observed(t *testing.T, model graph.Model, batch, features int, seed uint64) Profile {
	t.Helper()
	p, err := graph.Build(graph.Config{
		Model: model, Params: graph.NewParams(tensor.Float32, seed), Input: tensor.Shape{batch, features}, Loss: graph.CrossEntropy{},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	x, y := randomBatch(t, seed, batch, features, 10)
	return observe(t, p, x, y)
}

// A z-score is approximately normal: over 20 seeds its square is 1 on average if the prediction and its band are correct. The
// tolerance is the scatter of 20 squares, 3 sqrt(2/20) each way, and a factor of 1.3 in the band, which is exact to first order in
// 1/width.
func TestProfilesAreWithinTheBandOfTheory(t *testing.T) {
	const seeds = 20
	for name, model := range map[string]graph.Model{
		"sigmoid":        mlp.Model{Input: 64, Depth: 20, Width: 128, Output: 10, Activation: graph.Sigmoid},
		"relu":           mlp.Model{Input: 64, Depth: 20, Width: 128, Output: 10},
		"tanh":           mlp.Model{Input: 64, Depth: 20, Width: 128, Output: 10, Activation: graph.Tanh},
		"torch default":  mlp.Model{Input: 64, Depth: 20, Width: 128, Output: 10, Init: initializer.TorchDefault{}},
		"layer norm":     mlp.Model{Input: 64, Depth: 20, Width: 128, Output: 10, Norm: graph.LN},
		"pre-activation": resnet.Model{Input: 64, Blocks: 10, Width: 128, Output: 10, PreActivation: true, BranchScale: 1},
	} {
		sum := 0.0
		for seed := range uint64(seeds) {
			p := observed(t, model, 4, 64, seed)
			if p.Theory == nil || p.Theory.None != "" {
				t.Fatalf("%s: no prediction: %+v", name, p.Theory)
			}
			z := float64(p.Theory.Layers[0].Z)
			if !(math.Abs(z) < 4) {
				t.Errorf("%s, seed %d: z: got %g, want less than 4", name, seed, z)
			}
			sum += z * z / seeds
		}
		if least, most := (1-3*math.Sqrt(2.0/seeds))/1.7, (1+3*math.Sqrt(2.0/seeds))*1.7; sum < least || sum > most {
			t.Errorf("%s: z² is %.2f on average, want about 1", name, sum)
		}
	}
}

// shrunk declares He initialisation but draws weights with half of its variance.
type shrunk struct{ initializer.HeNormal }

func (s shrunk) Fill(dst []float64, shape tensor.Shape, fan initializer.Fan, rng *rand.Rand) error {
	return initializer.LeCunNormal{}.Fill(dst, shape, fan, rng)
}

func TestWrongVarianceIsFlagged(t *testing.T) {
	for seed := range uint64(seeds()) {
		honest := observed(t, mlp.Model{Input: 64, Depth: 20, Width: 128, Output: 10}, 8, 64, seed)
		if z := honest.Theory.Layers[0].Z; !(math.Abs(float64(z)) < 4) {
			t.Errorf("seed %d: z is %g, want less than 4", seed, z)
		}
		planted := observed(t, mlp.Model{Input: 64, Depth: 20, Width: 128, Output: 10, Init: shrunk{}}, 8, 64, seed)
		if z := planted.Theory.Layers[0].Z; !(z < -4) {
			t.Errorf("seed %d, half the variance: z is %g, want less than -4", seed, z)
		}
	}
}

// wrongGradient is the identity with a gradient that is three times too large.
type wrongGradient struct{}

func (wrongGradient) Arity() int { return 1 }
func (wrongGradient) Type() hm.Type {
	matrix := gorgonia.TensorType{Dims: 2, Of: hm.TypeVariable('a')}
	return hm.NewFnType(matrix, matrix)
}
func (wrongGradient) InferShape(in ...gorgonia.DimSizer) (tensor.Shape, error) {
	return in[0].(tensor.Shape).Clone(), nil
}
func (wrongGradient) Do(in ...gorgonia.Value) (gorgonia.Value, error) { return in[0], nil }
func (wrongGradient) ReturnsPtr() bool                                { return true }
func (wrongGradient) CallsExtern() bool                               { return false }
func (wrongGradient) OverwritesInput() int                            { return -1 }
func (wrongGradient) WriteHash(h hash.Hash)                           { h.Write([]byte("wrong gradient")) }
func (wrongGradient) Hashcode() uint32                                { return 3 }
func (wrongGradient) String() string                                  { return "wrong gradient" }
func (wrongGradient) Spec() op.Spec                                   { return op.Spec{Kind: op.KindActivate, Activation: op.Identity} }
func (wrongGradient) DiffWRT(int) []bool                              { return []bool{true} }
func (wrongGradient) SymDiff(_ gorgonia.Nodes, _, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	dx, err := op.Scale(grad, 3)
	return gorgonia.Nodes{dx}, err
}

// A wrong gradient is located in its layer.
func TestWrongGradientIsFlaggedWhereItIs(t *testing.T) {
	const wrong = 8 // number of layers before the wrong gradient
	var model graph.Sequential
	for i := range 20 {
		model = append(model, graph.Dense{Units: 128, Init: initializer.HeNormal{}}, graph.ReLU)
		if i+1 == wrong {
			model = append(model, graph.LayerFunc(func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
				return b.Check(gorgonia.ApplyOp(wrongGradient{}, x))
			}))
		}
	}
	model = append(model, graph.Dense{Units: 10, Init: initializer.HeNormal{}})
	for seed := range uint64(seeds()) {
		p := observed(t, model, 8, 64, seed)
		if p.Theory.None != "" {
			t.Fatal(p.Theory.None)
		}
		for l, e := range p.Theory.Layers[:20] {
			step := float64(e.Step)
			if flagged := math.Abs(step) > 4; flagged != (l == wrong-1) {
				t.Errorf("seed %d, layer %d: deviation of the step: got %g standard deviations", seed, l+1, step)
			}
		}
		if d := Diagnose(p); len(d.Findings) == 0 || d.Findings[0].Rule != "theory-mismatch" || len(d.Findings[0].Layers) != 1 || d.Findings[0].Layers[0] != wrong-1 {
			t.Errorf("seed %d: findings: got %+v, want a theory-mismatch in the layer of the wrong gradient", seed, d.Findings)
		}
	}
}

// Checks the average cosine of different rows and the average squared cosine: of three rows two are equal, and the third is
// orthogonal to both.
func TestLikenessAndOverlapOfRows(t *testing.T) {
	alike := []float64{2, 0, 2, 0, 0, 2}
	meanSquare, cosine := likenessOf(alike, 3)
	within(t, "mean square", meanSquare, 2.0, 1e-15)
	within(t, "cosine", cosine, 1.0/3, 1e-15) // one of three pairs
	within(t, "overlap", overlapOf(alike, 3), 1.0/3, 1e-15)
	opposite := []float64{1, 1, -1, -1}
	if _, cosine := likenessOf(opposite, 2); cosine != -1 || overlapOf(opposite, 2) != 1 {
		t.Errorf("opposite rows: cosine %g, overlap %g, want -1 and 1", cosine, overlapOf(opposite, 2))
	}
	if orthogonal := []float64{1, 0, 0, 1}; overlapOf(orthogonal, 2) != 0 {
		t.Errorf("orthogonal rows overlap by %g", overlapOf(orthogonal, 2))
	}
}

// Predictions are relative to the last hidden layer. A step is relative to the next layer, or to the end of the block that follows.
func TestAnchorAndStepsOfTheory(t *testing.T) {
	p := observed(t, resnet.Model{Input: 64, Blocks: 4, Width: 64, Output: 10, PreActivation: true, BranchScale: 1}, 8, 64, 1)
	expected, last := p.Theory, len(p.Layers)-2
	if expected.Layers[last].Delta != 0 || expected.Layers[last].Z != 0 || expected.Layers[last+1] != nil {
		t.Errorf("got %+v at the last hidden layer and %+v at the output layer, want zeros and none", expected.Layers[last], expected.Layers[last+1])
	}
	// Delta is a mean logarithm, and xi is derived from the logarithm of a mean: they differ by less than a tenth at this width.
	within(t, "xi", expected.Xi, float64(last)/(math.Abs(float64(expected.Layers[0].Delta))*2*math.Ln10), 0.1)
	within(t, "band", expected.Layers[0].Band, math.Hypot(math.Sqrt(float64(expected.Beta)), theory.ModelError)/2/math.Ln10, 1e-12)

	program, err := graph.Build(graph.Config{
		Model: resnet.Model{Input: 6, Blocks: 2, Width: 6, Output: 3}, Params: graph.NewParams(tensor.Float32, 1),
		Input: tensor.Shape{4, 6}, Loss: graph.CrossEntropy{},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer program.Close()
	o := newOverlay(program)
	if o.none != "" {
		t.Fatal(o.none)
	}
	block := o.net.Blocks[1] // of two layers
	if before, within := o.next(block.First-1), o.next(block.First); before != block.Last || within != block.Last || block.Last != block.First+1 {
		t.Errorf("block %+v: the layer before it is compared with %d, its first one with %d, want both with its last one", block, before, within)
	}
}

// A network that theory does not cover gets a reason and no prediction.
func TestNoTheory(t *testing.T) {
	for name, model := range map[string]graph.Model{
		"dropout": mlp.Model{Input: 6, Depth: 3, Width: 8, Output: 10, Dropout: 0.5},
		"one":     graph.Dense{Units: 10},
	} {
		p := observed(t, model, 4, 6, 1)
		if p.Theory == nil || p.Theory.None == "" || p.Theory.Layers != nil {
			t.Errorf("%s: got %+v", name, p.Theory)
		}
	}
}

// Theory knows neither the epsilon of a normalisation, which counts where the inputs are tiny, nor numbers that are not finite. It says so
// in the reader's terms.
func TestNoTheoryOfSuchInputs(t *testing.T) {
	of := func(norm graph.Norm, inputs float32) *profile.Theory {
		p, err := graph.Build(graph.Config{
			Model: mlp.Model{Input: 6, Depth: 4, Width: 16, Output: 10, Norm: norm}, Params: graph.NewParams(tensor.Float32, 1),
			Input: tensor.Shape{32, 6}, Loss: graph.CrossEntropy{},
		})
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		x, y := randomBatch(t, 1, 32, 6, 10)
		for i, v := range x.Float32s() {
			x.Float32s()[i] = inputs * v
		}
		return observe(t, p, x, y).Theory
	}
	for _, c := range []struct {
		norm   graph.Norm
		inputs float32
		none   string
	}{
		{graph.BN, 1, ""},
		{graph.BN, 1e-6, "the epsilon of the normalisation counts"},
		{graph.LN, 1e-3, "the epsilon of the normalisation counts"},
		{0, 1e-6, ""},
		{0, 1e38, "are not finite numbers"},
	} {
		got := of(c.norm, c.inputs)
		if size := float64(got.Inputs) / float64(c.inputs); c.inputs < 1e38 && !(0.8 < size && size < 1.2) {
			t.Errorf("inputs of %g: got the size %g", c.inputs, got.Inputs)
		}
		if c.none == "" && got.None != "" || c.none != "" && !strings.Contains(got.None, c.none) {
			t.Errorf("%v, inputs of %g: got %q, want %q", c.norm, c.inputs, got.None, c.none)
		}
		if c.none != "" && lang.Chinese.Stored(got.None) == got.None {
			t.Errorf("not in Chinese: %q", got.None)
		}
	}
}

// The epsilon of a normalisation counts too where the weights before it are tiny; theory would blame the layer beside.
func TestNoTheoryOfTinyWeightsBeforeANorm(t *testing.T) {
	for _, c := range []struct {
		norm graph.Norm
		std  float64
		none bool
	}{{graph.BN, 1e-4, true}, {graph.LN, 1e-4, true}, {graph.BN, 0.05, false}, {graph.NoNorm, 1e-4, false}} {
		var model graph.Sequential
		for i := range 10 {
			layer := graph.Dense{Units: 64, Init: initializer.HeNormal{}}
			if i == 2 {
				layer.Init = initializer.Normal{Std: c.std}
			}
			model = append(model, layer)
			switch c.norm {
			case graph.BN:
				model = append(model, graph.BatchNorm{})
			case graph.LN:
				model = append(model, graph.LayerNorm{})
			}
			model = append(model, graph.ReLU)
		}
		p := observed(t, append(model, graph.Dense{Units: 10}), 64, 32, 1)
		if isNone := strings.Contains(p.Theory.None, "dense3 are so small that the epsilon"); isNone != c.none {
			t.Errorf("%v, weights of %g: got %q", c.norm, c.std, p.Theory.None)
		}
		for _, f := range Diagnose(p).Findings {
			if f.Rule == "theory-mismatch" && c.norm != graph.NoNorm {
				t.Errorf("%v, weights of %g: %s %s", c.norm, c.std, f.Sentence, f.Evidence)
			}
		}
	}
}

// Theory covers untrained parameters only: a continued run has no prediction.
func TestNoTheoryOfTrainedParameters(t *testing.T) {
	r := &Recorder{}
	var trainer *train.Trainer
	fit(t, r, func(of *train.Trainer) { trainer = of })
	if r.Profile().Theory == nil {
		t.Error("no prediction for untrained parameters")
	}
	if _, err := trainer.Fit(context.Background(), small(t), nil); err != nil {
		t.Fatal(err)
	}
	if got := r.Profile().Theory; got != nil {
		t.Errorf("prediction for trained parameters: got %+v, want none", got)
	}
}

// Theory also holds for real images, which resemble each other, and for a loss of few classes, whose gradients share few
// directions.
func TestTheoryOfRealImages(t *testing.T) {
	for name, model := range map[string]graph.Model{
		"sigmoid":           mlp.Model{Input: 784, Depth: 31, Width: 64, Output: 10, Activation: graph.Sigmoid},
		"relu, small":       mlp.Model{Input: 784, Depth: 31, Width: 64, Output: 10, Init: initializer.Normal{Std: 0.05}},
		"relu + batch norm": mlp.Model{Input: 784, Depth: 31, Width: 64, Output: 10, Norm: graph.BN},
		"residual":          resnet.Model{Input: 784, Blocks: 15, Width: 64, Output: 10},
	} {
		squares := 0.0
		onFashion(t, model, func(seed uint64, p Profile, d Diagnosis) {
			if p.Theory == nil || p.Theory.None != "" {
				t.Fatalf("%s: no prediction: %+v", name, p.Theory)
			}
			squares += float64(p.Theory.Layers[0].Z*p.Theory.Layers[0].Z) / float64(seeds())
			for l, e := range p.Theory.Layers {
				if e != nil && (math.Abs(float64(e.Z)) > 5 || math.Abs(float64(e.Step)) > 5) {
					t.Errorf("%s, seed %d, layer %d: z: got %.1f, and %.1f for the step, want at most 5", name, seed, l+1, e.Z, e.Step)
				}
			}
		})
		t.Logf("%s: z² of the first layer is %.2f on average", name, squares)
		if squares > 3 {
			t.Errorf("%s: z² of the first layer is %.2f on average, want about 1", name, squares)
		}
	}
}

// A single badly initialised layer is named.
func TestBadScaleOfOneLayer(t *testing.T) {
	layers := graph.Sequential{}
	for i := range 12 {
		init := initializer.HeNormal{}
		if i == 5 {
			init.Gain = 1e-4
		}
		layers = append(layers, graph.Dense{Units: 64, Init: init}, graph.ReLU)
	}
	layers = append(layers, graph.Dense{Units: 10})
	x, y := randomBatch(t, 1, 16, 20, 10)
	d := Diagnose(observe(t, build(t, layers, graph.CrossEntropy{}, 1, 16, 20), x, y))
	f := expectFinding(t, d, "bad-init-scale", "The weights of layer 6 are too small", "he_normal(gain=0.0001)")
	if len(f.Layers) != 1 || f.Layers[0] != 5 {
		t.Errorf("got %+v, want layer 6 only", f)
	}
}
