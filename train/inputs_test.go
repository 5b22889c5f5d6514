package train

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/train/optim"
)

// twoHeads reads features and the ids of words, and gives a class and a number.
var twoHeads = graph.LayerFunc(func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	scope := b.Scope("embedding")
	table := scope.Param(graph.Param{
		Name: "weight", Role: graph.Weight, Fan: initializer.Fan{In: 1, Out: 3}, Init: initializer.Normal{Std: 1},
	}, 5, 3)
	words := scope.Check(op.Embedding(table, scope.Input("word")))
	h := b.Check(op.Add(graph.Dense{Units: 3}.Apply(b, x), words))
	h = graph.Tanh.Apply(b, h)
	h = graph.Sequential{graph.Dense{Units: 6}, graph.Tanh}.Apply(b, h)
	b.Output("size", graph.Named("size", graph.Dense{Units: 1}).Apply(b, h))
	return graph.Named("class", graph.Dense{Units: 2}).Apply(b, h)
})

// objectives are a loss for each head of twoHeads.
var objectives = []graph.Objective{
	{Name: "class", Loss: graph.CrossEntropy{}},
	{Output: "size", Loss: graph.MSE{}, Weight: 0.5},
}

// words are n samples with two features and a word. Class and size depend on both.
func words(n int, seed uint64) *data.Dataset {
	rng := rand.New(rand.NewPCG(seed, 1))
	x, word, class, size := make([]float64, 2*n), make([]int, n), make([]int, n), make([]float64, n)
	for i := range n {
		x[2*i], x[2*i+1], word[i] = rng.NormFloat64(), rng.NormFloat64(), rng.IntN(5)
		if size[i] = x[2*i] + float64(word[i]) - 2; x[2*i+1] > 0.5*float64(word[i])-1 {
			class[i] = 1
		}
	}
	return &data.Dataset{X: f64(2, x...), Y: ints(class...), Columns: []data.Column{{Name: "word", Values: ints(word...)}, {Name: "size", Values: f64(1, size...)}}}
}

func twoHeaded() *Trainer {
	return &Trainer{
		Model: twoHeads, Losses: objectives, Optimizer: &optim.Adam{LearningRate: 0.02}, Dtype: tensor.Float64, Epochs: 20,
		BatchSize: 32, EvalBatchSize: 70, Seed: 3,
	}
}

func TestTwoInputsAndTwoHeadsLearn(t *testing.T) {
	tr, set, val := twoHeaded(), words(300, 1), words(150, 2) // neither is a multiple of its batch
	history, err := tr.Fit(background, set, val)
	if err != nil {
		t.Fatal(err)
	}
	last := history.Epochs[len(history.Epochs)-1]
	for name, s := range map[string]Scores{"training": last.Train, "validation": last.Val} {
		if s.Accuracy < 0.9 || s.Parts["size"].Loss > 0.2 || !math.IsNaN(s.Parts["size"].Accuracy) || s.Accuracy != s.Parts["class"].Accuracy {
			t.Errorf("%s: %+v", name, s)
		}
		if want := s.Parts["class"].Loss + 0.5*s.Parts["size"].Loss; math.Abs(s.Loss-want) > 1e-15 {
			t.Errorf("%s: got a loss of %v, want %v, the weighted sum of %+v", name, s.Loss, want, s.Parts)
		}
	}
	scores, err := tr.Evaluate(background, val)
	if err != nil {
		t.Fatal(err)
	}
	outputs, err := tr.PredictNamed(background, val)
	if err != nil {
		t.Fatal(err)
	}
	hits, squares := 0.0, 0.0
	z, sizes, want := outputs["output"].Float64s(), outputs["size"].Float64s(), val.Column("size").Float64s()
	for i, class := range val.Y.Ints() {
		if (z[2*i+1] > z[2*i]) == (class == 1) {
			hits++
		}
		squares += (sizes[i] - want[i]) * (sizes[i] - want[i])
	}
	if scores.Accuracy != hits/150 || math.Abs(scores.Parts["size"].Loss-squares/150) > 1e-14 {
		t.Errorf("Evaluate gives %+v; the predictions have accuracy %v and squared error %v", scores, hits/150, squares/150)
	}
}

// The gradient of the weighted sum of both losses is its slope, for the parameters of both inputs and both heads.
func TestGradientOfTwoHeads(t *testing.T) {
	set := words(7, 1)
	tr := twoHeaded()
	p, err := graph.Build(graph.Config{
		Model: twoHeads, Params: graph.NewParams(tensor.Float64, 5), Inputs: tr.inputs(set, 7), Losses: objectives,
	})
	if err != nil {
		t.Fatal(err)
	}
	values := make(map[string]*tensor.Dense)
	for _, c := range set.AllColumns() {
		values[c.Name] = c.Values
	}
	loss := func() float64 {
		if err := p.RunNamed(values); err != nil {
			t.Fatal(err)
		}
		return p.LossValue()
	}
	if got, want := loss(), p.Parts[0].Value()+0.5*p.Parts[1].Value(); math.Abs(got-want) > 1e-15 {
		t.Errorf("got a loss of %v, want %v", got, want)
	}
	grads := make([][]float64, len(p.Weights))
	for i, w := range p.Weights {
		grads[i] = slices.Clone(w.Grad.Value().Data().([]float64))
	}
	const h = 1e-5 // the truncation error is about 1e-10, the rounding error 1e-11
	for i, w := range p.Weights {
		x := w.Value.Float64s()
		for j, got := range grads[i] {
			keep := x[j]
			x[j] = keep + h
			up := loss()
			x[j] = keep - h
			down := loss()
			x[j] = keep
			if want := (up - down) / (2 * h); math.Abs(got-want) > 1e-8 {
				t.Errorf("%s[%d]: gradient %g, slope %g", w.Name, j, got, want)
			}
		}
	}
}

