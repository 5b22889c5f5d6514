package train

import (
	"math"
	"time"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/train/dist"
)

// Exchange tells how long a run has exchanged gradients with the other ranks. What is not waited for was hidden behind the backward pass.
type Exchange struct {
	Total  time.Duration // in sums of gradients
	Waited time.Duration // by the steps, for these sums: all of it where ranks sum in common memory, which they do themselves
}

// An exchange sums over the ranks what the steps of each have computed. It is nil in a process alone.
type exchange struct {
	comm     dist.Comm
	programs map[*graph.Program]*exchanged
	slab     dist.Values // of the gradients of all programs, of which one runs at a time
	common   *common     // in place of messages; nil if the ranks have no common memory
	backward backward
	times    Exchange
	begun    *exchanged // whose sums have begun before the run of the current step; nil for none
	synced   bool       // see Trainer.SyncBatchNorm
	own, all int        // samples of the current batch: of this rank, and of all

	step    []float64 // of the current step: the weighted loss, the weight of each rank, the norm of its own gradients
	flags   []float64 // see agree
	running []float64 // running statistics, one after another
}

// exchanged are the tensors of a program that the ranks exchange.
type exchanged struct {
	buckets []*bucket // of gradients, those of the last layers first
	running []*tensor.Dense
	summed  bool // the loss is a sum over the samples
}

// newExchange makes the exchange of a trainer; nil if it trains alone.
func newExchange(comm dist.Comm, synced bool) *exchange {
	if comm == nil || comm.Size() == 1 {
		return nil
	}
	return &exchange{comm: comm, synced: synced, programs: make(map[*graph.Program]*exchanged), step: make([]float64, 1+2*comm.Size())}
}

// begin gives all ranks the parameters of rank 0.
func (e *exchange) begin(ps *graph.Params) error {
	for _, p := range ps.All() {
		if err := e.comm.Broadcast(valuesOf(p.Value), 0); err != nil {
			return err
		}
	}
	return nil
}

func valuesOf(t *tensor.Dense) dist.Values {
	if t.Dtype() == tensor.Float32 {
		return dist.Of(t.Float32s())
	}
	return dist.Of(t.Float64s())
}

// attach lists what a program exchanges.
func (e *exchange) attach(p *graph.Program) error {
	sums, err := summed(p)
	if err != nil {
		return errors.WithMessage(err, "train: Trainer.Comm")
	}
	x := &exchanged{summed: sums}
	for _, w := range p.Weights {
		if !w.Trainable() {
			x.running = append(x.running, w.Value)
		}
	}
	e.programs[p] = x
	if err := e.place(p, x); err != nil {
		return err
	}
	return e.checkSynced(p, x)
}

// place gives the gradients of a program their places in the slab.
func (e *exchange) place(p *graph.Program, x *exchanged) (err error) {
	var size int
	if x.buckets, size = bucketsOf(p); size == 0 {
		return nil
	}
	dtype := p.Params.Dtype()
	if e.slab.Len() == 0 {
		if e.common, err = newCommon(e.comm, dtype, size); err != nil {
			return err
		}
		switch {
		case e.common != nil:
			e.slab = e.common.slabs[e.comm.Rank()]
		case dtype == tensor.Float32:
			e.slab = dist.Of(make([]float32, size))
		default:
			e.slab = dist.Of(make([]float64, size))
		}
	}
	if size != e.slab.Len() {
		return errors.Errorf("train: Trainer.Comm: got %d numbers of gradients in one program and %d in another, want as many", size, e.slab.Len())
	}
	for _, b := range x.buckets {
		if err := b.place(p, e.slab); err != nil {
			return err
		}
	}
	e.tap(p, x)
	return p.Machine().Compile()
}

// sum replaces the gradients of a program, which are those of a rank's samples, by those of the samples of all ranks, and gives the loss of
// all. weight is that of the rank's samples in a mean over them, 0 for none.
func (e *exchange) sum(p *graph.Program, weight, loss float64) (all float64, err error) {
	x := e.programs[p]
	if x.summed && weight > 0 {
		weight = 1
	}
	begun := e.begun == x
	e.begun = nil
	if !begun {
		x.take()
	}
	clear(e.step)
	if weight != 0 { // otherwise its loss and gradients may be anything
		e.step[0] = weight * loss
	}
	weights, norms := e.ofRanks()
	weights[e.comm.Rank()], norms[e.comm.Rank()] = weight, x.norm()
	if weight == 0 {
		norms[e.comm.Rank()] = 0
	}
	total := 1.
	if begun { // the sums are under way, and what the ranks tell each other comes after them
		if err := e.finish(x); err != nil {
			return 0, err
		}
	}
	if err := e.reduce(e.step); err != nil {
		return 0, err
	}
	if !x.summed {
		total = sumOf(weights)
	}
	if !begun {
		if err := e.start(x, share(weight, total)); err != nil {
			return 0, err
		}
		if err := e.finish(x); err != nil {
			return 0, err
		}
	}
	return share(e.step[0], total), e.average(x)
}

func sumOf(list []float64) (sum float64) {
	for _, v := range list {
		sum += v
	}
	return sum
}

// share is the part of a weight in a total; that of no weight is nothing.
func share(weight, total float64) float64 {
	if weight == 0 {
		return 0
	}
	return weight / total
}

// ofRanks are the weights of the ranks in the current step, and the norms of their own gradients.
func (e *exchange) ofRanks() (weights, norms []float64) {
	n := e.comm.Size()
	return e.step[1 : 1+n], e.step[1+n:]
}

// norm is the norm of this rank's own gradients, all together.
func (x *exchanged) norm() float64 {
	square := 0.
	for _, b := range x.buckets {
		square += b.square
		b.square = 0
	}
	return math.Sqrt(square)
}

// take takes all gradients of the step.
func (x *exchanged) take() {
	for _, b := range x.buckets {
		b.square = 0
		for i, w := range b.weights {
			b.take(i, w.Grad.Value())
		}
	}
}

// average replaces running statistics by their means over the ranks.
func (e *exchange) average(x *exchanged) error {
	if len(x.running) == 0 {
		return nil
	}
	e.running = e.running[:0]
	for _, t := range x.running {
		e.running = appendNumbers(e.running, t)
	}
	if err := e.reduce(e.running); err != nil {
		return err
	}
	at, ranks := 0, float64(e.comm.Size())
	for _, t := range x.running {
		at += setNumbers(t, e.running[at:], ranks)
	}
	return nil
}

func appendNumbers(list []float64, t *tensor.Dense) []float64 {
	if t.Dtype() == tensor.Float64 {
		return append(list, t.Float64s()...)
	}
	for _, v := range t.Float32s() {
		list = append(list, float64(v))
	}
	return list
}

// setNumbers sets a tensor to the first of some numbers, divided, and tells how many it took.
func setNumbers(t *tensor.Dense, from []float64, divisor float64) int {
	n := t.Size()
	for i, v := range from[:n] {
		if t.Dtype() == tensor.Float64 {
			t.Float64s()[i] = v / divisor
		} else {
			t.Float32s()[i] = float32(v / divisor)
		}
	}
	return n
}
