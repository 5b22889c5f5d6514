package machine

import "slices"

// fuse joins steps where one op of ours does the work of several.
func fuse(c *compilation) error {
	f := fuser{readers: readersOf(c.steps), gone: make(map[*step]bool), at: make(map[*step]int, len(c.steps))}
	for i, s := range c.steps {
		f.at[s] = i
	}
	f.shareSums(c.steps)
	for _, s := range c.steps {
		for f.takeInput(s) {
		}
		f.sumAside(s)
	}
	for _, s := range c.steps {
		f.spread(s)
	}
	c.steps = slices.DeleteFunc(c.steps, func(s *step) bool { return f.gone[s] })
	return nil
}

// A fuser joins steps.
type fuser struct {
	readers map[*step][]*step // of each value; a step that reads it twice is listed twice
	gone    map[*step]bool
	at      map[*step]int // place in the order
}

// passing reports whether nobody sees the value of a step but other steps.
func passing(s *step) bool { return s.kind == isOurs && !s.kept && s.taps == nil }

// takeInput joins a step with one of its inputs that no other step reads, the last one if there are several.
func (f *fuser) takeInput(s *step) bool {
	if s.kind != isOurs {
		return false
	}
	for i, inner := range slices.Backward(s.inputs) {
		if !passing(inner) || len(f.readers[inner]) != 1 {
			continue
		}
		if joint := s.op.Fuse(inner.op, i); joint != nil {
			s.op = joint
			f.replace(s, slices.Concat(inner.inputs, s.inputs[:i], s.inputs[i+1:]))
			f.replace(inner, nil)
			f.gone[inner] = true
			return true
		}
	}
	return false
}

// spread joins a step with each of its readers, if that is possible with all.
func (f *fuser) spread(s *step) {
	if !passing(s) || !s.op.Spreads() || f.gone[s] {
		return
	}
	readers := slices.Clone(f.readers[s])
	for _, r := range readers {
		i := slices.Index(r.inputs, s)
		if r.kind != isOurs || slices.Contains(r.inputs[i+1:], s) || r.op.Fuse(s.op, i) == nil {
			return
		}
	}
	for _, r := range readers {
		i := slices.Index(r.inputs, s)
		r.op = r.op.Fuse(s.op, i)
		f.replace(r, slices.Concat(s.inputs, r.inputs[:i], r.inputs[i+1:]))
	}
	f.replace(s, nil)
	f.gone[s] = true
}

// sumAside lets the step that computes a value also compute sums of it, while it has the value in the cache.
func (f *fuser) sumAside(s *step) {
	if s.kind != isOurs || len(s.inputs) == 0 {
		return
	}
	of := s.inputs[0]
	if of.kind != isOurs || of.side != nil || slices.ContainsFunc(s.inputs[1:], func(input *step) bool { return f.at[input] > f.at[of] }) {
		return
	}
	if joint := s.op.Sums(of.op); joint != nil {
		of.op, of.side = joint, s
		f.replace(of, slices.Concat(of.inputs, s.inputs[1:]))
		s.kind = isSide
		f.replace(s, []*step{of})
	}
}

// shareSums lets steps that read only the sum of a value take it from the first step that computes it.
func (f *fuser) shareSums(steps []*step) {
	sums := make(map[*step]*step)
	for _, s := range steps {
		switch {
		case s.kind != isOurs:
		case s.op.GivesSums() && sums[s.inputs[0]] == nil:
			sums[s.inputs[0]] = s
		case s.op.ReadsFirstSum():
			old := s.inputs[0]
			f.replace(s, []*step{sums[old.inputs[0]]})
			if len(f.readers[old]) == 0 {
				f.replace(old, nil)
				f.gone[old] = true
			}
		}
	}
}

// replace gives a step other inputs.
func (f *fuser) replace(s *step, inputs []*step) {
	for _, input := range s.inputs {
		if i := slices.Index(f.readers[input], s); i >= 0 {
			f.readers[input] = slices.Delete(f.readers[input], i, i+1)
		}
	}
	for _, input := range inputs {
		f.readers[input] = append(f.readers[input], s)
	}
	s.inputs = inputs
}
