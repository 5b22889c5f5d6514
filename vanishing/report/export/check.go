package export

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/url"
	"strings"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/internal/printable"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/present"
)

// A Checked is the diagnosis of a network that was checked, or a file that could not be, for the readers of a build: [JUnit], [SARIF] and
// [GitHub].
type Checked struct {
	vanishing.Diagnosis
	Failures []vanishing.Finding // the findings that make the network sick
	Source   string              // file of the profile; empty if there is none
	Err      error               // why the file could not be checked; there is no diagnosis then
}

// name is the title of the network, in printable characters.
func (c Checked) name() string { return printable.Text(present.TitleIn(c.Language, c.Profile)) }

// layers are the paths of the layers that a finding is about, each once.
func (c Checked) layers(f vanishing.Finding) (paths []string) {
	known := make(map[string]bool)
	for _, i := range f.Layers {
		if i < 0 || i >= len(c.Profile.Layers) {
			continue
		}
		if path := printable.Text(c.Profile.Layers[i].Path); !known[path] {
			paths, known[path] = append(paths, path), true
		}
	}
	return paths
}

// text is a finding as one paragraph.
func text(f vanishing.Finding) string {
	return printable.Text(strings.TrimSpace(strings.Join(strings.Fields(f.Sentence+" "+f.Evidence+" "+f.Remedy), " ")))
}

// rulesOf are the rules that can fail: those that a diagnosis asks, and the others among the failures, such as "undetermined".
func rulesOf(list []Checked) []string {
	names := vanishing.Rules()
	known := make(map[string]bool, len(names))
	for _, name := range names {
		known[name] = true
	}
	for _, c := range list {
		for _, f := range append(c.Findings[:len(c.Findings):len(c.Findings)], c.Failures...) {
			if !known[f.Rule] {
				names, known[f.Rule] = append(names, f.Rule), true
			}
		}
	}
	return names
}

// The elements of a JUnit report.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Skipped  int         `xml:"skipped,attr"`
		Time     string      `xml:"time,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name    string        `xml:"name,attr"`
		Class   string        `xml:"classname,attr"`
		Time    string        `xml:"time,attr"`
		Failure *junitFailure `xml:"failure"`
		Error   *junitFailure `xml:"error"`
	}
	junitFailure struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	}
)

// JUnit writes a JUnit report in XML, as Jenkins, GitLab and others read it: a test suite for each network and in it a test case for each
// rule, which fails if the rule makes the network sick. A file that could not be checked is a suite with an error. Times are 0.
func JUnit(w io.Writer, list ...Checked) error {
	rules := rulesOf(list)
	var doc junitSuites
	for _, c := range list {
		if c.Err != nil {
			doc.Suites = append(doc.Suites, c.unreadSuite())
			doc.Tests, doc.Errors = doc.Tests+1, doc.Errors+1
			continue
		}
		s := junitSuite{Name: c.name(), Time: "0"}
		for _, rule := range rules {
			test := junitCase{Name: rule, Class: "gradflow." + c.name(), Time: "0"}
			for _, f := range c.Failures {
				if f.Rule == rule && test.Failure == nil {
					test.Failure = &junitFailure{Message: printable.Text(f.Sentence), Type: f.Severity.String(), Text: text(f)}
					s.Failures++
				}
			}
			s.Cases = append(s.Cases, test)
		}
		s.Tests = len(s.Cases)
		doc.Tests, doc.Failures = doc.Tests+s.Tests, doc.Failures+s.Failures
		doc.Suites = append(doc.Suites, s)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return errors.Wrap(err, "export: JUnit")
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(doc); err != nil {
		return errors.Wrap(err, "export: JUnit")
	}
	_, err := io.WriteString(w, "\n")
	return errors.Wrap(err, "export: JUnit")
}

// The objects of a SARIF log.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool        sarifTool         `json:"tool"`
		Invocations []sarifInvocation `json:"invocations,omitempty"`
		Results     []sarifResult     `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name           string      `json:"name"`
		InformationURI string      `json:"informationUri"`
		Rules          []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID               string    `json:"id"`
		ShortDescription sarifText `json:"shortDescription"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		RuleIndex int             `json:"ruleIndex"`
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations,omitempty"`
	}
	sarifLocation struct {
		Physical *sarifPhysical `json:"physicalLocation,omitempty"`
		Logical  []sarifLogical `json:"logicalLocations,omitempty"`
	}
	sarifPhysical struct {
		Artifact struct {
			URI string `json:"uri"`
		} `json:"artifactLocation"`
	}
	sarifLogical struct {
		Name string `json:"fullyQualifiedName"`
		Kind string `json:"kind"`
	}
)

