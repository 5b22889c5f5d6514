package scan_test

import (
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/machine"
	"github.com/gradflow/gradflow/graph/scan"
)

// A run allocates nothing, with all values kept or with segments, and with taps.
func TestRunAllocatesNothing(t *testing.T) {
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		for _, segment := range []int{0, 3} {
			for _, c := range cells() {
				if c.name == "stock" {
					continue // Gorgonia's operations may allocate
				}
				p := c.draw(t, dt, 7, scan.Config{Segment: segment, Truncate: 4})
				p.grad(t)
				m := p.run(t)
				if allocs := testing.AllocsPerRun(5, func() {
					if err := m.RunAll(); err != nil {
						t.Fatal(err)
					}
				}); allocs != 0 {
					t.Errorf("%v, %s, segment %d: got %v allocations in a run, want none", dt, c.name, segment, allocs)
				}
			}
		}
	}
}

// Drawing, differentiating and compiling do the same work for any number of steps: the graph has as many nodes, and the allocations
// are as many. Allocations are counted because time depends on the machine.
func TestCompilesOnce(t *testing.T) {
	c := cells()[4]
	build := func(steps int) (p problem, allocations float64) {
		return p, testing.AllocsPerRun(1, func() {
			p = c.draw(t, tensor.Float32, steps, scan.Config{})
			p.grad(t)
			if err := machine.New(p.loss.Graph(), p.wanted...).Compile(); err != nil {
				t.Fatal(err)
			}
		})
	}
	short, fewSteps := build(50)
	long, manySteps := build(500)
	if got, want := len(long.loss.Graph().AllNodes()), len(short.loss.Graph().AllNodes()); got != want {
		t.Errorf("got %d nodes for 500 steps, want %d as for 50", got, want)
	}
	// The inputs alone are larger; maps allocate a few times more or less.
	if manySteps > 1.1*fewSteps {
		t.Errorf("got %v allocations for 500 steps and %v for 50", manySteps, fewSteps)
	}
}

// Segments save memory: a tape of every tenth state in place of all values of 100 steps.
func TestSegmentsSaveMemory(t *testing.T) {
	peak := func(segment int) int {
		p := cells()[4].draw(t, tensor.Float32, 100, scan.Config{Segment: segment})
		memory, err := machine.New(p.loss.Graph(), p.grad(t)...).Memory()
		if err != nil {
			t.Fatal(err)
		}
		return memory.Peak
	}
	if all, some := peak(0), peak(10); some > all/2 {
		t.Errorf("got %d bytes with segments and %d without, want at most half", some, all)
	}
}
