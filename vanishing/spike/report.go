package spike

import (
	"fmt"
	"math"
	"strings"

	"github.com/gradflow/gradflow/internal/lang"
	"github.com/gradflow/gradflow/vanishing/internal/words"
)

// String is the report in English.
func (r Report) String() string { return r.In(lang.English) }

// In is the report in a language, in lines.
func (r Report) In(say lang.Language) string {
	lines := []string{say.Sprintf("The steps from %d to %d were repeated.", r.From, r.last())}
	if r.Compared > 0 {
		lines = append(lines, say.Sprintf("The loss is the same as in the run, bit by bit, in %d of %d steps.", r.Same, r.Compared))
	}
	if r.Same < r.Compared {
		lines = append(lines, say.Text("In the other steps it differs: the settings, the images, the version or the kernels are not those of the run, for which the rest may not hold."))
	}
	lines = append(lines, r.cause(say))
	if r.NonFinite != "" {
		lines = append(lines, say.Sprintf("The first value that is not finite: %s", r.NonFinite))
	}
	for _, s := range r.Samples {
		if math.IsNaN(s.Times - s.Times) {
			lines = append(lines, say.Sprintf("Sample %d of the training set: its gradient is not finite.", s.Row))
			continue
		}
		lines = append(lines, say.Sprintf("Sample %d of the training set: its gradient is %s times that of a typical sample of the batch, %s of all.",
			s.Row, words.Human(s.Times), words.Percent(s.Share)))
	}
	return strings.Join(lines, "\n") + "\n"
}

// last is the last recorded step.
func (r Report) last() int {
	if n := len(r.Profile.Records); n > 0 {
		return r.Profile.Records[n-1].Step
	}
	return r.From
}

// cause says what was unusual first.
func (r Report) cause(say lang.Language) string {
	if !r.Began {
		return say.Sprintf("Nothing unusual leads to step %d, or too few steps were repeated before it to tell (%d, and %d are needed).", r.Step, r.Step-r.From, few+growing)
	}
	sentence := say.Sprintf("It began in step %d.", r.Beginning)
	switch {
	case r.Quantity == Rate:
		return say.Sentences(sentence, say.Sprintf("The learning rate rose %s times there, and nothing was unusual before.", words.Human(r.Times)))
	case len(r.Samples) > 0:
		sentence = say.Sentences(sentence, say.Text("Samples of its batch stand out; look at them."))
	}
	return say.Sentences(sentence, r.first(say))
}

// first says which quantity was unusual first, and where.
func (r Report) first(say lang.Language) string {
	if r.Quantity == NonFinite {
		return ""
	}
	what := say.Text(described[r.Quantity])
	if r.Layer >= 0 {
		what = say.Sprintf("%s of layer %s", what, r.Profile.Layers[r.Layer].Path)
	}
	if math.IsNaN(r.Times - r.Times) {
		return say.Sprintf("First was %s: it was not finite.", what)
	}
	return say.Sprintf("First was %s: %s times its usual value.", what, words.Human(r.Times))
}

// described are the quantities for readers.
var described = map[Quantity]string{
	Loss: lang.Key("the loss"), Activation: lang.Key("the size of the pre-activations"), Gradient: lang.Key("the size of the gradient"),
	Update: lang.Key("the update ratio of the weight"),
}

var _ fmt.Stringer = Report{}
