package kernel

// An SGDStep holds the settings of one step of gradient descent.
type SGDStep struct {
	Rate, Momentum, Decay float64
	Nesterov              bool
}

// SGD moves w by its gradient g: with g' = g + Decay·w it is v = Momentum·v + g' and w = w - Rate·v, or with Nesterov
// w = w - Rate·(g' + Momentum·v). Without momentum v is not read. The measurements go to sums, which may be nil with
// MeasureNothing.
func SGD[T Float](w, g, v []T, s SGDStep, level Measurement, sums *Sums) {
	coefs := [maxCoefs]float64{s.Rate, s.Decay, s.Momentum}
	switch {
	case s.Momentum == 0:
		optimize(upSgd, w, g, w, w, coefs, level, sums)
	case s.Nesterov:
		optimize(upNesterov, w, g, v, v, coefs, level, sums)
	default:
		optimize(upMomentum, w, g, v, v, coefs, level, sums)
	}
}

// An AdamStep holds the settings of one step of Adam.
type AdamStep struct {
	Rate         float64 // learning rate over 1 - Beta1^t
	Scale        float64 // sqrt(1 - Beta2^t)
	Beta1, Beta2 float64
	Epsilon      float64
	Decay        float64 // of Adam
	Shrink       float64 // of AdamW: learning rate times weight decay
}

// Adam moves w by its gradient g: with g' = g + Decay·w it is m = Beta1·m + (1 - Beta1)·g', v = Beta2·v + (1 - Beta2)·g'²
// and w = w - Rate·m/(sqrt(v)/Scale + Epsilon). The measurements go to sums, which may be nil with MeasureNothing.
func Adam[T Float](w, g, m, v []T, s AdamStep, level Measurement, sums *Sums) {
	coefs := [maxCoefs]float64{s.Rate, s.Decay, s.Beta1, 1 - s.Beta1, s.Beta2, 1 - s.Beta2, s.Scale, s.Epsilon}
	optimize(upAdam, w, g, m, v, coefs, level, sums)
}

// AdamW is [Adam] with decoupled decay: w = (1 - s.Shrink)·w before the step, and g' = g.
func AdamW[T Float](w, g, m, v []T, s AdamStep, level Measurement, sums *Sums) {
	coefs := [maxCoefs]float64{s.Rate, 1 - s.Shrink, s.Beta1, 1 - s.Beta1, s.Beta2, 1 - s.Beta2, s.Scale, s.Epsilon}
	optimize(upAdamw, w, g, m, v, coefs, level, sums)
}

// An RMSPropStep holds the settings of one step of RMSProp.
type RMSPropStep struct{ Rate, Decay, Alpha, Epsilon, Momentum float64 }

// RMSProp moves w by its gradient g: with g' = g + Decay·w it is v = Alpha·v + (1 - Alpha)·g'² and
// w = w - Rate·g'/(sqrt(v) + Epsilon). With momentum it is b = Momentum·b + g'/(sqrt(v) + Epsilon) and w = w - Rate·b; without,
// b is not read.
func RMSProp[T Float](w, g, v, b []T, s RMSPropStep, level Measurement, sums *Sums) {
	coefs := [maxCoefs]float64{s.Rate, s.Decay, s.Alpha, 1 - s.Alpha, s.Epsilon, s.Momentum}
	if s.Momentum == 0 {
		optimize(upRmsprop, w, g, v, v, coefs, level, sums)
		return
	}
	optimize(upRmspropMomentum, w, g, v, b, coefs, level, sums)
}

// AdaGrad moves w by its gradient g: with g' = g + decay·w it is v = v + g'² and w = w - rate·g'/(sqrt(v) + epsilon).
func AdaGrad[T Float](w, g, v []T, rate, decay, epsilon float64, level Measurement, sums *Sums) {
	optimize(upAdagrad, w, g, v, v, [maxCoefs]float64{rate, decay, epsilon}, level, sums)
}

// A LionStep holds the settings of one step of Lion.
type LionStep struct{ Rate, Shrink, Beta1, Beta2 float64 }

// Lion moves w by the sign of u = Beta1·m + (1 - Beta1)·g: it is w = (1 - Shrink)·w - Rate·sign(u) and m = Beta2·m + (1 - Beta2)·g.
func Lion[T Float](w, g, m []T, s LionStep, level Measurement, sums *Sums) {
	coefs := [maxCoefs]float64{s.Rate, 1 - s.Shrink, s.Beta1, 1 - s.Beta1, s.Beta2, 1 - s.Beta2, huge[T](), 1}
	optimize(upLion, w, g, m, m, coefs, level, sums)
}

// huge is a power of two. Its square times the smallest number of the type is above 1.
func huge[T Float]() float64 {
	if is32[T]() {
		return 0x1p127
	}
	return 0x1p1023
}

// MomentumOfSteps moves w by its gradient g: v = momentum·v + rate·(g + decay·w) and w = w - v. The rate is within the velocity,
// as in LARS.
func MomentumOfSteps[T Float](w, g, v []T, rate, decay, momentum float64, level Measurement, sums *Sums) {
	optimize(upLars, w, g, v, v, [maxCoefs]float64{rate, decay, momentum}, level, sums)
}

// Move moves w along a direction: w = (1 - shrink)·w - rate·direction. The gradient g is only measured.
func Move[T Float](w, g, direction []T, rate, shrink float64, level Measurement, sums *Sums) {
	optimize(upDirection, w, g, direction, direction, [maxCoefs]float64{rate, 1 - shrink}, level, sums)
}

// Merge replaces both a and b by alpha·a + beta·b.
func Merge[T Float](a, b []T, alpha, beta float64) {
	optimize(upMerge, a, a, b, b, [maxCoefs]float64{alpha, beta}, MeasureNothing, nil)
}
