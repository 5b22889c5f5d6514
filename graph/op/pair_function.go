package op

import (
	"fmt"
	"math"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// A PairFunction is an elementwise function f(a, b) of two tensors. Comparisons give 1 or 0.
type PairFunction int

// The functions.
const (
	Maximum PairFunction = iota // its gradient: half to each where a = b, as in PyTorch
	Minimum
	PowerOf   // a^b
	Remainder // a - b·floor(a/b), which has the sign of b
	Modulo    // a - b·trunc(a/b), which has the sign of a
	Less
	LessEqual
	Greater
	GreaterEqual
	Equal
	NotEqual
	numPairFunctions
)

// pairTable holds the functions with their derivatives by a and b.
var pairTable = [numPairFunctions]struct {
	name           string
	kind           Kind
	eval           func(a, b float64) float64
	slopeA, slopeB func(a, b float64) float64
}{
	Maximum: {"maximum", KindElementwise, func(a, b float64) float64 { return max(a, b) },
		func(a, b float64) float64 { return halfStep(a - b) }, func(a, b float64) float64 { return halfStep(b - a) }},
	Minimum: {"minimum", KindElementwise, func(a, b float64) float64 { return min(a, b) },
		func(a, b float64) float64 { return halfStep(b - a) }, func(a, b float64) float64 { return halfStep(a - b) }},
	PowerOf: {"power_of", KindPow, math.Pow, powerSlope, exponentSlope},
	Remainder: {"remainder", KindElementwise, remainder,
		func(_, _ float64) float64 { return 1 }, func(a, b float64) float64 { return -math.Floor(a / b) }},
	Modulo: {"modulo", KindElementwise, math.Mod,
		func(_, _ float64) float64 { return 1 }, func(a, b float64) float64 { return -math.Trunc(a / b) }},
	Less:         {"<", KindCompare, func(a, b float64) float64 { return oneIf(a < b) }, flat, flat},
	LessEqual:    {"<=", KindCompare, func(a, b float64) float64 { return oneIf(a <= b) }, flat, flat},
	Greater:      {">", KindCompare, func(a, b float64) float64 { return oneIf(a > b) }, flat, flat},
	GreaterEqual: {">=", KindCompare, func(a, b float64) float64 { return oneIf(a >= b) }, flat, flat},
	Equal:        {"==", KindCompare, func(a, b float64) float64 { return oneIf(a == b) }, flat, flat},
	NotEqual:     {"!=", KindCompare, func(a, b float64) float64 { return oneIf(a != b) }, flat, flat},
}

// flat is the slope of a comparison.
func flat(_, _ float64) float64 { return 0 }

// halfStep is 1 for positive numbers, 0 for negative ones and 1/2 for zero.
func halfStep(x float64) float64 { return (sign(x) + 1) / 2 }

// exponentSlope is d(a^b)/db, which is 0 at a = 0 for b >= 0, as in PyTorch.
func exponentSlope(a, b float64) float64 {
	if a == 0 && b >= 0 {
		return 0
	}
	return math.Pow(a, b) * math.Log(a)
}

func remainder(a, b float64) float64 {
	r := math.Mod(a, b)
	if r != 0 && (r < 0) != (b < 0) {
		r += b
	}
	return r
}

func (f PairFunction) known() bool { return f >= 0 && f < numPairFunctions }

// String is the function's name, as "maximum" or "<".
func (f PairFunction) String() string {
	if !f.known() {
		return fmt.Sprintf("pair function(%d)", int(f))
	}
	return pairTable[f].name
}

// Eval gives f(a, b), and NaN for an unknown function.
func (f PairFunction) Eval(a, b float64) float64 {
	if !f.known() {
		return math.NaN()
	}
	return pairTable[f].eval(a, b)
}

// MapPair applies a function to the elements of two tensors of one shape. Its gradients: da = dy ⊙ df/da and db = dy ⊙ df/db;
// those of comparisons are 0.
func MapPair(f PairFunction, a, b *gorgonia.Node) (*gorgonia.Node, error) {
	if !f.known() {
		return nil, errors.Errorf("unknown function of two numbers: got %d, want one of Maximum to NotEqual", int(f))
	}
	row, dims := pairTable[f], dimsOf(a)
	spec := Spec{Kind: row.kind, Name: row.name}
	if row.kind == KindCompare {
		spec = Spec{Kind: KindCompare, Sign: row.name}
	}
	o := &Op{
		name:  "map_pair(" + row.name + ")",
		spec:  spec,
		types: repeat(dims, 2),
		shape: sameShapes,
		kernel: kernels{
			elementwise2(func(a, b float32) float32 { return float32(row.eval(float64(a), float64(b))) }), elementwise2(row.eval),
		},
		inPlace: []int{0, 1},
		grad: func(in gorgonia.Nodes, _, dy *gorgonia.Node) (gorgonia.Nodes, error) {
			da, err := pairBackward(row.name+" by a", row.slopeA, in, dy)
			if err != nil {
				return nil, err
			}
			db, err := pairBackward(row.name+" by b", row.slopeB, in, dy)
			return gorgonia.Nodes{da, db}, err
		},
	}
	return o.apply(a, b)
}

// pairBackward draws dy times a slope.
func pairBackward(name string, slope func(a, b float64) float64, in gorgonia.Nodes, dy *gorgonia.Node) (*gorgonia.Node, error) {
	o := &Op{
		name:    "map_pair_backward(" + name + ")",
		spec:    Spec{Kind: KindGradient},
		types:   repeat(dimsOf(dy), 3),
		shape:   sameShapes,
		kernel:  kernelsOf(timesPairSlope[float32], timesPairSlope[float64])(slope),
		inPlace: []int{2, 0, 1},
	}
	return o.apply(in[0], in[1], dy)
}

func timesPairSlope[T Float](slope func(a, b float64) float64) func(*call[T]) error {
	return func(c *call[T]) error {
		a, b, dy := c.in[0], c.in[1], c.in[2]
		for i := range c.out {
			c.out[i] = T(product(float64(dy[i]), slope(float64(a[i]), float64(b[i]))))
		}
		return nil
	}
}
