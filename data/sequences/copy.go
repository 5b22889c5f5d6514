package sequences

import (
	"math"
	"math/rand/v2"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph/op"
)

// Copy is the copy problem (Arjovsky et al. 2016, sec. 5.1): a network reads Length random symbols, then Lag-1 blanks, a sign to begin, and
// Length blanks, during which it must write the symbols in their order. Until then it must write blanks. Lag, the number of steps from the
// last symbol to the sign, is needed.
type Copy struct {
	Lag     int
	Length  int // number of symbols to remember; 0 means 10
	Symbols int // number of different symbols; 0 means 8
	// Answers makes all targets but those of the symbols to write -1, which graph.CrossEntropy{Padded: true} leaves out. The gradient then
	// reaches early steps through later ones alone.
	Answers bool
	Seed    uint64
}

// The name of the column of tokens, and of that of the target moved by one position.
const (
	TokensColumn  = "tokens"
	ShiftedColumn = "shifted"
)

func (c Copy) withDefaults() Copy {
	if c.Length == 0 {
		c.Length = 10
	}
	if c.Symbols == 0 {
		c.Symbols = 8
	}
	return c
}

func (c Copy) validate(samples int) error {
	if c.Lag <= 0 || c.Length <= 0 || c.Symbols <= 0 || samples <= 0 {
		return errors.Errorf("sequences: copy: got Lag %d, Length %d, Symbols %d and %d samples, want positive numbers", c.Lag, c.Length, c.Symbols, samples)
	}
	return nil
}

// Vocabulary is the number of tokens: the symbols from 0 on, the blank and the sign.
func (c Copy) Vocabulary() int { return c.withDefaults().Symbols + 2 }

// Time is the length of a sample, Lag + 2·Length.
func (c Copy) Time() int { return c.Lag + 2*c.withDefaults().Length }

// Baseline is the loss, a cross-entropy in nats for each position that counts, of a network that writes blanks and then any symbol.
func (c Copy) Baseline() float64 {
	d := c.withDefaults()
	if c.Answers {
		return math.Log(float64(d.Symbols))
	}
	return float64(d.Length) * math.Log(float64(d.Symbols)) / float64(d.Time())
}

// Dataset draws samples: tokens (samples, Time) in the column [TokensColumn], and targets Y of the same shape.
func (c Copy) Dataset(samples int) (*data.Dataset, error) {
	c = c.withDefaults()
	if err := c.validate(samples); err != nil {
		return nil, err
	}
	time, blank := c.Time(), c.Symbols
	other := blank // target where there is nothing to write
	if c.Answers {
		other = op.Padding
	}
	tokens, targets := make([]int, samples*time), make([]int, samples*time)
	for i := range tokens {
		tokens[i], targets[i] = blank, other
	}
	rng := rand.New(rand.NewPCG(c.Seed, copyStream))
	for i := range samples {
		in, out := tokens[i*time:(i+1)*time], targets[i*time:(i+1)*time]
		for k := range c.Length {
			symbol := rng.IntN(c.Symbols)
			in[k], out[c.Lag+c.Length+k] = symbol, symbol
		}
		in[c.Length+c.Lag-1] = blank + 1
	}
	return &data.Dataset{Columns: []data.Column{{Name: TokensColumn, Values: table(tokens, samples)}}, Y: table(targets, samples)}, nil
}

// Pairs draws samples for a network that reads one sequence and writes another: Length symbols (samples, Length) in the column
// [TokensColumn], the same as targets Y, and the targets moved by one position, after a sign, in the column [ShiftedColumn]. Lag counts
// blanks after the symbols, which are part of the tokens.
func (c Copy) Pairs(samples int) (*data.Dataset, error) {
	c = c.withDefaults()
	if err := c.validate(samples); err != nil {
		return nil, err
	}
	time := c.Length + c.Lag - 1
	tokens, targets, shifted := make([]int, samples*time), make([]int, 0, samples*c.Length), make([]int, 0, samples*c.Length)
	rng := rand.New(rand.NewPCG(c.Seed, copyStream))
	for i := range tokens {
		tokens[i] = c.Symbols
	}
	for i := range samples {
		in := tokens[i*time : (i+1)*time]
		for k := range c.Length {
			in[k] = rng.IntN(c.Symbols)
		}
		targets = append(targets, in[:c.Length]...)
		shifted = append(append(shifted, c.Symbols+1), in[:c.Length-1]...)
	}
	return &data.Dataset{
		Columns: []data.Column{{Name: TokensColumn, Values: table(tokens, samples)}, {Name: ShiftedColumn, Values: table(shifted, samples)}},
		Y:       table(targets, samples),
	}, nil
}

// copyStream keeps the problem apart from other random draws with the same seed.
const copyStream = 0x636f707900000000

// table is a tensor of rows.
func table[T int | float32 | float64](values []T, rows int) *tensor.Dense {
	return tensor.New(tensor.WithShape(rows, len(values)/rows), tensor.WithBacking(values))
}
