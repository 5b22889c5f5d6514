package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/gradflow/gradflow/bench"
	"github.com/gradflow/gradflow/vanishing"
)

// defaultPeriod is the number of steps after which the default schedules of a recorder repeat: every step is recorded, every tenth with
// details, and one with histograms.
const defaultPeriod = 100

// A defaultCost is the cost of a recorder with its default settings: the time of a period of steps divided by that of a twin without
// a recorder.
type defaultCost struct {
	network          string
	processor, clock ratio // over the periods
}

// longStep is the processor time of a step from which on the twins take turns after each step, and not after [turnSteps]: their times then
// differ less by what else the machine does, and the caches are cold anyway.
const longStep = 50 * time.Millisecond

// compareDefaults measures the networks whose names contain a text, and writes a table. An empty text stands for none.
func compareDefaults(w io.Writer, quick bool, sequences, transformers string) error {
	costs, err := allDefaults(os.Stderr, quick, sequences, transformers)
	if err != nil {
		return err
	}
	p := &page{w: w}
	p.defaults(costs)
	return p.err
}

func allDefaults(log io.Writer, quick bool, sequences, transformers string) (costs []defaultCost, err error) {
	add := func(network string, chosen string, create func() (*bench.Ours, error)) {
		if err != nil || chosen == "" || !strings.Contains(network, strings.TrimPrefix(chosen, "all")) {
			return
		}
		var cost defaultCost
		if cost, err = measureDefaults(network, quick, create); err == nil {
			costs = append(costs, cost)
			fmt.Fprintf(log, "default recorder, %s: processor time %v, by the clock %v\n", network, cost.processor, cost.clock)
		}
	}
	for _, w := range bench.SequenceWorkloads {
		add(w.String(), sequences, func() (*bench.Ours, error) { return bench.NewSequences(w) })
	}
	for _, w := range bench.TransformerWorkloads {
		add(w.String(), transformers, func() (*bench.Ours, error) { return bench.NewTransformers(w) })
	}
	return costs, err
}

// measureDefaults lets a network and its twin train for some periods, more of them if a step is short.
func measureDefaults(network string, quick bool, create func() (*bench.Ours, error)) (c defaultCost, err error) {
	least, length := 3, 2*time.Minute
	if quick {
		least, length = 1, 30*time.Second
	}
	recorded, err := create()
	if err != nil {
		return c, err
	}
	if err := recorded.Record(&vanishing.Recorder{}); err != nil {
		return c, err
	}
	plain, err := create()
	if err != nil {
		return c, err
	}
	t := twins{recorded, plain, used()}
	// The first steps compile plans, and the first record is compared with theory.
	start := t.now().processor
	if _, _, err := t.race(turnSteps, turnSteps); err != nil {
		return c, err
	}
	turn := turnSteps
	if t.now().processor-start > 2*turnSteps*longStep {
		turn = 1
	}
	var processor, clock []float64
	for len(clock) < least || t.now().processor-start < length {
		byProcessor, byClock, err := t.race(defaultPeriod, turn)
		if err != nil {
			return c, err
		}
		processor, clock = append(processor, byProcessor), append(clock, byClock)
	}
	return defaultCost{network, ratioOfList(processor), ratioOfList(clock)}, nil
}

// defaults writes the table.
func (p *page) defaults(costs []defaultCost) {
	p.f("### With the default settings\n\n| network | processor time | time by the clock |\n|---|---|---|\n")
	for _, c := range costs {
		p.f("| %s | %.3f (%.3f to %.3f) | %.3f (%.3f to %.3f) |\n", c.network, c.processor.middle, c.processor.low, c.processor.high,
			c.clock.middle, c.clock.low, c.clock.high)
	}
	p.f(`
Time of %d steps with a recorder that has its default settings divided by the time of as many without, as the median over such periods, with its
quartiles in brackets. In each period all steps are recorded, every tenth with details and one with histograms. The two train in one process,
interleaved %d steps at a time, or one if that takes %d ms or more; the first %d do not count.

`, defaultPeriod, turnSteps, longStep.Milliseconds(), turnSteps)
}
