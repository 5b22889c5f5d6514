package vanishing

import (
	"slices"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// A stepSelection chooses the steps to record and bounds the number of records.
type stepSelection struct {
	norms, details, histograms Schedule
	maxRecords                 int

	due            int // number of steps due so far
	stride         int // every stride-th of these is kept
	withHistograms int // number of kept records with histograms
}

// maxHistograms bounds the number of records with histograms.
const maxHistograms = 100

func newStepSelection(r *Recorder, layers int) *stepSelection {
	s := &stepSelection{norms: r.Steps, details: r.Details, histograms: r.Histograms, maxRecords: r.MaxRecords, stride: 1}
	if s.norms == nil {
		s.norms = Every(1)
	}
	if s.details == nil {
		s.details = &spaced{10, -1}
	}
	if s.histograms == nil {
		s.histograms = &spaced{100, -1}
	}
	if s.maxRecords == 0 {
		s.maxRecords = min(1000, max(50, 200_000/max(layers, 1)))
	}
	return s
}

// decide returns the tiers to record in a step, or false if the step is not recorded. The last planned step is always recorded.
func (s *stepSelection) decide(step, steps int) (t tiers, record bool) {
	last := step == steps-1
	if !s.norms.At(step) && !last {
		return tiers{}, false
	}
	s.due++
	thinned := (s.due-1)%s.stride != 0 && !last
	// Evaluate both: a schedule may have state.
	t.histograms, t.details = selects(s.histograms, step, thinned), selects(s.details, step, thinned)
	if thinned && !t.histograms && !t.details {
		return tiers{}, false
	}
	t.histograms = t.histograms || last && s.histograms != Never
	t.details = t.details || t.histograms || last && s.details != Never
	return t, true
}

// selects reports whether a schedule selects a step. The default schedules skip thinned steps; a schedule set by the user does
// not, and its steps are then recorded despite thinning.
func selects(s Schedule, step int, thinned bool) bool {
	if _, byDefault := s.(*spaced); byDefault && thinned {
		return false
	}
	return s.At(step)
}

// keep appends a record. At maxRecords it first drops every other record and doubles the stride. It does not change lists
// returned earlier. It copies a record without details, because the probe reuses its memory.
func (s *stepSelection) keep(list []profile.Record, r profile.Record) []profile.Record {
	if len(list) >= s.maxRecords {
		list = s.thin(list)
	}
	if r.Details == nil {
		r.Layers, r.Params = slices.Clone(r.Layers), slices.Clone(r.Params)
	}
	if list = append(list, r); r.Histograms != nil {
		s.withHistograms++
	}
	if s.withHistograms > maxHistograms {
		list = s.withoutEveryOtherHistogram(list)
	}
	return list
}

// thin keeps one of each pair of records: the first, unless the second has a higher tier.
func (s *stepSelection) thin(list []profile.Record) []profile.Record {
	s.stride *= 2
	s.withHistograms = 0
	thinned := make([]profile.Record, 0, len(list))
	for i := 0; i < len(list); i += 2 {
		r := list[i]
		if i+1 < len(list) && tiersOf(&list[i+1]).highest() > tiersOf(&r).highest() {
			r = list[i+1]
		}
		if thinned = append(thinned, r); r.Histograms != nil {
			s.withHistograms++
		}
	}
	return thinned
}

// tiersOf returns the tiers of a record.
func tiersOf(r *profile.Record) tiers { return tiers{r.Details != nil, r.Histograms != nil} }

// highest returns the highest tier: 0 for norms only, 1 for details, 2 for histograms.
func (t tiers) highest() int {
	switch {
	case t.histograms:
		return 2
	case t.details:
		return 1
	}
	return 0
}

// withoutEveryOtherHistogram removes the histograms of every other record that has some.
func (s *stepSelection) withoutEveryOtherHistogram(list []profile.Record) []profile.Record {
	s.withHistograms = 0
	list = slices.Clone(list)
	n := 0
	for i := range list {
		if list[i].Histograms == nil {
			continue
		}
		if n++; n%2 == 1 {
			s.withHistograms++
			continue
		}
		list[i].Histograms = nil
	}
	return list
}
