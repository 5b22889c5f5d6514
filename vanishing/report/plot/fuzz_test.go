package plot

import (
	"errors"
	"io"
	"testing"

	"gonum.org/v1/plot/vg"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/report/internal/reporttest"
)

// FuzzFigures checks that no picture of a valid profile fails, whatever its numbers. The profiles are seeds with bad values in
// them.
func FuzzFigures(f *testing.F) {
	texts := reporttest.SeedTexts(f)
	for i := range texts {
		f.Add(byte(i), []byte{})
		f.Add(byte(i), []byte{byte(i), byte(91 * i), byte(5 * i), byte(3 * i), byte(17 * i), 5})
	}
	f.Fuzz(func(t *testing.T, seed byte, edits []byte) {
		p := reporttest.Spoilt(texts[int(seed)%len(texts)], edits[:min(len(edits), 24)])
		if p.Validate() != nil {
			return
		}
		for name, draw := range map[string]func() (*Figure, error){
			"profile": func() (*Figure, error) { return Profile(vanishing.DiagnoseAll(p, p)...) },
			"heatmap": func() (*Figure, error) { return Heatmap(vanishing.Diagnose(p)) },
			"finite":  func() (*Figure, error) { return Finite(vanishing.Diagnose(p)) },
			"budget":  func() (*Figure, error) { return Budget(vanishing.Diagnose(p)) },
			"paths":   func() (*Figure, error) { return Paths(vanishing.Diagnose(p)) },
			"signal":  func() (*Figure, error) { return Signal(vanishing.Diagnose(p)) },
			"sharp":   func() (*Figure, error) { return Sharpness(vanishing.Diagnose(p)) },
		} {
			figure, err := draw()
			if err == nil {
				figure.width, figure.height = 3*vg.Inch, 2*vg.Inch // for speed
				err = figure.Write(io.Discard, "png")
			}
			if err != nil && !errors.Is(err, ErrEmpty) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}
