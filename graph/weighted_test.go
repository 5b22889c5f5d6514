package graph_test

import (
	"math"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/tensors"
)

func float64s(t *testing.T, values []float64, shape ...int) *tensor.Dense {
	t.Helper()
	v, err := tensors.FromSlice(tensor.Float64, values, shape...)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// Numbers from PyTorch 1.13: F.cross_entropy(z, labels, weight=classes, ...), F.nll_loss(log p, ...), and
// (loss(z, t, reduction="none").mean(1)*w).sum()/w.sum() with their gradients by z.
func TestWeightedLossesAgreeWithPyTorch(t *testing.T) {
	z := []float64{0.5, -1, 2, 1.5, 0.25, -0.5, -2, 0.75, 0, 0.1, 0.2, -0.3}
	labels := tensor.New(tensor.WithShape(4), tensor.WithBacking([]int{2, 0, 2, 1}))
	rows := float64s(t, []float64{1, 0, 0, 0, .25, .75, 0, 1, 0, 0, 0, 1}, 4, 3)
	numbers := float64s(t, []float64{0, 1, 2, 1, 0, -1, .5, .5, .5, -3, 2, 1}, 4, 3)
	classes := []float64{0.5, 2, 3}
	logits := graph.LayerFunc(func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
		return b.Param(graph.Param{Name: "z", Init: initializer.Constant{}}, 4, 3)
	})
	cases := map[string]struct {
		model  graph.Model
		loss   graph.Loss
		target *tensor.Dense
	}{
		"classes":       {logits, graph.CrossEntropy{Weights: classes}, labels},
		"smoothed":      {logits, graph.CrossEntropy{Weights: classes, Smoothing: 0.1}, labels},
		"summed":        {logits, graph.CrossEntropy{Weights: classes, Sum: true}, labels},
		"rows":          {logits, graph.CrossEntropy{Weights: classes, OneHot: true}, rows},
		"rows smoothed": {logits, graph.CrossEntropy{Weights: classes, OneHot: true, Smoothing: 0.1}, rows},
		"nll":           {graph.Sequential{logits, graph.Softmax{}}, graph.CrossEntropy{Weights: classes, Probabilities: true}, labels},
		"samples":       {logits, graph.WeightedBy("weight", graph.CrossEntropy{}), labels},
		"mse":           {logits, graph.WeightedBy("weight", graph.MSE{}), numbers},
		"mse sum":       {logits, graph.WeightedBy("weight", graph.MSE{Sum: true}), numbers},
		"huber":         {logits, graph.WeightedBy("weight", graph.Huber{}), numbers},
		"mae":           {logits, graph.WeightedBy("weight", graph.MAE{}), numbers},
		"positives":     {logits, graph.BCE{PositiveWeight: 2.5}, rows},
		"bce":           {logits, graph.WeightedBy("weight", graph.BCE{}), rows},
	}
	for _, want := range []struct {
		name string
		loss float64
		grad []float64
	}{
		{"classes", 0.73878647168178, []float64{0.0618671972258953, 0.01380443762494851, -0.0756716348508438, -0.01745211905754271, 0.011853107519355937, 0.005599011538186764, 0.014686491299259277, 0.2297353770646453, -0.24442186836390453, 0.08477567417424473, -0.1416025079894268, 0.05682683381518209}},
		{"smoothed", 0.7869237170416474, []float64{0.057500466353385, 0.0054244611290763314, -0.0629249274824613, -0.002498174335632531, 0.007170798936282226, -0.004672624600649706, 0.01215456565722926, 0.2129580862572294, -0.2251126519144586, 0.0821084259090672, -0.1266969968934365, 0.044588570984369295}},
		{"summed", 6.27968500929513, []float64{0.52587117642011, 0.11733771981206234, -0.6432088962321724, -0.14834301198911304, 0.10075141391452547, 0.047591598074587495, 0.12483517604370387, 1.9527507050494852, -2.0775858810931886, 0.7205932304810801, -1.203621317910128, 0.48302808742904774}},
		{"rows", 3.0211882061641386, []float64{-0.10308870098249541, 0.004889071658835931, 0.09819962932365948, 0.48352835851496956, 0.013533194132472517, -0.4970615526474422, 0.020805862673950643, -0.17454154915841913, 0.15373568648446856, 0.27022246143040507, 0.29864200578370204, -0.5688644672141071}},
		{"rows smoothed", 2.978353157169821, []float64{-0.08891235457782752, -0.010473842565474487, 0.099386197143302, 0.4632440798978039, 0.0047487543280567476, -0.4679928342258608, 0.01646581381833439, -0.14392036958209897, 0.12745455576376466, 0.2555471434858893, 0.2703614833365581, -0.5259086268224473}},
		{"nll", 0.7387864716817799, []float64{0.0618671972258953, 0.013804437624948512, -0.07567163485084379, -0.017452119057542712, 0.011853107519355937, 0.005599011538186764, 0.014686491299259273, 0.2297353770646453, -0.2444218683639045, 0.08477567417424474, -0.1416025079894268, 0.056826833815182096}},
		{"samples", 0.9125395886742257, []float64{0.04382259803500917, 0.009778143317671862, -0.05360074135268103, 0, 0.0, 0.0, 0.026007328342438303, 0.40682306355197606, -0.4328303918944143, 0.04503707690506751, -0.075226332369383, 0.030189255464315484}},
		{"mse", 2.3271875, []float64{0.08333333333333333, -0.3333333333333333, 0.0, 0.0, 0.0, 0.0, -1.0416666666666667, 0.10416666666666667, -0.20833333333333334, 0.2583333333333333, -0.15, -0.10833333333333334}},
		{"mse sum", 27.92625, []float64{1.0, -4.0, 0.0, 0.0, 0.0, 0.0, -12.5, 1.25, -2.5, 3.1, -1.8, -1.3}},
		{"huber", 0.7804687499999999, []float64{0.041666666666666664, -0.08333333333333333, 0.0, 0.0, 0.0, 0.0, -0.20833333333333334, 0.052083333333333336, -0.10416666666666667, 0.041666666666666664, -0.041666666666666664, -0.041666666666666664}},
		{"mae", 1.14375, []float64{0.08333333333333333, -0.08333333333333333, 0.0, 0.0, 0.0, 0.0, -0.20833333333333334, 0.20833333333333334, -0.20833333333333334, 0.041666666666666664, -0.041666666666666664, -0.041666666666666664}},
		{"positives", 1.1430668398522499, []float64{-0.07865430599961364, 0.02241178511416626, 0.07339975649815686, 0.0681312063494703, 0.012332724059831027, -0.08939383990032841, 0.009933576835176462, -0.06683777100512646, 0.041666666666666664, 0.043748265623245, 0.04581949977603983, -0.11967552433576228}},
		{"bce", 0.594173130333141, []float64{-0.031461722399845446, 0.022411785114166256, 0.07339975649815686, 0.0, 0.0, 0, 0.024833942087941156, -0.06683777100512647, 0.10416666666666667, 0.0218741328116225, 0.022909749888019915, -0.023935104867152453}},
	} {
		t.Run(want.name, func(t *testing.T) {
			c := cases[want.name]
			p := build(t, graph.Config{
				Model: c.model, Params: graph.NewParams(tensor.Float64, 1), Loss: c.loss,
				Inputs: []graph.Input{{Name: "input", Shape: tensor.Shape{4, 1}}, {Name: "weight", Shape: tensor.Shape{4}}},
			})
			copy(p.Params.Get("z").Value.Float64s(), z)
			if err := p.RunNamed(map[string]*tensor.Dense{
				"input": float64s(t, make([]float64, 4), 4, 1), "weight": float64s(t, []float64{1, 0, 2.5, 0.5}, 4), "target": c.target,
			}); err != nil {
				t.Fatal(err)
			}
			if got := p.LossValue(); math.Abs(got-want.loss) > 1e-14 {
				t.Errorf("loss: got %v, want %v", got, want.loss)
			}
			for i, got := range p.Weights[0].Grad.Value().(*tensor.Dense).Float64s() {
				if math.Abs(got-want.grad[i]) > 1e-14 {
					t.Errorf("gradient %d: got %v, want %v", i, got, want.grad[i])
				}
			}
			if _, classifies := c.loss.(graph.Classifier); classifies != (c.target == labels || c.target == rows) {
				t.Errorf("a loss of classes: got %v", classifies)
			}
		})
	}
}

