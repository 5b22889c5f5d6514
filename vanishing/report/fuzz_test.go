package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/plot/vg"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/madeup"
	"github.com/gradflow/gradflow/vanishing/internal/rivals"
)

// everything is all that is made of a profile.
var everything = func() map[string]func(io.Writer, vanishing.Profile) error {
	all := maps.Clone(forPeople)
	maps.Copy(all, forPrograms)
	maps.Copy(all, map[string]func(io.Writer, vanishing.Profile) error{
		"JSON":  func(w io.Writer, p vanishing.Profile) error { return JSON(w, p, p) },
		"HTML":  func(w io.Writer, p vanishing.Profile) error { return HTML(w, p) },
		"ASCII": func(w io.Writer, p vanishing.Profile) error { return Text{ASCII: true, Width: 80}.Bars(w, p, p) },
		"paths": figureOf(PathsPlot),
		"first step": func(w io.Writer, p vanishing.Profile) error {
			p.Records = p.Records[:min(len(p.Records), 1)]
			return Text{Color: true}.Table(w, p, vanishing.Diagnose(p))
		},
		"rivals": func(w io.Writer, p vanishing.Profile) error {
			for _, rule := range append(rivals.Rules(), rivals.AutoTrainer([]float64{0.1, 0.2, 0.3})...) {
				fmt.Fprintln(w, rule.Name, rule.Fires(p))
			}
			return nil
		},
	})
	for name, plot := range map[string]func(vanishing.Profile) (*Figure, error){
		"profile.png": func(p vanishing.Profile) (*Figure, error) { return ProfilePlot(p, p) },
		"heat.png":    HeatMapPlot, "budget.png": BudgetPlot, "paths.png": PathsPlot,
	} {
		all[name] = func(w io.Writer, p vanishing.Profile) error {
			f, err := plot(p)
			if err != nil {
				return err
			}
			f.width, f.height = 3*vg.Inch, 2*vg.Inch // for speed
			return f.Write(w, "png")
		}
	}
	return all
}()

// nothingTo is what figures say of profiles that have nothing to show.
var nothingTo = regexp.MustCompile("^report: .* has no (recorded step|gains|path-length spectrum) to draw|^report: there is no gradient to plot")

// unread are those of everything that are not text for people; the rules of others tell names as they are.
var unread = regexp.MustCompile("png$|TensorBoard|rivals")

// ours takes out what may be hidden in a text: the tabs of SVG, and joiners in names.
var ours = strings.NewReplacer("\t", "", "\u200c", "", "\u200d", "")

// survive makes everything of a profile, in bounded time and space, with nothing in it that acts on a terminal.
func survive(t *testing.T, p vanishing.Profile) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(everything)) {
		hung := time.AfterFunc(2*time.Minute, func() { panic(name + " hangs") })
		var b bytes.Buffer
		err := everything[name](&b, p)
		hung.Stop()
		if err != nil && !nothingTo.MatchString(err.Error()) {
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

// A leaf is a value within a profile, and the name of the field it is in.
type leaf struct {
	name string
	reflect.Value
}

// leaves lists the numbers, texts and lists of a value.
func leaves(list []leaf, name string, v reflect.Value) []leaf {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			list = leaves(list, v.Type().Field(i).Name, v.Field(i))
		}
		return list
	case reflect.Slice:
		for i := range v.Len() {
			list = leaves(list, name, v.Index(i))
		}
	case reflect.Pointer:
		if !v.IsNil() {
			list = leaves(list, name, v.Elem())
		}
	}
	return append(list, leaf{name, v})
}

// Values that are bad in some place.
var (
	badFloats = []float64{0, 1, 0.5, 2, 1e-30, 1e5, -1e5, 1e6, 1e16, 1e300, -1e300, 5e-324, math.MaxFloat64, -1, math.NaN(), math.Inf(1), math.Inf(-1)}
	badInts   = []int64{0, 1, 2, 3, 7, 1000, 1 << 31, 1e9, 1 << 53, -1, math.MaxInt, math.MinInt}
	badTexts  = []string{"", "weight", "bias", "relu", "sigmoid", "tanh", "selu", "bn", "ln", "dense1", nasty, "adam(lr=1e300)", "sgd(lr=NaN)", "adam(eps=-1)", "he_normal()", strings.Repeat("long ", 1000)}
)

// spoilBy puts the n-th bad value into a place.
func spoilBy(v reflect.Value, n int) {
	switch v.Kind() {
	case reflect.Float64:
		v.SetFloat(badFloats[n%len(badFloats)])
	case reflect.Int:
		v.SetInt(badInts[n%len(badInts)])
	case reflect.String:
		v.SetString(badTexts[n%len(badTexts)])
	case reflect.Bool:
		v.SetBool(!v.Bool())
	case reflect.Pointer:
		v.SetZero()
	case reflect.Slice:
		switch {
		case n%4 == 0 || v.Len() == 0:
			v.SetZero()
		case n%4 == 1:
			v.SetLen(v.Len() - 1)
		case n%4 == 2:
			v.Set(reflect.AppendSlice(v, v))
		default:
			v.Set(v.Slice(0, 1))
		}
	}
}