// An autoencoder has no targets beside its input, whether or not the dataset has others.
func TestAutoencoder(t *testing.T) {
	set := words(100, 1)
	var first History
	for i, ds := range []*data.Dataset{{X: set.X}, set} {
		tr := &Trainer{
			Model: graph.Sequential{graph.Dense{Units: 3}, graph.Tanh, graph.Dense{Units: 2}}, Dtype: tensor.Float64, BatchSize: 30,
			Losses: []graph.Objective{{Target: "input", Loss: graph.MSE{}}}, Optimizer: &optim.Adam{LearningRate: 0.02}, Epochs: 30,
		}
		history, err := tr.Fit(background, ds, ds)
		if err != nil {
			t.Fatal(err)
		}
		y, err := tr.Predict(background, ds.X)
		if err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for j, v := range y.Float64s() {
			sum += (v - ds.X.Float64s()[j]) * (v - ds.X.Float64s()[j])
		}
		val := history.Epochs[29].Val
		if math.Abs(val.Loss-sum/200) > 1e-14 || val.Loss > 0.1 || !math.IsNaN(val.Accuracy) {
			t.Errorf("got the scores %+v, want a loss of %v below 0.1", val, sum/200)
		}
		if i == 0 {
			first = history
		} else if !reflect.DeepEqual(first.Losses, history.Losses) {
			t.Error("targets that no loss reads change the losses")
		}
	}
}

// A dataset without X hands its first column to the model: here the ids that a table looks up.
func TestColumnsWithoutX(t *testing.T) {
	lookup := graph.LayerFunc(func(b *graph.Builder, ids *gorgonia.Node) *gorgonia.Node {
		fan := initializer.Fan{In: 1, Out: 2}
		return b.Check(op.Embedding(b.Param(graph.Param{Name: "weight", Role: graph.Weight, Fan: fan, Init: initializer.Normal{Std: 1}}, 4, 2), ids))
	})
	tr := &Trainer{Model: lookup, Loss: graph.CrossEntropy{}, Optimizer: &optim.Adam{LearningRate: 0.1}, Epochs: 40, BatchSize: 3}
	ds := &data.Dataset{Columns: []data.Column{{Name: "id", Values: ints(0, 1, 2, 3, 0)}}, Y: ints(0, 1, 1, 0, 0)}
	history, err := tr.Fit(background, ds, ds)
	if err != nil {
		t.Fatal(err)
	}
	if last := history.Epochs[39]; last.Train.Accuracy != 1 || last.Val.Accuracy != 1 {
		t.Errorf("got the scores %+v, want accuracies of 1", last)
	}
	outputs, err := tr.PredictNamed(background, ds)
	if err != nil || !outputs["output"].Shape().Eq(tensor.Shape{5, 2}) || len(outputs) != 1 {
		t.Errorf("got the outputs %v, %v", outputs, err)
	}
}

// maskedSquares is the sum of the squared errors of those samples that the input "mask" has a one for.
type maskedSquares struct{ graph.MSE }

func (maskedSquares) Apply(b *graph.Builder, output, target *gorgonia.Node) *gorgonia.Node {
	mask := b.Input("mask")
	if mask.Dtype() == tensor.Bool {
		mask = b.Check(op.ToFloat(mask, b.Dtype()))
	}
	difference := b.Check(op.Add(output, b.Check(op.Scale(target, -1))))
	kept := b.Check(op.Mul(b.Check(op.Mul(difference, difference)), mask))
	return b.Check(op.ReduceSum(kept, []int{0, 1}, false))
}

func (maskedSquares) Reduction() graph.Reduction { return graph.Sum }
func (maskedSquares) String() string             { return "masked squares" }

// The loss of an epoch is the sum over all batches, the last of them smaller, divided by the number of samples.
func TestMaskedLossOfRaggedBatches(t *testing.T) {
	for _, mask := range []*tensor.Dense{
		f64(1, 1, 0, 1, 0, 1), tensor.New(tensor.WithShape(5, 1), tensor.WithBacking([]bool{true, false, true, false, true})),
	} {
		t.Run(mask.Dtype().String(), func(t *testing.T) { checkMaskedLoss(t, mask) })
	}
}