// The sum of the weights, over which a loss is a mean, is known after a run.
func TestSumOfWeights(t *testing.T) {
	for want, loss := range map[float64]graph.Loss{
		8.5: graph.CrossEntropy{Weights: []float64{0.5, 2, 3}}, 3: graph.WeightedBy("weight", graph.CrossEntropy{}),
	} {
		p := build(t, graph.Config{
			Model: graph.Dense{Units: 3}, Params: graph.NewParams(tensor.Float32, 1), Loss: loss,
			Inputs: []graph.Input{{Name: "input", Shape: tensor.Shape{4, 1}}, {Name: "weight", Shape: tensor.Shape{4}}},
		})
		x := tensor.New(tensor.WithShape(4, 1), tensor.WithBacking(make([]float32, 4)))
		w := tensor.New(tensor.WithShape(4), tensor.WithBacking([]float32{1, 0, 1.5, 0.5}))
		y := tensor.New(tensor.WithShape(4), tensor.WithBacking([]int{2, 0, 2, 1}))
		if err := p.RunNamed(map[string]*tensor.Dense{"input": x, "weight": w, "target": y}); err != nil {
			t.Fatal(err)
		}
		if got, weighted := p.Parts[0].SumOfWeights(); got != want || !weighted {
			t.Errorf("%v: got %v, %v, want %v", loss, got, weighted, want)
		}
	}
}