// spoilt is a profile read from JSON with bad values in it: of three bytes of edits two say where, the third what, and by its
// highest bit whether in one place or in all fields of that name.
func spoilt(text string, edits []byte) vanishing.Profile {
	var p vanishing.Profile
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		panic(err)
	}
	for ; len(edits) >= 3; edits = edits[3:] {
		list := leaves(nil, "", reflect.ValueOf(&p).Elem())
		at, what := list[(int(edits[0])<<8|int(edits[1]))%len(list)], int(edits[2])
		if what < 128 || at.Kind() == reflect.Slice {
			spoilBy(at.Value, what)
			continue
		}
		for _, other := range list {
			if other.name == at.name && other.Kind() == at.Kind() {
				spoilBy(other.Value, what-128)
			}
		}
	}
	return p
}

// seeds are small profiles with everything there is, and odd ones.
func seeds() []vanishing.Profile {
	list := []vanishing.Profile{
		full(), residual(2),
		madeup.Network{Name: "residual", Layers: 6, Steps: 4, Factor: 0.5, Activation: "relu", Residual: true}.Profile(),
		madeup.Network{Name: "bare", Layers: 4, Steps: 3, Factor: 2, Activation: "tanh", Bare: true}.Profile(),
		madeup.Network{Name: "bn", Layers: 5, Steps: 12, Factor: 0.01, Activation: "sigmoid", Norm: "bn"}.Profile(),
		madeup.AllNaN(4, 2),
	}
	blocks := residual(2)
	blocks.Blocks = []vanishing.Block{{Path: "empty", First: 0, Last: -1}, {Path: "adopted", First: len(blocks.Layers), Last: -1}, {Path: "block", First: 1, Last: 2}}
	for i := range blocks.Records {
		blocks.Records[i].Blocks = make([]vanishing.BlockRecord, 3)
	}
	list = append(list, blocks)
	for i := range list { // fewer numbers in histograms make smaller texts
		for _, r := range list[i].Records {
			for l := range r.Layers {
				r.Layers[l].Delta, r.Layers[l].Pre = cut(r.Layers[l].Delta), cut(r.Layers[l].Pre)
			}
			for l := range r.Params {
				r.Params[l].Grad, r.Params[l].Value = cut(r.Params[l].Grad), cut(r.Params[l].Value)
			}
		}
	}
	odd := odd()
	for _, name := range slices.Sorted(maps.Keys(odd)) {
		if name != "deep" {
			list = append(list, odd[name])
		}
	}
	return list
}

func cut(h *vanishing.Histogram) *vanishing.Histogram {
	if h == nil || len(h.Negative) < 3 {
		return h
	}
	return &vanishing.Histogram{Low: h.Low, Negative: h.Negative[:3], Positive: h.Positive[:3], Zero: h.Zero}
}

// FuzzReports checks that no report fails on a profile that ReadJSON took, whatever its numbers: one of the seeds with bad
// values in it.
func FuzzReports(f *testing.F) {
	texts := seedTexts(f)
	for i := range texts {
		f.Add(byte(i), []byte{})
		f.Add(byte(i), []byte{byte(i), byte(91 * i), byte(5 * i), byte(3 * i), byte(17 * i), 5})
	}
	f.Fuzz(func(t *testing.T, seed byte, edits []byte) {
		text, err := json.Marshal(spoilt(texts[int(seed)%len(texts)], edits[:min(len(edits), 24)]))
		if err != nil {
			t.Fatal(err)
		}
		readAndReport(t, string(text))
	})
}

// FuzzReadJSON does the same with any text in the place of a profile.
func FuzzReadJSON(f *testing.F) {
	for _, text := range seedTexts(f) {
		f.Add(text)
	}
	f.Fuzz(readAndReport)
}

// seedTexts are the seeds as JSON.
func seedTexts(f *testing.F) []string {
	f.Helper()
	var list []string
	for _, p := range seeds() {
		text, err := json.Marshal(p)
		if err != nil {
			f.Fatal(err)
		}
		list = append(list, string(text))
	}
	return list
}

// readAndReport reads a profile and makes everything of it, if there is one.
func readAndReport(t *testing.T, text string) {
	document := fmt.Sprintf(`{"schema":%q,"networks":[{"profile":%s}]}`, Schema, text)
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
		t.Errorf("what was read cannot be written and read again: %v", err)
	}
}
