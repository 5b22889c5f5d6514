package diagnose

import "math"

// Steps that are too large make units die, saturate the others and throw weights to where gradients explode. What helps then is a lower
// rate, and not what helps a network that was drawn so.

// slower sets the remedy of steps that are too large; false if none were found.
func (r *ruleInput) slower(f *Finding) bool {
	large := findLargeRate(r)
	if len(large) == 0 {
		return false
	}
	f.follow(large[0])
	return true
}

// slowerSinceLost sets the remedy of a gradient that was lost in training, though no single step was large; false if none was lost.
func (r *ruleInput) slowerSinceLost(f *Finding) bool {
	if len(r.d.Lost) == 0 {
		return false
	}
	if r.overweighted(f) {
		return true
	}
	f.advise(r.say, option{r.say.Text("The gradient reached all layers at first, and steps have driven units to where nothing passes: lower the learning rate 10 times."),
		rateCode(r.Profile, 10), learningRate, -1})
	return true
}

// spoiltBySteps reports whether steps may be to blame, and not the first weights: if the gradient began well, or if in a network left at guessing a
// step larger than the weights has replaced weights whose gradient had not yet vanished or exploded. Steps are not to blame that are large because
// weight decay has shrunk the weights.
func (r *ruleInput) spoiltBySteps() bool {
	if decayed(r.Profile, r.d) < halved {
		return false
	}
	return r.beganWell() || r.d.isStuck(r.Profile) && r.largestUpdate() > 1 && r.began(Threshold)
}

// beganWell reports whether in the first record the gradient reached all hidden layers, at about the same size.
func (r *ruleInput) beganWell() bool { return r.began(weak) }

// began reports whether in the first record the gradient reached all hidden layers, and changed by less than so many decades.
func (r *ruleInput) began(decades float64) bool {
	if len(r.hidden) == 0 || len(r.sample) < 2 || r.sample[0].Step > 0 {
		return false
	}
	for _, l := range r.hidden {
		if !(r.sample[0].Layers[l].DeltaRMS > 0) {
			return false
		}
	}
	return math.Abs(changeOf(r.sample[0], r.hidden[len(r.hidden)-1], r.hidden[0])) < decades
}
