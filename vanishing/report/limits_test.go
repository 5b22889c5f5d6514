package report

import (
	"bytes"
	"io"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gradflow/gradflow/internal/cputime"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/profile"
	"github.com/gradflow/gradflow/vanishing/report/export"
	"github.com/gradflow/gradflow/vanishing/report/internal/reporttest"
	"github.com/gradflow/gradflow/vanishing/report/plot"
)

// The bounds of reports for people, of any network and run.
const (
	mostTime  = 5 * time.Second // of all cores together
	mostBytes = 5 << 20
)

// forPeople are the reports for people.
var forPeople = map[string]func(io.Writer, vanishing.Diagnosis) error{
	"table":    func(w io.Writer, d vanishing.Diagnosis) error { return Text{}.Table(w, d) },
	"bars":     func(w io.Writer, d vanishing.Diagnosis) error { return Text{}.Bars(w, d) },
	"compare":  func(w io.Writer, d vanishing.Diagnosis) error { return Text{}.Compare(w, d, d) },
	"Markdown": func(w io.Writer, d vanishing.Diagnosis) error { return Markdown(w, d) },
	"profile":  figureOf(func(d vanishing.Diagnosis) (*plot.Figure, error) { return plot.Profile(d) }),
	"heat map": figureOf(plot.Heatmap),
	"budget":   figureOf(plot.Budget),
	"metrics":  func(w io.Writer, d vanishing.Diagnosis) error { return export.Prometheus(w, d) },
}

// forPrograms are the reports without a bound, which hold everything.
var forPrograms = map[string]func(io.Writer, vanishing.Diagnosis) error{
	"CSV":         func(w io.Writer, d vanishing.Diagnosis) error { return CSV(w, d) },
	"TensorBoard": func(w io.Writer, d vanishing.Diagnosis) error { return export.TensorBoard{}.Write(w, d) },
}

func figureOf(make func(vanishing.Diagnosis) (*plot.Figure, error)) func(io.Writer, vanishing.Diagnosis) error {
	return func(w io.Writer, d vanishing.Diagnosis) error {
		f, err := make(d)
		if err != nil {
			return err
		}
		return f.Write(w, "svg")
	}
}

// counter counts the bytes written to it.
type counter int

func (c *counter) Write(b []byte) (int, error) { *c += counter(len(b)); return len(b), nil }

// within diagnoses a profile and checks that all reports of it are within the bounds. The reports in none must fail.
func within(t *testing.T, p vanishing.Profile, none ...string) {
	t.Helper()
	before := cputime.Used()
	d := vanishing.Diagnose(p)
	if took := cputime.Used() - before; took > mostTime {
		t.Errorf("diagnosis: %v, want at most %v", took, mostTime)
	}
	for _, reports := range []map[string]func(io.Writer, vanishing.Diagnosis) error{forPeople, forPrograms} {
		for name, write := range reports {
			var size counter
			before := cputime.Used()
			err := write(&size, d)
			took := cputime.Used() - before
			if strings.Contains(strings.Join(none, ","), name) {
				if err == nil {
					t.Errorf("%s: no error", name)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			t.Logf("%s: %.2f s, %d bytes", name, took.Seconds(), size)
			if took > mostTime {
				t.Errorf("%s: %v, want at most %v", name, took, mostTime)
			}
			if _, read := forPeople[name]; size == 0 || read && size > mostBytes {
				t.Errorf("%s: %d bytes, want at most %d", name, size, mostBytes)
			}
		}
	}
}

// A network of 1000 layers with an odd one in the middle, recorded in 100 steps, with everything.
func TestReportsOfAThousandLayers(t *testing.T) {
	steps := 100
	if testing.Short() {
		steps = 10
	}
	p := reporttest.Residual(500)
	first := p.Records[0]
	p.Records = nil
	for step := range steps {
		r := first
		r.Step = step
		p.Records = append(p.Records, r)
	}
	within(t, p)
	var size counter
	if err := JSON(&size, vanishing.Diagnose(p)); err != nil || size == 0 {
		t.Errorf("JSON: %d bytes, %v", size, err)
	}
	for l := range 500 { // half of the network loses a million
		p.Records[0].Layers[l].DeltaRMS *= 1e-6
	}
	if text := textTable(t, Text{}, p); !strings.Contains(text, "\n  500  dense500 ") || !strings.Contains(text, "layers are not shown") {
		t.Errorf("the odd layer does not stand out in:\n%s", text)
	}
}

// A run of a million steps, each of them recorded.
func TestReportsOfAMillionSteps(t *testing.T) {
	if testing.Short() {
		t.Skip("a million records take memory")
	}
	p := reporttest.Plain("long", reporttest.Falling(3, 1e-4))
	p.Params = nil // 10 million lines of CSV are enough
	first := p.Records[0]
	first.Details, first.Params = nil, nil
	p.Records = make([]vanishing.Record, 0, 1_000_000)
	for step := range 1_000_000 {
		r := first
		r.Step, r.Loss = step, profile.Number(1/float64(step+1))
		p.Records = append(p.Records, r)
	}
	p.Sampling = profile.Sampling{Norms: "every step", Details: "never", Histograms: "never", Steps: 1_000_000, Recorded: 1_000_000, Kept: 1_000_000}
	within(t, p, "budget")
	if text := textTable(t, Text{}, p); !strings.Contains(text, "1000000 of 1000000 recorded steps kept") || !strings.Contains(text, "long: vanishing") {
		t.Errorf("got:\n%s", text)
	}
}

// Reports of a profile in which every number is NaN show the NaN.
func TestReportsOfNothingButNaN(t *testing.T) {
	p := reporttest.Full()
	p.Cost = nil
	spoil(reflect.ValueOf(&p).Elem())
	if !math.IsNaN(float64(p.Records[0].Details.Layers[0].Gains.Skip)) || !math.IsNaN(float64(p.Theory.Layers[0].Z)) || !math.IsNaN(float64(p.Paths[0].Shares[0])) {
		t.Fatal("not every number is NaN")
	}
	within(t, p, "budget")
	for name, text := range map[string]string{"table": textTable(t, Text{}, p), "Markdown": writeMarkdown(t, p)} {
		if !strings.Contains(text, "full: non-finite") || strings.Contains(text, "NaN%") || strings.Contains(text, "-9223372036854775808") {
			t.Errorf("%s:\n%s", name, text)
		}
	}
	var b bytes.Buffer
	if err := JSON(&b, vanishing.Diagnose(p)); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadJSON(&b); err != nil {
		t.Error(err)
	}
}

// spoil sets all numbers with a point to NaN.
func spoil(v reflect.Value) {
	switch v.Kind() {
	case reflect.Float64:
		v.SetFloat(math.NaN())
	case reflect.Pointer:
		if !v.IsNil() {
			spoil(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			spoil(v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			spoil(v.Field(i))
		}
	}
}
