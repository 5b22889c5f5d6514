package report

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/profile"
	"github.com/gradflow/gradflow/vanishing/report/export"
	"github.com/gradflow/gradflow/vanishing/report/internal/reporttest"
	"github.com/gradflow/gradflow/vanishing/report/plot"
)

func textTable(t *testing.T, text Text, p vanishing.Profile) string {
	t.Helper()
	var b bytes.Buffer
	if err := text.Table(&b, vanishing.Diagnose(p)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestTable(t *testing.T) {
	p := reporttest.Plain("plain", reporttest.Falling(5, 0.01), []float64{0, 1e-8, 1e-6, 1e-4, 1e-2})
	p.Records[1].Details.Updates[0].Ratio = profile.Number(math.NaN())
	want := `step 10 (counted from 0), loss 1.25
depth  layer     dL/dz 1e-8                              1e-2    dL/dw      std   sat  dead   update
    1  dense1        0 zero                                          0  2.5e-01   50%   10%        -
    2  dense2  1.0e-08 ▏                                       1.0e-08  2.5e-01   50%   10%  5.0e-09
    3  dense3  1.0e-06 ████████████▋                           1.0e-06  2.5e-01   50%   10%  5.0e-07
    4  dense4  1.0e-04 █████████████████████████▍              1.0e-04  2.5e-01   50%   10%  5.0e-05
    5  dense5  1.0e-02 ██████████████████████████████████████  1.0e-02  2.5e-01   50%   10%  5.0e-03
`
	got := textTable(t, Text{}, p)
	if !strings.Contains(got, "\n\n"+want+"\n") {
		t.Errorf("got:\n%s\nwant in it:\n%s", got, want)
	}
	if !strings.HasPrefix(got, "plain: vanishing\nThe gradient stops at layer 1") {
		t.Errorf("got:\n%s\nwant the diagnosis first", got)
	}
}

// A run whose epochs are known says in which one a step is.
func TestTableShowsTheEpoch(t *testing.T) {
	p := reporttest.Plain("plain", reporttest.Falling(5, 0.01))
	p.History = []profile.Epoch{{Step: 9}}
	if got := textTable(t, Text{}, p); !strings.Contains(got, "\nstep 0, epoch 0 (both counted from 0), loss 2.5\n") {
		t.Errorf("got:\n%s", got)
	}
}

func TestTableShowsTheStepThatBroke(t *testing.T) {
	got := textTable(t, Text{}, reporttest.Odd()["NaN later"])
	for _, want := range []string{"later: non-finite\n", "step 20, epoch 1 (both counted from 0)", "    NaN not finite ", "+Inf"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in:\n%s", want, got)
		}
	}
}

func TestTableOfADeepNetworkIsShortened(t *testing.T) {
	got := textTable(t, Text{}, reporttest.Plain("deep", reporttest.Falling(100, 0.9)))
	if !strings.Contains(got, "\n   16  dense16 ") || !strings.Contains(got, "\n  ...  68 layers are not shown\n   85  dense85 ") {
		t.Errorf("got:\n%s", got)
	}
	if full := textTable(t, Text{}, reporttest.Plain("deep", reporttest.Falling(40, 0.9))); strings.Contains(full, "not shown") {
		t.Errorf("40 layers are shortened:\n%s", full)
	}
}

// No line is wider than the width, whatever the network, except a name alone on its line and a key of 76 columns.
func TestTextKeepsItsWidth(t *testing.T) {
	for name, p := range reporttest.Odd() {
		for _, width := range []int{76, 80, 100, 140} {
			for _, ascii := range []bool{false, true} {
				text := Text{Width: width, ASCII: ascii}
				var bars bytes.Buffer
				if err := text.Bars(&bars, vanishing.Diagnose(p)); err != nil {
					t.Fatal(err)
				}
				for i, line := range strings.Split(textTable(t, text, p)+bars.String(), "\n") {
					if n := utf8.RuneCountInString(line); n > width {
						t.Errorf("%s, width %d, line %d: %d columns: %s", name, width, i, n, line)
					}
					if ascii && !strings.Contains(line, p.Name) && utf8.RuneCountInString(line) != len(line) {
						t.Errorf("%s: not ASCII: %s", name, line)
					}
				}
			}
		}
	}
}

// Line breaks and escape sequences in a name have no effect.
func TestControlCharactersAreShownEscaped(t *testing.T) {
	p := reporttest.Plain("two\nlines\x1b[31m\tand\u0085more", reporttest.Falling(4, 0.1))
	p.Layers[0].Path = "a\nb"
	var bars bytes.Buffer
	if err := (Text{}).Bars(&bars, vanishing.Diagnose(p)); err != nil {
		t.Fatal(err)
	}
	text := textTable(t, Text{}, p)
	for _, shown := range []string{text, bars.String()} {
		if !strings.HasPrefix(shown, `two\nlines\x1b[31m\tand\u0085more: healthy`) {
			t.Errorf("got:\n%s", shown)
		}
	}
	if !strings.Contains(text, "\n    1  a\\nb ") {
		t.Errorf("the layer is not in one line:\n%s", text)
	}
}

func TestLongNamesKeepTheirEnd(t *testing.T) {
	for want, text := range map[string]Text{"…ght/long": {}, "...t/long": {ASCII: true}} {
		if got := text.fit("block/weight/long", 9); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got := (Text{}).fit("short", 7); got != "short  " {
		t.Errorf("got %q", got)
	}
}

// broken is a writer that fails.
type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errBroken }

var errBroken = errors.New("broken")

func TestErrorsOfTheWriterComeOut(t *testing.T) {
	p := reporttest.Plain("net", reporttest.Falling(4, 0.1))
	figure, err := plot.Profile(vanishing.Diagnose(p))
	if err != nil {
		t.Fatal(err)
	}
	for i, err := range []error{
		Text{}.Table(broken{}, vanishing.Diagnose(p)), Text{}.Bars(broken{}, vanishing.Diagnose(p)), CSV(broken{}, vanishing.Diagnose(p)), JSON(broken{}, vanishing.Diagnose(p)),
		Text{}.Compare(broken{}, vanishing.Diagnose(p)), Markdown(broken{}, vanishing.Diagnose(p)), export.TensorBoard{}.Write(broken{}, vanishing.Diagnose(p)), export.Prometheus(broken{}, vanishing.Diagnose(p)),
		figure.Write(broken{}, "png"), figure.Write(broken{}, "svg"),
	} {
		if !errors.Is(err, errBroken) || !room.MatchString(fmt.Sprint(err)) {
			t.Errorf("writer %d: got %v", i, err)
		}
	}
}

// Programs such as gradflow.py record details in some steps only. The numbers of a last step without them are those of the step before
// that has them.
func TestUpdatesOfTheLastDetails(t *testing.T) {
	p := reporttest.Plain("plain", reporttest.Falling(5, 0.01), []float64{1e-8, 1e-7, 1e-6, 1e-4, 1e-2})
	p.Records[0].Details.Updates[0].Ratio, p.Records[1].Details, p.Records[1].Histograms = 0.125, nil, nil
	var comparison bytes.Buffer
	if err := (Text{}).Compare(&comparison, vanishing.Diagnose(p)); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"table": textTable(t, Text{}, p), "Markdown": layerTable(vanishing.Diagnose(p)).markdown(), "comparison": comparison.String(),
	} {
		if !strings.Contains(text, "1.2e-01") {
			t.Errorf("%s: got no update of the last step with details:\n%s", name, text)
		}
	}
}
