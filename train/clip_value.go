package train

import (
	"cmp"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/internal/kernel"
)

// ClipValue is a callback that limits each element of the gradients to [-Max, Max], as torch.nn.utils.clip_grad_value_ does. It changes
// the direction of the step; [ClipNorm] does not. A NaN stays.
type ClipValue struct {
	Base
	Max float64 // largest absolute value; 0 means 1

	Share   float64 // of all elements that were limited in the last step
	Clipped int     // steps so far in which an element was limited

	clipping
}

var _ Callback = (*ClipValue)(nil)

// Begin checks the configuration.
func (c *ClipValue) Begin(*Run) error {
	if !(c.Max >= 0) {
		return errors.Errorf("train: ClipValue.Max: got %g, want a positive number, or 0 for 1", c.Max)
	}
	c.Share, c.Clipped = 0, 0
	return nil
}

// BeforeUpdate limits the gradients.
func (c *ClipValue) BeforeUpdate(r *Run) error {
	before, limited, size := c.measure(r), 0, 0
	gradients(r, func(_ int, g *tensor.Dense) {
		size += g.Shape().TotalSize()
		if g.Dtype() == tensor.Float32 {
			limited += limit(g.Float32s(), float32(cmp.Or(c.Max, 1)))
		} else {
			limited += limit(g.Float64s(), cmp.Or(c.Max, 1))
		}
	})
	c.Share = float64(limited) / float64(max(1, size))
	if limited == 0 {
		return nil
	}
	c.Clipped++
	r.Uneven = true
	c.acted(r, commonNorm(r)/before)
	return nil
}

// limit limits the elements to [-top, top], and counts those that were outside.
func limit[T kernel.Float](x []T, top T) int {
	if _, highest, _ := kernel.AbsStats(x); highest <= float64(top) {
		return 0
	}
	n := 0
	for i, v := range x {
		if v > top || v < -top {
			x[i] = max(-top, min(top, v))
			n++
		}
	}
	return n
}
