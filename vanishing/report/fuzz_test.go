package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/rivals"
	"github.com/gradflow/gradflow/vanishing/report/internal/reporttest"
	"github.com/gradflow/gradflow/vanishing/report/plot"
)

// everything is all output made of a profile.
var everything = func() map[string]func(io.Writer, vanishing.Diagnosis) error {
	all := maps.Clone(forPeople)
	maps.Copy(all, forPrograms)
	maps.Copy(all, map[string]func(io.Writer, vanishing.Diagnosis) error{
		"JSON":   func(w io.Writer, d vanishing.Diagnosis) error { return JSON(w, d, d) },
		"HTML":   func(w io.Writer, d vanishing.Diagnosis) error { return HTML(w, d) },
		"ASCII":  func(w io.Writer, d vanishing.Diagnosis) error { return Text{ASCII: true, Width: 80}.Bars(w, d, d) },
		"paths":  figureOf(plot.Paths),
		"signal": figureOf(plot.Signal),
		"finite": figureOf(plot.Finite),
		"first step": func(w io.Writer, d vanishing.Diagnosis) error {
			p := d.Profile
			p.Records = p.Records[:min(len(p.Records), 1)]
			return Text{Color: true}.Table(w, vanishing.Diagnose(p))
		},
		"another step": func(w io.Writer, d vanishing.Diagnosis) error {
			d.Profile.Records = d.Profile.Records[:min(len(d.Profile.Records), 1)]
			return errors.Join(Text{}.Table(w, d), HTML(w, d))
		},
		"rivals": func(w io.Writer, d vanishing.Diagnosis) error {
			for _, rule := range append(rivals.Rules(), rivals.AutoTrainer([]float64{0.1, 0.2, 0.3})...) {
				fmt.Fprintln(w, rule.Name, rule.Fires(d.Profile))
			}
			return nil
		},
	})
	return all
}()

// unread are the outputs of everything that are not text for people; the rules of other tools print names unchanged.
var unread = regexp.MustCompile("png$|TensorBoard|rivals")

// ours removes invisible characters that are allowed: the tabs of SVG, and joiners in names.
var ours = strings.NewReplacer("\t", "", "\u200c", "", "\u200d", "")

// survive checks that everything is made of a profile in bounded time and space, without characters that a terminal obeys.
func survive(t *testing.T, p vanishing.Profile) {
	t.Helper()
	hung := time.AfterFunc(2*time.Minute, func() { panic("Diagnose hangs") })
	d := vanishing.Diagnose(p)
	hung.Stop()
	for _, name := range slices.Sorted(maps.Keys(everything)) {
		hung := time.AfterFunc(2*time.Minute, func() { panic(name + " hangs") })
		var b bytes.Buffer
		err := everything[name](&b, d)
		hung.Stop()
		if err != nil && !errors.Is(err, plot.ErrEmpty) {
			t.Errorf("%s: %v", name, err)
		}
		if found := actsOn(ours.Replace(escapes.ReplaceAllString(b.String(), ""))); found != "" && !unread.MatchString(name) {
			t.Errorf("%s: %q is in it as it is", name, found)
		}
		if b.Len() > mostBytes {
			t.Errorf("%s: %d bytes", name, b.Len())
		}
	}
}

// FuzzReports checks that no report fails on a profile that ReadJSON accepts, whatever its numbers. The profiles are seeds with
// bad values in them.
func FuzzReports(f *testing.F) {
	texts := reporttest.SeedTexts(f)
	for i := range texts {
		f.Add(byte(i), []byte{})
		f.Add(byte(i), []byte{byte(i), byte(91 * i), byte(5 * i), byte(3 * i), byte(17 * i), 5})
	}
	f.Fuzz(func(t *testing.T, seed byte, edits []byte) {
		text, err := json.Marshal(reporttest.Spoilt(texts[int(seed)%len(texts)], edits[:min(len(edits), 24)]))
		if err != nil {
			t.Fatal(err)
		}
		readAndReport(t, string(text))
	})
}

// FuzzReadJSON does the same with arbitrary text in place of a profile.
func FuzzReadJSON(f *testing.F) {
	for _, text := range reporttest.SeedTexts(f) {
		f.Add(text)
	}
	f.Fuzz(readAndReport)
}

// FuzzDocument reads arbitrary text as a document. What is accepted is JSON, and what is refused is refused with an error of the
// package.
func FuzzDocument(f *testing.F) {
	for _, text := range reporttest.SeedTexts(f)[:3] {
		f.Add(fmt.Sprintf(`{"schema":%d,"networks":[{"verdict":"healthy","profile":%s},{"profile":{}}],"later":[1,{}]}`, Schema, text))
	}
	for _, text := range []string{"", "null", "[]", `{"networks":null}`, `{"schema":3,"networks":[null]}`, `{"schema":3,"networks":[{"profile":null}]}`, `{"schema":3,}`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		profiles, err := ReadJSON(strings.NewReader(text))
		if err == nil && !json.Valid([]byte(text)) {
			t.Error("it was read, but is not JSON")
		}
		if err != nil && (profiles != nil || !strings.HasPrefix(err.Error(), "report: ")) {
			t.Errorf("%d profiles and the error %v", len(profiles), err)
		}
	})
}

// readAndReport reads profiles and makes everything of them.
func readAndReport(t *testing.T, text string) {
	document := fmt.Sprintf(`{"schema":%d,"networks":[{"profile":%s}]}`, Schema, text)
	profiles, err := ReadJSON(strings.NewReader(document))
	if err != nil {
		if profiles != nil || !strings.HasPrefix(err.Error(), "report: ") {
			t.Errorf("%d profiles and the error %v", len(profiles), err)
		}
		return
	}
	for _, p := range profiles {
		survive(t, p)
	}
	again := writeJSON(t, profiles...)
	back, err := ReadJSON(strings.NewReader(again))
	if err != nil || writeJSON(t, back...) != again {
		t.Errorf("a profile that was read cannot be written and read again: %v", err)
	}
}
