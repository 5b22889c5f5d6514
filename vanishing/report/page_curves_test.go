package report

import (
	"strconv"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/vanishing/internal/browser"
	"github.com/gradflow/gradflow/vanishing/internal/madeup"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// Pointing at the end of an epoch reads the scores on the training and the validation data.
func TestLearningCurvesInBrowser(t *testing.T) {
	b := browser.Open(t)
	p := madeup.Sigmoid()
	b.View(1280, 6000, "light")
	open(t, b, p)
	e := p.History[2]
	for chart, scores := range map[string][2]float64{
		"loss by":     {float64(*e.TrainLoss), float64(*e.ValLoss)},
		"accuracy by": {percentage(*e.TrainAccuracy), percentage(*e.ValAccuracy)},
	} {
		b.Run(nil, `[...document.querySelectorAll('#loss .lines')].forEach((node) => { node.id = node.ariaLabel.toLowerCase().startsWith(arguments[0]) ? 'here' : ''; })`, chart)
		box := b.Box("#here .u-over")
		b.Point(box.X+box.Width*float64(e.Step)/float64(p.Records[119].Step), box.Y+40)
		reads(t, b, "epoch, training data", scores[0])
		reads(t, b, "epoch, validation data", scores[1])
		if text := b.Text(".tip"); !strings.Contains(text, "epoch 3") {
			t.Errorf("the pointer reads %q, want the third epoch", text)
		}
	}
	if legend := b.Text("#loss"); !strings.Contains(legend, "guessing: 2.3") {
		t.Errorf("the loss of guessing is not named in %q", legend)
	}
	quiet(t, b)
}

// percentage is a share in percent to the four digits of the page.
func percentage(share profile.Number) float64 {
	v, _ := strconv.ParseFloat(strconv.FormatFloat(100*float64(share), 'g', 4, 64), 64)
	return v
}

// A run without validation, epochs or a changing rate has the chart of the loss alone.
func TestEmptyCurvesAreHidden(t *testing.T) {
	b := browser.Open(t)
	p := madeup.Sigmoid()
	p.History = nil
	for i := range p.Records {
		p.Records[i].LearningRate, p.Records[i].Epoch = 0.1, 0
	}
	b.View(1280, 6000, "light")
	open(t, b, p)
	if text := b.Text(".settings"); strings.Contains(text, "epoch") || !strings.Contains(text, "steps") {
		t.Errorf("got the settings %q, want steps and no epochs, which are not known", text)
	}
	if text := b.Text("#loss"); strings.Contains(text, "Accuracy") || strings.Contains(text, "Learning rate") {
		t.Errorf("there are empty charts: %q", text)
	}
	quiet(t, b)
}