// checkMaskedLoss trains with a mask for the first, third and fifth of five samples.
func checkMaskedLoss(t *testing.T, mask *tensor.Dense) {
	ds := line() // 5 samples of y = 3x
	ds.Columns = []data.Column{{Name: "mask", Values: mask}}
	tr := linear() // y = x
	tr.Loss, tr.BatchSize, tr.NoShuffle = maskedSquares{}, 2, true
	tr.Optimizer = still{&optim.SGD{}}
	history, err := tr.Fit(background, ds, ds)
	if err != nil {
		t.Fatal(err)
	}
	// The errors are -2x: squares of 4·1, 4·9 and 4·25, one in each batch.
	if want := []float64{4, 36, 100}; !slices.Equal(history.Losses, want) {
		t.Errorf("got the losses %v, want %v", history.Losses, want)
	}
	for _, s := range []Scores{history.Epochs[0].Train, history.Epochs[0].Val} {
		if s.Loss != 140./5 || !math.IsNaN(s.Accuracy) || s.Parts != nil {
			t.Errorf("got the scores %+v, want a loss of %v and no accuracy", s, 140./5)
		}
	}
	if y, err := tr.Predict(background, ds.X); err != nil || y.Float64s()[4] != 5 { // the mask is the loss's alone
		t.Errorf("got the prediction %v, %v", y, err)
	}
}

// still is an optimiser that moves nothing.
type still struct{ optim.Optimizer }

func (still) Step([]*graph.Param, []*tensor.Dense, float64) error { return nil }

func TestMissingColumns(t *testing.T) {
	full := words(40, 1)
	without := func(names ...string) *data.Dataset {
		ds := &data.Dataset{X: full.X, Y: full.Y}
		for _, c := range full.Columns {
			if !slices.Contains(names, c.Name) {
				ds.Columns = append(ds.Columns, c)
			}
		}
		return ds
	}
	floats := without("word")
	floats.Columns = append(floats.Columns, data.Column{Name: "word", Values: f64(1, make([]float64, 40)...)})
	wide := without("word")
	wide.Columns = append(wide.Columns, data.Column{Name: "word", Values: tensor.New(tensor.WithShape(40, 1), tensor.WithBacking(make([]int, 40)))})
	sizes := without("size")
	sizes.Columns = append(sizes.Columns, data.Column{Name: "size", Values: f64(2, make([]float64, 80)...)})
	single := without()
	single.Columns = append(single.Columns, data.Column{Name: "more", Values: as32(t, full.X)})
	for _, c := range []struct {
		name    string
		ds, val *data.Dataset
		want    []string
	}{
		{"input", without("word"), nil, []string{"layer embedding1", `no input "word": got the inputs "input", "size"`, "column of the dataset"}},
		{"target", without("size"), nil, []string{`the training set has no column "size", which is the target of a loss`,
			`got "input", "word", "target", want "size" of shape (32, 1) of float64`, "Dataset.Columns"}},
		{"Y", &data.Dataset{X: full.X, Columns: full.Columns}, nil, []string{`the training set has no column "target"`, "set Dataset.Y"}},
		{"input of validation", full, without("word"), []string{`the validation set has no column "word", which the model or a loss reads`}},
		{"target of validation", full, without("size"), []string{`the validation set has no column "size"`}},
		{"type of validation", full, floats, []string{`the shape of a sample of column "word" of the validation set: got (1), want ()`}},
		{"shape of validation", full, wide, []string{`the shape of a sample of column "word" of the validation set: got (1)`}},
		{"shape of the target", sizes, nil, []string{"layer loss/size", `target "size": got shape (32, 2) of float64`, "want (32, 1) of float64"}},
		{"other float", single, nil, []string{`column "more" of the training set has another type than the parameters: got float32, want float64`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := twoHeaded().Fit(background, c.ds, c.val)
			wantError(t, err, c.want...)
		})
	}
	_, err := twoHeaded().Predict(background, full.X)
	wantError(t, err, `no input "word": got the inputs "input"`)
	_, err = twoHeaded().PredictNamed(background, nil)
	wantError(t, err, "train: the input of PredictNamed: data:")
}

// A batch of named columns is fed without allocating.
func TestNamedStepsDoNotAllocate(t *testing.T) {
	set := words(32, 1)
	tr := twoHeaded()
	p, err := graph.Build(graph.Config{
		Model: twoHeads, Params: graph.NewParams(tensor.Float64, 5), Inputs: tr.inputs(set, 32), Losses: objectives,
	})
	if err != nil {
		t.Fatal(err)
	}
	batches, err := data.Batches{Size: 32}.All(set, 0)
	if err != nil {
		t.Fatal(err)
	}
	tally := new(tally)
	for _, batch := range batches {
		step := func() {
			if err := p.RunNamed(batch.Columns); err != nil {
				t.Fatal(err)
			}
			tally.add(p, batch.Len())
		}
		step()
		if n := testing.AllocsPerRun(20, step); n != 0 {
			t.Errorf("a step allocates %v times", n)
		}
	}
}
