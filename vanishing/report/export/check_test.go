package export

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// checkedNetworks are a sick network, whose name needs escapes in every format, and a healthy one.
func checkedNetworks() []Checked {
	made := func(name string, factor float64) vanishing.Diagnosis {
		p := vanishing.Profile{Name: name}
		for range 3 {
			p.Records = append(p.Records, vanishing.Record{Step: len(p.Records)})
		}
		size := 1.0
		for i := range 12 {
			p.Layers = append(p.Layers, vanishing.Layer{Path: "dense<" + string(rune('a'+i)), Depth: i + 1})
			for r := range p.Records {
				p.Records[r].Layers = append(p.Records[r].Layers, profile.LayerRecord{DeltaRMS: profile.Number(size)})
			}
			size *= factor
		}
		return vanishing.Diagnose(p)
	}
	sick, healthy := made("a<b>: 50%,\x1b", 10), made("fine", 1)
	return []Checked{{Diagnosis: sick, Failures: sick.Findings[:1], Source: "runs/p.json"}, {Diagnosis: healthy}}
}

// The elements and attributes that the schemas of JUnit ask for are there, and the sums are right.
func TestJUnit(t *testing.T) {
	var b bytes.Buffer
	if err := JUnit(&b, checkedNetworks()...); err != nil {
		t.Fatal(err)
	}
	type element struct {
		XMLName  xml.Name
		Attrs    []xml.Attr `xml:",any,attr"`
		Children []element  `xml:",any"`
		Text     string     `xml:",chardata"`
	}
	var root element
	if err := xml.Unmarshal(b.Bytes(), &root); err != nil {
		t.Fatal(err)
	}
	attr := func(e element, name string) string {
		i := slices.IndexFunc(e.Attrs, func(a xml.Attr) bool { return a.Name.Local == name })
		if i < 0 {
			t.Errorf("%s: got no attribute %s, want one", e.XMLName.Local, name)
			return ""
		}
		return e.Attrs[i].Value
	}
	if root.XMLName.Local != "testsuites" || len(root.Children) != 2 {
		t.Fatalf("got %s of %d suites, want testsuites of 2", root.XMLName.Local, len(root.Children))
	}
	for i, failures := range []string{"1", "0"} {
		suite := root.Children[i]
		for _, name := range []string{"name", "tests", "failures", "errors", "skipped", "time"} {
			attr(suite, name)
		}
		if attr(suite, "failures") != failures || len(suite.Children) != len(vanishing.Rules()) {
			t.Errorf("suite %d: got %s failures of %d cases, want %s of %d", i, attr(suite, "failures"), len(suite.Children), failures, len(vanishing.Rules()))
		}
		for _, test := range suite.Children {
			if attr(test, "name") == "" || attr(test, "classname") == "" || attr(test, "time") == "" || test.XMLName.Local != "testcase" {
				t.Errorf("got case %+v, want a name and a class", test)
			}
			for _, f := range test.Children {
				if f.XMLName.Local != "failure" || attr(f, "message") == "" || attr(f, "type") != "critical" || attr(test, "name") != "vanishing" || f.Text == "" {
					t.Errorf("got %+v, want the failure of the rule vanishing", f)
				}
			}
		}
	}
}

// What the schema of SARIF 2.1.0 requires is there, levels are its words, and rules are found by their indices.
func TestSARIF(t *testing.T) {
	var b bytes.Buffer
	if err := SARIF(&b, checkedNetworks()...); err != nil {
		t.Fatal(err)
	}
	var log struct {
		Schema  string `json:"$schema"`
		Version string
		Runs    []struct {
			Tool struct {
				Driver struct {
					Name  string
					Rules []struct{ ID string }
				}
			}
			Results []struct {
				RuleID    string `json:"ruleId"`
				RuleIndex int    `json:"ruleIndex"`
				Level     string
				Message   struct{ Text string }
				Locations []struct {
					PhysicalLocation struct {
						ArtifactLocation struct{ URI string }
					} `json:"physicalLocation"`
					LogicalLocations []struct{ FullyQualifiedName string } `json:"logicalLocations"`
				}
			}
		}
	}
	d := json.NewDecoder(&b)
	if err := d.Decode(&log); err != nil {
		t.Fatal(err)
	}
	if log.Version != "2.1.0" || log.Schema == "" || len(log.Runs) != 1 || log.Runs[0].Tool.Driver.Name == "" {
		t.Fatalf("got %+v, want version 2.1.0, a schema, and one run of a tool with a name", log)
	}
	run := log.Runs[0]
	if len(run.Results) == 0 {
		t.Fatal("got no results, want one for each finding")
	}
	for _, r := range run.Results {
		if r.Message.Text == "" || !slices.Contains([]string{"none", "note", "warning", "error"}, r.Level) || run.Tool.Driver.Rules[r.RuleIndex].ID != r.RuleID {
			t.Errorf("got %+v, want a message, a level and the index of the rule", r)
		}
	}
	first := run.Results[0]
	if first.Level != "error" || first.Locations[0].PhysicalLocation.ArtifactLocation.URI != "runs/p.json" || len(first.Locations[0].LogicalLocations) == 0 {
		t.Errorf("got %+v, want an error in the file and in layers", first)
	}
}

