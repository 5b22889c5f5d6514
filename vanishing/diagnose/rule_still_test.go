package diagnose

import (
	"testing"

	"github.com/gradflow/gradflow/vanishing/profile"
)

func TestLayersThatDoNotTrain(t *testing.T) {
	frozen := func(ratio, unchanged profile.Number) func(*profile.Profile) {
		return eachUpdate(func(_, layer int, u *profile.Update) {
			if layer == 2 || layer == 5 {
				u.Ratio, u.Unchanged = ratio, unchanged
			}
		})
	}
	f := expectFinding(t, Diagnose(flat(frozen(0, 1))), "layer-not-training", "The optimiser does not move the weights of layers 3 and 6", "left out of the optimiser")
	if f.Severity != Warning || len(f.Layers) != 2 { // the loss falls to a twentieth
		t.Errorf("%+v", f)
	}
	stays := func(p *profile.Profile) {
		frozen(0, 1)(p)
		for i := range p.Records {
			p.Records[i].Loss = 1
		}
	}
	if f := expectFinding(t, Diagnose(flat(stays)), "layer-not-training"); f.Severity != Critical {
		t.Errorf("with a loss that does not fall: %+v", f)
	}
	expectFinding(t, Diagnose(flat(frozen(5e-7, 0.999))), "layer-not-training")
	expectNoFinding(t, Diagnose(flat(frozen(5e-4, 0.5))), "layer-not-training")
	all := flat(eachUpdate(func(_, _ int, update *profile.Update) { update.Ratio = 0 }))
	expectNoFinding(t, Diagnose(all), "layer-not-training") // no other layer trains
}

func TestBoundsOfLayersThatDoNotTrain(t *testing.T) {
	frozen := func(layer int, ratio, unchanged, others profile.Number) Diagnosis {
		return Diagnose(flat(eachUpdate(func(_, l int, u *profile.Update) {
			u.Ratio, u.Unchanged = others, 0
			if l == layer {
				u.Ratio, u.Unchanged = ratio, unchanged
			}
		})))
	}
	if f := expectFinding(t, frozen(10, 0, 1, 1e-3), "layer-not-training", "does not move the weights of layer 11"); len(f.Layers) != 1 {
		t.Errorf("the output layer is frozen, found %v", f.Layers)
	}
	expectFinding(t, frozen(3, 9e-7, 0.995, 1e-3), "layer-not-training")
	expectNoFinding(t, frozen(3, 9e-7, 0.985, 1e-3), "layer-not-training")   // more than 1 % of the elements move
	expectNoFinding(t, frozen(3, 1.1e-6, 0.995, 1e-3), "layer-not-training") // not a thousand times slower than the others
	expectFinding(t, frozen(3, 0.9e-7, 0.5, 1e-3), "layer-not-training")     // below half a unit in the last place
	expectNoFinding(t, frozen(3, 1.1e-7, 0.5, 1e-3), "layer-not-training")
}

// Layers that get a gradient and do not move are frozen, unless rounding loses their updates.
func TestFrozenOrLostInRounding(t *testing.T) {
	with := func(norm, gradient profile.Number) Diagnosis {
		return Diagnose(flat(func(p *profile.Profile) {
			eachUpdate(func(_, layer int, u *profile.Update) {
				if layer == 2 {
					u.Ratio, u.Unchanged = 0, 1
				}
			})(p)
			for i := range p.Records {
				p.Records[i].Details.Params[2].NormL2, p.Records[i].Params[2].GradRMS = norm, gradient
			}
		}))
	}
	expectFinding(t, with(10, 0.1), "layer-not-training", "The optimiser does not move")
	expectFinding(t, with(1e5, 0.1), "layer-not-training", "The weights of layer 3 do not train") // updates of 1e-7 of their size
	expectFinding(t, with(10, 1e-6), "layer-not-training", "The weights of layer 3 do not train")
}

// A frozen layer does not make the steps of the others small.
func TestStepsWithoutFrozenLayers(t *testing.T) {
	p := stuckProfile(200, 2.31, 2.3, level(6)...)
	p.Optimizer = adam(1e-3)
	eachUpdate(func(_, layer int, u *profile.Update) {
		if u.Ratio = 2e-3; layer == 2 {
			u.Ratio, u.Unchanged = 1e-15, 1
		}
	})(&p)
	d := Diagnose(p)
	expectFinding(t, d, "layer-not-training", "The optimiser does not move the weights of layer 3")
	expectFinding(t, d, "stuck", "See the other findings")
	expectNoFinding(t, d, "learning-rate-too-small")
}
