package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"runtime"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/madeup"
	"github.com/gradflow/gradflow/vanishing/report/internal/reporttest"
)

func writeJSON(t *testing.T, profiles ...vanishing.Profile) string {
	t.Helper()
	var b bytes.Buffer
	if err := JSON(&b, vanishing.DiagnoseAll(profiles...)...); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestJSONReadsBackWhatItWrote(t *testing.T) {
	var profiles []vanishing.Profile
	for _, p := range reporttest.Odd() {
		profiles = append(profiles, p)
	}
	text := writeJSON(t, profiles...)
	back, err := ReadJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if again := writeJSON(t, back...); again != text {
		t.Error("what was read back is written differently")
	}
	for i, p := range profiles {
		if back[i].Name != p.Name || len(back[i].Records) != len(p.Records) {
			t.Errorf("%s: %d records, want %d", back[i].Name, len(back[i].Records), len(p.Records))
		}
		for j, r := range p.Records {
			for k, l := range r.Layers {
				if got := back[i].Records[j].Layers[k].DeltaRMS; got != l.DeltaRMS && !(math.IsNaN(float64(got)) && math.IsNaN(float64(l.DeltaRMS))) {
					t.Errorf("%s: record %d, layer %d: %g, want %g", p.Name, j, k, got, l.DeltaRMS)
				}
			}
		}
	}
}

// A record without details is read back without them.
func TestJSONOfARecordWithoutDetails(t *testing.T) {
	p := reporttest.Plain("norms", reporttest.Falling(6, 0.9))
	p.Records[0].Details = nil
	text := writeJSON(t, p)
	back, err := ReadJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	if r := back[0].Records[0]; r.Details != nil || r.Layers[0].DeltaRMS != p.Records[0].Layers[0].DeltaRMS || strings.Contains(text, "details") {
		t.Errorf("got %+v", r)
	}
	if v := vanishing.Diagnose(back[0]).Verdict; v != vanishing.Healthy {
		t.Errorf("read back it is %v", v)
	}
	if again := writeJSON(t, back...); again != text {
		t.Error("what was read back is written differently")
	}
}

func TestJSONSaysItsSchemaAndVerdicts(t *testing.T) {
	var doc struct {
		Schema   int
		Networks []struct{ Verdict, Sentence, Evidence string }
	}
	text := writeJSON(t, reporttest.Plain("a", reporttest.Falling(6, 0.1)), reporttest.Plain("b", reporttest.Falling(6, 1)))
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Schema != 3 || len(doc.Networks) != 2 {
		t.Fatalf("got %+v", doc)
	}
	if a, b := doc.Networks[0], doc.Networks[1]; a.Verdict != "vanishing" || b.Verdict != "healthy" || a.Sentence == "" || a.Evidence == "" {
		t.Errorf("got %+v", doc.Networks)
	}
}

// Reading takes about twice the size of the file in memory, including garbage, because it keeps no more than a record of the text.
func TestMemoryOfReadingJSON(t *testing.T) {
	text := writeJSON(t, madeup.Network{Name: "net", Layers: 30, Steps: 200, Factor: 0.9, Activation: "relu", Residual: true}.Profile())
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := ReadJSON(strings.NewReader(text)); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if times := float64(after.TotalAlloc-before.TotalAlloc) / float64(len(text)); times > 3 {
		t.Errorf("reading %d bytes took %.1f times as many", len(text), times)
	} else {
		t.Logf("%.1f times", times)
	}
}

func TestJSONReaderBounds(t *testing.T) {
	text := writeJSON(t, reporttest.Plain("net", []float64{1, 2}))
	n := int64(len(text))
	for _, limit := range []int64{0, n, n + 1} {
		if profiles, err := (JSONReader{MaxBytes: limit}).Read(strings.NewReader(text)); err != nil || len(profiles) != 1 {
			t.Errorf("%d of %d bytes: %v", limit, n, err)
		}
	}
	for _, limit := range []int64{1, 100, n - 1, n, n + 1, 1 << 20} { // an endless stream is read only up to the bound
		profiles, err := JSONReader{MaxBytes: limit}.Read(io.MultiReader(strings.NewReader(text), endless{}))
		if want := fmt.Sprintf("report: got more than %d bytes of JSON", limit); profiles != nil || err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%d bytes of a stream: got error %v, want %q", limit, err, want)
		}
	}
}

// endless is a stream of spaces without end.
type endless struct{}

func (endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = ' '
	}
	return len(b), nil
}

