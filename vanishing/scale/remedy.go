package scale

import "github.com/gradflow/gradflow/internal/enum"

// A RemedyKind tells what a remedy changes.
type RemedyKind int

// The kinds of remedies. Each multiplies by the growth n/n0 of the width or the depth, to a power.
const (
	NoRemedy    RemedyKind = iota
	FirstValues            // of the weight: their standard deviation
	Rate                   // of the layer
	Branches               // of all residual blocks: their factor; for the rates of their layers see [Remedy.Rates]
)

// String is as "rate".
func (k RemedyKind) String() string {
	return enum.Name("remedy", k, "none", "first values", "rate", "branches")
}

// A Remedy multiplies something by (n/n0)^Power, where n0 is the size at which the numbers were chosen.
type Remedy struct {
	Kind  RemedyKind
	Power float64
	// Clear tells whether the interval holds one multiple of 1/2, to which the power was rounded. Otherwise it is the exponent as measured.
	Clear bool
	// Rates is the power for the rates of layers in branches.
	Rates float64
}

// against is a remedy for an exponent.
func against(kind RemedyKind, f Fit) Remedy {
	if power, ok := f.half(); ok {
		return Remedy{Kind: kind, Power: -power, Clear: true}
	}
	return Remedy{Kind: kind, Power: -f.Exponent}
}

// widthFindings lists what does not keep its size over the width. The effect of a change of the data is as large as the change where first
// values are right, and the effect of an update does not depend on the width where the rate is right, too. With SGD it also depends on
// the size of the gradient, and so on the first values of later layers: their remedy comes first.
func (c *Check) widthFindings() (list []Finding) {
	gradient := 0.0 // exponent by which the remedies of later layers change the gradient
	cause := ""
	for i := len(c.Layers) - 1; i >= 0; i-- {
		l := c.Layers[i]
		if l.Class > Output {
			continue
		}
		if u := l.Curve(Update, Update.step()); u != nil {
			own := u.Fit
			if !c.Adam {
				own = own.plus(gradient)
			}
			switch {
			case own.outside(0, 0):
				list = append(list, Finding{Layer: l.Name, Quantity: Update, Fit: u.Fit, Remedy: against(Rate, own)})
			case u.outside(0, 0):
				list = append(list, Finding{Layer: l.Name, Quantity: Update, Fit: u.Fit, Cause: cause})
			}
		}
		q, first := Gain, l.Curve(Gain, Gain.step())
		if first == nil { // the data do not change in the first layer
			q, first = Activation, l.Curve(Activation, Activation.step())
		}
		if first != nil && first.outside(0, 0) {
			f := Finding{Layer: l.Name, Quantity: q, Fit: first.Fit, Remedy: against(FirstValues, first.Fit)}
			list = append(list, f)
			gradient += f.Remedy.Power
			cause = l.Name
		}
	}
	for i, j := 0, len(list)-1; i < j; i, j = i+1, j-1 {
		list[i], list[j] = list[j], list[i]
	}
	return list
}

// powers are the powers of 1/L in the laws over the depth.
var powers = map[string]float64{"standard": 0, "1/sqrt(L)": 0.5, "1/L": 1}

// ratesOf is the power of L by which the rates of layers in branches grow with a power alpha of 1/L in branches; see [graph.MuP].
func (c *Check) ratesOf(alpha float64) float64 {
	switch {
	case alpha == 0:
		return 0
	case c.Adam:
		return alpha - 1
	}
	return 2*alpha - 1
}

// depthRemedy leads from a law to that which suits the blocks: 1/sqrt(L) for blocks of one map, and otherwise 1/L.
func (c *Check) depthRemedy(law string) Remedy {
	now, known := powers[law]
	if !known {
		return Remedy{Kind: Branches}
	}
	alpha := 1.0
	if c.BlockMaps == 1 {
		alpha = 0.5
	}
	return Remedy{Kind: Branches, Power: now - alpha, Clear: true, Rates: c.ratesOf(alpha) - c.ratesOf(now)}
}

// depthFindings lists what does not keep its size over the number of residual blocks in networks of a law: the stream at the start, its
// change, and what updates do in branches.
func (c *Check) depthFindings(law string) (list []Finding) {
	if c.BlockMaps == 0 {
		return nil
	}
	for _, l := range c.Layers {
		for _, q := range []Quantity{Activation, Update, Change} {
			curve := l.Curve(q, q.step())
			low := 0.0
			switch {
			case curve == nil || l.Class != Stream && (!l.Branch || q != Update):
				continue
			case q == Activation, q == Update && c.BlockMaps == 1: // the only map of a block need not learn more than the block adds
				low = -0.5
			}
			if curve.outside(low, 0) {
				list = append(list, Finding{Layer: l.Name, Quantity: q, Fit: curve.Fit, Remedy: c.depthRemedy(law)})
			}
		}
	}
	return list
}
