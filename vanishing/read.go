package vanishing

import (
	"math"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph"
)

// Read makes a profile of the step that Gorgonia's own TapeMachine has just run, before the solver's step. It has the
// parameters only: their gradients and their sizes.
//
// TapeMachine gives the memory of a value that is needed no more to the next one. The gradients of learnables are kept to
// the end of the run, but the value of a node within the network may be that of another node by then: what is read there
// can be wrong without a sign of it, so Read does not look. It cannot give a verdict, which rests on the gradients within.
// Those are there after all on a machine made with gorgonia.TraceExec(), which needs more memory: see [ReadTraced]. [Watch]
// needs neither.
//
// Read after RunAll and before the solver: solvers overwrite the gradients, and machines add to them until one does.
func Read(loss *gorgonia.Node, learnables ...*gorgonia.Node) (Profile, error) {
	p, err := adopt(loss, learnables)
	if err != nil {
		return Profile{}, err
	}
	defer p.Close()
	p.Layers, p.Blocks = nil, nil
	return replay(p)
}

// ReadTraced is as [Read], and makes the whole profile of the step, with layers and verdict. The TapeMachine must have been
// made with gorgonia.TraceExec(), which makes it keep the values of all nodes. Without, numbers may be those of other nodes,
// and there is no way to tell.
func ReadTraced(loss *gorgonia.Node, learnables ...*gorgonia.Node) (Profile, error) {
	p, err := adopt(loss, learnables)
	if err != nil {
		return Profile{}, err
	}
	defer p.Close()
	return replay(p)
}

// replay is as Observe, with values that another machine has computed.
func replay(p *graph.Program) (Profile, error) {
	var w watch
	if err := w.attach(p); err != nil {
		return Profile{}, err
	}
	profile := describe("", p)
	w.begin(len(profile.Layers), len(profile.Params))
	if err := p.Machine().Replay(); err != nil {
		return Profile{}, err
	}
	record := w.end()
	record.Loss = p.LossValue()
	record.Batch = samples(p)
	for i, b := range trained(p) {
		record.Params[i].NormL2 = valueL2(b.Value)
	}
	profile.Records = []Record{record}
	return profile, nil
}

var _ = math.NaN
