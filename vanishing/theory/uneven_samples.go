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
	// mistakeOfLinear is the factor of linear layers, times the batch.
	mistakeOfLinear = 4
)

// unevenness follows the variance of cosines through batch normalised layers.
type unevenness struct {
	variance float64
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
	case f.vSlope > f.v*(1+1e-9):
		by *= sizesDrift
	}
	u.variance, u.mistake = kept+1/n, u.mistake+by*kept
}
