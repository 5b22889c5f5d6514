package goldens

import "math"

// The ops as README.md defines them, in plain float64.

func gelu(_ Case, in map[string]Tensor) []float64 {
	return each(in["x"].Data, func(x float64) float64 { return x / 2 * math.Erfc(-x/math.Sqrt2) })
}

func logSoftmax(_ Case, in map[string]Tensor) []float64 {
	x := in["x"]
	var out []float64
	for row := range rows(x) {
		out = append(out, logSoftmaxRow(row)...)
	}
	return out
}

func logSoftmaxRow(z []float64) []float64 {
	top := math.Inf(-1)
	for _, v := range z {
		top = math.Max(top, v)
	}
	var sum float64
	for _, v := range z {
		sum += math.Exp(v - top)
	}
	return each(z, func(v float64) float64 { return v - top - math.Log(sum) })
}

func huber(c Case, in map[string]Tensor) []float64 {
	delta, x, y := c.Attrs["delta"], in["x"].Data, in["y"].Data
	var sum float64
	for i := range x {
		d := math.Abs(x[i] - y[i])
		if d <= delta {
			sum += d * d / 2
		} else {
			sum += delta * (d - delta/2)
		}
	}
	return reduce(c, sum, len(x))
}

func softmaxCE(c Case, in map[string]Tensor) []float64 {
	s, classes := c.Attrs["smoothing"], in["x"].Shape[1]
	batch := in["x"].Shape[0]
	var sum float64
	i := 0
	for row := range rows(in["x"]) {
		for k, logp := range logSoftmaxRow(row) {
			var y float64
			if c.F64.Labels == nil {
				y = in["y"].Data[i*classes+k]
			} else if c.F64.Labels[i] == k {
				y = 1
			}
			sum -= ((1-s)*y + s/float64(classes)) * logp
		}
		i++
	}
	return reduce(c, sum, batch)
}

func reduce(c Case, sum float64, n int) []float64 {
	if c.Reduction == "mean" {
		sum /= float64(n)
	}
	return []float64{sum}
}

func linear(x, w, b Tensor) Tensor {
	out := Tensor{Shape: []int{x.Shape[0], w.Shape[1]}}
	for row := range rows(x) {
		for j := range w.Shape[1] {
			var y float64
			if b.Data != nil {
				y = b.Data[j]
			}
			for k, v := range row {
				y += v * w.Data[k*w.Shape[1]+j]
			}
			out.Data = append(out.Data, y)
		}
	}
	return out
}

func batchnorm(c Case, in map[string]Tensor) []float64 {
	x := in["x"]
	width := x.Shape[1]
	out := make([]float64, len(x.Data))
	for j := range width {
		for i, v := range standardise(column(x, j), c.Attrs["eps"]) {
			out[i*width+j] = in["gain"].Data[j]*v + in["shift"].Data[j]
		}
	}
	return out
}

func layernorm(c Case, in map[string]Tensor) []float64 {
	var out []float64
	for row := range rows(in["x"]) {
		for j, v := range standardise(row, c.Attrs["eps"]) {
			out = append(out, in["gain"].Data[j]*v+in["shift"].Data[j])
		}
	}
	return out
}

func standardise(x []float64, eps float64) []float64 {
	mean, variance := moments(x)
	return each(x, func(v float64) float64 { return (v - mean) / math.Sqrt(variance+eps) })
}

// moments returns the mean and the biased variance.
func moments(x []float64) (mean, variance float64) {
	n := float64(len(x))
	for _, v := range x {
		mean += v / n
	}
	for _, v := range x {
		variance += (v - mean) * (v - mean) / n
	}
	return mean, variance
}

func residualPost(_ Case, in map[string]Tensor) []float64 {
	x := in["x"]
	a := linear(x, in["w1"], in["b1"])
	a.Data = each(a.Data, relu)
	z := linear(a, in["w2"], in["b2"])
	for i := range z.Data {
		z.Data[i] += x.Data[i]
	}
	return each(z.Data, relu)
}

// stepper moves one weight by its gradient, and remembers its own moments.
type stepper func(w, g float64) float64

func sgd(c Case) stepper {
	lr, momentum := c.Attrs["lr"], c.Attrs["momentum"]
	var v float64
	return func(w, g float64) float64 {
		g += c.Attrs["weight_decay"] * w
		v = momentum*v + g
		if c.Attrs["nesterov"] == 1 {
			return w - lr*(g+momentum*v)
		}
		return w - lr*v
	}
}

// adam adds the weight decay to the gradient, adamw takes it off the weight.
func adam(c Case) stepper {
	lr, beta1, beta2, decay := c.Attrs["lr"], c.Attrs["beta1"], c.Attrs["beta2"], c.Attrs["weight_decay"]
	var m, v, t float64
	return func(w, g float64) float64 {
		if c.Op == "adamw" {
			w -= lr * decay * w
		} else {
			g += decay * w
		}
		t++
		m = beta1*m + (1-beta1)*g
		v = beta2*v + (1-beta2)*g*g
		mHat, vHat := m/(1-math.Pow(beta1, t)), v/(1-math.Pow(beta2, t))
		return w - lr*mHat/(math.Sqrt(vHat)+c.Attrs["eps"])
	}
}

func relu(x float64) float64 { return math.Max(0, x) }

func each(x []float64, f func(float64) float64) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = f(v)
	}
	return out
}

func column(x Tensor, j int) []float64 {
	out := make([]float64, x.Shape[0])
	for i := range out {
		out[i] = x.Data[i*x.Shape[1]+j]
	}
	return out
}

// rows yields the vectors along the last axis.
func rows(x Tensor) func(yield func([]float64) bool) {
	width := x.Shape[len(x.Shape)-1]
	return func(yield func([]float64) bool) {
		for i := 0; i < len(x.Data); i += width {
			if !yield(x.Data[i : i+width]) {
				return
			}
		}
	}
}
