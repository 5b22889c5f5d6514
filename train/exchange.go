package train

import (
	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/internal/kernel"
	"github.com/gradflow/gradflow/train/dist"
)

// bucketBytes is the size from which gradients are summed over the ranks, together: large enough for the network, small enough for
// sums to begin before the backward pass has ended.
const bucketBytes = 4 << 20

// An exchange sums over the ranks what the steps of each have computed. It is nil in a process alone.
type exchange struct {
	comm     dist.Comm
	programs map[*graph.Program]*exchanged

	step    [2]float64 // weight and weighted loss of the current step
	flags   []float64  // see agree
	running []float64  // running statistics, one after another
}

// exchanged are the tensors of a program that the ranks exchange.
type exchanged struct {
	buckets []*bucket // of gradients, those of the last layers first
	running []*tensor.Dense
	summed  bool // the loss is a sum over the samples
}

// A bucket is a list of gradients that are summed over the ranks at once, in memory of their own.
type bucket struct {
	grads  []*tensor.Dense
	values dist.Values
}

// newExchange makes the exchange of a trainer; nil if it trains alone.
func newExchange(comm dist.Comm) *exchange {
	if comm == nil || comm.Size() == 1 {
		return nil
	}
	return &exchange{comm: comm, programs: make(map[*graph.Program]*exchanged)}
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

// sum replaces the gradients of a program, which are those of a rank's samples, by those of the samples of all ranks, and gives the loss of
// all. weight is that of the rank's samples in a mean over them, 0 for none.
func (e *exchange) sum(p *graph.Program, weight, loss float64) (all float64, err error) {
	x, err := e.of(p)
	if err != nil {
		return 0, err
	}
	if x.summed && weight > 0 {
		weight = 1
	}
	e.step = [2]float64{weight, weight * loss}
	if weight == 0 { // its loss may be anything
		e.step[1] = 0
	}
	if err := e.comm.AllReduce(dist.Of(e.step[:])); err != nil {
		return 0, err
	}
	total := e.step[0]
	if x.summed {
		total = 1
	}
	for _, b := range x.buckets {
		b.gather(weight / total)
		if err := e.comm.AllReduce(b.values); err != nil {
			return 0, err
		}
		b.scatter()
	}
	return e.step[1] / total, e.average(x)
}

// of lists what a program exchanges, when its first step has been run.
func (e *exchange) of(p *graph.Program) (*exchanged, error) {
	if x := e.programs[p]; x != nil {
		return x, nil
	}
	x := &exchanged{summed: p.Parts[0].Loss.Reduction() == graph.Sum}
	for _, part := range p.Parts {
		if (part.Loss.Reduction() == graph.Sum) != x.summed {
			return nil, errors.New("train: Trainer.Comm: got losses that are means and losses that are sums, want one kind")
		}
	}
	room := 0
	for i := len(p.Weights) - 1; i >= 0; i-- {
		w := p.Weights[i]
		if !w.Trainable() {
			x.running = append(x.running, w.Value)
		}
		g := gradientOf(w)
		if g == nil {
			continue
		}
		if room <= 0 {
			x.buckets = append(x.buckets, new(bucket))
			room = bucketBytes
		}
		last := x.buckets[len(x.buckets)-1]
		last.grads = append(last.grads, g)
		room -= int(g.MemSize())
	}
	for _, b := range x.buckets {
		b.allocate()
	}
	e.programs[p] = x
	return x, nil
}

// allocate makes the memory of a bucket.
func (b *bucket) allocate() {
	n := 0
	for _, g := range b.grads {
		n += g.Size()
	}
	if b.grads[0].Dtype() == tensor.Float32 {
		b.values = dist.Of(make([]float32, n))
		return
	}
	b.values = dist.Of(make([]float64, n))
}

// gather copies the gradients into the bucket, times a factor.
func (b *bucket) gather(factor float64) {
	at := 0
	for _, g := range b.grads {
		n := g.Size()
		if b.values.F32 != nil {
			scaled(b.values.F32[at:at+n], g.Float32s(), float32(factor))
		} else {
			scaled(b.values.F64[at:at+n], g.Float64s(), factor)
		}
		at += n
	}
}

// scaled is into = factor·x; zeros for a factor of 0, whatever x is.
func scaled[T float32 | float64](into, x []T, factor T) {
	if factor == 0 {
		clear(into)
		return
	}
	kernel.Scale(nil, into, factor, x)
}

// scatter copies the bucket back into the gradients.
func (b *bucket) scatter() {
	at := 0
	for _, g := range b.grads {
		n := g.Size()
		if b.values.F32 != nil {
			copy(g.Float32s(), b.values.F32[at:at+n])
		} else {
			copy(g.Float64s(), b.values.F64[at:at+n])
		}
		at += n
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
	if err := e.comm.AllReduce(dist.Of(e.running)); err != nil {
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

// agree makes what any rank wants all ranks': flags that are 1 on some rank become 1 on all.
func (e *exchange) agree(flags ...*bool) error {
	e.flags = e.flags[:0]
	for _, f := range flags {
		e.flags = append(e.flags, 0)
		if *f {
			e.flags[len(e.flags)-1] = 1
		}
	}
	if err := e.comm.AllReduce(dist.Of(e.flags)); err != nil {
		return err
	}
	for i, f := range flags {
		*f = e.flags[i] > 0
	}
	return nil
}

// gather adds the scores of an epoch over the ranks.
func (e *exchange) gather(t *tally) error {
	sums := []float64{t.samples}
	for _, l := range t.losses {
		sums = append(sums, l.loss, l.hits, l.weights)
	}
	if err := e.comm.AllReduce(dist.Of(sums)); err != nil {
		return err
	}
	t.samples = sums[0]
	for i := range t.losses {
		l := &t.losses[i]
		l.loss, l.hits, l.weights = sums[1+3*i], sums[2+3*i], sums[3+3*i]
	}
	return nil
}
