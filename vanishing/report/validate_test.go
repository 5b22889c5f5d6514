package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/vanishing"
)

// What was cut or put together wrongly is explained by every report, and nothing is written.
func TestInvalidProfilesAreRefused(t *testing.T) {
	cut := madeUp("cut", falling(5, 0.1))
	cut.Records[0].Layers = cut.Records[0].Layers[:3]
	noParams := madeUp("no parameters", falling(5, 0.1))
	noParams.Records[0].Params = nil
	level := madeUp("level", falling(5, 0.1))
	for i := range level.Layers {
		level.Layers[i].Depth = 0
	}
	good := madeUp("good", falling(5, 0.1))
	for want, p := range map[string]vanishing.Profile{
		`network 1, "cut": vanishing: the record of step 0 has 3 layers and 5 parameters`: cut,
		`network 1, "no parameters": vanishing: the record of step 0 has 5 layers and no`: noParams,
		`network 1, "level": vanishing: layer "dense1" has depth 0`:                       level,
	} {
		var b bytes.Buffer
		_, plotError := ProfilePlot(good, p)
		for i, err := range []error{
			Text{}.Bars(&b, good, p), Text{}.Compare(&b, good, p), Markdown(&b, good, p), CSV(&b, good, p), JSON(&b, good, p), Prometheus(&b, good, p),
			TensorBoard{}.Save(t.TempDir(), good, p), plotError,
		} {
			if err == nil || !strings.HasPrefix(err.Error(), "report: "+want) {
				t.Errorf("report %d: got error %v, want %q", i, err, want)
			}
		}
		_, heatError := HeatMapPlot(p)
		_, budgetError := BudgetPlot(p)
		_, pathsError := PathsPlot(p)
		alone := strings.Replace(want, "network 1", "network 0", 1)
		for i, err := range []error{Text{}.Table(&b, p, vanishing.Diagnose(p)), TensorBoard{}.Write(&b, p), heatError, budgetError, pathsError} {
			if err == nil || !strings.HasPrefix(err.Error(), "report: "+alone) {
				t.Errorf("table or heat map %d: got error %v, want %q", i, err, alone)
			}
		}
		if b.Len() != 0 {
			t.Errorf("%d bytes were written", b.Len())
		}
	}
}
