package vanishing_test

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/report"
)

// A requirement is a number of an object that the schema requires.
type requirement struct {
	object map[string]any
	key    string
}

// requirements lists what the schema requires of a value of a definition, one for each key of a definition: of the last such object.
func requirements(definitions map[string]any, name string, value any, found map[string]requirement) {
	definition := definitions[name].(map[string]any)
	object, is := value.(map[string]any)
	properties, has := definition["properties"].(map[string]any)
	if !is || !has {
		return
	}
	required, _ := definition["required"].([]any)
	for key, property := range properties {
		of := reference(property)
		kind, _ := property.(map[string]any)["type"].(string)
		if slices.Contains(required, any(key)) && (kind == "integer" || kind == "" && (of == "number" || of == "size" || of == "count")) {
			found[name+"."+key] = requirement{object, key}
		}
		if of == "" {
			continue
		}
		if list, is := object[key].([]any); is {
			for _, item := range list {
				requirements(definitions, of, item, found)
			}
		} else {
			requirements(definitions, of, object[key], found)
		}
	}
}

// reference is the definition that a property, or the items of its list, refer to; empty if there is none.
func reference(property any) string {
	p, _ := property.(map[string]any)
	if to, is := p["$ref"].(string); is {
		return strings.TrimPrefix(to, "#/$defs/")
	}
	if either, is := p["anyOf"].([]any); is {
		return reference(either[0])
	}
	if p["items"] != nil {
		return reference(p["items"])
	}
	return ""
}

// A number that the schema requires is an error if it is missing or misspelt, wherever it is, and NaN if it is null.
func TestRequiredNumbersMustBeThere(t *testing.T) {
	text, err := os.ReadFile("../docs/profile.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var schema map[string]any
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	tried := make(map[string]bool)
	for name, p := range profilesOfAllKinds(t) {
		var b bytes.Buffer
		if err := report.JSON(&b, vanishing.Diagnose(p)); err != nil {
			t.Fatal(err)
		}
		var document map[string]any
		decoder := json.NewDecoder(&b)
		decoder.UseNumber()
		if err := decoder.Decode(&document); err != nil {
			t.Fatal(err)
		}
		read := func() error {
			text, err := json.Marshal(document)
			if err != nil {
				t.Fatal(err)
			}
			_, err = report.ReadJSON(bytes.NewReader(text))
			return err
		}
		network := document["networks"].([]any)[0].(map[string]any)
		delete(network, "findings") // readers diagnose again
		found := make(map[string]requirement)
		requirements(schema["$defs"].(map[string]any), "network", network, found)
		for which, r := range found {
			if tried[which] {
				continue
			}
			tried[which] = true
			value := r.object[r.key]
			delete(r.object, r.key)
			r.object[r.key+"s"] = value
			if err := read(); err == nil || !strings.Contains(err.Error(), "got no "+r.key+", want a number") {
				t.Errorf("%s: %s misspelt: got error %v, want one that names it", name, which, err)
			}
			delete(r.object, r.key+"s")
			r.object[r.key] = value
		}
		if err := read(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(tried) < 60 {
		t.Errorf("%d required numbers were tried, want all, at least 60", len(tried))
	}
}

// The error names the record and the layer. Null is a number that is not known: no gradient of zero.
func TestMissingAndUnknownGradients(t *testing.T) {
	const form = `{"schema":3,"networks":[{"profile":{"layers":[{"path":"a","depth":1},{"path":"b","depth":2},{"path":"c","depth":3}],` +
		`"records":[{"step":0,"loss":2,"layers":[{"delta_rms":1},{"delta_rms":1},{"delta_rms":1}]},{"step":1,"loss":2,"layers":[{ENTRY},{"delta_rms":1},{"delta_rms":1}]}]}}]}`
	_, err := report.ReadJSON(strings.NewReader(strings.Replace(form, "ENTRY", `"delta_rm":1`, 1)))
	if want := `network 0: record 1: layers[0]: got no delta_rms, want a number`; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got error %v, want %q", err, want)
	}
	profiles, err := report.ReadJSON(strings.NewReader(strings.Replace(form, "ENTRY", `"delta_rms":null`, 1)))
	if err != nil {
		t.Fatal(err)
	}
	if v := float64(profiles[0].Records[1].Layers[0].DeltaRMS); !math.IsNaN(v) {
		t.Errorf("null: got %g, want NaN", v)
	}
	if d := vanishing.Diagnose(profiles[0]); d.Verdict == vanishing.Vanishing {
		t.Errorf("null: got verdict %v: %s", d.Verdict, d.Sentence)
	}
}
