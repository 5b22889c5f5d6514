package vanishing

import (
	"math"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// undeclared draws like another initialiser but does not declare its variance.
type undeclared struct{ initializer.Initializer }

// Theory measures the variance of weights whose initialiser does not declare it. The relative error of a mean square of n numbers
// is √(2/n). For n = 4096, two standard deviations of Q are 4 % in one layer and 10 % in three.
func TestTheoryOfMeasuredWeights(t *testing.T) {
	theoryOf := func(init initializer.Initializer) profile.Theory {
		p := observed(t, mlp.Model{Input: 64, Depth: 4, Width: 64, Output: 10, Activation: graph.ReLU, Init: init}, 8, 64, 1)
		return *p.Theory
	}
	declared, measured := theoryOf(initializer.HeNormal{}), theoryOf(undeclared{initializer.HeNormal{}})
	if declared.Measured || !measured.Measured {
		t.Errorf("measured is %t with a declared variance and %t without, want false and true", declared.Measured, measured.Measured)
	}
	for l := range 3 {
		within(t, "q", measured.Layers[l].Q, float64(declared.Layers[l].Q), 0.1)
	}
	centred := theoryOf(undeclared{initializer.Uniform{High: 0.1}})
	if !strings.Contains(centred.None, "only weights with mean 0") {
		t.Errorf("theory of weights from 0 to 0.1: got %+v, want the reason that their mean is not 0", centred)
	}
}

// Theory has no words for biases that move all units alike. Small ones, and those that are drawn around 0, do not count.
func TestTheoryOfBiases(t *testing.T) {
	for _, c := range []struct {
		init initializer.Initializer
		norm graph.Norm
		want string
	}{
		{nil, graph.NoNorm, ""},
		{initializer.Constant{Value: 0.05}, graph.NoNorm, ""},
		{initializer.Normal{Std: 1}, graph.NoNorm, ""},
		{initializer.Constant{Value: 0.5}, graph.NoNorm, "only biases with mean 0: the mean of dense1/bias is 0.5"},
		{initializer.Uniform{Low: -1}, graph.NoNorm, "only biases with mean 0: the mean of dense1/bias is -0."},
		{initializer.Constant{Value: 0.5}, graph.LN, ""},
	} {
		var model graph.Sequential
		for range 3 {
			model = append(model, graph.Dense{Units: 32, BiasInit: c.init})
			if norm := c.norm.Layer(nil); norm != nil {
				model = append(model, norm)
			}
			model = append(model, graph.Tanh)
		}
		p := observed(t, append(model, graph.Dense{Units: 10}), 8, 32, 1)
		if p.Theory == nil || (p.Theory.None == "") != (c.want == "") || !strings.Contains(p.Theory.None, c.want) {
			t.Errorf("biases of %v, %v: got %+v, want %q", c.init, c.norm, p.Theory, c.want)
		}
	}
}

// Theory covers gains of 0 and 1 only.
func TestTheoryOfGains(t *testing.T) {
	model := mlp.Model{Input: 8, Depth: 3, Width: 8, Output: 10, Norm: graph.LN}
	params := graph.NewParams(tensor.Float64, 1)
	p, err := graph.Build(graph.Config{Model: model, Params: params, Input: tensor.Shape{4, 8}, Loss: graph.CrossEntropy{}})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for _, b := range p.Weights {
		if b.Role != graph.Gain {
			continue
		}
		reader := &netReader{Program: p}
		for value, want := range map[float64]string{0: "", 1: "", 0.5: "only gains of 0 or 1"} {
			for i := range b.Value.Float64s() {
				b.Value.Float64s()[i] = value
			}
			zero, err := reader.zeroGain(b)
			if zero != (value == 0) || (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("gain %g: got %t and %v, want an error %q", value, zero, err, want)
			}
		}
		b.Value.Float64s()[0] = math.NaN()
		if _, err := reader.zeroGain(b); err == nil {
			t.Error("a gain of NaN gives no error")
		}
	}
}

// Parameters record that they have been trained, even by another trainer. The theory of initial values then does not apply.
func TestNoTheoryOfParametersTrainedElsewhere(t *testing.T) {
	first := &Recorder{}
	var trainer *train.Trainer
	fit(t, first, func(of *train.Trainer) { trainer = of })
	if params := trainer.Params; !params.Trained() || params.All()[0].Updates == 0 {
		t.Fatal("Trained is false after a training")
	}
	second := &Recorder{}
	fit(t, second, func(other *train.Trainer) { other.Params = trainer.Params })
	if first.Profile().Theory == nil || second.Profile().Theory != nil {
		t.Errorf("theory in the first training %+v, in the second %+v, want one and none", first.Profile().Theory, second.Profile().Theory)
	}
}
