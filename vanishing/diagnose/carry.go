package diagnose

import (
	"fmt"
	"math"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// clipCode is the line of code that clips the gradient.
const clipCode = "&train.ClipNorm{Max: 1}"

// carry sets the remedy of a gradient that vanishes or explodes over the steps of a recurrent layer. Gates alone do not help: an LSTM
// whose forget gate is half open at first halves the gradient in each step. With the bias log(T) the cell keeps 1/e of it over T steps
// (Tallec & Ollivier 2018, "Can recurrent neural networks warp time?", sec. 2).
func (r *ruleInput) carry(f *Finding) {
	t, cell := r.d.Time, profile.CellKind("")
	if t.stacked {
		r.unstack(f)
		return
	}
	if t.Sequence >= 0 {
		cell = r.Sequences[t.Sequence].Cell
	}
	bias := fmt.Sprintf("%.1f", math.Log(float64(t.Steps)))
	switch {
	case t.Lost == 0 && t.Change > 0:
		f.Remedy = r.say.Text("Draw the recurrent weight orthogonal, so that it keeps the gradient's size at the start, and clip the gradient.")
		f.Code = clipCode
	case cell == profile.LSTM:
		f.Remedy = r.say.Sprintf("Let the forget gate begin open: with a bias of log(steps), here %s, the cell keeps a third of its gradient over the whole sequence. Attention reaches far steps in any case.", bias)
		f.Code = "ForgetBias: " + bias
	case cell == profile.GRU:
		f.Remedy = r.say.Sprintf("An LSTM whose forget gate begins with a bias of log(steps), here %s, carries the gradient further than a GRU, and a linear recurrent unit (LRU) or attention further still.", bias)
	default:
		f.Remedy = r.say.Sprintf("An LSTM whose forget gate begins with a bias of log(steps), here %s, carries the gradient over many steps, and a recurrent weight that is drawn orthogonal loses less of it.", bias)
	}
	if cell == profile.RNNTanh || cell == profile.RNNReLU {
		f.Code = "StateInit: initializer.Orthogonal{}"
	}
}
