package blocked

import "testing"

func TestPassesAllocateNothing(t *testing.T) {
	p := newPasses[float32](t, convCase{in: Shape{4, 20, 9, 9}, channels: 40, window: Square(3, 1, 1)})
	in, out := p.conv.In(), p.conv.Out()
	n, moments, slopes := someNormalization[float32](in), make([]Sum, out.Blocks()), make([]Sum, in.Blocks())
	x := Input[float32]{X: p.px, Normalize: &n, ReLU: true}
	pool, err := NewPool[float32](in, Square(3, 2, 1))
	if err != nil {
		t.Fatal(err)
	}
	small := make([]float32, pool.Out().Len())
	for name, f := range map[string]func(){
		"forward":   func() { p.conv.Forward(nil, p.py, x, p.pw, Epilogue[float32]{Bias: p.bias, Moments: moments}) },
		"dX":        func() { p.conv.InputGradient(nil, p.pdx, p.pdy, p.pt, Epilogue[float32]{Mask: p.px}) },
		"dW":        func() { p.conv.WeightGradient(nil, p.pdw, x, p.pdy) },
		"moments":   func() { Moments(nil, slopes, p.px, in) },
		"slopes":    func() { Slopes(nil, slopes, p.px, p.px, p.pdx, n.Mean, in) },
		"normalise": func() { Normalize(nil, p.pdx, p.px, n, nil, true, in) },
		"gradient":  func() { NormalizeGradient(nil, p.pdx, p.px, nil, p.pdx, n, slopes, in) },
		"weights":   func() { p.conv.PackWeights(p.pw, p.w); p.conv.UnpackWeights(p.w, p.pdw) },
		"transpose": func() { p.conv.PackTransposed(p.pt, p.pw) },
		"layout":    func() { Pack(p.px, p.x, in); Unpack(p.x, p.px, in) },
		"max":       func() { pool.Max(small, p.px); pool.MaxGradient(p.pdx, p.px, small) },
		"average":   func() { pool.Average(small, p.px, false); pool.AverageGradient(p.pdx, small, true) },
	} {
		if n := testing.AllocsPerRun(20, f); n != 0 {
			t.Errorf("%s: %v allocations, want 0", name, n)
		}
	}
}
