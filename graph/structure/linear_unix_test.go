//go:build unix

package structure_test

import (
	"syscall"
	"testing"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/structure"
)

// cpuSeconds is the processor time that this process has used.
func cpuSeconds(t *testing.T) float64 {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

// The processor time grows with the number of layers, not with its square.
func TestTimeIsLinear(t *testing.T) {
	for name, draw := range deep {
		var graphs [2]*gorgonia.ExprGraph
		var configs [2]structure.Config
		for i, size := range []int{250, 1000} {
			s := newSketch()
			outputs := draw(s, size)
			graphs[i], configs[i] = s.g, structure.Config{Outputs: outputs, Parameters: s.parameters}
		}
		var total [2]float64
		for range 4 {
			for i, repeats := range []int{4, 1} { // as many layers in both
				begin := cpuSeconds(t)
				for range repeats {
					find(t, graphs[i], configs[i])
				}
				total[i] += cpuSeconds(t) - begin
			}
		}
		t.Logf("%s: %.3g ms for 1000 layers, %.2f times as long a layer as for 250", name, total[1]/4*1000, total[1]/total[0])
		if ratio := total[1] / total[0]; ratio > 2 { // a square would be 4
			t.Errorf("%s: a layer of 1000 takes %.1f times as long as one of 250", name, ratio)
		}
	}
}
