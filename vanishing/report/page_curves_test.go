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

// The accuracy of a single epoch is at the end of its axis, as the loss of the last step is.
func TestAccuracyOfOneEpoch(t *testing.T) {
	b := browser.Open(t)
	p := madeup.Sigmoid()
	p.History = p.History[:1]
	b.View(1280, 6000, "light")
	open(t, b, p)
	var place float64 // of the epoch, from 0 at the left to 1 at the right
	b.Run(&place, `const chart = [...document.querySelectorAll('#loss .lines')].find((node) => node.ariaLabel.startsWith('Accuracy'));
		chart.focus();
		chart.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight' }));
		const at = new DOMMatrix(getComputedStyle(chart.querySelector('.u-cursor-x')).transform).m41;
		return at / chart.querySelector('.u-over').clientWidth;`)
	if place < 0.99 || place > 1 {
		t.Errorf("the epoch is at %.2f of the axis, want its end", place)
	}
	quiet(t, b)
}

// A logarithmic axis has two or more labels, however low it is.
func TestTicksOfLogarithmicAxes(t *testing.T) {
	b := browser.Open(t)
	open(t, b, madeup.Sigmoid())
	var bad []string
	b.Run(&bad, `const bad = [];
		for (let low = -4; low < 1; low += 0.01) {
			for (let span = 0.5; span < 12; span *= 1.03) {
				for (const n of [2, 3, 6]) {
					const ticks = logTicks(low, low + span, n);
					const inside = ticks.every((at) => at >= low && at <= low + span);
					if (ticks.length < 2 || ticks.length > n + 1 || ticks[0] >= ticks[1] || !inside) bad.push(low + ' to ' + (low + span) + ', at most ' + n + ' distances' + ': ' + ticks);
				}
			}
		}
		return bad;`)
	if len(bad) > 0 {
		t.Errorf("got %d bad axes, such as %s", len(bad), bad[0])
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
