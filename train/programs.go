package train

import (
	"fmt"
	"slices"
	"sync"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/graph"
)

// maxIdle bounds the programs that are kept for later, so that ever new batch sizes do not fill the memory.
const maxIdle = 16

// programs holds the evaluation programs that no call is using. A program runs for one caller at a time: a call takes one out
// and puts it back.
type programs struct {
	mu   sync.Mutex
	idle []idleProgram // the longest idle first
}

type idleProgram struct {
	purpose
	*graph.Program
}

// A purpose says what an evaluation program is for.
type purpose struct {
	params *graph.Params
	inputs string // names, shapes and types
	loss   bool   // whether it computes the loss
}

// take removes an idle program with a purpose; nil if there is none.
func (ps *programs) take(want purpose) *graph.Program {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	for i, p := range slices.Backward(ps.idle) {
		if p.purpose == want {
			ps.idle = slices.Delete(ps.idle, i, i+1)
			return p.Program
		}
	}
	return nil
}

// put keeps a program for later. If there are too many, the one that has been idle longest is dropped.
func (ps *programs) put(of purpose, p *graph.Program) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if len(ps.idle) == maxIdle {
		ps.idle = slices.Delete(ps.idle, 0, 1)
	}
	ps.idle = append(ps.idle, idleProgram{of, p})
}

// withProgram calls use with an evaluation program for these inputs over the current Params, or their averages. No other call has that program
// meanwhile. Without the losses the program computes the outputs only.
func (t *Trainer) withProgram(inputs []graph.Input, losses bool, use func(*graph.Program) error) (err error) {
	params := t.evalParams()
	want := purpose{params, fmt.Sprint(inputs), losses}
	p := t.programs.take(want)
	if p == nil {
		c := graph.Config{Model: t.model(), Params: params, Inputs: inputs, Mode: graph.Eval, Seed: t.Seed}
		if losses {
			c.Loss, c.Losses = t.loss(), t.Losses
		}
		if p, err = graph.Build(c); err != nil {
			return errors.Wrapf(err, "train: the program for inputs of shape %v", inputs[0].Shape)
		}
	}
	defer t.programs.put(want, p)
	return use(p)
}
