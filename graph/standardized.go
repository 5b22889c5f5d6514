package graph

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/op"
)

// Standardized is a model between tables in their own units: it brings each feature of the input to mean 0 and standard deviation 1
// before Model, and gives the output of Model the means and standard deviations of the targets. The moments are parameters of role
// [RunningStat]: they are saved and loaded with the weights, and no optimiser moves them.
//
// A feature is a column of (batch, features), or a channel of images (batch, channels, ...); with FeaturesLast it lies along the last axis,
// as in sequences (batch, time, features). Moments of the targets go with [StandardizedLoss].
type Standardized struct {
	Model        Model
	FeaturesLast bool
	// Inputs and Targets are the moments; nil leaves the input, or the output, as it is. The values are the first ones: those that
	// the Params hold, such as loaded ones, take their place.
	Inputs, Targets *Standard
}

// A Standard is a mean and a standard deviation for each feature. The zero value stands for means of 0 and standard deviations of 1.
// A standard deviation of 0, of a feature that never varies, counts as 1.
type Standard struct {
	Mean, Std []float64
}

// The names of the moments, in the scope of a Standardized.
const (
	standardizeScope = "standardize"
	// InputMean and its like are the names of the parameters of a [Standardized].
	InputMean  = standardizeScope + "/input_mean"
	InputStd   = standardizeScope + "/input_std"
	TargetMean = standardizeScope + "/target_mean"
	TargetStd  = standardizeScope + "/target_std"
)

// Apply draws the model between the two maps.
func (s Standardized) Apply(b *Builder, x *gorgonia.Node) *gorgonia.Node {
	if s.Model == nil {
		return b.Failf("Standardized has no Model")
	}
	scope := b.ScopeAs(standardizeScope)
	if s.Inputs != nil {
		mean, std := s.Inputs.declare(scope, "input", x, s.FeaturesLast)
		x = scope.Check(op.BroadcastDiv(scope.Check(op.BroadcastSub(x, mean)), std))
	}
	y := s.Model.Apply(b, x)
	if s.Targets == nil || y == nil {
		return y
	}
	mean, std := s.Targets.declare(scope, "target", y, s.FeaturesLast)
	return scope.Check(op.BroadcastAdd(scope.Check(op.BroadcastMul(y, std)), mean))
}

// declare makes the parameters for the features of x, along its axis 1 or its last one.
func (s *Standard) declare(b *Builder, of string, x *gorgonia.Node, last bool) (mean, std *gorgonia.Node) {
	if x.Dims() < 2 || x.Dtype() != b.Dtype() {
		b.Failf("the %s: got shape %v of %v, want (batch, features) or (batch, channels, ...) of %v", of, x.Shape(), x.Dtype(), b.Dtype())
	}
	axis := 1
	if last {
		axis = x.Dims() - 1
	}
	features := x.Shape()[axis]
	shape := []int{features}
	for range x.Dims() - 1 - axis {
		shape = append(shape, 1)
	}
	param := func(name string, values []float64, otherwise float64) *gorgonia.Node {
		if values != nil && len(values) != features {
			b.Failf("%s: got %d values, want %d, one for each feature of %v", name, len(values), features, x.Shape())
		}
		return b.Param(Param{Name: name, Role: RunningStat, Init: given{values, otherwise}}, shape...)
	}
	return param(of+"_mean", s.Mean, 0), param(of+"_std", s.divisors(), 1)
}

// divisors are the standard deviations, with 1 for 0.
func (s *Standard) divisors() []float64 {
	var list []float64
	for _, std := range s.Std {
		if std == 0 {
			std = 1
		}
		list = append(list, std)
	}
	return list
}

// given is the initialiser of known values, or of equal ones without them.
type given struct {
	values    []float64
	otherwise float64
}

func (g given) String() string { return "given" }

// Fill copies the values.
func (g given) Fill(dst []float64, _ tensor.Shape, _ initializer.Fan, _ *rand.Rand) error {
	for i := range dst {
		dst[i] = g.otherwise
	}
	copy(dst, g.values)
	return nil
}

// StandardizedLoss is a loss of the standardised output and target of a [Standardized] model, so that its size, and that of its
// gradient, does not depend on their units, and targets of different units count alike. It is for losses of numbers, such as [MSE].
type StandardizedLoss struct{ Loss }