// A batch whose weights are all 0 has nothing to learn from, as one of padding alone.
func TestBatchWithoutWeight(t *testing.T) {
	for _, loss := range []graph.Loss{
		graph.WeightedBy("weight", graph.CrossEntropy{}), graph.CrossEntropy{Weights: []float64{1, 1, 0}}, graph.WeightedBy("weight", graph.CrossEntropy{Sum: true}),
	} {
		p := build(t, graph.Config{
			Model: graph.Dense{Units: 3}, Params: graph.NewParams(tensor.Float32, 1), Loss: loss,
			Inputs: []graph.Input{{Name: "input", Shape: tensor.Shape{2, 1}}, {Name: "weight", Shape: tensor.Shape{2}}},
		})
		x := tensor.New(tensor.WithShape(2, 1), tensor.WithBacking([]float32{1, -2}))
		if err := p.RunNamed(map[string]*tensor.Dense{"input": x, "weight": tensor.New(tensor.WithShape(2), tensor.Of(tensor.Float32)), "target": ints(2, 2)}); err != nil {
			t.Fatal(err)
		}
		if got := p.LossValue(); got != 0 {
			t.Errorf("%v: got a loss of %v, want 0", loss, got)
		}
		for _, w := range p.Weights {
			for i, got := range w.Grad.Value().(*tensor.Dense).Float32s() {
				if got != 0 {
					t.Errorf("%v: gradient %d of %s: got %v, want 0", loss, i, w.Name, got)
				}
			}
		}
	}
}

// The baseline of weighted classes is the least loss that the same output for all samples can have.
func TestBaselineOfWeightedClasses(t *testing.T) {
	loss := graph.CrossEntropy{Weights: []float64{0.5, 2, 3}, Smoothing: 0.1}
	m := graph.TargetMoments{Samples: 4, Sum: []float64{1, 1, 2}}
	best := math.Inf(1)
	for p := 0.005; p < 1; p += 0.005 {
		for q := 0.005; p+q < 1; q += 0.005 {
			sum, weights := 0.0, 0.0
			for class, n := range m.Sum {
				for k, prob := range []float64{p, q, 1 - p - q} {
					y := 0.1 / 3
					if k == class {
						y += 0.9
					}
					sum -= n * loss.Weights[k] * y * math.Log(prob)
				}
				weights += n * loss.Weights[class]
			}
			best = math.Min(best, sum/weights)
		}
	}
	if got := loss.Baseline(m, 4); got > best || got < best-1e-3 {
		t.Errorf("got %v, want %v, the least on a grid", got, best)
	}
}

