package machine_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/machine"
	"github.com/gradflow/gradflow/models/mlp"
)

func TestProfile(t *testing.T) {
	p := build(t, graph.Config{
		Model:  mlp.Model{Input: 4, Hidden: []int{6, 5}, Output: 3},
		Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{5, 4}, Loss: graph.CrossEntropy{},
	})
	x, y := randn(t, tensor.Float64, 1, 5, 4), classes(t, 5, 3, 1)
	if err := p.Machine().StartTiming(); err != nil {
		t.Fatal(err)
	}
	const runs = 3
	for range runs {
		run(t, p, x, y)
	}
	profile := p.Machine().Timing()
	run(t, p, x, y) // not measured any more
	if profile.Runs != runs {
		t.Errorf("%d runs, want %d", profile.Runs, runs)
	}
	layers := make(map[string]int)
	var sum float64
	for _, share := range profile.ByLayer() {
		layers[share.Name] = share.Count
		sum += share.Part
	}
	// Forward: a linear map, which is one step with its activation and counts there; backward: dw, db, and dx in all but
	// the first.
	if layers["dense1"] < 2 || layers["dense2"] < 3 || layers["relu1"] < 2 || sum < 0.999 || sum > 1.001 {
		t.Errorf("by layer: %v, parts add up to %g", layers, sum)
	}
	for _, s := range profile.Steps {
		if len(s.Times) != runs || s.Total() <= 0 {
			t.Errorf("%s: times %v", s.Op, s.Times)
		}
	}
	var table bytes.Buffer
	if err := profile.WriteTable(&table); err != nil || !strings.Contains(table.String(), "dense2") || !strings.Contains(table.String(), "sum_rows") {
		t.Errorf("table (%v):\n%s", err, table.String())
	}
	checkTrace(t, profile)
}

// checkTrace reads the trace back: one event for each operation and run, and on one track one at a time.
func checkTrace(t *testing.T, profile *machine.Timing) {
	t.Helper()
	var b bytes.Buffer
	if err := profile.WriteTrace(&b); err != nil {
		t.Fatal(err)
	}
	var trace struct {
		TraceEvents []struct {
			Name    string
			Ph      string
			Ts, Dur float64
			Tid     int
			Args    map[string]string
		}
	}
	if err := json.Unmarshal(b.Bytes(), &trace); err != nil {
		t.Fatal(err)
	}
	if want := profile.Runs * len(profile.Steps); len(trace.TraceEvents) != want {
		t.Errorf("%d events, want %d", len(trace.TraceEvents), want)
	}
	end := make(map[int]float64)
	for _, e := range trace.TraceEvents {
		if e.Ph != "X" || e.Name == "" || e.Args["shape"] == "" {
			t.Fatalf("event %+v", e)
		}
		if e.Ts < end[e.Tid] {
			t.Fatalf("track %d: an event begins at %g, before the one before it ends at %g", e.Tid, e.Ts, end[e.Tid])
		}
		end[e.Tid] = e.Ts + e.Dur
	}
}
