package graph_test

import (
	"fmt"
	"math"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/machine"
)

// foreignCharRNN predicts the next of five characters from each of five in a row, unrolled, with weights shared by all
// steps.
func foreignCharRNN(t *testing.T) *foreign {
	f := newForeign(gorgonia.NewVanillaSolver(gorgonia.WithLearnRate(0.2)))
	must := gorgonia.Must
	const batch, characters, units, steps = 4, 5, 12, 5
	wx, wh, b := f.weight(t, "wx", 0.3, 30, characters, units), f.weight(t, "wh", 0.2, 31, units, units), f.weight(t, "b", 0.1, 32, units)
	wo, bo := f.weight(t, "wo", 0.3, 33, units, characters), f.weight(t, "bo", 0.1, 34, characters)
	h := f.input("h0", batch, units)
	var loss *gorgonia.Node
	var xs, ys gorgonia.Nodes
	for i := range steps {
		x, y := f.input(fmt.Sprint("x", i), batch, characters), f.input(fmt.Sprint("y", i), batch, characters)
		xs, ys = append(xs, x), append(ys, y)
		h = must(gorgonia.Tanh(must(gorgonia.Add(affine(x, wx, b), must(gorgonia.Mul(h, wh))))))
		part := logLikelihood(must(gorgonia.SoftMax(affine(h, wo, bo))), y)
		if loss == nil {
			loss = part
		} else {
			loss = must(gorgonia.Add(loss, part))
		}
	}
	f.minimise(t, loss)

	text := []int{0, 1, 2, 3, 4, 3, 2, 1} // over and over
	characterAt := func(shift int) []int {
		var list []int
		for row := range batch {
			list = append(list, text[(2*row+shift)%len(text)])
		}
		return list
	}
	f.feed = func(int) error {
		if err := letAll(f.g.ByName("h0")[0], blank(batch, units)); err != nil {
			return err
		}
		for i := range steps {
			if err := letAll(xs[i], oneHot(characterAt(i), characters), ys[i], oneHot(characterAt(i+1), characters)); err != nil {
				return err
			}
		}
		return nil
	}
	return f
}

// foreignAutoencoder restores inputs that have been blotted out in part, through two layers down and two up.
func foreignAutoencoder(t *testing.T) *foreign {
	f := newForeign(gorgonia.NewAdamSolver(gorgonia.WithLearnRate(0.02)))
	must := gorgonia.Must
	const batch, width = 16, 20
	noisy, clean := f.input("noisy", batch, width), f.input("clean", batch, width)
	h := noisy
	sizes := []int{width, 12, 6, 12, width}
	for i := range len(sizes) - 1 {
		w := f.weight(t, fmt.Sprint("w", i), 0.4, uint64(40+i), sizes[i], sizes[i+1])
		h = must(gorgonia.Sigmoid(affine(h, w, f.weight(t, fmt.Sprint("b", i), 0.1, uint64(50+i), sizes[i+1]))))
	}
	loss := must(gorgonia.Mean(must(gorgonia.Square(must(gorgonia.Sub(h, clean))))))
	f.minimise(t, loss)
	gorgonia.Read(h, &f.shown)

	x, _ := clusters(batch, width, 3, 0.1, 60)
	rng := seeded(61)
	blotted := blank(batch, width)
	for i, v := range x.Float64s() {
		x.Float64s()[i] = 1 / (1 + math.Exp(-v))
		if rng.Float64() < 0.8 {
			blotted.Float64s()[i] = x.Float64s()[i]
		}
	}
	f.feed = func(int) error { return letAll(noisy, blotted, clean, x) }
	return f
}

func TestForeignCharRNN(t *testing.T) { trainOnBoth(t, foreignCharRNN, 0.8) }

// This program reads what it restored with a Read statement, which both machines fill.
func TestForeignAutoencoder(t *testing.T) {
	ours, theirs := trainOnBoth(t, foreignAutoencoder, 0.9)
	got, want := floats(ours.shown), floats(theirs.shown)
	for i := range want {
		if math.Abs(got[i]-want[i]) > 1e-7 { // after 30 steps of Adam whose losses agree to 1e-9
			t.Fatalf("read %v, TapeMachine's %v", got[i], want[i])
		}
	}
}

// Our machine is right where TapeMachine is wrong: TapeMachine writes 2h over h, although a reshaped view of h is read later.
func TestForeignProgramThatTapeMachineGetsWrong(t *testing.T) {
	build := func() (g *gorgonia.ExprGraph, sum *gorgonia.Node) {
		f := newForeign(nil)
		must := gorgonia.Must
		x := f.weight(t, "x", 1, 70, 3, 3)
		h := must(gorgonia.Add(x, gorgonia.NewConstant(2.0, gorgonia.WithName("two"))))
		y := must(gorgonia.Reshape(h, tensor.Shape{9}))
		z := must(gorgonia.Mul(h, gorgonia.NewConstant(2.0, gorgonia.WithName("factor"))))
		must(gorgonia.Sum(z))
		return f.g, must(gorgonia.Sum(y))
	}
	g, ours := build()
	want := 0.0
	for _, v := range floats(g.ByName("x")[0].Value()) {
		want += v + 2
	}
	if err := machine.New(g).RunAll(); err != nil {
		t.Fatal(err)
	}
	if math.Abs(scalar(ours)-want) > 1e-12 {
		t.Errorf("our sum is %g, want %g", scalar(ours), want)
	}
	g, theirs := build()
	if err := gorgonia.NewTapeMachine(g).RunAll(); err != nil {
		t.Fatal(err)
	}
	if math.Abs(scalar(theirs)-want) < 1e-12 {
		t.Error("TapeMachine is right here now: this test shows nothing any more")
	}
}

// blank is a matrix of zeros.
func blank(rows, cols int) *tensor.Dense {
	return tensor.New(tensor.Of(tensor.Float64), tensor.WithShape(rows, cols))
}
