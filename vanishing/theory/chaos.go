package theory

import (
	"math"

	"github.com/pkg/errors"
)

// A ChaosMap has the fixed points of all plain networks of one activation, by the standard deviations of weights and biases
// (Poole et al. 2016, fig. 1; Schoenholz et al. 2017, fig. 5).
type ChaosMap struct {
	Activation string
	WeightSD   []float64      // √(width·Var W), rising
	BiasSD     []float64      // √Var b, rising
	Points     [][]FixedPoint // by bias and weight
	Line       []ChaosPoint   // where Chi is 1, in the order of the mean square; empty if it never is
}

// A ChaosPoint is a pair of standard deviations.
type ChaosPoint struct{ WeightSD, BiasSD float64 }

// EdgeOfChaos computes the map on a grid. Standard deviations must rise; those of the weights must be above 0. A nil activation is
// the identity.
func EdgeOfChaos(phi Activation, weightSD, biasSD []float64) (ChaosMap, error) {
	if phi == nil {
		phi = linear
	}
	if !rising(weightSD) || !rising(biasSD) || !(weightSD[0] > 0) || !(biasSD[0] >= 0) {
		return ChaosMap{}, errors.New("theory: the standard deviations of an edge of chaos must rise, from above 0 (weights) and from 0 (biases)")
	}
	m := momentsOf(phi)
	chaos := ChaosMap{Activation: phi.String(), WeightSD: weightSD, BiasSD: biasSD}
	for _, b := range biasSD {
		row := make([]FixedPoint, len(weightSD))
		for i, w := range weightSD {
			row[i] = fixed(m, w*w, b*b, 1)
		}
		chaos.Points = append(chaos.Points, row)
	}
	chaos.Line = criticalLine(m, weightSD[len(weightSD)-1], biasSD[len(biasSD)-1])
	return chaos, nil
}

func rising(list []float64) bool {
	for i := range list {
		if i > 0 && !(list[i] > list[i-1]) || math.IsInf(list[i], 0) {
			return false
		}
	}
	return len(list) > 0
}

// criticalLine scans the mean square q. The condition chi = 1 gives the variance of the weights, and the condition that q is a fixed
// point gives the variance of the biases. Points with a negative variance or an unstable q are left out.
func criticalLine(m moments, maxWeightSD, maxBiasSD float64) []ChaosPoint {
	if m.piecewiseLinear() { // chi is the same at any mean square, and so for any biases
		if sd := 1 / math.Sqrt(m.D(1)); sd <= maxWeightSD {
			return []ChaosPoint{{sd, 0}, {sd, maxBiasSD}}
		}
		return nil
	}
	const rounding = 1e-12
	var line []ChaosPoint
	for exponent := -4.0; exponent <= 3; exponent += 0.02 {
		q := math.Pow(10, exponent)
		weight := 1 / m.D(q)
		bias := q - weight*m.V(q)
		if bias < -rounding*q || weight*m.VPrime(q) > 1+rounding {
			continue
		}
		at := ChaosPoint{math.Sqrt(weight), math.Sqrt(math.Max(0, bias))}
		if at.WeightSD <= maxWeightSD && at.BiasSD <= maxBiasSD {
			line = append(line, at)
		}
	}
	return line
}
