package experiments

import (
	"math"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/data/sequences"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/attention"
	"github.com/gradflow/gradflow/graph/recurrent"
	"github.com/gradflow/gradflow/internal/lang"
	"github.com/gradflow/gradflow/models/rnn"
)

// The sizes of the experiment. Three symbols of four are less than the ten of eight of Arjovsky et al. 2016: they take a hundredth of
// the steps, and the gradient has as far to go.
const (
	memoryUnits = 32
	memoryBatch = 32
	memoryRate  = 0.005 // of Adam
	copyLength  = 3
	copySymbols = 4
)

// memoryNets are the networks that are compared: a key for the file of numbers, a title, and the layers for a problem.
var memoryNets = []struct {
	key, title string
	model      func(p problem) graph.Model
}{
	{"rnn", lang.Key("tanh RNN"), func(p problem) graph.Model { return p.classifier(rnn.Config{Cell: rnn.Tanh}) }},
	{"lstm", lang.Key("LSTM, forget bias 1"), func(p problem) graph.Model { return p.classifier(rnn.Config{ForgetBias: 1}) }},
	{"lstm-lag", lang.Key("LSTM, forget bias ln(lag)"), func(p problem) graph.Model {
		return p.classifier(rnn.Config{ForgetBias: math.Log(float64(p.lag))})
	}},
	{"lru", lang.Key("LRU"), func(p problem) graph.Model { return linearRecurrence{p} }},
}

// A problem is what the networks of a lag have to learn.
type problem struct {
	name string
	lag  int
}

func (p problem) copies() bool { return p.name == "copy" }

// copy is the copy problem, in which the answers alone count.
func (p problem) copy() sequences.Copy {
	return sequences.Copy{Lag: p.lag, Length: copyLength, Symbols: copySymbols, Answers: true}
}

// draw draws samples.
func (p problem) draw(samples int, seed uint64) (*data.Dataset, error) {
	if p.copies() {
		c := p.copy()
		c.Seed = seed
		return c.Dataset(samples)
	}
	return sequences.Adding{Length: p.lag, Seed: seed}.Dataset(samples, tensor.Float32)
}

// loss is cross-entropy over the symbols to copy, or the squared error of the sum.
func (p problem) loss() graph.Loss {
	if p.copies() {
		return graph.CrossEntropy{Padded: true}
	}
	return graph.MSE{}
}

// outputs is the number of logits, or of numbers to give.
func (p problem) outputs() int {
	if p.copies() {
		return copySymbols
	}
	return 1
}

// classifier is a network of one recurrent layer.
func (p problem) classifier(c rnn.Config) graph.Model {
	c.Units = memoryUnits
	m := rnn.Classifier{Outputs: p.outputs(), Config: c}
	if p.copies() {
		m.Vocabulary, m.EveryStep = p.copy().Vocabulary(), true
	}
	return m
}

// A linearRecurrence is an LRU between layers that are not linear, which read and answer each step alone.
type linearRecurrence struct{ problem }

// Apply draws the network.
func (l linearRecurrence) Apply(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	hidden := graph.Sequential{graph.Dense{Units: memoryUnits}, graph.ReLU}
	if l.copies() {
		scope, e := b.ScopeAs("embedding"), attention.Embedding{Rows: l.copy().Vocabulary(), Width: memoryUnits}
		x = e.Lookup(scope, e.Table(scope), x)
	} else {
		x = eachStep{hidden}.Apply(b, x)
	}
	x = recurrent.LRU{RMin: 0.9, RMax: 0.999, Last: !l.copies()}.Apply(b, x)
	return eachStep{append(hidden, graph.Dense{Units: l.outputs()})}.Apply(b, x)
}

// An eachStep is a layer of rows, on each step of sequences (batch, steps, features), or on rows.
type eachStep struct{ graph.Layer }

// Apply draws the layer.
func (e eachStep) Apply(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	shape := x.Shape().Clone()
	if len(shape) == 2 {
		return e.Layer.Apply(b, x)
	}
	y := e.Layer.Apply(b, b.Check(gorgonia.Reshape(x, tensor.Shape{shape[0] * shape[1], shape[2]})))
	return b.Check(gorgonia.Reshape(y, tensor.Shape{shape[0], shape[1], y.Shape()[1]}))
}
