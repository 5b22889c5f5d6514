package blocked

import (
	"math"
	"runtime"
	"testing"

	"github.com/gradflow/gradflow/internal/kernel"
)

func TestConvolutionsEqualTheReference(t *testing.T) {
	onEach(t, func(t *testing.T) {
		for i, c := range convCases() {
			checkConv[float32](t, c)
			if i < 12 || c.planes {
				checkConv[float64](t, c)
			}
		}
	})
}

// A passes holds a convolution's values at the interface.
type passes[T kernel.Float] struct {
	conv            *Conv[T]
	x, w, dy        []T
	y, dx, dw       []T
	bias            []T
	px, pdy, pw, pt []T // packed
	planes          bool
	py, pdx, pdw    []T
}

func newPasses[T kernel.Float](t testing.TB, c convCase) *passes[T] {
	t.Helper()
	conv, err := NewGrouped[T](c.in, c.channels, max(1, c.groups), c.window)
	if c.planes {
		conv, err = NewFirst[T](c.in, c.channels, c.window)
	}
	if err != nil {
		t.Fatalf("%v: %v", c, err)
	}
	in, out := conv.In(), conv.Out()
	p := &passes[T]{conv: conv}
	p.x = random[T](1, in.N*in.C*in.plane())
	p.w = random[T](2, c.channels*c.perGroup()*conv.places())
	p.dy = random[T](3, out.N*out.C*out.plane())
	p.bias = make([]T, out.Blocks()*Block)
	copy(p.bias, random[T](4, out.C))
	p.y, p.dx, p.dw = make([]T, len(p.dy)), make([]T, len(p.x)), make([]T, len(p.w))
	p.px, p.pdx = make([]T, in.Len()), filled[T](in.Len())
	p.pdy, p.py = make([]T, out.Len()), filled[T](out.Len())
	p.pw, p.pt, p.pdw = make([]T, conv.PackedLen()), make([]T, conv.PackedLen()), filled[T](conv.PackedLen())
	conv.PackWeights(p.pw, p.w)
	if c.planes {
		p.px, p.planes = p.x, true
	} else {
		Pack(p.px, p.x, in)
		conv.PackTransposed(p.pt, p.pw)
	}
	Pack(p.pdy, p.dy, out)
	return p
}

// filled gives memory in which an element that is not written shows.
func filled[T kernel.Float](n int) []T {
	x := make([]T, n)
	for i := range x {
		x[i] = T(math.NaN())
	}
	return x
}

// run computes all passes.
func (p *passes[T]) run(f *kernel.Flushed) {
	p.conv.Forward(f, p.py, Input[T]{X: p.px}, p.pw, Epilogue[T]{Bias: p.bias})
	if !p.planes {
		p.conv.InputGradient(f, p.pdx, p.pdy, p.pt, Epilogue[T]{})
		Unpack(p.dx, p.pdx, p.conv.In())
	}
	p.conv.WeightGradient(f, p.pdw, Input[T]{X: p.px}, p.pdy)
	Unpack(p.y, p.py, p.conv.Out())
	p.conv.UnpackWeights(p.dw, p.pdw)
}

func checkConv[T kernel.Float](t *testing.T, c convCase) {
	t.Helper()
	p := newPasses[T](t, c)
	p.run(nil)
	y, dx, dw := newSums(len(p.y)), newSums(len(p.dx)), newSums(len(p.dw))
	out := p.conv.Out()
	for i := range p.y {
		y.add(i, float64(p.bias[i/out.plane()%out.C]))
	}
	c.naive(out, func(i, j, k int) {
		y.add(i, float64(p.x[j])*float64(p.w[k]))
		dx.add(j, float64(p.dy[i])*float64(p.w[k]))
		dw.add(k, float64(p.x[j])*float64(p.dy[i]))
	})
	check(t, c.String()+": y", p.y, y)
	if !c.planes {
		check(t, c.String()+": dx", p.dx, dx)
		checkPadding(t, c.String()+": dx", p.pdx, p.conv.In())
	}
	check(t, c.String()+": dw", p.dw, dw)
	checkPadding(t, c.String()+": y", p.py, out)
}

