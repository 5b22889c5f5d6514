package report

import (
	"bytes"
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/report/export"
	"github.com/gradflow/gradflow/vanishing/report/internal/reporttest"
	"github.com/gradflow/gradflow/vanishing/report/plot"
)

// room is the package name that an error begins with.
var room = regexp.MustCompile("^(report|plot|export): ")

// Every report refuses an invalid profile with an explanation, and writes nothing.
func TestInvalidProfilesAreRefused(t *testing.T) {
	cut := reporttest.Plain("cut", reporttest.Falling(5, 0.1))
	cut.Records[0].Layers = cut.Records[0].Layers[:3]
	noParams := reporttest.Plain("no parameters", reporttest.Falling(5, 0.1))
	noParams.Records[0].Params = nil
	level := reporttest.Plain("level", reporttest.Falling(5, 0.1))
	for i := range level.Layers {
		level.Layers[i].Depth = 0
	}
	good := reporttest.Plain("good", reporttest.Falling(5, 0.1))
	for want, p := range map[string]vanishing.Profile{
		`network 1, "cut": profile: record of step 0: got 3 entries in layers, want 5`:           cut,
		`network 1, "no parameters": profile: record of step 0: got 0 entries in params, want 5`: noParams,
		`network 1, "level": profile: layer "dense1": got depth 0`:                               level,
	} {
		var b bytes.Buffer
		_, plotError := plot.Profile(vanishing.DiagnoseAll(good, p)...)
		for i, err := range []error{
			Text{}.Bars(&b, vanishing.DiagnoseAll(good, p)...), Text{}.Compare(&b, vanishing.DiagnoseAll(good, p)...), Markdown(&b, vanishing.DiagnoseAll(good, p)...), CSV(&b, vanishing.DiagnoseAll(good, p)...), JSON(&b, vanishing.DiagnoseAll(good, p)...), export.Prometheus(&b, vanishing.DiagnoseAll(good, p)...),
			export.TensorBoard{}.Save(t.TempDir(), vanishing.DiagnoseAll(good, p)...), plotError,
		} {
			if err == nil || !room.MatchString(err.Error()) || !strings.HasPrefix(room.ReplaceAllString(err.Error(), ""), want) {
				t.Errorf("report %d: got error %v, want %q", i, err, want)
			}
		}
		_, heatError := plot.Heatmap(vanishing.Diagnose(p))
		_, budgetError := plot.Budget(vanishing.Diagnose(p))
		_, pathsError := plot.Paths(vanishing.Diagnose(p))
		alone := strings.Replace(want, "network 1", "network 0", 1)
		for i, err := range []error{Text{}.Table(&b, vanishing.Diagnose(p)), export.TensorBoard{}.Write(&b, vanishing.Diagnose(p)), heatError, budgetError, pathsError} {
			if err == nil || !room.MatchString(err.Error()) || !strings.HasPrefix(room.ReplaceAllString(err.Error(), ""), alone) {
				t.Errorf("table or heat map %d: got error %v, want %q", i, err, alone)
			}
		}
		if b.Len() != 0 {
			t.Errorf("%d bytes were written", b.Len())
		}
	}
}

// A hand-made diagnosis that does not fit its profile is refused.
func TestDiagnosesOfOtherLayersAreRefused(t *testing.T) {
	p := reporttest.Plain("net", reporttest.Falling(5, 0.1))
	shorter := vanishing.Diagnose(p)
	shorter.Profile = reporttest.Plain("net", reporttest.Falling(4, 0.1))
	beyond := vanishing.Diagnose(p)
	beyond.Findings = []vanishing.Finding{{Layers: []int{5}}}
	last := vanishing.Diagnose(p)
	last.Last = 5
	for i, d := range []vanishing.Diagnosis{{Profile: p}, shorter, beyond, last} {
		for name, report := range everything {
			if err := report(io.Discard, d); name != "rivals" && name != "first step" && (err == nil || !strings.Contains(err.Error(), `"net": got a diagnosis that does not fit its`)) {
				t.Errorf("%s of diagnosis %d: got error %v", name, i, err)
			}
		}
	}
}
