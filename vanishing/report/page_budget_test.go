package report

import (
	"bytes"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/browser"
)

// The page sums the budget as the text does: the medians over the whole run, from the last hidden layer to the first. In a
// chosen step the sum is the change of the gradient between the two.
func TestBudgetOfThePageIsThatOfTheText(t *testing.T) {
	b := browser.Open(t)
	p := photographed(t, "sigmoid", mlp.Model{Input: 784, Depth: 10, Width: 32, Output: 10, Activation: graph.Sigmoid})
	b.View(1280, 6000, "light")
	open(t, b, p)

	var text bytes.Buffer
	if err := (Text{}).Table(&text, vanishing.Diagnose(p)); err != nil {
		t.Fatal(err)
	}
	if total := -noted(t, b); !strings.Contains(text.String(), fmt.Sprintf("why: %.1f decades lost over 10 layers", total)) {
		t.Errorf("the page has a loss of %.1f decades, and the text says:\n%s", total, text.String())
	}
	for at, want := range map[string]float64{
		"weights": float64(vanishing.Diagnose(p).Budget.Sum.Weight), "activation": float64(vanishing.Diagnose(p).Budget.Sum.Activation),
	} {
		if legend := strings.Join(strings.Fields(b.Text("#budget .legend")), " "); !strings.Contains(legend, at+" "+strings.Replace(fmt.Sprintf("%+.2f", want), "-", "−", 1)) {
			t.Errorf("the page says %q, want %s %+.2f", legend, at, want)
		}
	}

	b.Run(nil, `const s = document.querySelector('.toolbar input'); s.focus(); s.value = 50; s.dispatchEvent(new Event('input'))`)
	layers := p.Records[50].Layers
	if got, want := noted(t, b), math.Log10(float64(layers[0].DeltaRMS/layers[9].DeltaRMS)); math.Abs(got-want) > 0.051 {
		t.Errorf("in step 50 the page has %.1f decades, but RMS(delta) changed by %.2f", got, want)
	}
	quiet(t, b)
}

// noted is the sum in the page's note on its budget, in decades.
func noted(t *testing.T, b *browser.Browser) float64 {
	t.Helper()
	var sum float64
	if _, err := fmt.Sscanf(strings.Replace(b.Text("#budget .note b"), "−", "-", 1), "%g decades", &sum); err != nil {
		t.Fatalf("%v in %q", err, b.Text("#budget .note"))
	}
	return sum
}
