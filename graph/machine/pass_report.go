package machine

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"
)

// A PassReport tells what a pass of the compiler did.
type PassReport struct {
	Name, About   string
	Skipped       bool // because every value is kept or watched, and so has separate memory
	Time          time.Duration
	Before, After int    // number of steps
	Steps         string // a listing of the steps after the pass; empty unless it was asked for
}

// ReportPasses compiles the graph anew, without effect on the machine, and reports each pass in order, those named in dump with
// a listing of the steps.
func (m *Machine) ReportPasses(dump ...string) ([]PassReport, error) {
	names := PassNames()
	for _, name := range dump {
		if !slices.Contains(names, name) {
			return nil, errors.Errorf("machine: unknown pass: got %q, want one of %s", name, strings.Join(names, ", "))
		}
	}
	if m.closed {
		return nil, errors.New("machine: the machine is closed")
	}
	_, reports, err := m.compile(dump...)
	return reports, err
}

// PassNames lists the passes of the compiler in order.
func PassNames() []string {
	names := make([]string, len(passes))
	for i, p := range passes {
		names[i] = p.name
	}
	return names
}

// listing is a table of the steps. Stage and memory are empty before the passes that set them.
func (c *compilation) listing() string {
	number := make(map[uintptr]int)
	for i, b := range c.plan.buffers {
		number[b.address()] = i + 1
	}
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "stage\tnode\toperation\treads\tshape\tlayer\tremarks")
	stage := c.stageOf()
	for _, s := range c.steps {
		reads := make([]string, len(s.inputs))
		for i, input := range s.inputs {
			reads[i] = fmt.Sprint(input.node.ID())
		}
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%v\t%s\t%s\n",
			stage[s], s.node.ID(), s.name(), strings.Join(reads, " "), s.shape, c.machine.layerOf(s.node), s.remarks(number))
	}
	w.Flush()
	return trimLines(text.String())
}

// stageOf numbers the stages that steps run in, from 1; it is empty before there are stages.
func (c *compilation) stageOf() map[*step]string {
	numbers := make(map[*step]string)
	for i, stage := range c.plan.stages {
		for _, s := range stage.steps() {
			numbers[s] = fmt.Sprint(i + 1)
		}
	}
	return numbers
}

// remarks lists the kind, the flags and the buffer of a step.
func (s *step) remarks(number map[uintptr]int) string {
	var list []string
	switch s.kind {
	case isInput:
		list = append(list, "input")
	case isConstant:
		list = append(list, "constant")
	case isStock:
		list = append(list, "stock")
	}
	if s.kept {
		list = append(list, "kept")
	}
	if n := len(s.bindings) - 1; n > 0 {
		list = append(list, fmt.Sprintf("twins %d", n))
	}
	if n := len(s.taps); n > 0 {
		list = append(list, fmt.Sprintf("taps %d", n))
	}
	if d, isDense := s.memory.(*tensor.Dense); isDense {
		list = append(list, fmt.Sprintf("buffer %d", number[d.Uintptr()]))
	}
	return strings.Join(list, ", ")
}

// trimLines cuts the spaces at the ends of lines that a tabwriter leaves.
func trimLines(text string) string {
	var trimmed strings.Builder
	for line := range strings.Lines(text) {
		trimmed.WriteString(strings.TrimRight(line, " \n") + "\n")
	}
	return trimmed.String()
}
