package plot

import (
	"strings"
	"testing"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/report/internal/reporttest"
)

func TestSharpnessShowsTheLimit(t *testing.T) {
	p := reporttest.Full()
	f, err := Sharpness(vanishing.Diagnose(p))
	if err != nil {
		t.Fatal(err)
	}
	svg := string(render(t, f, "svg"))
	for _, want := range []string{">network<", ">sharpest layer alone<", ">limit of the steps<", ">1e0<", ">1e2<", "The sharpness of the loss"} {
		if !strings.Contains(svg, want) {
			t.Errorf("%s is missing", want)
		}
	}
	for i := range p.Sharpness {
		p.Sharpness[i].Limit, p.Sharpness[i].Layers, p.Sharpness[i].Value = 0, nil, -1
	}
	if _, err := Sharpness(vanishing.Diagnose(p)); !errors.Is(err, ErrEmpty) {
		t.Errorf("without a positive number: %v", err)
	}
}
