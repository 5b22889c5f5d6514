package blocked

import (
	"math"
	"slices"
	"testing"

	"github.com/gradflow/gradflow/internal/kernel"
)

// fusedCases lists convolutions whose epilogue and input the tests compare.
func fusedCases() []convCase {
	rows := 40           // in several strips
	if testing.Short() { // on an emulated processor
		rows = 15
	}
	return []convCase{
		{in: Shape{2, 20, 9, 7}, channels: 40, window: Square(3, 1, 1)},
		{in: Shape{3, 16, 9, 9}, channels: 17, window: Square(3, 2, 1)},
		{in: Shape{2, 33, 6, 5}, channels: 20, window: Square(1, 1, 0)},
		{in: Shape{1, 3, rows, 300}, channels: 2, window: Square(3, 1, 1)},
		{in: Shape{11, 33, 2, 2}, channels: 40, window: Square(3, 1, 1)}, // several images together
	}
}

// The epilogue gives the same bits as the functions after the pass, and sums of strips those of images but for their order.
func TestEpilogueEqualsSeparateFunctions(t *testing.T) {
	onEach(t, func(t *testing.T) {
		for _, c := range fusedCases() {
			checkEpilogue[float32](t, c)
			checkEpilogue[float64](t, c)
		}
	})
}

func checkEpilogue[T kernel.Float](t *testing.T, c convCase) {
	t.Helper()
	p := newPasses[T](t, c)
	in, out := p.conv.In(), p.conv.Out()
	add, moments := packedRandom[T](5, out), make([]Sum, out.Blocks())
	x := Input[T]{X: p.px}
	p.conv.Forward(nil, p.py, x, p.pw, Epilogue[T]{Bias: p.bias})
	want, wantMoments := make([]T, len(add)), make([]Sum, out.Blocks())
	kernel.Add(nil, want, p.py, add)
	Moments(nil, wantMoments, want, out)
	kernel.ReLU(nil, want, want)
	p.conv.Forward(nil, p.py, x, p.pw, Epilogue[T]{Bias: p.bias, Add: add, Moments: moments, ReLU: true})
	same(t, c.String()+": y", p.py, want)
	sameSums(t, c.String()+": moments", moments, wantMoments, out.N*out.plane())

	checkNormalized(t, p, add)

	mask, other, slopes := packedRandom[T](6, in), packedRandom[T](7, in), make([]Sum, in.Blocks())
	mean := channelsOf[T](in, func(c int) float64 { return float64(c) / 10 })
	p.conv.InputGradient(nil, p.pdx, p.pdy, p.pt, Epilogue[T]{})
	wantX, wantSlopes := slices.Clone(p.pdx), make([]Sum, in.Blocks())
	kernel.Add(nil, wantX, wantX, p.px)
	kernel.ReLUBackward(nil, wantX, mask, wantX)
	Slopes(nil, wantSlopes, other, nil, wantX, mean, in)
	p.conv.InputGradient(nil, p.pdx, p.pdy, p.pt, Epilogue[T]{Add: p.px, Mask: mask, X: other, Mean: mean, Slopes: slopes})
	same(t, c.String()+": dx", p.pdx, wantX)
	checkRectified(t, p, other)
	sameSums(t, c.String()+": slopes", slopes, wantSlopes, in.N*in.plane())
}

// checkNormalized compares results that are normalised in the epilogue with those that are normalised after the pass.
func checkNormalized[T kernel.Float](t *testing.T, p *passes[T], add []T) {
	t.Helper()
	out := p.conv.Out()
	n, y, want := someNormalization[T](out), make([]T, out.Len()), make([]T, out.Len())
	for _, e := range []Epilogue[T]{{}, {Add: add}, {ReLU: true}, {Add: add, ReLU: true}} {
		e.Bias = p.bias
		p.conv.Forward(nil, y, Input[T]{X: p.px}, p.pw, Epilogue[T]{Bias: p.bias})
		Normalize(nil, want, y, n, e.Add, e.ReLU, out)
		e.Normalize = &n
		p.conv.Forward(nil, y, Input[T]{X: p.px}, p.pw, e)
		same(t, "y that is normalised", y, want)
	}
}

// checkRectified compares the mask of an input that was normalised on loading with that of the stored one.
func checkRectified[T kernel.Float](t *testing.T, p *passes[T], x []T) {
	t.Helper()
	n, y := someNormalization[T](p.conv.In()), make([]T, len(x))
	Normalize(nil, y, x, n, nil, true, p.conv.In())
	want := make([]T, len(x))
	p.conv.InputGradient(nil, want, p.pdy, p.pt, Epilogue[T]{Mask: y})
	p.conv.InputGradient(nil, p.pdx, p.pdy, p.pt, Epilogue[T]{Mask: x, Rectified: &n})
	same(t, "dx of an input normalised on loading", p.pdx, want)
}

// An input that is normalised on loading gives the same bits as one that was normalised before.
func TestInputIsNormalizedOnLoading(t *testing.T) {
	onEach(t, func(t *testing.T) {
		for _, c := range fusedCases() {
			checkInput[float32](t, c, false)
			checkInput[float32](t, c, true)
			checkInput[float64](t, c, true)
		}
	})
}

func checkInput[T kernel.Float](t *testing.T, c convCase, relu bool) {
	t.Helper()
	p := newPasses[T](t, c)
	n := someNormalization[T](c.in)
	normalized := make([]T, len(p.px))
	Normalize(nil, normalized, p.px, n, nil, relu, c.in)
	wantY, wantW := make([]T, len(p.py)), make([]T, len(p.pdw))
	p.conv.Forward(nil, wantY, Input[T]{X: normalized}, p.pw, Epilogue[T]{})
	p.conv.WeightGradient(nil, wantW, Input[T]{X: normalized}, p.pdy)
	x := Input[T]{X: p.px, Normalize: &n, ReLU: relu}
	p.conv.Forward(nil, p.py, x, p.pw, Epilogue[T]{})
	p.conv.WeightGradient(nil, p.pdw, x, p.pdy)
	same(t, c.String()+": y", p.py, wantY)
	same(t, c.String()+": dw", p.pdw, wantW)
}

func same[T kernel.Float](t *testing.T, name string, got, want []T) {
	t.Helper()
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("%s: element %d is %g, want %g", name, i, got[i], want[i])
		}
	}
}

// sameSums compares sums of the same terms in another order: n terms of at most 100 differ by n·2^-53 of n·100 at most.
func sameSums(t *testing.T, name string, got, want []Sum, n int) {
	t.Helper()
	bound := float64(n) * float64(n) * 100 * 0x1p-53
	for i := range want {
		for k := range 2 {
			for c, v := range want[i][k] {
				if d := math.Abs(got[i][k][c] - v); !(d <= bound) {
					t.Fatalf("%s: sum %d of channel %d is %g, want %g", name, k, i*Block+c, got[i][k][c], v)
				}
			}
		}
	}
}
