package attention

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gradflow/gradflow/internal/kernel"
)

// problem draws an attention whose rows lie apart from each other in memory.
func problem[T kernel.Float](s Shape, lengths []int) Problem[T] {
	rng := rand.New(rand.NewPCG(1, 2))
	draw := func(rows, width int) Rows[T] {
		r := Rows[T]{Data: make([]T, rows*(width+3)), Stride: width + 3}
		for i := range r.Data {
			r.Data[i] = T(rng.NormFloat64())
		}
		return r
	}
	s.Scale = 0.7
	return Problem[T]{Shape: s, Q: draw(s.Batch*s.Queries, s.Heads*s.Width), K: draw(s.Batch*s.Keys, s.Heads*s.Width),
		V: draw(s.Batch*s.Keys, s.Heads*s.ValueWidth), Lengths: lengths}
}

// like is memory like that of other rows, full of NaN.
func like[T kernel.Float](r Rows[T]) Rows[T] {
	n := Rows[T]{Data: make([]T, len(r.Data)), Stride: r.Stride}
	for i := range n.Data {
		n.Data[i] = T(math.NaN())
	}
	return n
}

// The result is Σ p·v with p = exp(s - l), and each row of gradients sums up to what that of the probabilities demands: with an upstream
// gradient of the result itself, Σ_i <q_i, dq_i> = Σ_j <k_j, dk_j>, because both are Σ s·dL/ds.
func TestForwardAndBackward(t *testing.T) {
	for _, s := range []Shape{
		{Batch: 1, Heads: 1, Queries: 1, Keys: 1, Width: 1, ValueWidth: 1}, {Batch: 2, Heads: 3, Queries: 65, Keys: 130, Width: 5, ValueWidth: 2},
		{Batch: 2, Heads: 2, Queries: 150, Keys: 150, Width: 4, ValueWidth: 7, Causal: true}, {Batch: 2, Heads: 1, Queries: 90, Keys: 30, Width: 2, ValueWidth: 2, Causal: true},
	} {
		for _, lengths := range [][]int{nil, {s.Keys, s.Keys / 2}} {
			if len(lengths) > s.Batch {
				lengths = lengths[:s.Batch]
			}
			checkAttention(t, problem[float32](s, lengths), 1e-5)
			checkAttention(t, problem[float64](s, lengths), 1e-13)
		}
	}
}

func checkAttention[T kernel.Float](t *testing.T, p Problem[T], tolerance float64) {
	t.Helper()
	f := Forward[T]{Problem: p, Out: like(Rows[T]{Data: make([]T, p.Batch*p.Queries*(p.Heads*p.ValueWidth+1)), Stride: p.Heads*p.ValueWidth + 1}),
		LogSum: make([]T, p.Batch*p.Heads*p.Queries)}
	f.Run()
	for sample := range p.Batch {
		for head := range p.Heads {
			for i := range p.Queries {
				checkQuery(t, &f, sample, head, i, tolerance)
			}
		}
	}
	g := Backward[T]{Problem: p, Out: f.Out, DOut: f.Out, LogSum: f.LogSum, DQ: like(p.Q), DK: like(p.K), DV: like(p.V)}
	g.Run()
	ofQueries, ofKeys, size := 0.0, 0.0, 0.0
	for _, side := range []struct {
		rows  int
		x, dx Rows[T]
		sum   *float64
	}{{p.Batch * p.Queries, p.Q, g.DQ, &ofQueries}, {p.Batch * p.Keys, p.K, g.DK, &ofKeys}} {
		for row := range side.rows {
			for col := range p.Heads * p.Width {
				v := float64(side.x.from(row, col)[0]) * float64(side.dx.from(row, col)[0])
				*side.sum += v
				size += math.Abs(v)
			}
		}
	}
	if !(math.Abs(ofQueries-ofKeys) <= tolerance*(size+1)) {
		t.Errorf("%+v of %T: Σ q·dq is %g and Σ k·dk is %g, want the same", p.Shape, p.Q.Data[0], ofQueries, ofKeys)
	}
}

// checkQuery compares a row of the result, and its logarithm of a sum, with the definition.
func checkQuery[T kernel.Float](t *testing.T, f *Forward[T], sample, head, i int, tolerance float64) {
	t.Helper()
	row := sample*f.Queries + i
	l := float64(f.LogSum[(sample*f.Heads+head)*f.Queries+i])
	want, total := make([]float64, f.ValueWidth), 0.0
	for j := range f.visible(sample, i) {
		s := 0.0
		for c, q := range f.Q.from(row, head*f.Width)[:f.Width] {
			s += f.Scale * float64(q) * float64(f.K.from(sample*f.Keys+j, head*f.Width)[c])
		}
		total += math.Exp(s)
		for c := range want {
			want[c] += math.Exp(s-l) * float64(f.V.from(sample*f.Keys+j, head*f.ValueWidth)[c])
		}
	}
	if math.IsInf(l, 1) != (total == 0) || total > 0 && !(math.Abs(l-math.Log(total)) <= tolerance*(1+math.Abs(l))) {
		t.Errorf("%+v: query %d of sample %d, head %d: got a log sum of %g, want %g", f.Shape, i, sample, head, l, math.Log(total))
	}
	for c, w := range want {
		if got := float64(f.Out.from(row, head*f.ValueWidth)[c]); !(math.Abs(got-w) <= tolerance*10) {
			t.Fatalf("%+v: query %d of sample %d, head %d: got %g, want %g", f.Shape, i, sample, head, got, w)
		}
	}
}