// checkPadding compares the channels that fill up the last block with zeros.
func checkPadding[T kernel.Float](t *testing.T, name string, x []T, s Shape) {
	t.Helper()
	for i, v := range x {
		if c := i/(s.plane()*Block)%s.Blocks()*Block + i%Block; c >= s.C && v != 0 {
			t.Fatalf("%s: padding channel %d holds %g, want 0", name, c, v)
		}
	}
}

// The number of cores changes how the work is split, and not a bit of the results.
func TestCoresGiveTheSameBits(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, c := range convCases() {
		one, all := newPasses[float32](t, c), newPasses[float32](t, c)
		runtime.GOMAXPROCS(1)
		one.run(nil)
		runtime.GOMAXPROCS(runtime.NumCPU())
		all.run(nil)
		same(t, c.String()+": y", all.py, one.py)
		same(t, c.String()+": dx", all.dx, one.dx)
		same(t, c.String()+": dw", all.pdw, one.pdw)
	}
}

// Kernels report results that they flushed, and only those.
func TestPassesReportFlushedResults(t *testing.T) {
	p := newPasses[float32](t, convCase{in: Shape{1, 16, 4, 4}, channels: 16, window: Square(3, 1, 1)})
	var flushed kernel.Flushed
	p.run(&flushed)
	if flushed.Load() {
		t.Error("flushed results of ordinary numbers")
	}
	if !flushes() {
		t.Skip("SKIPPED: plain Go flushes nothing")
	}
	tiny := func(n int) []float32 {
		x := make([]float32, n)
		for i := range x {
			x[i] = 1e-25
		}
		return x
	}
	x, w, y := tiny(len(p.px)), tiny(len(p.pw)), tiny(len(p.py))
	for name, f := range map[string]func(f *kernel.Flushed){
		"forward": func(f *kernel.Flushed) { p.conv.Forward(f, p.py, Input[float32]{X: x}, w, Epilogue[float32]{}) },
		"dX":      func(f *kernel.Flushed) { p.conv.InputGradient(f, p.pdx, y, w, Epilogue[float32]{}) },
		"dW":      func(f *kernel.Flushed) { p.conv.WeightGradient(f, p.pdw, Input[float32]{X: x}, y) },
	} {
		var flushed kernel.Flushed
		if f(&flushed); !flushed.Load() {
			t.Errorf("%s: did not report that results were flushed", name)
		}
	}
}

func TestPlanErrors(t *testing.T) {
	for _, c := range []convCase{
		{in: Shape{0, 16, 4, 4}, channels: 16, window: Square(3, 1, 1)},
		{in: Shape{1, 16, 4, 4}, channels: 0, window: Square(3, 1, 1)},
		{in: Shape{1, 16, 4, 4}, channels: 16, window: Square(7, 1, 1)},
		{in: Shape{1, 16, 4, 4}, channels: 16, window: Square(0, 1, 1)},
		{in: Shape{1, 16, 4, 4}, channels: 16, window: Square(3, -1, 1)},
		{in: Shape{1, 16, 4, 4}, channels: 16, window: Square(3, 1, -1)},
		{in: Shape{1, 16, 0, 4}, channels: 16, window: Square(3, 1, 2)},
		{in: Shape{1, 16, 4, 4}, channels: 16, window: Square(3, 1, 1), groups: 3},
		{in: Shape{1, 16, 4, 4}, channels: 32, window: Square(3, 1, 1), groups: 16}, // two outputs of a channel
		{in: Shape{1, 24, 4, 4}, channels: 24, window: Square(3, 1, 1), groups: 2},
	} {
		if _, err := NewGrouped[float32](c.in, c.channels, max(1, c.groups), c.window); err == nil {
			t.Errorf("%v: got no error", c)
		}
	}
}
