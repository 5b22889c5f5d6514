package shatter

import "math"

// A Slope is how fast a correlation falls with the depth.
type Slope struct {
	Factor float64 // per block: the correlation is as Factor^depth
	Power  float64 // the correlation is as (depth+1)^Power
	// ErrorOfFactor and ErrorOfPower are the root mean squares of the logarithm's distance from the two laws: the smaller one fits.
	ErrorOfFactor, ErrorOfPower float64
	Points                      int // points that are far enough above the noise to count
}

// noise is the correlation below which an estimate is not trusted, for the default configuration: independent gradients of 200
// elements and 64 inputs have a mean correlation of some 0.001.
const noise = 0.005

// Slope fits both laws to the correlation of unrelated inputs, by least squares of logarithms, with the value 1 at depth 0 in both laws.
// Points stop at the first one that is lost in noise.
func (c Curve) Slope() Slope {
	var exponential, power fit
	for _, p := range c.Points {
		if !(p.Unrelated > noise) {
			break
		}
		y := math.Log(p.Unrelated)
		exponential.add(float64(p.Depth), y)
		power.add(math.Log(float64(p.Depth)+1), y)
	}
	return Slope{math.Exp(exponential.slope()), power.slope(), exponential.err(), power.err(), exponential.n}
}

// A fit is a line through the origin.
type fit struct {
	xx, xy, yy float64
	n          int
}

func (f *fit) add(x, y float64) { f.xx, f.xy, f.yy, f.n = f.xx+x*x, f.xy+x*y, f.yy+y*y, f.n+1 }

func (f *fit) slope() float64 { return f.xy / f.xx }

func (f *fit) err() float64 { return math.Sqrt(max(0, f.yy-f.xy*f.xy/f.xx) / float64(f.n)) }
