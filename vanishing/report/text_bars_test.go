package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/vanishing/report/internal/reporttest"
)

func TestBars(t *testing.T) {
	plain, level := reporttest.Plain("plain", append(reporttest.Falling(7, 0.1), 1)), reporttest.Plain("level", []float64{0.1, 0.1, 0, 0.1, 0.1})
	var b bytes.Buffer
	if err := (Text{}).Bars(&b, plain, level); err != nil {
		t.Fatal(err)
	}
	want := `plain: vanishing
  1e0 │                  ▃▃▃███
      │            ▂▂▂▇▇▇██████
      │      ▁▁▁▆▆▆████████████
 1e-7 │▁▁▁▅▅▅██████████████████
       input             output

level: healthy
  1e0 │▃▃▃▃▃▃   ▃▃▃▃▃▃
      │██████   ██████
      │██████   ██████
 1e-7 │██████000██████
       input    output
`
	if b.String() != want {
		t.Errorf("got:\n%s\nwant:\n%s", b.String(), want)
	}
}

func TestBarsOfManyLayers(t *testing.T) {
	var b bytes.Buffer
	if err := (Text{ASCII: true, Width: 80}).Bars(&b, reporttest.Plain("deep", reporttest.Falling(250, 0.5))); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(b.String(), "\n")
	if got, want := lines[4], "1e-76 |"+strings.Repeat("#", 73); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestBarsOfNothing(t *testing.T) {
	var b bytes.Buffer
	if err := (Text{}).Bars(&b); err != nil || b.Len() != 0 {
		t.Errorf("got %q, %v", b.String(), err)
	}
}
