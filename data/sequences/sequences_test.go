package sequences_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/data/sequences"
)

func made(t *testing.T) func(*data.Dataset, error) *data.Dataset {
	return func(d *data.Dataset, err error) *data.Dataset {
		t.Helper()
		if err == nil {
			err = d.Validate()
		}
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
}

// The symbols come back Lag steps after the last of them was read, from the sign on, and everything else is blank.
func TestCopy(t *testing.T) {
	c := sequences.Copy{Lag: 4, Length: 3, Symbols: 5, Seed: 7}
	d := made(t)(c.Dataset(50))
	seen := make(map[int]bool)
	for i := range 50 {
		in, out := d.Column(sequences.TokensColumn).Ints()[i*10:(i+1)*10], d.Y.Ints()[i*10:(i+1)*10]
		if want := append(slices.Clone(in[:3]), 5, 5, 5, 6, 5, 5, 5); !slices.Equal(in, want) {
			t.Fatalf("sample %d reads %v, want %v", i, in, want)
		}
		if want := append([]int{5, 5, 5, 5, 5, 5, 5}, in[:3]...); !slices.Equal(out, want) {
			t.Fatalf("sample %d writes %v, want %v", i, out, want)
		}
		for _, symbol := range in[:3] {
			seen[symbol] = true
		}
	}
	if len(seen) != 5 || c.Vocabulary() != 7 || c.Time() != 10 || math.Abs(c.Baseline()-0.3*math.Log(5)) > 1e-15 {
		t.Errorf("%d symbols, %d tokens, time %d, baseline %g", len(seen), c.Vocabulary(), c.Time(), c.Baseline())
	}
	fewer := made(t)(c.Dataset(20))
	if !slices.Equal(fewer.Y.Ints(), d.Y.Ints()[:200]) {
		t.Error("a smaller set has other samples")
	}
	if paper := (sequences.Copy{Lag: 100}); paper.Time() != 120 || paper.Vocabulary() != 10 {
		t.Errorf("the problem of the paper has time %d and %d tokens", paper.Time(), paper.Vocabulary())
	}
}

// With Answers the symbols alone count.
func TestAnswers(t *testing.T) {
	c := sequences.Copy{Lag: 4, Length: 3, Symbols: 5, Seed: 7}
	all := made(t)(c.Dataset(50))
	c.Answers = true
	d := made(t)(c.Dataset(50))
	for i, v := range d.Y.Ints() {
		want := -1
		if i%10 >= 7 {
			want = all.Y.Ints()[i]
		}
		if v != want {
			t.Fatalf("target %d: got %d, want %d", i, v, want)
		}
	}
	if got := c.Baseline(); math.Abs(got-math.Log(5)) > 1e-15 {
		t.Errorf("the baseline is %g, want ln 5", got)
	}
}

func TestPairs(t *testing.T) {
	d := made(t)(sequences.Copy{Lag: 2, Length: 3, Symbols: 4, Seed: 1}.Pairs(5))
	for i := range 5 {
		in, shifted, out := d.Column(sequences.TokensColumn).Ints()[4*i:4*i+4], d.Column(sequences.ShiftedColumn).Ints()[3*i:3*i+3], d.Y.Ints()[3*i:3*i+3]
		if !slices.Equal(in[:3], out) || in[3] != 4 || shifted[0] != 5 || !slices.Equal(shifted[1:], out[:2]) {
			t.Errorf("reads %v and %v, writes %v", in, shifted, out)
		}
	}
}

// The target is the sum of the marked numbers, of which one is in each half. The mean square of its distance from 1 is 1/6, of
// which a mean over 2000 samples differs by some 0.004.
func TestAdding(t *testing.T) {
	const samples, length = 2000, 7
	d := made(t)(sequences.Adding{Length: length, Seed: 3}.Dataset(samples, tensor.Float64))
	x, y := d.X.Float64s(), d.Y.Float64s()
	squares := 0.0
	for i, want := range y {
		sum, marks := 0.0, [2]float64{}
		for pos := range length {
			v, mark := x[(i*length+pos)*2], x[(i*length+pos)*2+1]
			sum += v * mark
			if marks[min(1, pos/3)] += mark; v < 0 || v >= 1 {
				t.Fatalf("the number %g", v)
			}
		}
		if sum != want || marks != [2]float64{1, 1} {
			t.Fatalf("sample %d: sum %g, marks %v, want %g", i, sum, marks, want)
		}
		squares += (want - 1) * (want - 1) / samples
	}
	if math.Abs(squares-sequences.AddingBaseline) > 0.02 {
		t.Errorf("the mean square is %g, want %g", squares, sequences.AddingBaseline)
	}
	single := made(t)(sequences.Adding{Length: length, Seed: 3}.Dataset(10, tensor.Float32))
	if single.X.Float32s()[4] != float32(x[4]) || !single.X.Shape().Eq(tensor.Shape{10, length, 2}) {
		t.Errorf("in float32: %g of shape %v", single.X.Float32s()[4], single.X.Shape())
	}
}

func TestErrors(t *testing.T) {
	for want, f := range map[string]func() (*data.Dataset, error){
		"Lag 0":     func() (*data.Dataset, error) { return sequences.Copy{}.Dataset(1) },
		"0 samples": func() (*data.Dataset, error) { return sequences.Copy{Lag: 1}.Pairs(0) },
		"Length 1":  func() (*data.Dataset, error) { return sequences.Adding{Length: 1}.Dataset(1, tensor.Float32) },
		"type int":  func() (*data.Dataset, error) { return sequences.Adding{Length: 2}.Dataset(1, tensor.Int) },
	} {
		if _, err := f(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want %q", err, want)
		}
	}
}
