package theory

import (
	"math"

	"github.com/pkg/errors"
)

// WeightGradients gives E‖dL/dW‖² and E‖dL/db‖² for each layer of a plain network without normalisation, for a batch whose
// samples are given one by one: input are their mean products x_b·x_b'/features, and top the inner products δ_b·δ_b' of the
// gradients at the last layer, of the loss as it is differentiated (so with 1/B if it is a mean). Nothing is averaged over the
// batch, as Predict does. It rests on
//
//	‖dW‖² = Σ_bb' (δ_b·δ_b')(a_b·a_b'),
//
// which is exact, and on E φφ and E φ'φ' for each pair of samples. The fields of Net that describe the input are not used.
// Networks with blocks or normalisation are an error with the cause ErrNoTheory.
func WeightGradients(net Net, input, top [][]float64) (weight, bias []float64, err error) {
	if err := net.Validate(); err != nil {
		return nil, nil, err
	}
	if !square(input) || !square(top) || len(input) != len(top) || len(input) == 0 {
		return nil, nil, errors.Errorf("theory: Gram matrices of %d and %d rows, expected square ones of one size", len(input), len(top))
	}
	for i, l := range net.Layers {
		if len(net.Blocks) > 0 || l.PreNorm != NoNorm || l.Norm != NoNorm || l.PostNorm != NoNorm || l.PreActivation != nil {
			return nil, nil, errors.Wrapf(ErrNoTheory, "theory: %s is not of a plain network", net.title(i))
		}
	}
	p := &pass{net: net, known: make(map[key]*knowledge)}
	signals, dots := p.grams(input)
	gradient := top
	weight, bias = make([]float64, len(net.Layers)), make([]float64, len(net.Layers))
	for i := len(net.Layers) - 1; i >= 0; i-- {
		l := net.Layers[i]
		for b, row := range gradient {
			for c, v := range row {
				weight[i] += v * signals[i][b][c] * float64(l.In)
				bias[i] += v
			}
		}
		if i > 0 {
			gradient = each(gradient, func(b, c int) float64 {
				return gradient[b][c] * dots[i-1][b][c] * float64(l.In) * l.WeightVar
			})
		}
	}
	return weight, bias, nil
}

// grams gives, for each layer, the mean products of its inputs, and E φ'φ' behind it.
func (p *pass) grams(input [][]float64) (signals, dots [][][]float64) {
	x := input
	for _, l := range p.net.Layers {
		signals = append(signals, x)
		z := each(x, func(b, c int) float64 { return float64(l.In)*l.WeightVar*x[b][c] + l.BiasVar })
		if l.Activation == nil {
			x, dots = z, append(dots, each(z, func(int, int) float64 { return 1 }))
			continue
		}
		pair := p.pairs(p.of(l.Activation).Moments, z)
		dot := each(z, func(b, c int) float64 { _, dot := pair(b, c); return dot })
		x, dots = each(z, func(b, c int) float64 { k, _ := pair(b, c); return k }), append(dots, dot)
	}
	return signals, dots
}

// pairs gives E φφ and E φ'φ' of two samples: in closed form, or from each sample's Hermite polynomials.
func (p *pass) pairs(m Moments, z [][]float64) func(b, c int) (k, dot float64) {
	if m.form.k != nil {
		return func(b, c int) (float64, float64) {
			return m.K(z[b][b], z[c][c], z[b][c]), m.KDot(z[b][b], z[c][c], z[b][c])
		}
	}
	duals := make([]dual, len(z))
	for b := range z {
		duals[b] = m.dual(z[b][b])
	}
	return func(b, c int) (float64, float64) {
		return duals[b].cross(duals[c], clip(z[b][c]/math.Sqrt(z[b][b]*z[c][c])))
	}
}

func square(m [][]float64) bool {
	for _, row := range m {
		if len(row) != len(m) {
			return false
		}
	}
	return true
}

// each makes a matrix of the size of m.
func each(m [][]float64, f func(b, c int) float64) [][]float64 {
	to := make([][]float64, len(m))
	for b := range m {
		to[b] = make([]float64, len(m))
		for c := range m {
			to[b][c] = f(b, c)
		}
	}
	return to
}