// Apply draws the loss.
func (l StandardizedLoss) Apply(b *Builder, output, target *gorgonia.Node) *gorgonia.Node {
	if _, ok := l.Loss.(Classifier); ok {
		return b.Failf("StandardizedLoss of %v: got a loss of classes, want one of numbers", l.Loss)
	}
	mean, std := b.bound(TargetMean), b.bound(TargetStd)
	if mean == nil || std == nil {
		return b.Failf("StandardizedLoss: got a model without standardised targets, want a Standardized with Targets")
	}
	standard := func(n *gorgonia.Node) *gorgonia.Node {
		return b.Check(op.BroadcastDiv(b.Check(op.BroadcastSub(n, mean)), std))
	}
	return l.Loss.Apply(b, standard(output), standard(target))
}

// CheckTarget lets the loss check targets, if it can.
func (l StandardizedLoss) CheckTarget(output tensor.Shape, target *tensor.Dense) error {
	if c, ok := l.Loss.(TargetChecker); ok {
		return c.CheckTarget(output, target)
	}
	return nil
}

// Baseline is that of the loss for the standardised targets, as if the moments of the model were those of m. It is 0, unknown, for a
// loss without a baseline.
func (l StandardizedLoss) Baseline(m TargetMoments, batch int) float64 {
	known, ok := l.Loss.(Baseliner)
	if !ok || m.Squares == nil {
		return 0
	}
	standard := TargetMoments{Samples: m.Samples, Sum: make([]float64, len(m.Sum)), Squares: make([]float64, len(m.Sum))}
	standard.Kept = slices.Clone(m.Kept)
	for j := range m.Sum {
		mean, scale := m.mean(j), 0.0
		if square := m.Squares[j] / float64(m.Samples); square > mean*mean*(1+1e-12) { // the target varies
			standard.Squares[j], scale = float64(m.Samples), 1/math.Sqrt(square-mean*mean)
		}
		for i := j; i < len(m.Kept); i += len(m.Sum) {
			standard.Kept[i] = (m.Kept[i] - mean) * scale
		}
	}
	return known.Baseline(standard, batch)
}

func (l StandardizedLoss) String() string { return fmt.Sprintf("%v of standardised targets", l.Loss) }

// bound is the node of a parameter by the end of its name; nil if there is none.
func (b *Builder) bound(name string) *gorgonia.Node {
	for _, binding := range b.bindings {
		if binding.Name == name || strings.HasSuffix(binding.Name, "/"+name) {
			return binding.Node
		}
	}
	return nil
}

// SetStandard replaces moments that a store already holds, such as those of a model that has predicted before it was trained. A nil Standard
// leaves its moments as they are. Parameters that do not exist yet take the values of Standardized. An error changes nothing.
func (ps *Params) SetStandard(inputs, targets *Standard) error {
	type moment struct {
		name      string
		values    []float64
		otherwise float64
	}
	var list []moment
	if inputs != nil {
		list = append(list, moment{InputMean, inputs.Mean, 0}, moment{InputStd, inputs.divisors(), 1})
	}
	if targets != nil {
		list = append(list, moment{TargetMean, targets.Mean, 0}, moment{TargetStd, targets.divisors(), 1})
	}
	for _, m := range list {
		if p := ps.Get(m.name); p != nil && m.values != nil && p.Size() != len(m.values) {
			return errors.Errorf("graph: parameter %s: got %d values, want %d", m.name, len(m.values), p.Size())
		}
	}
	for _, m := range list {
		ps.fill(m.name, m.values, m.otherwise)
	}
	return nil
}

// HoldsStandard reports whether the store holds moments of the inputs and of the targets that were given to it, measured or loaded. Those
// that a model without them has declared, of mean 0 and standard deviation 1, do not count.
func (ps *Params) HoldsStandard() (inputs, targets bool) {
	holds := func(name string) bool {
		p := ps.Get(name)
		if p == nil {
			return false
		}
		init, ok := p.Init.(given)
		return p.Updates > 0 || !ok || init.values != nil
	}
	return holds(InputMean) && holds(InputStd), holds(TargetMean) && holds(TargetStd)
}

// fill overwrites a parameter that exists, without values by equal ones. It does not count as trained.
func (ps *Params) fill(name string, values []float64, otherwise float64) {
	p := ps.Get(name)
	if p == nil {
		return
	}
	if values == nil {
		values = slices.Repeat([]float64{otherwise}, p.Size())
	}
	p.Init = given{values, otherwise}
	for i, v := range values {
		if p.Value.Dtype() == tensor.Float32 {
			p.Value.Float32s()[i] = float32(v)
		} else {
			p.Value.Float64s()[i] = v
		}
	}
}

var (
	_ Layer         = Standardized{}
	_ TargetChecker = StandardizedLoss{}
	_ Baseliner     = StandardizedLoss{}
)
