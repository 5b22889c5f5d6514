package theory

import "math"

// The theory of batch normalisation assumes that the samples of a batch differ equally from each other. In a layer of n units their
// cosines differ by 1/√n by chance, and each later layer multiplies the difference by E φ'φ'/Var φ: it decays with ReLU, hardly with
// tanh, and not in linear layers. The resulting error of the prediction was measured, not derived: it is at most one of the factors
// below times the sum of the variances that the layers pass on.
const (
	mistakeOfUneven, inSmallBatches = 0.4, 1.6 // the latter is divided by the batch
	// sizesDrift multiplies the error if the samples' sizes drift apart too, as with GELU and SiLU.
	sizesDrift = 2.5
	// mistakeOfSizes is the factor of sizes that grow apart, times (λ-1)² and their variance: see [unevenness.grow].
	mistakeOfSizes = 10
	// mistakeOfLinear is the factor of linear layers, times the batch.
	mistakeOfLinear = 4
)

// unevenness follows the variance of cosines through batch normalised layers.
type unevenness struct {
	variance float64
	sizes    float64 // variance of the logarithms of the samples' sizes, at most 1
	rank     float64 // dimensions in which the samples differ, as far as they are known; 0 for enough
	mistake  float64 // error of ln of the squared gradient
}

// through follows the variance through an activation of n units after a batch normalisation.
func (u *unevenness) through(m *sphereMoments, f fluctuations, batch, n float64) {
	if math.IsInf(batch, 1) {
		return
	}
	slope := m.dot / (m.v - m.k)
	kept := slope * slope * u.variance
	by := mistakeOfUneven + inSmallBatches/batch
	switch {
	case f.own.slope < 1e-12:
		by = mistakeOfLinear / batch
		u.crowd(batch, n)
	case f.vSlope > f.v*(1+1e-9):
		by *= sizesDrift
	}
	u.variance, u.mistake = kept+1/n, u.mistake+by*kept
	u.grow(f, n)
	if f.own.slope >= 1e-12 {
		u.rank = 0
	}
}

// crowd allows for linear layers whose samples differ in fewer dimensions than there are samples: as in a batch of that many, each
// layer multiplies the squared gradient by (rank-1)/(rank-2).
func (u *unevenness) crowd(batch, n float64) {
	if u.rank = min(u.rank, n); u.rank == 0 || u.rank >= batch-1 {
		return
	}
	rank := max(u.rank, 3)
	u.mistake += math.Log((rank-1)/(rank-2)) - math.Log((batch-2)/(batch-3))
}

// grow follows the sizes of samples. A layer of n units makes them differ by chance, and multiplies a small difference by λ, the
// derivative of ln Var φ. Where that is above 1, as with SiLU, they drift apart until some samples are small and others large, in
// a network of any width: the gradient then grows faster than theory says.
func (u *unevenness) grow(f fluctuations, n float64) {
	growth := max(1, f.vSlope/f.v) - 1
	u.sizes = min(1, (1+growth)*(1+growth)*u.sizes+f.own.signal/(f.v*f.v*n))
	u.mistake += mistakeOfSizes * growth * growth * u.sizes
}
