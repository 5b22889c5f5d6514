package text

import (
	"cmp"
	"iter"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
)

// A Writer writes text with a language model, character by character: each is drawn from the probabilities that the model gives after all
// characters before it. Vocabulary and Program are needed.
type Writer struct {
	Vocabulary *Vocabulary
	// Program is the model in evaluation mode for one sequence: tokens (1, time) give logits (1, time, characters). The model sees the last
	// time characters, and no position may depend on later ones.
	Program *graph.Program
	// Temperature divides the logits: below 1 likely characters become more likely. 0 means 1.
	Temperature float64
	// Top is the number of likeliest characters that are drawn from; 0 means all, and 1 always takes the likeliest.
	Top  int
	Seed uint64
}

// writerStream keeps texts apart from other random draws with the same seed.
const writerStream = 0x7465787400000000

// Write goes on from a prompt of at least one character, without end: the caller stops it.
func (w Writer) Write(prompt string) iter.Seq2[rune, error] {
	return func(yield func(rune, error) bool) {
		if err := w.validate(); err != nil {
			yield(0, err)
			return
		}
		tokens, err := w.Vocabulary.Encode(prompt)
		if err != nil {
			yield(0, err)
			return
		}
		rng := rand.New(rand.NewPCG(w.Seed, writerStream))
		for {
			token, err := w.next(tokens, rng)
			if err != nil {
				yield(0, err)
				return
			}
			if !yield(w.Vocabulary.characters[token], nil) {
				return
			}
			tokens = append(tokens, token)
		}
	}
}

func (w Writer) validate() error {
	switch {
	case w.Vocabulary == nil || w.Program == nil:
		return errors.New("text: writer: Vocabulary or Program is nil, want both")
	case !(w.Temperature >= 0) || math.IsInf(w.Temperature, 0) || w.Top < 0:
		return errors.Errorf("text: writer: got Temperature %g and Top %d, want positive numbers, or 0 for the default", w.Temperature, w.Top)
	}
	in, out := w.Program.Input, w.Program.Output.Shape()
	if in.Dtype() != tensor.Int || in.Dims() != 2 || in.Shape()[0] != 1 || !out.Eq(tensor.Shape{1, in.Shape()[1], w.Vocabulary.Size()}) {
		return errors.Errorf("text: writer: got a program of %v of %v to %v, want (1, time) of int to (1, time, %d)",
			in.Shape(), in.Dtype(), out, w.Vocabulary.Size())
	}
	return nil
}

// next draws the token after others.
func (w Writer) next(tokens []int, rng *rand.Rand) (int, error) {
	time := w.Program.Input.Shape()[1]
	seen := make([]int, time)
	n := copy(seen, tokens[max(0, len(tokens)-time):])
	input := tensor.New(tensor.WithShape(1, time), tensor.WithBacking(seen))
	if err := w.Program.Run(input, nil); err != nil {
		return 0, errors.Wrap(err, "text: writer")
	}
	size := w.Vocabulary.Size()
	logits := make([]float64, size)
	for i := range logits {
		switch all := w.Program.OutputValue().Data().(type) {
		case []float32:
			logits[i] = float64(all[(n-1)*size+i])
		case []float64:
			logits[i] = all[(n-1)*size+i]
		}
	}
	return w.draw(logits, rng), nil
}

// draw draws a token by its logit. A logit that is NaN is never drawn unless all are.
func (w Writer) draw(logits []float64, rng *rand.Rand) int {
	order := make([]int, len(logits))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(logits[b], logits[a]) }) // NaN comes last
	if w.Top > 0 {
		order = order[:min(w.Top, len(order))]
	}
	weights, sum := make([]float64, len(order)), 0.0
	for i, token := range order {
		if weights[i] = math.Exp((logits[token] - logits[order[0]]) / cmp.Or(w.Temperature, 1)); weights[i] != weights[i] {
			weights[i] = 0
		}
		sum += weights[i]
	}
	at := rng.Float64() * sum
	for i, token := range order {
		if at -= weights[i]; at < 0 {
			return token
		}
	}
	return order[0]
}
