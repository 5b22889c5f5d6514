package structure_test

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/structure"
	"github.com/gradflow/gradflow/internal/cputime"
)

// The processor time grows with the number of layers, not with its square.
func TestTimeIsLinear(t *testing.T) {
	if cputime.Used() == 0 {
		t.Skip("SKIPPED: this system does not tell the processor time")
	}
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // the collection of garbage would fall into some of the rounds
	for name, draw := range deep {
		var graphs [2]*gorgonia.ExprGraph
		var configs [2]structure.Config
		for i, size := range []int{250, 1000} {
			s := newSketch()
			outputs := draw(s, size)
			graphs[i], configs[i] = s.g, structure.Config{Outputs: outputs, Parameters: s.parameters}
		}
		var least [2]time.Duration // of several rounds
		for round := range 8 {
			for i, repeats := range []int{4, 1} { // as many layers in both
				runtime.GC()
				begin := cputime.Used()
				for range repeats {
					find(t, graphs[i], configs[i])
				}
				if took := cputime.Used() - begin; round == 0 || took < least[i] {
					least[i] = took
				}
			}
		}
		ratio := float64(least[1]) / float64(least[0])
		t.Logf("%s: %.3g ms for 1000 layers, %.2f times as long a layer as for 250", name, least[1].Seconds()*1000, ratio)
		if ratio > 2 { // a square would be 4
			t.Errorf("%s: a layer of 1000 takes %.1f times as long as one of 250", name, ratio)
		}
	}
}
