package profilejson

import (
	"bytes"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
)

type part struct {
	Size  float64 `json:"size"`
	Extra float64 `json:"extra" tier:"detail"`
}

type step struct {
	Details    bool   `json:"details"`
	Histograms bool   `json:"histograms"`
	Parts      []part `json:"parts"`
	Counts     *[]int `json:"counts" tier:"histogram"`
	Note       string `json:"note,omitempty"`
	Number     int    `json:"number"`
}

type run struct {
	Steps []step `json:"steps"`
}

func written(t *testing.T, v any) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, v); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestTiersThatWereNotRecordedAreLeftOut(t *testing.T) {
	r := run{[]step{
		{Details: true, Histograms: true, Parts: []part{{1, 2}}, Counts: &[]int{-3, 4}, Note: "a<b", Number: 7},
		{Parts: []part{{math.Inf(1), 2}, {1e-310, 3}}, Counts: &[]int{1}},
	}}
	text := written(t, &r)
	want := `{"steps":[{"details":true,"histograms":true,"parts":[{"size":1,"extra":2}],"counts":[-3,4],"note":"a\u003cb","number":7},` +
		`{"details":false,"histograms":false,"parts":[{"size":"+Inf"},{"size":1e-310}],"number":0}]}`
	if text != want {
		t.Fatalf("got  %s\nwant %s", text, want)
	}
	var back run
	if end, err := Read([]byte(text+" more"), &back, "run"); err != nil || end != len(text) {
		t.Fatalf("it ended at %d of %d: %v", end, len(text), err)
	}
	if !reflect.DeepEqual(back.Steps[0], r.Steps[0]) {
		t.Errorf("got %+v, want %+v", back.Steps[0], r.Steps[0])
	}
	if second := back.Steps[1]; !math.IsNaN(second.Parts[1].Extra) || second.Parts[1].Size != 1e-310 || second.Counts != nil {
		t.Errorf("got %+v", second)
	}
}

func TestReadPassesOverOrderSpacesAndUnknownKeys(t *testing.T) {
	var back run
	text := ` { "more" : [ { } , "x" ] , "steps" : [ { "number" : 5 , "de\u0074ails" : true , "parts" : null , "counts" : null , "odd" : 1 } ] } `
	if _, err := Read([]byte(text), &back, "run"); err != nil {
		t.Fatal(err)
	}
	if want := (run{[]step{{Details: true, Number: 5}}}); !reflect.DeepEqual(back, want) {
		t.Errorf("got %+v, want %+v", back, want)
	}
}

// Of a key that stands twice the last one counts, and nothing of the first is left.
func TestReadTakesTheLastOfTwo(t *testing.T) {
	var back run
	if _, err := Read([]byte(`{"steps":[{"number":1},{}],"steps":[{},{"number":2}]}`), &back, "run"); err != nil {
		t.Fatal(err)
	}
	if want := (run{[]step{{}, {Number: 2}}}); !reflect.DeepEqual(back, want) {
		t.Errorf("got %+v, want %+v", back, want)
	}
}

func TestErrorsOfReadTellTheirPath(t *testing.T) {
	for text, want := range map[string]string{
		`{"steps":[{},{"parts":[{"size":true}]}]}`: "run.steps[1].parts[0].size is true: expected a number",
		`{"steps":[{"parts":[{"size":"nan"}]}]}`:   `size is "nan": expected a number, "NaN", "+Inf" or "-Inf"`,
		`{"steps":[{"parts":[{"size":1e999}]}]}`:   "size is 1e999: expected a number",
		`{"steps":[{"number":1.5}]}`:               "run.steps[0].number: expected int",
		`{"steps":[{"note":3}]}`:                   "run.steps[0].note: expected string",
		`{"steps":7}`:                              `run.steps is "7}" at byte 9: expected a list`,
		`{"steps":[7]}`:                            "run.steps[0] is",
		`{"steps":[{}`:                             "run.steps: expected a comma or the end: unexpected EOF",
		`{"steps" [`:                               "expected a colon",
		``:                                         "run: expected an object: unexpected EOF",
	} {
		var back run
		if _, err := Read([]byte(text), &back, "run"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got error %v, want one that says %q", text, err, want)
		}
	}
}

// failing writes so many bytes.
type failing int

var errFull = errors.New("full")

func (f *failing) Write(b []byte) (int, error) {
	if *f -= failing(len(b)); *f < 0 {
		return 0, errFull
	}
	return len(b), nil
}

// What is longer than is written at once comes out whole, and an error on the way is not lost.
func TestLongTexts(t *testing.T) {
	long := run{make([]step, 5000)}
	text := written(t, &long)
	if one := written(t, &long.Steps[0]); text != `{"steps":[`+strings.Repeat(one+",", 4999)+one+"]}" {
		t.Error("the text is not that of its parts")
	}
	full := failing(enough + enough/2)
	if err := Write(&full, &long); !errors.Is(err, errFull) {
		t.Errorf("got error %v", err)
	}
}
