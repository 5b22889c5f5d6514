package report

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/report/export"
	"github.com/gradflow/gradflow/vanishing/report/internal/reporttest"
	"github.com/gradflow/gradflow/vanishing/report/plot"
)

// room is the package that an error begins with.
var room = regexp.MustCompile("^(report|plot|export): ")

// What was cut or put together wrongly is explained by every report, and nothing is written.
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
		`network 1, "cut": vanishing: the record of step 0 has 3 layers and 5 parameters`: cut,
		`network 1, "no parameters": vanishing: the record of step 0 has 5 layers and no`: noParams,
		`network 1, "level": vanishing: layer "dense1" has depth 0`:                       level,
	} {
		var b bytes.Buffer
		_, plotError := plot.Profile(good, p)
		for i, err := range []error{
			Text{}.Bars(&b, good, p), Text{}.Compare(&b, good, p), Markdown(&b, good, p), CSV(&b, good, p), JSON(&b, good, p), export.Prometheus(&b, good, p),
			export.TensorBoard{}.Save(t.TempDir(), good, p), plotError,
		} {
			if err == nil || !room.MatchString(err.Error()) || !strings.HasPrefix(room.ReplaceAllString(err.Error(), ""), want) {
				t.Errorf("report %d: got error %v, want %q", i, err, want)
			}
		}
		_, heatError := plot.Heatmap(p)
		_, budgetError := plot.Budget(p)
		_, pathsError := plot.Paths(p)
		alone := strings.Replace(want, "network 1", "network 0", 1)
		for i, err := range []error{Text{}.Table(&b, p, vanishing.Diagnose(p)), export.TensorBoard{}.Write(&b, p), heatError, budgetError, pathsError} {
			if err == nil || !room.MatchString(err.Error()) || !strings.HasPrefix(room.ReplaceAllString(err.Error(), ""), alone) {
				t.Errorf("table or heat map %d: got error %v, want %q", i, err, alone)
			}
		}
		if b.Len() != 0 {
			t.Errorf("%d bytes were written", b.Len())
		}
	}
}
