package goldens

import (
	"maps"
	"math"
	"testing"
)

// These tests write some ops out from the definitions in README.md and compare
// them with PyTorch, so that a sign, a transpose or a mean over the wrong axis
// is found here and not by the users of the numbers.

// forward computes the output of a case from the inputs.
type forward func(c Case, in map[string]Tensor) []float64

func TestGradientsAreSlopes(t *testing.T) {
	for _, c := range []struct {
		family, op string
		f          forward
	}{
		{"activations", "gelu", gelu},
		{"activations", "log_softmax", logSoftmax},
		{"dense", "dense", func(_ Case, in map[string]Tensor) []float64 { return linear(in["x"], in["w"], in["b"]).Data }},
		{"losses", "huber", huber},
		{"losses", "softmax_ce", softmaxCE},
		{"norms", "batchnorm_train", batchnorm},
		{"norms", "layernorm", layernorm},
		{"nets", "residual_post", residualPost},
	} {
		count := 0
		for _, k := range Load(t, c.family) {
			if k.Op == c.op {
				count++
				checkForward(t, k, c.f)
				checkSlopes(t, k, c.f)
			}
		}
		if count == 0 {
			t.Errorf("%s: no case of %s", c.family, c.op)
		}
	}
}

func checkForward(t *testing.T, c Case, f forward) {
	t.Helper()
	if e := RelErr(f(c, c.F64.Inputs), c.F64.Output.Data); e > Tol64 {
		t.Errorf("%s: output differs by %g", c.Name, e)
	}
}

// checkSlopes compares the gradients with central differences. The step is 1e-5
// of the input's scale, or of 1 at most: the truncation error is about its
// square, and rounding adds about 1e-16/1e-5. The tolerance allows for third
// derivatives, and sums, up to a thousand times the gradient.
func checkSlopes(t *testing.T, c Case, f forward) {
	t.Helper()
	const tolerance = 1e-7
	if scale(c.F64.Output) > 1e3 {
		return // the slope would drown in the rounding of the output
	}
	for name, want := range c.F64.Grads {
		x := c.F64.Inputs[name]
		if scale(x) < 1e-20 {
			continue // no step resolves both x and the output
		}
		h := 1e-5 * math.Min(1, scale(x))
		got := make([]float64, len(x.Data))
		for i := range got {
			got[i] = (pull(c, f, name, i, h) - pull(c, f, name, i, -h)) / (2 * h)
		}
		if e := RelErr(got, want.Data); e > tolerance {
			t.Errorf("%s: gradient of %s differs from the slope by %g", c.Name, name, e)
		}
	}
}

// pull returns <upstream, output> with element i of an input moved by h.
func pull(c Case, f forward, name string, i int, h float64) float64 {
	in := maps.Clone(c.F64.Inputs)
	x := Tensor{in[name].Shape, append([]float64(nil), in[name].Data...)}
	x.Data[i] += h
	in[name] = x
	var sum float64
	for j, y := range f(c, in) {
		sum += c.F64.Upstream.Data[j] * y
	}
	return sum
}

// The running variance takes the unbiased variance of the batch, although the
// batch is normalised by the biased one.
func TestRunningStatistics(t *testing.T) {
	for _, c := range Load(t, "norms") {
		if c.Op != "batchnorm_train" {
			continue
		}
		momentum, x := c.Attrs["momentum"], c.F64.Inputs["x"]
		batch, width := x.Shape[0], x.Shape[1]
		var means, variances []float64
		for j := range width {
			mean, variance := moments(column(x, j))
			unbiased := variance * float64(batch) / float64(batch-1)
			means = append(means, momentum*mean)
			variances = append(variances, 1-momentum+momentum*unbiased)
		}
		if e := RelErr(means, c.F64.Extra["running_mean"].Data); e > Tol64 {
			t.Errorf("%s: running mean differs by %g", c.Name, e)
		}
		if e := RelErr(variances, c.F64.Extra["running_var"].Data); e > Tol64 {
			t.Errorf("%s: running variance differs by %g", c.Name, e)
		}
	}
}

func TestTrajectories(t *testing.T) {
	steppers := map[string]func(Case) stepper{"sgd": sgd, "adam": adam, "adamw": adam}
	for _, c := range Load(t, "optimizers") {
		newStepper, ok := steppers[c.Op]
		if !ok {
			t.Fatalf("%s: unknown op %s", c.Name, c.Op)
		}
		w, g := c.F64.Inputs["w"].Data, c.F64.Inputs["gradients"].Data
		got := make([]float64, len(g))
		for i, wi := range w {
			step := newStepper(c)
			for j := i; j < len(g); j += len(w) {
				wi = step(wi, g[j])
				got[j] = wi
			}
		}
		if e := RelErr(got, c.F64.Output.Data); e > Tol64 {
			t.Errorf("%s: trajectory differs by %g", c.Name, e)
		}
	}
}

func scale(x Tensor) float64 {
	var s float64
	for _, v := range x.Data {
		s = math.Max(s, math.Abs(v))
	}
	return s
}