var sarifLevels = map[vanishing.Severity]string{vanishing.Note: "note", vanishing.Warning: "warning", vanishing.Critical: "error"}

// SARIF writes a log in SARIF 2.1.0, as code scanners and editors read it: a result for each finding, which names the layers as logical
// locations and, if it is known, the file of the profile. Files that could not be checked are notifications of a run that was not successful.
func SARIF(w io.Writer, list ...Checked) error {
	run := sarifRun{Invocations: invocationsOf(list), Results: []sarifResult{}}
	run.Tool.Driver = sarifDriver{Name: "gradflow", InformationURI: "https://github.com/gradflow/gradflow"}
	index := make(map[string]int)
	for i, rule := range rulesOf(list) {
		index[rule] = i
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRule{rule, sarifText{"gradients: " + rule}})
	}
	for _, c := range list {
		for _, f := range c.reported() {
			run.Results = append(run.Results, sarifResult{
				RuleID: f.Rule, RuleIndex: index[f.Rule], Level: sarifLevels[f.Severity],
				Message: sarifText{c.name() + ": " + text(f)}, Locations: c.locations(f),
			})
		}
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return errors.Wrap(e.Encode(sarifLog{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []sarifRun{run}}), "export: SARIF")
}

// reported are the findings, and the failures that are none of them.
func (c Checked) reported() []vanishing.Finding {
	list := c.Findings[:len(c.Findings):len(c.Findings)]
	for _, f := range c.Failures {
		if f.Rule == vanishing.Undetermined.String() {
			list = append(list, f)
		}
	}
	return list
}

func (c Checked) locations(f vanishing.Finding) []sarifLocation {
	var at sarifLocation
	if file := c.fileLocation(); file != nil {
		at = file[0]
	}
	for _, layer := range c.layers(f) {
		at.Logical = append(at.Logical, sarifLogical{c.name() + "/" + layer, "module"})
	}
	if at.Physical == nil && at.Logical == nil {
		return nil
	}
	return []sarifLocation{at}
}

// reference is a path with slashes as a URI reference (RFC 3986), in which spaces and others are escaped.
func reference(path string) string {
	if len(path) > 2 && path[1:3] == ":/" { // a drive of Windows, which would be read as the scheme of a URI
		return (&url.URL{Scheme: "file", Path: "/" + path}).String()
	}
	return (&url.URL{Path: path}).String()
}

// gitHubCommands are the kinds of annotations.
var gitHubCommands = map[vanishing.Severity]string{vanishing.Note: "notice", vanishing.Warning: "warning", vanishing.Critical: "error"}

var (
	gitHubMessage  = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	gitHubProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// GitHub writes workflow commands, of which GitHub Actions makes annotations: a notice with the verdict, and one annotation for each
// finding. A file that could not be checked is an error.
func GitHub(w io.Writer, list ...Checked) error {
	var b strings.Builder
	for _, c := range list {
		name := c.name()
		if c.Err != nil {
			name = c.source()
		}
		annotate := func(kind, title, message string) {
			at := ""
			if c.Source != "" {
				at = "file=" + gitHubProperty.Replace(c.Source) + ","
			}
			fmt.Fprintf(&b, "::%s %stitle=%s::%s\n", kind, at, gitHubProperty.Replace(name+": "+title), gitHubMessage.Replace(message))
		}
		if c.Err != nil {
			annotate("error", "not checked", c.reason())
			continue
		}
		annotate("notice", c.Verdict.In(c.Language), printable.Text(c.Sentence))
		for _, f := range c.reported() {
			message := text(f)
			if layers := c.layers(f); len(layers) > 0 {
				message += " [" + strings.Join(layers[:min(len(layers), 10)], " ") + "]"
			}
			annotate(gitHubCommands[f.Severity], f.Rule, message)
		}
	}
	_, err := io.WriteString(w, b.String())
	return errors.Wrap(err, "export: GitHub")
}
