package bench

import (
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
)

// Stock is a network of Gorgonia's operations, on its TapeMachine, with its solver.
type Stock struct {
	vm      gorgonia.VM
	solver  gorgonia.Solver
	x, y    *gorgonia.Node
	loss    gorgonia.Value
	weights gorgonia.Nodes
	batches []Batch
	onehot  []*tensor.Dense
	steps   int
}

var _ Stepper = (*Stock)(nil)

// A drawing builds a stock network. It keeps the first error.
type drawing struct {
	graph   *gorgonia.ExprGraph
	params  []*graph.Param
	weights gorgonia.Nodes
	err     error
}

// NewStock sets up a workload with an optimiser, "sgd" or "adam".
func NewStock(w Workload, batch int, optimizer string) (*Stock, error) {
	params, err := w.Params()
	if err != nil {
		return nil, err
	}
	d := &drawing{graph: gorgonia.NewGraph()}
	for _, p := range params.All() {
		if p.Role != graph.RunningStat {
			d.params = append(d.params, p)
		}
	}
	s := &Stock{}
	s.x = gorgonia.NewMatrix(d.graph, gorgonia.Float32, gorgonia.WithShape(batch, inputs), gorgonia.WithName("x"))
	s.y = gorgonia.NewMatrix(d.graph, gorgonia.Float32, gorgonia.WithShape(batch, classes), gorgonia.WithName("y"))
	loss := d.loss(d.network(w, s.x), s.y)
	if d.err != nil {
		return nil, d.err
	}
	if _, err := gorgonia.Grad(loss, d.weights...); err != nil {
		return nil, errors.Wrap(err, "bench: stock")
	}
	gorgonia.Read(loss, &s.loss)
	s.weights = d.weights
	s.vm = gorgonia.NewTapeMachine(d.graph, gorgonia.BindDualValues(d.weights...))
	s.solver = gorgonia.NewVanillaSolver(gorgonia.WithLearnRate(w.Rate(optimizer)))
	if optimizer == "adam" {
		s.solver = gorgonia.NewAdamSolver(gorgonia.WithLearnRate(w.Rate(optimizer)))
	}
	return s, s.load(batch)
}

// load makes one-hot rows of the labels.
func (s *Stock) load(batch int) (err error) {
	s.batches, err = Batches(batch)
	for _, b := range s.batches {
		s.onehot = append(s.onehot, oneHot(b.Y.Ints()))
	}
	return err
}

// Step implements Stepper.
func (s *Stock) Step() (float64, error) {
	i := s.steps % len(s.batches)
	s.steps++
	if err := gorgonia.Let(s.x, s.batches[i].X); err != nil {
		return 0, errors.Wrap(err, "bench: stock")
	}
	if err := gorgonia.Let(s.y, s.onehot[i]); err != nil {
		return 0, errors.Wrap(err, "bench: stock")
	}
	return s.run()
}

// run runs the graph on the values of its inputs, and moves the weights.
func (s *Stock) run() (float64, error) {
	if err := s.vm.RunAll(); err != nil {
		return 0, errors.Wrap(err, "bench: stock")
	}
	loss := float64(s.loss.Data().(float32))
	if err := s.solver.Step(gorgonia.NodesToValueGrads(s.weights)); err != nil {
		return 0, errors.Wrap(err, "bench: stock")
	}
	s.vm.Reset()
	return loss, nil
}

// network builds the workload up to the logits.
func (d *drawing) network(w Workload, x *gorgonia.Node) *gorgonia.Node {
	if w.Blocks == 0 {
		for range w.Widths {
			x = d.activate(w, d.layer(w, x))
		}
		return d.dense(x, true)
	}
	scale := gorgonia.NewConstant(float32(w.Scale), gorgonia.WithName("scale"))
	x = d.activate(w, d.layer(w, x))
	for range w.Blocks {
		h := d.layer(w, d.activate(w, d.layer(w, x)))
		h = d.do(func() (*gorgonia.Node, error) { return gorgonia.Mul(h, scale) })
		sum := d.do(func() (*gorgonia.Node, error) { return gorgonia.Add(x, h) })
		x = d.activate(w, sum)
	}
	return d.dense(x, true)
}

