package export

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
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
