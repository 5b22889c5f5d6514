package shatter

import (
	"context"
	"errors"
	"math"
	"reflect"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
)

// measured are small networks, for tests.
func measured(t *testing.T, depths ...int) map[string]Curve {
	t.Helper()
	curves, err := Measure(t.Context(), Config{Nets: Nets(), Depths: depths, Width: 100, Inputs: 48, Seeds: 4})
	if err != nil {
		t.Fatal(err)
	}
	byName := make(map[string]Curve)
	for _, c := range curves {
		byName[c.Net.String()] = c
	}
	return byName
}

// Unrelated inputs follow the theory of wide networks. In these networks, of width 100 with 48 inputs, the measured values are within 0.04
// of it.
func TestUnrelatedInputsFollowTheory(t *testing.T) {
	for name, c := range measured(t, 1, 2, 4, 8) {
		for _, p := range c.Points {
			if want := c.Net.Wide(p.Depth); !(math.Abs(p.Unrelated-want) < 0.05) {
				t.Errorf("%s, depth %d: got %.4f, want %.4f", name, p.Depth, p.Unrelated, want)
			}
		}
	}
}

// On a line the gradients of neighbours shatter with the depth in a normalised plain network, and hardly in its residual twin.
func TestNeighboursShatter(t *testing.T) {
	curves := measured(t, 1, 20)
	for name, want := range map[string][2][2]float64{ // lowest and highest, at each depth
		"plain + bn": {{0.9, 1}, {-0.2, 0.3}}, "residual + bn": {{0.9, 1}, {0.4, 0.95}},
	} {
		for i, p := range curves[name].Points {
			if !(p.Neighbours >= want[i][0] && p.Neighbours <= want[i][1]) {
				t.Errorf("%s, depth %d: neighbours have the correlation %.3f, want it in %v", name, p.Depth, p.Neighbours, want[i])
			}
		}
	}
}

func TestLaws(t *testing.T) {
	for net, want := range map[Net]float64{{}: 1.0 / 16, {Norm: true}: 1.0 / 16, {Residual: true}: 81.0 / 256, {true, true}: 315.0 / 128 / 5} {
		if got := net.Law(4); math.Abs(got-want) > 1e-12 {
			t.Errorf("%v: got %g, want %g", net, got, want)
		}
	}
	// Wallis: the product tends to 2/sqrt(pi·L).
	if got, want := (Net{true, true}).Law(10000), 2/math.Sqrt(math.Pi*10000); math.Abs(got/want-1) > 1e-3 {
		t.Errorf("deep: got %g, want %g", got, want)
	}
}

// The slopes of exact laws are found again, and the right law fits better.
func TestSlope(t *testing.T) {
	var exponential, power Curve
	for depth := 1; depth < 20; depth++ {
		exponential.Points = append(exponential.Points, Point{Depth: depth, Unrelated: math.Pow(0.5, float64(depth))})
		power.Points = append(power.Points, Point{Depth: depth, Unrelated: math.Pow(float64(depth)+1, -0.5)})
	}
	if s := exponential.Slope(); math.Abs(s.Factor-0.5) > 1e-12 || s.Points != 7 || s.ErrorOfFactor > s.ErrorOfPower {
		t.Errorf("exponential: got %+v", s)
	}
	if s := power.Slope(); math.Abs(s.Power+0.5) > 1e-12 || s.Points != 19 || s.ErrorOfPower > s.ErrorOfFactor {
		t.Errorf("power: got %+v", s)
	}
}

func TestTrace(t *testing.T) {
	c := Config{Nets: Nets(), Width: 30, Inputs: 20}
	at, derivative, err := c.Trace(Net{Norm: true}, 5)
	if err != nil {
		t.Fatal(err)
	}
	square := 0.0
	for _, d := range derivative {
		square += d * d / 20
	}
	if len(at) != 20 || at[0] != -2 || at[19] != 2 || math.Abs(square-1) > 1e-9 {
		t.Errorf("got %d places from %g to %g, and mean square %g", len(at), at[0], at[19], square)
	}
	_, again, err := c.Trace(Net{Norm: true}, 5)
	if err != nil || !reflect.DeepEqual(derivative, again) {
		t.Errorf("the second time is another: %v", err)
	}
}

// The gradient of a linear map is the same for all inputs, and that of opposite inputs of an absolute value is opposite.
func TestGradientsAndCorrelation(t *testing.T) {
	for _, dtype := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		x := tensor.New(tensor.WithShape(3, 2), tensor.WithBacking(tensor.Range(dtype, 1, 7)))
		rows, err := Gradients(graph.Dense{Units: 4}, graph.NewParams(dtype, 1), x, 3)
		if err != nil {
			t.Fatal(err)
		}
		if c := Correlation(rows, 1, 3); len(rows) != 3 || len(rows[0]) != 2 || math.Abs(c-1) > 1e-6 {
			t.Errorf("%v: got rows %v with correlation %g", dtype, rows, c)
		}
	}
	rows := [][]float64{{1, 0}, {0, 2}, {-1, 0}}
	if c := Correlation([][]float64{{1, 0}, {0, 0}, {1, 0}}, 1, 3); math.Abs(c-1) > 1e-12 {
		t.Errorf("beside a gradient of zero: got %g, want 1", c)
	}
	if c := Correlation([][]float64{{0}, {0}}, 1, 2); !math.IsNaN(c) {
		t.Errorf("of gradients of zero: got %g, want NaN", c)
	}
	if next, far := Correlation(rows, 1, 2), Correlation(rows, 2, 3); next != 0 || far != -1 {
		t.Errorf("got %g for neighbours and %g for the ends, want 0 and -1", next, far)
	}
}

func TestMeasureRefuses(t *testing.T) {
	if _, err := Measure(t.Context(), Config{}); err == nil {
		t.Error("no error without nets")
	}
	if _, _, err := (Config{Nets: Nets(), Inputs: 3}).Trace(Net{}, 1); err == nil {
		t.Error("no error for three inputs")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Measure(ctx, Config{Nets: Nets()}); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: got error %v", err)
	}
}
