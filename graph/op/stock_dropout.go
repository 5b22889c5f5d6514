package op

import (
	"math"
	"math/rand/v2"
	"reflect"

	"github.com/gradflow/gradflow/internal/kernel"
)

// A stockDropout is the state of Gorgonia's operation, which may change from run to run.
type stockDropout struct {
	p        float64
	training reflect.Value
	draw     func() float64 // the generator, which Gorgonia seeds by the clock
}

// readDropout reads the operation.
func readDropout(of reflect.Value) (d stockDropout, ok bool) {
	if of.Kind() != reflect.Pointer || of.IsNil() {
		return d, false
	}
	p, training, draw := of.Elem().FieldByName("probability"), of.Elem().FieldByName("isTraining"), of.Elem().FieldByName("rndGen")
	if p.Kind() != reflect.Float64 || training.Kind() != reflect.Bool || draw.Kind() != reflect.Func ||
		!draw.Type().ConvertibleTo(reflect.TypeFor[func() float64]()) {
		return d, false
	}
	return stockDropout{p.Float(), training, *(*func() float64)(draw.Addr().UnsafePointer())}, true
}

// share is the probability with which an element is kept in this run.
func (d stockDropout) share() float64 {
	if d.training.Bool() {
		return 1 - d.p
	}
	return 1
}

// dropout replaces Gorgonia's dropout by one with a generator of its own, which is ten times as fast. Gorgonia's gives the seeds.
func (s stock) dropout() *Op {
	d, ok := readDropout(reflect.ValueOf(s.node.Op()))
	if !ok || len(s.in) != 1 || s.in[0].IsScalar() {
		return nil
	}
	rng := rand.New(rand.NewPCG(math.Float64bits(d.draw()), math.Float64bits(d.draw())))
	o := s.op("dropout", kernels{dropout[float32](d, rng), dropout[float64](d, rng)}, 1, 0)
	if o != nil {
		o.random, o.spec = true, Spec{Kind: KindDropout}
	}
	return o
}

// dropout keeps each element with a probability of share, as a multiple of 2^-32, divided by share.
func dropout[T Float](d stockDropout, rng *rand.Rand) func(*call[T]) error {
	return func(c *call[T]) error {
		share := d.share()
		if share == 1 {
			return copyElements(c)
		}
		limit, factor := uint64(share*(1<<32)), [2]T{0, T(1 / share)}
		x, y := c.in[0][:len(c.out)], c.out
		for i := 0; i < len(y); i += 2 {
			bits := rng.Uint64()
			for j := i; j < min(i+2, len(y)); j++ {
				kept := (uint64(uint32(bits)) - limit) >> 63 // a branch on it would be mispredicted
				y[j] = x[j] * factor[kept&1]
				bits >>= 32
			}
		}
		return nil
	}
}

// dropoutGradient replaces the gradient of Gorgonia's dropout: dy/(1-p) where the output is not zero, in evaluation dy. Gorgonia
// divides by p, and in evaluation does the same.
func (s stock) dropoutGradient() *Op {
	d, ok := readDropout(reflect.Indirect(reflect.ValueOf(s.node.Op())).FieldByName("dropoutOp"))
	if !ok {
		return nil
	}
	return s.op("dropout_backward", kernelsOf(dropoutBackward[float32], dropoutBackward[float64])(d.share), 3)
}

func dropoutBackward[T Float](share func() float64) func(*call[T]) error {
	return func(c *call[T]) error {
		y, dy := c.in[1], c.in[2]
		if share() == 1 {
			copy(c.out, dy)
			return nil
		}
		kernel.DropoutBackward(c.flushed, c.out, T(1/share()), y, dy)
		return nil
	}
}