// So is that of weighted positives.
func TestBaselineOfWeightedPositives(t *testing.T) {
	m := graph.TargetMoments{Samples: 10, Sum: []float64{2}, Squares: []float64{2}}
	best := math.Inf(1)
	for p := 0.001; p < 1; p += 0.001 {
		best = math.Min(best, -(3*0.2*math.Log(p) + 0.8*math.Log(1-p)))
	}
	if got := (graph.BCE{PositiveWeight: 3}).Baseline(m, 4); got > best || got < best-1e-5 {
		t.Errorf("got %v, want %v, the least on a grid", got, best)
	}
}

func TestWrongWeights(t *testing.T) {
	build := func(loss graph.Loss, inputs ...graph.Input) error {
		inputs = append([]graph.Input{{Name: "input", Shape: tensor.Shape{4, 1}}}, inputs...)
		_, err := graph.Build(graph.Config{Model: graph.Dense{Units: 3}, Params: graph.NewParams(tensor.Float32, 1), Loss: loss, Inputs: inputs})
		return err
	}
	two := []float64{1, 2}
	wantError(t, build(graph.BCE{PositiveWeight: -1}), "got weight -1")
	wantError(t, build(graph.BCE{PositiveWeight: 2, Probabilities: true}), "want logits")
	wantError(t, build(graph.CrossEntropy{Weights: two}), "Weights: got 2 weights, want 3")
	wantError(t, build(graph.CrossEntropy{Weights: []float64{1, -1, 1}}), "got -1 for class 1")
	wantError(t, build(graph.CrossEntropy{Weights: make([]float64, 3)}), "got 0 for each class")
	wantError(t, build(graph.CrossEntropy{Weights: []float64{1, 1, 1}, Probabilities: true, Smoothing: 0.1}), "want logits")
	wantError(t, build(graph.WeightedBy("weight", graph.MSE{})), `no input "weight"`)
	wantError(t, build(graph.WeightedBy("weight", graph.MSE{}), graph.Input{Name: "weight", Shape: tensor.Shape{4, 1}}), "want (4)")
	wantError(t, build(graph.WeightedBy("weight", graph.CrossEntropy{Weights: []float64{1, 1, 1}}), graph.Input{Name: "weight", Shape: tensor.Shape{4}}),
		"want one of them")
}

// The mean of samples without weight is 0, and so are its gradients.
func TestMeansWithoutWeight(t *testing.T) {
	for _, loss := range []graph.Loss{
		graph.WeightedBy("weight", graph.CrossEntropy{}), graph.CrossEntropy{Weights: []float64{0, 1, 1}}, graph.CrossEntropy{Padded: true},
	} {
		p := build(t, graph.Config{
			Model: graph.Dense{Units: 3}, Params: graph.NewParams(tensor.Float32, 1), Loss: loss,
			Inputs: []graph.Input{{Name: "input", Shape: tensor.Shape{2, 1}}, {Name: "weight", Shape: tensor.Shape{2}}},
		})
		y := []int{0, 0}
		if l, ok := loss.(graph.CrossEntropy); ok && l.Padded {
			y = []int{-1, -1}
		}
		if err := p.RunNamed(map[string]*tensor.Dense{
			"input":  tensor.New(tensor.WithShape(2, 1), tensor.WithBacking([]float32{1, -2})),
			"weight": tensor.New(tensor.WithShape(2), tensor.WithBacking([]float32{0, 0})),
			"target": tensor.New(tensor.WithShape(2), tensor.WithBacking(y)),
		}); err != nil {
			t.Fatal(err)
		}
		if got := p.LossValue(); got != 0 {
			t.Errorf("%v: got loss %v, want 0", loss, got)
		}
		for _, w := range p.Weights {
			for _, g := range w.Grad.Value().Data().([]float32) {
				if g != 0 {
					t.Errorf("%v: got gradient %v of %s, want 0", loss, g, w.Name)
				}
			}
		}
	}
}
