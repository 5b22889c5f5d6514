package train

import (
	"runtime"
	"sync"
	"time"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph"
)

// overlap lets the sums of the next step begin during its run where they are messages. In common memory the gradients are only measured then,
// while they are in the cache. It does nothing if the weight of the samples is not known before, or if the run sends sums of its own, with
// which messages would mix in another order on each rank.
func (e *exchange) overlap(p *graph.Program) {
	x := e.programs[p]
	if e.synced && e.common == nil {
		return
	}
	if len(p.Parts) == 1 && !x.summed {
		if _, weighted := p.Parts[0].SumOfWeights(); weighted {
			return
		}
	}
	factor := share(float64(e.own), float64(e.all))
	if x.summed {
		factor = float64(min(1, e.own))
	}
	e.begun = x
	for _, b := range x.buckets {
		b.missing, b.square = len(b.weights), 0
	}
	if e.common != nil {
		e.common.begin(factor)
		return
	}
	e.backward.begin(e, x, factor)
}

// tap watches the gradients of a program.
func (e *exchange) tap(p *graph.Program, x *exchanged) {
	for _, b := range x.buckets {
		for i, w := range b.weights {
			p.Tap(w.Grad, func(v gorgonia.Value) { e.computed(x, b, i, v) })
		}
	}
}

// computed takes a gradient that was just computed. Taps of a machine are called one after another.
func (e *exchange) computed(x *exchanged, b *bucket, i int, v gorgonia.Value) {
	if e.begun != x {
		return
	}
	b.take(i, v)
	if e.common == nil {
		b.scale(i, e.backward.factor)
	}
	if b.missing--; b.missing > 0 {
		return
	}
	if e.common == nil {
		b.full <- struct{}{}
		runtime.Gosched() // a rank with one core has no other thread on which the sum could begin
	}
}

// start begins the sums of gradients that are all computed, each times a factor.
func (e *exchange) start(x *exchanged, factor float64) error {
	if e.common != nil {
		e.common.begin(factor)
		return nil
	}
	began := time.Now()
	for _, b := range x.buckets {
		for i := range b.weights {
			b.scale(i, factor)
		}
		if err := e.comm.AllReduce(b.values); err != nil {
			return err
		}
	}
	e.times.Total += time.Since(began)
	e.times.Waited += time.Since(began)
	return nil
}

// finish waits until the gradients of a step are summed.
func (e *exchange) finish(x *exchanged) (err error) {
	began := time.Now()
	switch {
	case e.common != nil:
		err = e.common.sum()
		e.times.Total += time.Since(began)
	case e.backward.under:
		err = e.backward.wait()
	}
	e.times.Waited += time.Since(began)
	for _, b := range x.buckets {
		b.give()
	}
	return err
}

// A backward sends the buckets of a program while its backward pass still computes gradients of others: a bucket is full when the last of its
// gradients was computed, and a goroutine sums full buckets in their order, which is the same on all ranks.
type backward struct {
	factor float64 // of the gradients
	under  bool    // the goroutine sums the buckets of a step

	steps  chan []*bucket // for the goroutine
	summed chan error     // from it, when all buckets of a step are summed
	quit   chan struct{}
	ended  sync.WaitGroup
}

// begin lets the goroutine sum the buckets of a step.
func (o *backward) begin(e *exchange, x *exchanged, factor float64) {
	if o.quit == nil {
		o.steps, o.summed, o.quit = make(chan []*bucket, 1), make(chan error, 1), make(chan struct{})
		o.ended.Go(func() { o.serve(e) })
	}
	o.factor, o.under = factor, true
	o.steps <- x.buckets
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

// wait waits until the buckets of the step are summed.
func (o *backward) wait() error {
	o.under = false
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
