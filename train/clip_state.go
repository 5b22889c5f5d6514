package train

import "github.com/gradflow/gradflow/train/checkpoint"

var (
	_ checkpoint.Stateful = (*ClipNorm)(nil)
	_ checkpoint.Stateful = (*ClipValue)(nil)
	_ checkpoint.Stateful = (*ClipAdaptive)(nil)
)

// A savedClipping is what a callback that clips tells of a run: a number of the last step, and how many steps it acted in.
type savedClipping struct {
	Last    checkpoint.Number
	Clipped int
}

func saveClipping(last float64, clipped int) (checkpoint.State, error) {
	return checkpoint.State{Values: savedClipping{checkpoint.Number(last), clipped}}, nil
}

func restoreClipping(state checkpoint.State, last *float64, clipped *int) error {
	var s savedClipping
	if err := state.Decode(&s); err != nil {
		return err
	}
	*last, *clipped = float64(s.Last), s.Clipped
	return nil
}

// State implements checkpoint.Stateful.
func (c *ClipNorm) State() (checkpoint.State, error) { return saveClipping(c.Norm, c.Clipped) }

// SetState implements checkpoint.Stateful.
func (c *ClipNorm) SetState(s checkpoint.State) error { return restoreClipping(s, &c.Norm, &c.Clipped) }

// State implements checkpoint.Stateful.
func (c *ClipValue) State() (checkpoint.State, error) { return saveClipping(c.Share, c.Clipped) }

// SetState implements checkpoint.Stateful.
func (c *ClipValue) SetState(s checkpoint.State) error {
	return restoreClipping(s, &c.Share, &c.Clipped)
}

// State implements checkpoint.Stateful.
func (c *ClipAdaptive) State() (checkpoint.State, error) { return saveClipping(c.Share, c.Clipped) }

// SetState implements checkpoint.Stateful.
func (c *ClipAdaptive) SetState(s checkpoint.State) error {
	return restoreClipping(s, &c.Share, &c.Clipped)
}
