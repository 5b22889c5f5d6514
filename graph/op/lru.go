package op

import (
	"math"

	"github.com/chewxy/hm"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/internal/kernel/diagonal"
)

// LRU is the recurrence x = λ·(x of the step before) + v of complex states, which starts at zero: the linear recurrent unit of Orvieto et
// al. 2023, with λ = exp(-exp(nuLog) + i·exp(thetaLog)). v (batch, steps, 2·states) has the real parts of all states first, then the
// imaginary parts; so has the result. nuLog and thetaLog are (states).
//
// Its gradient by v is the gradient by the states of all steps, computed backward through time: dv = conj(λ)·(dv of the next step) + dx.
// So the node that differentiation gives v shows the gradient by time step. That by λ is the sum of dv·conj(x of the step before).
func LRU(v, nuLog, thetaLog *gorgonia.Node) (*gorgonia.Node, error) {
	o := &Op{
		name:    "lru",
		spec:    Spec{Kind: KindLRU},
		types:   []hm.Type{tensorOf(3), tensorOf(1), tensorOf(1), tensorOf(3)},
		shape:   lruShape,
		kernel:  kernels{lru[float32](false), lru[float64](false)},
		work:    lruWork,
		inPlace: []int{0},
		grad:    lruGradient,
	}
	return o.apply(v, nuLog, thetaLog)
}

// lruGradient draws the gradients by v, nuLog and thetaLog.
func lruGradient(in gorgonia.Nodes, x, dx *gorgonia.Node) (gorgonia.Nodes, error) {
	back := &Op{
		name:    "lru_backward",
		spec:    Spec{Kind: KindGradient, Name: "lru"},
		types:   []hm.Type{tensorOf(3), tensorOf(1), tensorOf(1), tensorOf(3)},
		shape:   lruShape,
		kernel:  kernels{lru[float32](true), lru[float64](true)},
		work:    lruWork,
		inPlace: []int{0},
	}
	dv, err := back.apply(dx, in[1], in[2])
	if err != nil {
		return nil, err
	}
	slopes := &Op{
		name:  "lru_slopes",
		spec:  Spec{Kind: KindGradient, Name: "lru"},
		types: []hm.Type{tensorOf(3), tensorOf(1), tensorOf(1), tensorOf(3), tensorOf(1)},
		shape: func(in []tensor.Shape) (tensor.Shape, error) {
			x, err := lruShape(in)
			if err == nil && !x.Eq(in[3]) {
				err = errors.Errorf("input 3: got shape %v, want %v", in[3], x)
			}
			return tensor.Shape{2 * in[1][0]}, err
		},
		kernel: kernels{lruSlopes[float32], lruSlopes[float64]},
		work:   lruWork,
	}
	both, err := slopes.apply(x, in[1], in[2], dv)
	if err != nil {
		return nil, err
	}
	states := in[1].Shape()[0]
	grads := gorgonia.Nodes{dv}
	for i, name := range []string{"nu", "theta"} {
		part := partOp(name, both, i*states, tensor.Shape{states})
		part.spec = Spec{Kind: KindGradient, Name: "lru"}
		d, err := part.apply(both)
		if err != nil {
			return nil, err
		}
		grads = append(grads, d)
	}
	return grads, nil
}

func lruShape(in []tensor.Shape) (tensor.Shape, error) {
	v, nu, theta := in[0], in[1], in[2]
	if v[2] != 2*nu[0] || theta[0] != nu[0] {
		return nil, errors.Errorf("got v %v, nuLog %v and thetaLog %v, want (batch, steps, 2·states), (states) and (states)", v, nu, theta)
	}
	return v.Clone(), nil
}

func lruWork(in []tensor.Shape) int { return 4 * in[0].TotalSize() }

// An lruState is what the kernels keep from run to run.
type lruState[T Float] struct {
	run      diagonal.Recurrence[T]
	re, im   []T       // of λ
	dRe, dIm []float64 // the gradient by λ
}

// eigenvalues computes λ.
func (s *lruState[T]) eigenvalues(nuLog, thetaLog []T) {
	if len(s.re) != len(nuLog) {
		n := len(nuLog)
		s.re, s.im, s.dRe, s.dIm = make([]T, n), make([]T, n), make([]float64, n), make([]float64, n)
	}
	for i := range nuLog {
		r := math.Exp(-math.Exp(float64(nuLog[i])))
		sin, cos := math.Sincos(math.Exp(float64(thetaLog[i])))
		s.re[i], s.im[i] = T(r*cos), T(r*sin)
	}
}

func lruSizes[T Float](c *call[T]) diagonal.Shape {
	return diagonal.Shape{Batch: c.shapes[0][0], Steps: c.shapes[0][1], States: c.shapes[0][2] / 2}
}

func lru[T Float](backward bool) func(*call[T]) error {
	return func(c *call[T]) error {
		s := kept[lruState[T]](c)
		s.eigenvalues(c.in[1], c.in[2])
		if backward {
			s.run.Backward(lruSizes(c), s.re, s.im, c.in[0], c.out)
			return nil
		}
		s.run.Forward(lruSizes(c), s.re, s.im, c.in[0], c.out)
		return nil
	}
}

// lruSlopes computes the gradients by nuLog and thetaLog: with g the gradient by λ, whose conjugate times dλ has the real part dL, and
// dλ = λ·(-exp(nuLog)·dnuLog + i·exp(thetaLog)·dthetaLog).
func lruSlopes[T Float](c *call[T]) error {
	s := kept[lruState[T]](c)
	nuLog, thetaLog := c.in[1], c.in[2]
	s.eigenvalues(nuLog, thetaLog)
	s.run.Slopes(lruSizes(c), c.in[0], c.in[3], s.dRe, s.dIm)
	for i := range nuLog {
		re, im := float64(s.re[i]), float64(s.im[i])
		c.out[i] = T(-math.Exp(float64(nuLog[i])) * (s.dRe[i]*re + s.dIm[i]*im))
		c.out[len(nuLog)+i] = T(math.Exp(float64(thetaLog[i])) * (s.dIm[i]*re - s.dRe[i]*im))
	}
	return nil
}
