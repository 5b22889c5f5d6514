package main

import "strings"

// measurements are the numbers of a report.
type measurements struct {
	coreType     string // of the processor, with which PyTorch is the fastest
	steps        []*result
	images       []*imageResult
	transformers []*transformerResult
	sequences    []*sequenceResult
	defaults     []defaultCost
	pages        []pageCost
	depths       []depth
	subnormals   []subnormal
	products     []gemmTime
	soak         string // what a long training printed
}

// measureAll takes all measurements, one after the other.
func measureAll(quick bool, only string) (m measurements, err error) {
	s := newSetup(quick)
	for _, measure := range []func() error{
		func() error { m.steps, err = s.allSteps(quick, only); return err },
		func() error { m.images, err = s.allImages(""); return err },
		func() error { m.transformers, err = s.allTransformers(""); return err },
		func() error { m.sequences, err = s.allSequences(""); return err },
		func() error { m.defaults, err = allDefaults(s.log, quick, "all", "all"); return err },
		func() error { m.pages, err = comparePages(s.log, quick, only); return err },
		func() error { m.depths, err = sweep(s.log); return err },
		func() error { m.subnormals, err = measureSubnormals(); return err },
		func() error { m.products, err = s.measureProducts(); return err },
		func() error { m.soak, err = soaked(quick); return err },
	} {
		if err := measure(); err != nil {
			return m, err
		}
	}
	m.coreType = s.coreType()
	return m, nil
}

// allSteps measures a step of all configurations.
func (s setup) allSteps(quick bool, only string) (results []*result, _ error) {
	for _, c := range configurations(quick, only) {
		r, err := s.measure(c, c.withRecordings(ours, pytorch, openblas, products, stock, gomlx))
		if err != nil {
			return nil, err
		}
		results = append(results, r)
	}
	return results, nil
}

// soaked is what a long training prints.
func soaked(quick bool) (string, error) {
	steps := 100_000
	if quick {
		steps = 2_000
	}
	var text strings.Builder
	err := soakTest(&text, steps)
	return text.String(), err
}
