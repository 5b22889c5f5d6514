package theory

import "math"

// Batch normalisation's theory takes the samples of a batch to differ equally from each other. In a layer of n units chance
// makes their cosines differ by 1/√n, and the next layers hand that on by the factor E φ'φ'/Var φ each: ReLU forgets it, tanh
// hardly, and linear layers never. How far off the prediction then is was measured, not derived: by at most such a factor times
// the sum over the layers of what is handed on.
const (
	mistakeOfUneven, inSmallBatches = 0.4, 1.6 // the latter over the batch
	// sizesDrift is how much more it is where the samples' sizes drift apart as well, as with GELU and SiLU.
	sizesDrift = 2.5
	// mistakeOfLinear is the factor of linear layers, times the batch.
	mistakeOfLinear = 4
)

// unevenness follows the variance of cosines that batch normalised layers hand on.
type unevenness struct {
	variance float64
	mistake  float64 // of ln of the squared gradient
}

// through is an activation of n units behind a batch normalisation.
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
