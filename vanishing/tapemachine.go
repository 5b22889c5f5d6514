package vanishing

import (
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// Read makes a profile of the last step of Gorgonia's TapeMachine. The profile has only the parameters and their gradients.
//
// TapeMachine reuses the memory of values that it no longer needs. At the end of a run only the gradients of the learnables are
// reliable; an inner node may hold the value of another node. Read therefore ignores inner nodes, and the profile has no verdict,
// because the verdict depends on their gradients. [ReadTraced] reads them from a machine made with gorgonia.TraceExec(), which
// needs more memory. [Watch] needs neither.
//
// Call Read after RunAll and before the solver's step: solvers overwrite the gradients, and until then each run adds to them.
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

// ReadTraced is as [Read], but makes the whole profile of the step, with layers and verdict. The TapeMachine must have been made
// with gorgonia.TraceExec(), which keeps the values of all nodes. Otherwise the numbers may be those of other nodes, and this
// cannot be detected.
func ReadTraced(loss *gorgonia.Node, learnables ...*gorgonia.Node) (profile.Profile, error) {
	p, err := adopt(loss, learnables)
	if err != nil {
		return profile.Profile{}, err
	}
	defer p.Close()
	return replay(p, samples(p))
}

// replay is as [Observe], but reads the values computed by another machine.
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
	return w.singleStep(batch, p.LossValue()), nil
}
