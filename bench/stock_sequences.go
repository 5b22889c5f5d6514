package bench

import (
	"fmt"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// StockSequences is a plain recurrent network drawn step by step with Gorgonia's operations, on its TapeMachine, with its solver.
type StockSequences struct {
	Stock
	steps   []*gorgonia.Node // the inputs of the steps
	samples [][]*tensor.Dense
	made    int
}

var _ Stepper = (*StockSequences)(nil)

// NewStockSequences sets up a workload that classifies the last state of a plain network.
func NewStockSequences(w SequenceWorkload) (*StockSequences, error) {
	params, err := w.params()
	if err != nil {
		return nil, err
	}
	d := &drawing{graph: gorgonia.NewGraph(), params: params.All()}
	s := &StockSequences{}
	batch := w.Input[0]
	s.y = gorgonia.NewMatrix(d.graph, gorgonia.Float32, gorgonia.WithShape(batch, classes), gorgonia.WithName("y"))
	h := d.unrolled(w, s)
	loss := d.loss(d.dense(h, true), s.y)
	if d.err != nil {
		return nil, d.err
	}
	if _, err := gorgonia.Grad(loss, d.weights...); err != nil {
		return nil, errors.Wrap(err, "bench: stock")
	}
	gorgonia.Read(loss, &s.loss)
	s.weights = d.weights
	s.vm = gorgonia.NewTapeMachine(d.graph, gorgonia.BindDualValues(d.weights...))
	s.solver = gorgonia.NewVanillaSolver(gorgonia.WithLearnRate(sequenceRate))
	return s, s.load(w)
}

// unrolled draws h' = tanh(x·W_ih + b_ih + h·W_hh + b_hh) for all steps, and gives the last state.
func (d *drawing) unrolled(w SequenceWorkload, s *StockSequences) *gorgonia.Node {
	transposed := func(n *gorgonia.Node) *gorgonia.Node {
		return d.do(func() (*gorgonia.Node, error) { return gorgonia.Transpose(n) })
	}
	input, state := transposed(d.param()), transposed(d.param())
	biasInput, biasState := d.param(), d.param()
	bias := d.do(func() (*gorgonia.Node, error) { return gorgonia.Add(biasInput, biasState) })
	h := gorgonia.NewConstant(tensor.New(tensor.Of(tensor.Float32), tensor.WithShape(w.Input[0], w.Units)), gorgonia.WithName("h0"))
	for t := range w.Input[1] {
		x := gorgonia.NewMatrix(d.graph, gorgonia.Float32, gorgonia.WithShape(w.Input[0], w.Input[2]), gorgonia.WithName(fmt.Sprint("x", t)))
		s.steps = append(s.steps, x)
		fromInput := d.do(func() (*gorgonia.Node, error) { return gorgonia.Mul(x, input) })
		fromState := d.do(func() (*gorgonia.Node, error) { return gorgonia.Mul(h, state) })
		sum := d.do(func() (*gorgonia.Node, error) { return gorgonia.Add(fromInput, fromState) })
		z := d.do(func() (*gorgonia.Node, error) { return gorgonia.BroadcastAdd(sum, bias, nil, []byte{0}) })
		h = d.do(func() (*gorgonia.Node, error) { return gorgonia.Tanh(z) })
	}
	return h
}

// load cuts the batches into steps, and makes one-hot rows of the labels.
func (s *StockSequences) load(w SequenceWorkload) error {
	batches, err := w.batches()
	if err != nil {
		return err
	}
	batch, steps, features := w.Input[0], w.Input[1], w.Input[2]
	for _, b := range batches {
		var list []*tensor.Dense
		for t := range steps {
			rows := make([]float32, 0, batch*features)
			for i := range batch {
				at := (i*steps + t) * features
				rows = append(rows, b.X.Float32s()[at:at+features]...)
			}
			list = append(list, tensor.New(tensor.WithShape(batch, features), tensor.WithBacking(rows)))
		}
		s.samples = append(s.samples, list)
		s.onehot = append(s.onehot, oneHot(b.Y.Ints()))
	}
	return nil
}

// oneHot makes rows of labels.
func oneHot(labels []int) *tensor.Dense {
	rows := make([]float32, len(labels)*classes)
	for i, label := range labels {
		rows[i*classes+label] = 1
	}
	return tensor.New(tensor.WithShape(len(labels), classes), tensor.WithBacking(rows))
}

// Step implements Stepper.
func (s *StockSequences) Step() (float64, error) {
	i := s.made % len(s.samples)
	s.made++
	for t, x := range s.steps {
		if err := gorgonia.Let(x, s.samples[i][t]); err != nil {
			return 0, errors.Wrap(err, "bench: stock")
		}
	}
	if err := gorgonia.Let(s.y, s.onehot[i]); err != nil {
		return 0, errors.Wrap(err, "bench: stock")
	}
	return s.run()
}
