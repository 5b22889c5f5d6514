package vanishing

import (
	"slices"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// A sampler decides which steps are recorded, and keeps their records within bounds.
type sampler struct {
	norms, details, histograms Schedule
	most                       int // records to keep

	due    int // steps that were due so far
	stride int // of these, every stride-th is kept
	drawn  int // records with histograms
}

// mostHistograms is how many records keep their histograms.
const mostHistograms = 100

func newSampler(r *Recorder, layers int) *sampler {
	s := &sampler{norms: r.Steps, details: r.Details, histograms: r.Histograms, most: r.MaxRecords, stride: 1}
	if s.norms == nil {
		s.norms = Every(1)
	}
	if s.details == nil {
		s.details = &spaced{10, -1}
	}
	if s.histograms == nil {
		s.histograms = &spaced{100, -1}
	}
	if s.most == 0 {
		s.most = min(1000, max(50, 200_000/max(layers, 1)))
	}
	return s
}

// decide tells what is to be recorded in a step, if anything. The last step planned is recorded in any case.
func (s *sampler) decide(step, steps int) (t tiers, record bool) {
	last := step == steps-1
	if !s.norms.At(step) && !last {
		return tiers{}, false
	}
	s.due++
	thinned := (s.due-1)%s.stride != 0 && !last
	// Both are asked in any case, as they may remember; those by default only where there is a record.
	t.histograms, t.details = ask(s.histograms, step, thinned), ask(s.details, step, thinned)
	if thinned && !t.histograms && !t.details {
		return tiers{}, false
	}
	t.histograms = t.histograms || last && s.histograms != Never
	t.details = t.details || t.histograms || last && s.details != Never
	return t, true
}

// ask asks a schedule. A step that thinning leaves out is recorded all the same if a schedule of the user's wants more of it.
func ask(s Schedule, step int, thinned bool) bool {
	if _, byDefault := s.(*spaced); byDefault && thinned {
		return false
	}
	return s.At(step)
}

// keep adds a record to a list, and thins out the others when there are too many: of two neighbours one goes, and from then on
// only every other step that is due is recorded. Lists that were given away before are not touched. A record without details may
// be used again for the next step.
func (s *sampler) keep(list []profile.Record, r profile.Record) []profile.Record {
	if len(list) >= s.most {
		list = s.thin(list)
	}
	if r.Details == nil {
		r.Layers, r.Params = slices.Clone(r.Layers), slices.Clone(r.Params)
	}
	if list = append(list, r); r.Histograms != nil {
		s.drawn++
	}
	if s.drawn > mostHistograms {
		list = s.withoutEveryOtherHistogram(list)
	}
	return list
}

// thin keeps one record of each two neighbours: the first, unless the second holds more.
func (s *sampler) thin(list []profile.Record) []profile.Record {
	s.stride *= 2
	s.drawn = 0
	thinned := make([]profile.Record, 0, len(list))
	for i := 0; i < len(list); i += 2 {
		r := list[i]
		if i+1 < len(list) && tiersOf(&list[i+1]).highest() > tiersOf(&r).highest() {
			r = list[i+1]
		}
		if thinned = append(thinned, r); r.Histograms != nil {
			s.drawn++
		}
	}
	return thinned
}

// tiersOf are the tiers that a record holds.
func tiersOf(r *profile.Record) tiers { return tiers{r.Details != nil, r.Histograms != nil} }

// highest is the highest tier: 0 for norms alone, 1 for details, 2 for histograms.
func (t tiers) highest() int {
	switch {
	case t.histograms:
		return 2
	case t.details:
		return 1
	}
	return 0
}

// withoutEveryOtherHistogram takes the histograms out of every other record that has some.
func (s *sampler) withoutEveryOtherHistogram(list []profile.Record) []profile.Record {
	s.drawn = 0
	list = slices.Clone(list)
	n := 0
	for i := range list {
		if list[i].Histograms == nil {
			continue
		}
		if n++; n%2 == 1 {
			s.drawn++
			continue
		}
		list[i].Histograms = nil
	}
	return list
}