// What SARIF 2.1.0 requires of an object, by section of its text, holds for each that is written. OASIS's schema is not among the test data:
// its licence is no open one.
func TestSARIFAsTheStandardSays(t *testing.T) {
	list := checkedNetworks()
	for i := range list[0].Profile.Layers { // other programs may give layers the same path
		list[0].Profile.Layers[i].Path = "dense"
	}
	list[1].Failures, list[1].Source = []vanishing.Finding{{Rule: vanishing.Undetermined.String(), Sentence: "Not seen."}}, `C:/my runs/50%.json`
	var b bytes.Buffer
	if err := SARIF(&b, list...); err != nil {
		t.Fatal(err)
	}
	type object = map[string]any
	var log object
	if err := json.Unmarshal(b.Bytes(), &log); err != nil {
		t.Fatal(err)
	}
	only := func(where string, o object, names ...string) { // other properties are errors: the schema allows no more
		for name := range o {
			if !slices.Contains(names, name) {
				t.Errorf("%s: got the property %s, want one of %v", where, name, names)
			}
		}
	}
	text := func(where string, v any) string { // a text that is not empty
		s, is := v.(string)
		if !is || s == "" {
			t.Errorf("%s: got %v, want a text", where, v)
		}
		return s
	}
	only("sarifLog, 3.13", log, "$schema", "version", "runs")
	if log["version"] != "2.1.0" || !strings.HasSuffix(text("$schema, 3.13.3", log["$schema"]), "sarif-2.1.0.json") {
		t.Errorf("got version %v and schema %v, want 2.1.0", log["version"], log["$schema"])
	}
	run := log["runs"].([]any)[0].(object)
	only("run, 3.14", run, "tool", "results")
	only("tool, 3.18", run["tool"].(object), "driver")
	driver := run["tool"].(object)["driver"].(object)
	only("toolComponent, 3.19", driver, "name", "informationUri", "rules")
	text("name, 3.19.8", driver["name"])
	if u, err := url.Parse(text("informationUri, 3.19.17", driver["informationUri"])); err != nil || !u.IsAbs() {
		t.Errorf("got informationUri %v, want an absolute URI", u)
	}
	var ids []string
	for _, r := range driver["rules"].([]any) {
		only("reportingDescriptor, 3.49", r.(object), "id", "shortDescription")
		id := text("id, 3.49.3", r.(object)["id"])
		if slices.Contains(ids, id) {
			t.Errorf("got the rule %s twice, want rules that differ", id)
		}
		ids = append(ids, id)
		text("shortDescription, 3.12", r.(object)["shortDescription"].(object)["text"])
	}
	var uris []string
	for _, v := range run["results"].([]any) {
		r := v.(object)
		only("result, 3.27", r, "ruleId", "ruleIndex", "level", "message", "locations")
		text("message, 3.11", r["message"].(object)["text"])
		if i := int(r["ruleIndex"].(float64)); i < 0 || i >= len(ids) || ids[i] != r["ruleId"] {
			t.Errorf("got ruleIndex %d of ruleId %v, want the place of that rule (3.27.6)", i, r["ruleId"])
		}
		if !slices.Contains([]any{"none", "note", "warning", "error"}, r["level"]) {
			t.Errorf("got level %v, want none, note, warning or error (3.27.10)", r["level"])
		}
		for _, v := range r["locations"].([]any) {
			at := v.(object)
			only("location, 3.28", at, "physicalLocation", "logicalLocations")
			artifact := at["physicalLocation"].(object)["artifactLocation"].(object)
			only("artifactLocation, 3.4", artifact, "uri")
			uris = append(uris, text("uri, 3.4.3", artifact["uri"]))
			logical, _ := at["logicalLocations"].([]any)
			for i, l := range logical {
				only("logicalLocation, 3.33", l.(object), "fullyQualifiedName", "kind")
				text("fullyQualifiedName, 3.33.5", l.(object)["fullyQualifiedName"])
				if i > 0 && reflect.DeepEqual(l, logical[i-1]) {
					t.Errorf("got %v twice, want locations that differ (3.28.4)", l)
				}
			}
		}
	}
	if got, want := uris[len(uris)-1], "file:///C:/my%20runs/50%25.json"; got != want || uris[0] != "runs/p.json" {
		t.Errorf("got the URIs %v, want runs/p.json first and %s last (RFC 3986)", uris, want)
	}
}

// Nothing in a name ends an annotation or begins another.
func TestGitHub(t *testing.T) {
	var b bytes.Buffer
	if err := GitHub(&b, checkedNetworks()...); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	for _, line := range lines {
		if !strings.HasPrefix(line, "::notice ") && !strings.HasPrefix(line, "::warning ") && !strings.HasPrefix(line, "::error ") || strings.Contains(line, "\x1b") {
			t.Errorf("got %q, want an annotation", line)
		}
	}
	if want := "::error file=runs/p.json,title=a<b>%3A 50%25%2C"; !strings.HasPrefix(lines[1], want) {
		t.Errorf("got %q, want %q", lines[1], want)
	}
	if last := lines[len(lines)-1]; !strings.HasPrefix(last, "::notice title=fine%3A healthy::") {
		t.Errorf("got %q, want the verdict of the healthy network", last)
	}
}
