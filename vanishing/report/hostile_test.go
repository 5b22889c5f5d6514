package report

import (
	"bytes"
	"encoding/csv"
	"io"
	"reflect"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/madeup"
	"github.com/gradflow/gradflow/vanishing/report/export"
	"github.com/gradflow/gradflow/vanishing/report/internal/reporttest"
	"github.com/gradflow/gradflow/vanishing/report/plot"
)

// allReports are all reports that are text, by their names.
func allReports(t *testing.T, profiles ...vanishing.Profile) map[string]string {
	t.Helper()
	all := make(map[string]string)
	write := func(name string, write func(io.Writer) error) {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		all[name] = b.String()
	}
	d := vanishing.DiagnoseAll(profiles...)
	for name, report := range forPeople {
		write(name, func(w io.Writer) error { return report(w, d[0]) })
	}
	write("CSV", func(w io.Writer) error { return CSV(w, d...) })
	write("JSON", func(w io.Writer) error { return JSON(w, d...) })
	write("HTML", func(w io.Writer) error { return HTML(w, d...) })
	write("signal", func(w io.Writer) error { return figureOf(plot.Signal)(w, d[0]) })
	write("paths", func(w io.Writer) error { return figureOf(plot.Paths)(w, d[0]) })
	return all
}

// actsOn finds the first character of a text that a terminal obeys or that is invisible, except line breaks.
func actsOn(text string) string {
	if !utf8.ValidString(text) {
		return "bytes that are not UTF-8"
	}
	for _, r := range text {
		if r != '\n' && (unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp)) && !unicode.Is(unicode.Prepended_Concatenation_Mark, r) {
			return string(r)
		}
	}
	return ""
}

// fill sets every string.
func fill(v reflect.Value, text string) (filled int) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
		return 1
	case reflect.Pointer:
		if !v.IsNil() {
			return fill(v.Elem(), text)
		}
	case reflect.Slice:
		for i := range v.Len() {
			filled += fill(v.Index(i), text)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			filled += fill(v.Field(i), text)
		}
	}
	return filled
}

// hostile are profiles all of whose texts are reporttest.Nasty, with a prediction and without.
func hostile(t *testing.T) []vanishing.Profile {
	t.Helper()
	with := madeup.Network{Name: "net", Layers: 8, Steps: 4, Factor: 0.1, Activation: "relu", Residual: true}.Profile()
	if n := fill(reflect.ValueOf(&with).Elem(), reporttest.Nasty); n < 80 {
		t.Fatalf("only %d texts were filled", n)
	}
	with.Theory.None = ""
	without := with
	theory := *with.Theory
	theory.None = reporttest.Nasty
	without.Theory = &theory
	return []vanishing.Profile{with, without}
}

func TestHostileTextIsEscapedInEveryReport(t *testing.T) {
	profiles := hostile(t)
	for range profiles {
		for name, text := range allReports(t, profiles...) {
			if strings.HasPrefix(text, "<?xml") {
				text = strings.ReplaceAll(text, "\t", "") // indents
			}
			if found := actsOn(text); found != "" {
				t.Errorf("%s: %q is in it as it is", name, found)
			}
			if cut := name == "compare" || name == "profile"; !cut && !strings.Contains(text, "u202e") { // those cut long names
				t.Errorf("%s: the name is not in it", name)
			}
		}
		var b bytes.Buffer
		if err := (export.TensorBoard{}).Write(&b, vanishing.Diagnose(profiles[0])); err != nil {
			t.Fatal(err)
		}
		for _, raw := range []string{"\x1b[", "\u202e", "\u2028", "\xff\"`"} {
			if bytes.Contains(b.Bytes(), []byte(raw)) {
				t.Errorf("TensorBoard: %q is in it as it is", raw)
			}
		}
		profiles[0], profiles[1] = profiles[1], profiles[0]
	}
}

// JSON is for programs: it returns each string unchanged, except bytes that are not UTF-8.
func TestJSONKeepsHostileText(t *testing.T) {
	profiles := hostile(t)
	back, err := ReadJSON(strings.NewReader(writeJSON(t, profiles...)))
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.ToValidUTF8(reporttest.Nasty, "\ufffd"); back[0].Name != want || back[1].Layers[2].Path != want {
		t.Errorf("got %q and %q, want %q", back[0].Name, back[1].Layers[2].Path, want)
	}
}

// The only escape sequences are those of colours.
func TestColoursBesideHostileText(t *testing.T) {
	d := vanishing.Diagnose(hostile(t)[0])
	d.Sentence, d.Findings = reporttest.Nasty, []vanishing.Finding{{Rule: reporttest.Nasty, Sentence: reporttest.Nasty, Evidence: reporttest.Nasty, Remedy: reporttest.Nasty, Code: reporttest.Nasty}}
	var b bytes.Buffer
	if err := (Text{Color: true}).Table(&b, d); err != nil {
		t.Fatal(err)
	}
	if found := actsOn(escapes.ReplaceAllString(b.String(), "")); found != "" {
		t.Errorf("%q is in it as it is:\n%s", found, b.String())
	}
	if d.Sentence != reporttest.Nasty || d.Findings[0].Code != reporttest.Nasty {
		t.Error("the diagnosis itself was changed")
	}
}

// No cell of text is a formula, and each name comes back from its cell.
func TestCSVHasNoFormulas(t *testing.T) {
	names := []string{"=1+1", "+1", "-1", "@SUM(1)", "＝1", "a=1", "'=1", `"=1"`, " =1", "a;=1", "a,b", ""}
	p := reporttest.Plain("net", reporttest.Falling(len(names), 0.5))
	for i, name := range names {
		p.Layers[i].Path, p.Params[i].Layer, p.Params[i].Name = name, name, name
	}
	rows, err := csv.NewReader(strings.NewReader(writeCSV(t, p))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		layer, depth := row[2], row[3]
		if depth == "" {
			continue
		}
		for _, cell := range []string{layer, row[4]} {
			if strings.IndexAny(cell, "=+-@＝") == 0 {
				t.Errorf("the cell %q is a formula", cell)
			}
		}
		i := strings.Index("1,2,3,4,5,6,7,8,9,10,11,12,", depth+",")
		name := names[strings.Count("1,2,3,4,5,6,7,8,9,10,11,12,"[:i], ",")]
		if layer != name && layer != "'"+name && layer != strings.Replace(name, ";=", ";'=", 1) {
			t.Errorf("layer %s is called %q, want %q", depth, layer, name)
		}
	}
}