// Deeply nested lists, in known keys and in ignored ones, are an error and do not overflow the stack.
func TestDeepJSONIsRefused(t *testing.T) {
	for _, text := range []string{
		`{"later":` + strings.Repeat("[", 1e6), `{"networks":[` + strings.Repeat(`{"verdict":`, 1e6),
		`{"schema":3,"networks":[{"profile":{"later":` + strings.Repeat("[", 1e6) + strings.Repeat("]", 1e6) + `}}]}`,
		`{"schema":3,"networks":[{"profile":{"layers":` + strings.Repeat(`[{"path":`, 1e5) + `}}]}`,
	} {
		if _, err := ReadJSON(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), "exceeded max depth") {
			t.Errorf("got error %v", err)
		}
	}
}

// A key may occur in many objects, but in each only once.
func TestRepeatedKey(t *testing.T) {
	for text, want := range map[string]string{
		`{"a":1,"b":{"a":1},"c":[{"a":1},{"a":1,"b":"a\":"}]}`: "",
		`["a","a",{"x":"a","y":"a"},["a"]]`:                    "",
		`3`:                                                    "",
		`{"a":1,"b":{"c":1,"d":[],"c":2}}`:                     "c",
		`[{"a":{"b":1}},{"a":1,"b":2,"a":3}]`:                  "a",
		"{\"a\" \n: 1, \"\\u0061\"\t:2}":                       "a",
		`{"":1,"":2}`:                                          "",
	} {
		key, found := new(keyReader).count([]byte(text))
		if key != want || found != (want != "" || strings.HasPrefix(text, `{""`)) {
			t.Errorf("%s: got %q, %v; want %q", text, key, found, want)
		}
	}
}

// A file that an editor or PowerShell has saved begins with a byte-order mark.
func TestJSONAfterAByteOrderMark(t *testing.T) {
	good := writeJSON(t, reporttest.Plain("net", []float64{1, 2}))
	profiles, err := ReadJSON(strings.NewReader("\ufeff" + good))
	if err != nil || len(profiles) != 1 {
		t.Fatalf("read %d profiles: %v", len(profiles), err)
	}
}

func TestJSONThatCannotBeRead(t *testing.T) {
	good := writeJSON(t, reporttest.Plain("net", []float64{1, 2}))
	for want, text := range map[string]string{
		"JSON of profiles":                                  "step,epoch\n",
		"got no profile of network 0":                       `{"schema":3,"networks":[null]}`,
		"got no profile of network 1":                       strings.Replace(good, "}]}\n", `},{"verdict":"healthy"}]}`, 1),
		"got more text after byte":                          good + "}",
		"got more text":                                     good + good,
		"want one object":                                   good + "rubbish",
		`network 0, "net": profile: layer "dense2"`:         strings.Replace(good, `"depth":2`, `"depth":0`, 1),
		"got nothing, want one object":                      "",
		"got a gzipped file, want it unpacked":              "\x1f\x8b\x08\x00",
		"(is the file empty?)":                              " \n",
		"got text in UTF-16, want UTF-8":                    "\xff\xfe{\x00}\x00",
		"want the rest of the document":                     good[:len(good)/2],
		"want the rest":                                     good[:len(good)-2],
		`got "[" before byte 1, want an object`:             "[" + good + "]",
		`got "3" before byte 24, want a list`:               `{"schema":3,"networks":3}`,
		`network 0: got the key "name" twice in one object`: strings.Replace(good, `"name":"net"`, `"name":"net","name":"other"`, 1),
		`network 0: record 0: got the key "step" twice in one object, want it once`: strings.Replace(good, `"step":0`, `"step":0,"loss":1,"st\u0065p" :7`, 1),
		`network 0: layers: got the key "path" twice in one object`:                 strings.Replace(good, `"path":"dense2"`, `"path":"dense2","path":"x"`, 1),
		`got the key "networks" twice in one object`:                                strings.Replace(good, "}]}\n", `}],"networks":[]}`, 1),
		`got no schema, want "schema": 3`:                                           "{}",
		`got schema "gradflow.profile/2", want 3`:                                   strings.Replace(good, `"schema":3`, `"schema":"gradflow.profile/2"`, 1),
		`got schema 4, want 3`:                                                      strings.Replace(good, `"schema":3`, `"schema":4`, 1),
		"step 0: got 2 entries in layers, want 3":                                   strings.Replace(good, `"layers":[{"path":"dense1"`, `"layers":[{"depth":1},{"path":"dense1"`, 1),
		"network 0: record 0: loss: got \"much\", want number":                      strings.Replace(good, `"loss":2.5`, `"loss":"much"`, 1),
		"network 0: name: got number, want string":                                  strings.Replace(good, `"name":"net"`, `"name":5`, 1),
	} {
		if _, err := ReadJSON(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want one that says %q", err, want)
		}
	}
}
