package train

import (
	"fmt"
	"slices"
	"sync"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
)

// maxIdle bounds the programs that are kept for later, so that ever new batch sizes do not fill the memory.
const maxIdle = 16

// Programs are the evaluation programs that no call is using. A program runs for one caller at a time: a call takes one out
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
	input  string // shape
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

// withProgram calls use with an evaluation program for inputs of a shape over the current Params, which no other call uses
// meanwhile. With a nil loss the program computes the output only.
func (t *Trainer) withProgram(input tensor.Shape, loss graph.Loss, use func(*graph.Program) error) (err error) {
	want := purpose{t.Params, fmt.Sprint(input), loss != nil}
	p := t.programs.take(want)
	if p == nil {
		p, err = graph.Build(graph.Config{
			Model: t.Model, Params: t.Params, Input: input.Clone(), Loss: loss, Mode: graph.Eval, Seed: t.Seed,
		})
		if err != nil {
			return errors.Wrapf(err, "train: the program for inputs of shape %v", input)
		}
	}
	defer t.programs.put(want, p)
	return use(p)
}
