package train

import (
	"runtime"
	"sync"
	"time"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph"
)

// A backward sums the buckets of a program while its backward pass still computes gradients of others: a bucket is full when the last of its
// gradients was computed, and a goroutine sums full buckets in their order, which is the same on all ranks.
type backward struct {
	of     *exchanged // whose buckets the current step sums; nil if it does not
	factor float64    // of the gradients
	tapped map[*exchanged]bool

	steps  chan []*bucket // for the goroutine
	summed chan error     // from it, when all buckets of a step are summed
	quit   chan struct{}
	ended  sync.WaitGroup
}

// overlap lets the sums of the next step begin during its run. It does nothing if the weight of the samples is not known before, or if
// the run has sums of its own, with which these would mix in another order on each rank.
func (e *exchange) overlap(p *graph.Program, samples int) {
	x := e.programs[p]
	e.backward.of = nil
	if e.synced {
		return
	}
	if len(p.Parts) == 1 && !x.summed {
		if _, weighted := p.Parts[0].SumOfWeights(); weighted {
			return
		}
	}
	e.backward.begin(e)
	e.backward.tap(p, x)
	e.backward.of, e.backward.factor = x, float64(samples)
	if x.summed && samples > 0 {
		e.backward.factor = 1
	}
	for _, b := range x.buckets {
		b.missing = len(b.weights)
	}
	e.backward.steps <- x.buckets
}

// begin starts the goroutine.
func (o *backward) begin(e *exchange) {
	if o.quit != nil {
		return
	}
	o.tapped = make(map[*exchanged]bool)
	o.steps, o.summed, o.quit = make(chan []*bucket, 1), make(chan error, 1), make(chan struct{})
	o.ended.Go(func() { o.serve(e) })
}

// serve sums the buckets of each step.
func (o *backward) serve(e *exchange) {
	for {
		select {
		case buckets := <-o.steps:
			o.summed <- o.sum(e, buckets)
		case <-o.quit:
			return
		}
	}
}

// sum sums each bucket when it is full.
func (o *backward) sum(e *exchange, buckets []*bucket) error {
	for _, b := range buckets {
		select {
		case <-b.full:
		case <-o.quit:
			return nil
		}
		began := time.Now()
		if err := e.comm.AllReduce(b.values); err != nil {
			return err
		}
		e.times.Total += time.Since(began)
	}
	return nil
}

// tap watches the gradients of a program.
func (o *backward) tap(p *graph.Program, x *exchanged) {
	if o.tapped[x] {
		return
	}
	o.tapped[x] = true
	for _, b := range x.buckets {
		for i, w := range b.weights {
			p.Tap(w.Grad, func(v gorgonia.Value) { o.computed(x, b, i, v) })
		}
	}
}

// computed takes a gradient that was just computed into its bucket. Taps of a machine are called one after another.
func (o *backward) computed(x *exchanged, b *bucket, i int, v gorgonia.Value) {
	if o.of != x {
		return
	}
	b.take(i, v, o.factor)
	if b.missing--; b.missing == 0 {
		b.full <- struct{}{}
		runtime.Gosched() // a rank with one core has no other thread on which the sum could begin
	}
}

// wait waits until the buckets of the step are summed.
func (o *backward) wait() error {
	o.of = nil
	return <-o.summed
}

// end ends the goroutine.
func (o *backward) end() {
	if o.quit == nil {
		return
	}
	close(o.quit)
	o.ended.Wait()
}