// do runs a function that makes a node, unless something has failed before.
func (d *drawing) do(f func() (*gorgonia.Node, error)) *gorgonia.Node {
	if d.err != nil {
		return nil
	}
	n, err := f()
	d.err = errors.Wrap(err, "bench: stock")
	return n
}

// param makes a node of the next parameter.
func (d *drawing) param() *gorgonia.Node {
	p := d.params[0]
	d.params = d.params[1:]
	value := p.Value.Clone().(*tensor.Dense)
	n := gorgonia.NewTensor(d.graph, gorgonia.Float32, value.Dims(), gorgonia.WithShape(value.Shape()...),
		gorgonia.WithName(p.Name), gorgonia.WithValue(value))
	d.weights = append(d.weights, n)
	return n
}

func (d *drawing) dense(x *gorgonia.Node, bias bool) *gorgonia.Node {
	weight := d.param()
	z := d.do(func() (*gorgonia.Node, error) { return gorgonia.Mul(x, weight) })
	if !bias {
		return z
	}
	b := d.param()
	return d.do(func() (*gorgonia.Node, error) { return gorgonia.BroadcastAdd(z, b, nil, []byte{0}) })
}

// layer is a linear map and the normalisation, if there is one.
func (d *drawing) layer(w Workload, x *gorgonia.Node) *gorgonia.Node {
	z := d.dense(x, !w.Norm)
	if !w.Norm {
		return z
	}
	gain, shift := d.param(), d.param()
	return d.do(func() (*gorgonia.Node, error) { return d.batchNorm(z, gain, shift) })
}

// batchNorm normalises over the batch. Gorgonia's operation accepts only images, so rows become images of one pixel.
func (d *drawing) batchNorm(z, gain, shift *gorgonia.Node) (*gorgonia.Node, error) {
	rows, cols := z.Shape()[0], z.Shape()[1]
	image, err := gorgonia.Reshape(z, tensor.Shape{rows, cols, 1, 1})
	if err != nil {
		return nil, err
	}
	wide := func(n *gorgonia.Node) (*gorgonia.Node, error) {
		return gorgonia.Reshape(n, tensor.Shape{1, cols, 1, 1})
	}
	g, err := wide(gain)
	if err != nil {
		return nil, err
	}
	s, err := wide(shift)
	if err != nil {
		return nil, err
	}
	y, _, _, _, err := gorgonia.BatchNorm(image, g, s, 0.1, 1e-5)
	if err != nil {
		return nil, err
	}
	return gorgonia.Reshape(y, tensor.Shape{rows, cols})
}

func (d *drawing) activate(w Workload, z *gorgonia.Node) *gorgonia.Node {
	return d.do(func() (*gorgonia.Node, error) {
		if w.Act == "tanh" {
			return gorgonia.Tanh(z)
		}
		return gorgonia.Rectify(z)
	})
}

// loss is the mean of -log softmax at the label.
func (d *drawing) loss(logits, y *gorgonia.Node) *gorgonia.Node {
	return d.do(func() (*gorgonia.Node, error) {
		p, err := gorgonia.SoftMax(logits)
		if err != nil {
			return nil, err
		}
		logp, err := gorgonia.Log(p)
		if err != nil {
			return nil, err
		}
		hits, err := gorgonia.HadamardProd(logp, y)
		if err != nil {
			return nil, err
		}
		sum, err := gorgonia.Sum(hits)
		if err != nil {
			return nil, err
		}
		n := gorgonia.NewConstant(float32(-1/float64(logits.Shape()[0])), gorgonia.WithName("-1/n"))
		return gorgonia.Mul(sum, n)
	})
}
