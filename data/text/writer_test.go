package text_test

import (
	"math"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data/text"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/op"
)

// program gives logits that depend on the token before alone: a row of the table for each.
func program(t *testing.T, dt tensor.Dtype, time, characters int, table []float64) *graph.Program {
	t.Helper()
	model := graph.LayerFunc(func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
		return b.Check(op.Embedding(b.ConstantOf(table, characters, characters), x))
	})
	p, err := graph.Build(graph.Config{
		Model: model, Params: graph.NewParams(dt, 1), Mode: graph.Eval, Inputs: []graph.Input{{Name: "tokens", Shape: tensor.Shape{1, time}, Dtype: tensor.Int}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// write gives the first characters that a writer writes.
func write(t *testing.T, w text.Writer, prompt string, n int) string {
	t.Helper()
	var b strings.Builder
	for c, err := range w.Write(prompt) {
		if err != nil {
			t.Fatal(err)
		}
		if b.WriteRune(c); b.Len() == n {
			return b.String()
		}
	}
	t.Fatal("the text has an end")
	return ""
}

// After a comes b, after b comes c, and after c comes a: whatever the length that the model sees.
func TestWriterTakesTheLikeliest(t *testing.T) {
	abc := corpus(t, "abc").Vocabulary
	table := []float64{0, 2, 1, 0, 1, 2, 2, 1, 0}
	for _, time := range []int{1, 4} {
		for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
			w := text.Writer{Vocabulary: abc, Program: program(t, dt, time, 3, table), Top: 1}
			if got := write(t, w, "cab", 6); got != "cabcab" {
				t.Errorf("time %d: %q", time, got)
			}
		}
	}
}

// Characters are drawn with the probabilities of the softmax, at the temperature, among the likeliest: each share of 4000 is right to
// 4·sqrt(0.25/4000) = 0.03.
func TestWriterDrawsByProbability(t *testing.T) {
	abc := corpus(t, "abc").Vocabulary
	row := []float64{math.Log(0.5), math.Log(0.3), math.Log(0.2)}
	table := append(append(append([]float64(nil), row...), row...), row...)
	for _, c := range []struct {
		w    text.Writer
		want []float64
	}{
		{text.Writer{}, []float64{0.5, 0.3, 0.2}},
		{text.Writer{Top: 2}, []float64{0.625, 0.375, 0}},
		{text.Writer{Temperature: 0.5}, []float64{25.0 / 38, 9.0 / 38, 4.0 / 38}},
	} {
		c.w.Vocabulary, c.w.Program, c.w.Seed = abc, program(t, tensor.Float64, 1, 3, table), 5
		written := write(t, c.w, "a", 4000)
		for i, letter := range []string{"a", "b", "c"} {
			if got := float64(strings.Count(written, letter)) / 4000; math.Abs(got-c.want[i]) > 0.03 {
				t.Errorf("%+v: the share of %s is %.3f, want %.3f", c.w.Top, letter, got, c.want[i])
			}
		}
		if again := write(t, c.w, "a", 50); again != written[:50] {
			t.Error("the same seed writes another text")
		}
	}
}

func TestWriterErrors(t *testing.T) {
	abc := corpus(t, "abc").Vocabulary
	good := program(t, tensor.Float64, 2, 3, make([]float64, 9))
	for want, w := range map[string]text.Writer{
		"Vocabulary or Program is nil": {Vocabulary: abc},
		"Temperature -1":               {Vocabulary: abc, Program: good, Temperature: -1},
		"(1, time, 4)":                 {Vocabulary: corpus(t, "abcd").Vocabulary, Program: good},
	} {
		for _, err := range w.Write("a") {
			wantError(t, err, want)
		}
	}
	for _, prompt := range []string{"", "x"} {
		for _, err := range (text.Writer{Vocabulary: abc, Program: good}).Write(prompt) {
			wantError(t, err, "text: ")
		}
	}
}
