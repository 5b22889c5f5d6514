package vanishing

import (
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/vanishing/profile"
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
func Read(loss *gorgonia.Node, learnables ...*gorgonia.Node) (profile.Profile, error) {
	p, err := adopt(loss, learnables)
	if err != nil {
		return profile.Profile{}, err
	}
	defer p.Close()
	batch := samples(p)
	p.Layers, p.Blocks = nil, nil
	return replay(p, batch)
}

// ReadTraced is as [Read], and makes the whole profile of the step, with layers and verdict. The TapeMachine must have been
// made with gorgonia.TraceExec(), which makes it keep the values of all nodes. Without, numbers may be those of other nodes,
// and there is no way to tell.
func ReadTraced(loss *gorgonia.Node, learnables ...*gorgonia.Node) (profile.Profile, error) {
	p, err := adopt(loss, learnables)
	if err != nil {
		return profile.Profile{}, err
	}
	defer p.Close()
	return replay(p, samples(p))
}

// replay is as [Observe], with values that another machine has computed.
func replay(p *graph.Program, batch int) (profile.Profile, error) {
	w, err := newProbe(p, "", true, true)
	if err != nil {
		return profile.Profile{}, err
	}
	defer w.detach()
	w.begin(allTiers)
	if err := p.Machine().Replay(); err != nil {
		return profile.Profile{}, errors.Wrap(err, "vanishing")
	}
	return w.only(batch, p.LossValue()), nil
}
