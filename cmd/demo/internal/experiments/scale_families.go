package experiments

import (
	"context"
	"math"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/data/text"
	"github.com/gradflow/gradflow/internal/lang"
	"github.com/gradflow/gradflow/train/optim"
	"github.com/gradflow/gradflow/vanishing/scale"
)

func familyNames() []string { return []string{"mlp", "residual1", "residual2", "gpt"} }

// A scaleRule is how a family is scaled.
type scaleRule struct {
	Depth bool    `json:"depth"` // over the depth, and not the width
	MuP   bool    `json:"mup"`   // over the width
	Alpha float64 `json:"alpha"` // over the depth: the power that divides branches
}

// rulesOf are the rules by which a family is checked.
func rulesOf(family string) []scaleRule {
	rules := []scaleRule{{}, {MuP: true}}
	if family != "mlp" { // which has no blocks
		rules = append(rules, scaleRule{Depth: true}, scaleRule{Depth: true, Alpha: 0.5}, scaleRule{Depth: true, Alpha: 1})
	}
	return rules
}

// law is the name of the law that networks of the rule should follow.
func (r scaleRule) law() string {
	switch {
	case r.MuP:
		return "muP"
	case r.Alpha == 0.5:
		return "1/sqrt(L)"
	case r.Alpha == 1:
		return "1/L"
	}
	return "standard"
}

// name returns the law's name in a language.
func (r scaleRule) name(language lang.Language) string { return lawName(r.law(), language) }

func lawName(law string, language lang.Language) string {
	if law == "standard" {
		return language.Text("standard")
	}
	return law
}

// The sizes that stay the same: the width of networks of several depths, and the depths of networks of several widths.
const fixedWidth = 64

var fixedDepths = map[string]int{"mlp": 3, "residual1": 3, "residual2": 3, "gpt": 2}

// sweeps are the searches for the best rate.
func sweeps() []scaleSweep {
	return []scaleSweep{
		{Family: "mlp"}, {Family: "mlp", Rule: scaleRule{MuP: true}},
		{Family: "residual1", Rule: scaleRule{Depth: true}}, {Family: "residual1", Rule: scaleRule{Depth: true, Alpha: 0.5}},
	}
}

// scaleBatches are what the networks are trained on.
type scaleBatches struct {
	images       *data.Dataset // rows of the built-in images
	x, y         *tensor.Dense // some of them
	tokens, next *tensor.Dense // windows of the built-in text
}

// The sizes of a batch.
const (
	batchImages  = 32
	batchWindows = 8
	windowLength = 16
	vocabulary   = 10
	sweepImages  = 6400
)

// batches reads the built-in images and text.
func (s scaling) batches(ctx context.Context) (b scaleBatches, err error) {
	images, _, err := s.Images(ctx)
	if err != nil {
		return b, err
	}
	if b.images, err = images.Subset(min(sweepImages, images.Len())); err != nil {
		return b, err
	}
	some, err := images.Subset(batchImages)
	if err != nil {
		return b, err
	}
	b.x, b.y = some.X, some.Y
	corpus, err := text.Opticks()
	if err != nil {
		return b, err
	}
	windows, err := corpus.Windows(text.Windows{Length: windowLength, Stride: len(corpus.Tokens) / (batchWindows + 1)})
	if err != nil {
		return b, err
	}
	if windows, err = windows.Subset(batchWindows); err != nil {
		return b, err
	}
	b.tokens, b.next = fewTokens(windows.Column(text.TokensColumn)), fewTokens(windows.Y)
	return b, nil
}

// fewTokens maps tokens to their remainders, so that there are as few tokens as classes of images: the laws hold for networks with many
// more units than classes.
func fewTokens(tokens *tensor.Dense) *tensor.Dense {
	few := tokens.Clone().(*tensor.Dense)
	for i, token := range few.Ints() {
		few.Ints()[i] = token % vocabulary
	}
	return few
}

// family is a family by its name, scaled by a rule from given sizes on.
func (b scaleBatches) family(name string, r scaleRule, width, depth int) (f scale.Family) {
	classes := len(b.images.Classes)
	switch name {
	case "mlp":
		f = scale.MLP(classes)
	case "residual1":
		f = scale.ResidualMLP(classes, 1)
	case "residual2":
		f = scale.ResidualMLP(classes, 2)
	default:
		f = scale.GPT(vocabulary, windowLength)
	}
	if r.MuP || r.Alpha > 0 {
		return f.MuP(width, depth, r.Alpha)
	}
	return f
}

// sizes are the widths and the depths of networks of a rule.
func (s scaling) sizes(name string, r scaleRule) (widths, depths []int) {
	if r.Depth {
		return []int{fixedWidth}, s.depths
	}
	return s.widths, []int{fixedDepths[name]}
}

// config describes the check of a family. Over the depth branches are divided by a power of their number itself, so that the law is not
// blurred by the first blocks.
func (s scaling) config(b scaleBatches, name string, r scaleRule) scale.Config {
	widths, depths := s.sizes(name, r)
	base := fixedDepths[name]
	if r.Depth {
		base = 1
	}
	c := scale.Config{
		Family: b.family(name, r, widths[0], base), Widths: widths, Depths: depths, X: b.x, Y: b.y, Steps: s.steps, Seeds: s.seeds, Seed: s.Seed,
		Optimizer: func() optim.Optimizer { return s.optimizer(s.Rate) },
	}
	if name == "gpt" {
		c.X, c.Y = b.tokens, b.next
	}
	return c
}

// optimizer is a new optimiser of -optimizer.
func (s scaling) optimizer(rate float64) optim.Optimizer {
	if s.Optimizer == "sgd" {
		return &optim.SGD{LearningRate: rate}
	}
	return &optim.Adam{LearningRate: rate}
}

// sweepConfig describes a search for the best rate. It leaves out the largest size, which would take most of the time.
func (s scaling) sweepConfig(b scaleBatches, which scaleSweep) scale.SweepConfig {
	widths, depths := s.sizes(which.Family, which.Rule)
	base := depths[0]
	if which.Rule.Depth {
		depths = depths[:len(depths)-1]
	} else {
		widths = widths[:len(widths)-1]
	}
	c := scale.SweepConfig{
		Family: b.family(which.Family, which.Rule, widths[0], base), Widths: widths, Depths: depths, Data: b.images, BatchSize: min(64, b.images.Len()),
		Seeds: s.seeds, Seed: s.Seed, Optimizer: s.optimizer,
	}
	highest := map[string]float64{"adam": -4, "sgd": 3}[s.Optimizer] // as a power of two
	for k := range s.rates {
		c.Rates = append(c.Rates, math.Exp2(highest-float64(s.rates-1-k)))
	}
	return c
}
