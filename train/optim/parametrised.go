package optim

import "github.com/gradflow/gradflow/graph"

// parametrised is the factor of the rate that a parametrisation such as [graph.MuP] gives to a parameter; 0 if it has none for the
// optimiser, as for those whose step depends on the norm of a parameter or a gradient.
func parametrised(o Optimizer, p *graph.Param) float64 {
	if p.Rates == (graph.Rates{}) {
		return 1
	}
	switch o.(type) {
	case *SGD:
		return p.Rates.SGD
	case *Adam, *AdamW, *AdaGrad, *RMSProp, *Lion:
		return p.Rates.Adam
	}
	return 0
}
