package vanishing

import (
	"testing"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/machine"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/vanishing/internal/madeup"
)

// Only the machine's error about a non-finite number changes the diagnosis.
func TestDiagnoseRun(t *testing.T) {
	p := madeup.Normed()
	before := Diagnose(p)
	d := DiagnoseRun(p, errors.Wrap(machine.ErrNonFinite, "node 17 of dense3"))
	expectFinding(t, d, "non-finite", "node 17 of dense3")
	if d.Verdict != NonFinite {
		t.Errorf("verdict %v, want non-finite", d.Verdict)
	}
	if d := DiagnoseRun(p, errors.New("something else")); d.Verdict != before.Verdict || len(d.Findings) != len(before.Findings) {
		t.Errorf("after another error: got %v and %+v, want an unchanged diagnosis", d.Verdict, d.Findings)
	}
}

// DiagnoseRun understands the error of a machine.
func TestDiagnoseRunOfAMachineThatWatches(t *testing.T) {
	x, y := randomBatch(t, 1, 16, 20, 10)
	program := build(t, mlp.Model{Input: 20, Depth: 3, Width: 10, Output: 10, Init: initializer.Normal{Std: 1e30}}, graph.CrossEntropy{}, 1, 16, 20)
	program.Machine().WatchNonFinite(true)
	err := program.Run(x, y)
	if err == nil {
		t.Fatal("the run gives no error")
	}
	expectFinding(t, DiagnoseRun(Profile{}, err), "non-finite", "dense2")
}
