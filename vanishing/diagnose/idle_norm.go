package diagnose

import "github.com/gradflow/gradflow/vanishing/profile"

// idleNorm sets the remedy of a normalisation that makes the output of its layer the same for all samples: over one unit, or with a gain that
// begins at zero on the only way.
func (r *ruleInput) idleNorm(f *Finding) bool {
	if len(r.d.Lost) == 0 {
		return false
	}
	for _, l := range r.hidden {
		layer := r.Layers[l]
		if layer.Norm.Kind == profile.LayerNorm && layer.Units == 1 {
			f.Code, f.Remedy = "", r.say.Sprintf("Layer normalisation over the only unit of %s makes it the same number for all samples: leave it out, or take more units.", layerName(r.say, r.Profile, l))
			return true
		}
		if layer.Norm.Kind != "" && r.gainBeginsAtZero(layer.Depth) {
			f.Code, f.Remedy = "GainInit: initializer.Constant{Value: 1}", r.say.Sprintf("The gain of the normalisation of %s begins at zero, so that it passes nothing on: let it begin at 1.", layerName(r.say, r.Profile, l))
			return true
		}
	}
	return false
}

// gainBeginsAtZero reports whether a gain at a depth is all zero before any update.
func (r *ruleInput) gainBeginsAtZero(depth int) bool {
	if len(r.sample) == 0 || r.sample[0].Step > 0 || r.sample[0].Details == nil || len(r.sample[0].Details.Params) == 0 {
		return false
	}
	for i, param := range r.Params {
		if param.Role == "gain" && param.Depth == depth && r.sample[0].Details.Params[i].NormL2 == 0 {
			return true
		}
	}
	return false
}
