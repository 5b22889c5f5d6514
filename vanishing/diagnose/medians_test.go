package diagnose

import (
	"math"
	"testing"

	"github.com/gradflow/gradflow/vanishing/profile"
)

func TestMedianDeltaRMS(t *testing.T) {
	p := synthetic(1, 1, 1)
	p.Records = []profile.Record{record(0, []float64{1, 1e-30, 1}), record(1, []float64{4, 0, 2}), record(2, []float64{9, 0, 3})}
	if got := Diagnose(p).DeltaRMS; got[0] != 4 || got[1] != 0 || got[2] != 2 {
		t.Errorf("odd number of records: %v, want [4 0 2]", got)
	}
	p.Records = append(p.Records, record(3, []float64{16, 1e-30, 3}))
	if got := Diagnose(p).DeltaRMS; got[0] != 6 || got[1] != 0 {
		t.Errorf("even number of records: %v, want [6 0 ...]", got)
	}
	p.Records[3].Layers[2].DeltaRMS = profile.Number(math.NaN())
	if got := Diagnose(p).DeltaRMS; got[0] != 4 || got[2] != 2 {
		t.Errorf("with a NaN in the last record: %v, want [4 0 2]", got)
	}
	p.Records = p.Records[3:]
	if got := Diagnose(p).DeltaRMS; !math.IsNaN(got[0]) {
		t.Errorf("with nothing but NaN: %v", got)
	}
}
