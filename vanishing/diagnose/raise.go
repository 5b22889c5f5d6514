package diagnose

import (
	"github.com/gradflow/gradflow/vanishing/internal/words"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// margin is the factor by which steps stay below the usual ones when a far too small learning rate is raised: a rate that suits the present
// weights may be too large for the trained ones. It is also the least factor by which to raise one.
const margin = 10

// rateSetsSteps reports whether the learning rate sets the size of the steps, whatever the gradients: with an optimiser that divides by their size,
// if that is above its epsilon.
func (r *ruleInput) rateSetsSteps() bool {
	return r.Optimizer.Normalizing() || r.Optimizer.Adaptive() && r.overGradient() < 1
}

// raise is the factor by which to raise a learning rate. The weights that move most decide, of all layers: others may be slow because they are large.
// There is no margin where the gradients, which may grow with the weights, do not count.
func (r *ruleInput) raise() float64 {
	ratio := 0.0
	for _, l := range r.Path() {
		if u := r.moves(l); u > ratio {
			ratio = u
		}
	}
	if r.rateSetsSteps() {
		return max(margin, usual/ratio)
	}
	return max(margin, usual/ratio/margin)
}

// largestSGD is the largest learning rate to advise for SGD. Biases, whose gradients are as large as the errors of the outputs, diverge with
// larger ones, however weak the gradients of weights are.
const largestSGD = 1

// higher is the option of a higher learning rate, with a sentence for the factor; of another optimiser if SGD needed a rate that is too large for
// biases.
func (r *ruleInput) higher(sentence func(factor float64) string) option {
	factor := roundTo1(r.raise())
	if o := r.Optimizer; o != nil && o.Kind == profile.SGD && float64(o.LearningRate)*factor > largestSGD*(1-float64(o.Momentum)) {
		return option{text: r.say.Text("The gradients of the weights are too small for SGD: a learning rate that moves them by a thousandth of their size would throw off biases, whose gradients are not as small. Take an optimiser that divides gradients by their size, such as Adam, and look for what makes them small."),
			code: "Optimizer: &optim.Adam{}"}
	}
	return option{sentence(factor), rateCode(r.Profile, 1/factor), learningRate, 1}
}

// raiseOrWait tells by how much to raise the rate of steps of a ratio.
func (r *ruleInput) raiseOrWait(ratio float64) func(factor float64) string {
	return func(factor float64) string {
		return r.say.Sprintf("A step changes a weight by %s of its size, where a thousandth is usual: raise the learning rate %s times, or train longer.", words.Human(ratio), words.Human(factor))
	}
}

// slowSteps puts a higher learning rate before the remedy of a gradient that is too weak for a stuck network, if the rate and not the gradient
// makes the steps less than a tenth of the usual ones.
func (r *ruleInput) slowSteps(f *Finding) {
	ratio, _ := r.updates(r.sample, func(float64) bool { return false })
	if !(0 < ratio && ratio < usual/margin) || !r.rateSetsSteps() {
		return
	}
	then := option{text: f.Remedy}
	if r.scheduledLow(f) {
		return
	}
	f.Tried, f.check = false, false
	f.advise(r.say, r.higher(r.raiseOrWait(ratio)), then)
}
