package kernel

import "math"

// portableUpdate is updatePiece in plain Go.
func portableUpdate[T Float](u update, level Measurement, w, g, m, v []T, c *[maxCoefs]T) (s Sums) {
	for i, old := range w {
		w[i] = portableStep(u, old, g[i], &m[i], &v[i], c)
		if level != MeasureNothing {
			portableMeasure(&s, level, g[i], old, w[i])
		}
	}
	return s
}

// portableStep gives the new value of an element, and changes what is remembered of it.
func portableStep[T Float](u update, w, g T, m, v *T, c *[maxCoefs]T) T {
	d := g + c[1]*w // c[1] is the weight decay, except in the decoupled updates
	switch u {
	case upMomentum:
		*m = c[2]**m + d
		return w - c[0]**m
	case upNesterov:
		*m = c[2]**m + d
		return w - c[0]*(d+c[2]**m)
	case upAdam:
		return w - adamChange(d, m, v, c)
	case upAdamw:
		return c[1]*w - adamChange(g, m, v, c)
	case upRmsprop:
		*m = c[2]**m + c[3]*d*d
		return w - c[0]*d/(sqrt(*m)+c[4])
	case upRmspropMomentum:
		*m = c[2]**m + c[3]*d*d
		*v = c[5]**v + d/(sqrt(*m)+c[4])
		return w - c[0]**v
	case upAdagrad:
		*m += d * d
		return w - c[0]*d/(sqrt(*m)+c[2])
	case upLion:
		u := (c[2]**m + c[3]*g) * c[6] * c[6]
		*m = c[4]**m + c[5]*g
		return c[1]*w - c[0]*max(-c[7], min(c[7], u))
	case upLars:
		*m = c[2]**m + c[0]*d
		return w - *m
	case upDirection:
		return c[1]*w - c[0]**m
	case upMerge:
		*m = c[0]*w + c[1]**m
		return *m
	}
	return w - c[0]*d // upSgd
}

func adamChange[T Float](g T, m, v *T, c *[maxCoefs]T) T {
	*m = c[2]**m + c[3]*g
	*v = c[4]**v + c[5]*g*g
	return c[0] * *m / (sqrt(*v)/c[6] + c[7])
}

func sqrt[T Float](x T) T { return T(math.Sqrt(float64(x))) }
