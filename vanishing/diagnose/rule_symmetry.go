package diagnose

import (
	"math"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// findSymmetry finds layers whose units are all alike: their weights begin at one number, and so do the weights that read them. All units
// then compute the same and get the same gradient, and stay alike. The random zeros of dropout would tell them apart.
func findSymmetry(r *ruleInput) []Finding {
	if r.d.zeroProduct(r.Profile) {
		return []Finding{r.zeroProductFinding()}
	}
	path := r.Path()
	if len(path) < 2 || !r.IsChain() || r.HasSkips() || r.Dropout > 0 || len(r.sample) == 0 || r.sample[0].Step > 0 {
		return nil
	}
	var alike []int
	for i, l := range path[:len(path)-1] {
		if r.Layers[l].Units > 1 && r.beginsConstant(l) && r.beginsConstant(path[i+1]) {
			alike = append(alike, l)
		}
	}
	if len(alike) == 0 {
		return nil
	}
	f := Finding{Severity: Critical, Layers: alike, Step: r.sample[0].Step, Confidence: 1}
	if r.learns() || len(r.sample) > 1 && r.falls() {
		f.Severity = Warning
	}
	names := layerNames(r.say, r.Profile, alike)
	f.Sentence = r.say.Sprintf("The units of %s begin alike and get the same gradient, so that they stay alike: a layer of such units is worth one unit.", names)
	f.Evidence = r.say.Sprintf("The weights of %s begin as %s, and so do those that read the layer.", layerName(r.say, r.Profile, alike[0]), r.Layers[alike[0]].Init)
	f.advise(r.say, option{text: r.say.Text("Draw the weights at random, which tells the units apart."), code: "Init: " + familyFor(r.Layers[alike[0]].Activation).code})
	return []Finding{f}
}

// beginsConstant reports whether the weight of a layer is one number other than zero, by its initialiser and, if that was recorded, by its
// size in the first record. Weights of zero have other findings.
func (r *ruleInput) beginsConstant(layer int) bool {
	init := r.Layers[layer].Init
	if init == nil || init.Kind != profile.Constant || init.Value == 0 {
		return false
	}
	w, details := r.weights[layer], r.sample[0].Details
	if w < 0 || details == nil || len(details.Params) <= w || r.Params[w].Size == 0 {
		return true
	}
	want := math.Abs(float64(init.Value)) * math.Sqrt(float64(r.Params[w].Size))
	return math.Abs(float64(details.Params[w].NormL2)-want) <= 1e-3*want
}
