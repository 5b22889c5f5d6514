package theory

import (
	"math"

	"github.com/pkg/errors"
)

// block passes a signal through a residual block, up to the sum.
func (p *imagePass) block(at int, s field) (field, error) {
	b := p.net.Blocks[at]
	square := b.scale() * b.scale()
	if b.SkipsLate {
		var err error
		if s, err = p.enter(b.First, s); err != nil {
			return s, err
		}
	}
	outer := p.tape
	p.tape = nil
	branch, err := p.branch(b, s)
	inner := p.tape
	p.tape = outer
	if err != nil {
		return s, err
	}
	branch.q, branch.normed = product(branch.q, filled(branch.size(), square)), branch.normed && b.NoSkip && square == 1
	_, p.blocks[at].BranchVariance = p.channels(branch)
	if b.NoSkip {
		p.blocks[at].SquaredMean, p.blocks[at].Variance = p.channels(branch)
		p.tape = append(p.tape, inner...)
		p.back(func(g fieldGradient) fieldGradient { return g.scaled(square) })
		return branch, nil
	}
	p.tape = nil
	sum, err := p.join(b, s, branch)
	skip := p.tape
	p.tape = outer
	if err != nil {
		return s, err
	}
	p.blocks[at].SquaredMean, p.blocks[at].Variance = p.channels(sum)
	width := float64(s.channels)
	ofBranch := over(average(branch.q), average(sum.q))
	p.back(func(g fieldGradient) fieldGradient {
		through := g.independent().scaled(square)
		through.radial, g.radial = g.shared(ofBranch), g.shared(1-ofBranch)
		return p.meet(at, s.grid, g, p.rewind(skip, g), p.rewind(inner, through), width)
	})
	return sum, nil
}

// channels gives the averages over channels of the squared mean and of the variance of a channel, over the pixels of the batch.
func (p *imagePass) channels(s field) (squaredMean, variance float64) {
	mixed := p.mix(s.cos)
	for d, size := range p.on(s.grid).auto(roots(s.q)) {
		squaredMean += size * mixed[d] / float64(s.size()*s.size())
	}
	squaredMean = max(0, squaredMean)
	return squaredMean, max(0, average(s.q)-squaredMean)
}

// branch passes a signal through the layers of a block.
func (p *imagePass) branch(b Block, s field) (field, error) {
	for i := b.First; i <= b.Last; i++ {
		var err error
		if i > b.First || !b.SkipsLate {
			s, err = p.enter(i, s)
		}
		if err == nil {
			s, err = p.into(i, s)
		}
		if err != nil {
			return s, err
		}
		if i == b.Last {
			break
		}
		if s, err = p.outOf(i, s); err != nil {
			return s, err
		}
	}
	return s, nil
}

// join adds the branch to the skip.
func (p *imagePass) join(b Block, s, branch field) (field, error) {
	next := p.net.Layers[b.Last].Activation
	s, err := p.skip(b, s, branch)
	if err != nil {
		return s, err
	}
	if s.grid != branch.grid || s.channels != branch.channels {
		return s, errors.Errorf("the skip has %d channels of %d by %d pixels, the branch %d of %d by %d", s.channels, s.h, s.w, branch.channels, branch.h, branch.w)
	}
	to := p.added(s, branch)
	switch s.law {
	case normal:
		return to, nil
	case atoms:
		return p.walk(to, s, branch, next), nil
	}
	return s, errors.Wrap(ErrNoTheory, "a skip from a signal that is not Gaussian")
}

// skip passes a signal along the skip.
func (p *imagePass) skip(b Block, s, branch field) (field, error) {
	w := Window{Size: [2]int{1, 1}}
	if b.ProjectionWindow != nil {
		w = *b.ProjectionWindow
	}
	switch {
	case b.ProjectionVar != 0:
		perTap := b.ProjectionVar * float64(w.area()) / float64(len(w.taps()))
		k := kernel{window: w, in: s.grid, out: w.out(s.grid), width: float64(s.channels), standardized: b.ProjectionStandardized}
		k.forward, k.backward = float64(s.channels)*perTap, float64(branch.channels)*perTap
		p.back(func(g fieldGradient) fieldGradient { return p.convolveBack(k, g.independent(), s) })
		return p.normalize(b.ProjectionNorm, p.convolve(k, s, 0, branch.channels))
	case b.PadsChannels && s.law != activated && s.law != atoms:
		return s, errors.Wrap(ErrNoTheory, "channels of zeros beside Gaussian ones")
	case s.law == activated:
		s = s.atoms(math.Sqrt(over(average(branch.q), average(s.q))))
	}
	if b.PadsChannels {
		s = p.pad(w, s, branch.channels)
	}
	return s, nil
}

// added is the sum of two signals that are independent given those before.
func (p *imagePass) added(s, branch field) field {
	to := field{grid: s.grid, channels: s.channels, law: normal, q: make([]float64, s.size())}
	addTo(to.q, s.q, 1)
	addTo(to.q, branch.q, 1)
	on := p.on(s.grid)
	a, b, all := on.auto(roots(s.q)), on.auto(roots(branch.q)), on.auto(roots(to.q))
	for kind := range to.cos {
		to.cos[kind] = make([]float64, len(all))
		for d := range all {
			to.cos[kind][d] = clip(over(a[d]*s.cos[kind][d]+b[d]*branch.cos[kind][d], all[d]))
		}
	}
	return to
}

// meet adds the gradients through skip and branch: see [pass.meet].
func (p *imagePass) meet(at int, in grid, above, skip, branch fieldGradient, width float64) fieldGradient {
	share := branch.scaled(math.Exp(branch.log - skip.log)) // on the skip's scale
	ofSkip, ofBranch := average(skip.g), average(share.g)
	p.blocks[at].Skip, p.blocks[at].Branch = ofSkip/(ofSkip+ofBranch), ofBranch/(ofSkip+ofBranch)
	p.blocks[at].LogGradient = skip.log + math.Log(ofSkip+ofBranch)
	if ofBranch == 0 {
		return skip.level()
	}
	c := ofBranch / ofSkip
	to := fieldGradient{log: skip.log, g: make([]float64, len(skip.g)), excess: (skip.excess + c*branch.excess) / (1 + c)}
	to.fresh = joinedRadial(skip.fresh, branch.fresh, c)
	to.radial, to.centred = joinedRadial(skip.radial, branch.radial, c), skip.centred || branch.centred
	addTo(to.g, skip.g, 1)
	addTo(to.g, share.g, 1)
	on := p.on(in)
	a, b, all := on.auto(roots(skip.g)), on.auto(roots(share.g)), on.auto(roots(to.g))
	for kind := range to.cos {
		to.cos[kind], to.extra[kind] = make([]float64, len(all)), make([]float64, len(all))
		for d := range all {
			to.cos[kind][d] = clip(over(a[d]*skip.cos[kind][d]+b[d]*share.cos[kind][d], all[d]))
			// Both parts come from the same gradients and share the correlation between pixels.
			to.extra[kind][d] = math.Pow((math.Sqrt(skip.extra[kind][d])+c*math.Sqrt(share.extra[kind][d]))/(1+c), 2)
		}
	}
	product := p.overPairs(in, to.g, func(kind, d int) float64 {
		return math.Sqrt(max(0, skip.like(kind, d)) * max(0, share.like(kind, d)))
	})
	to.beta = above.beta + ((skip.beta-above.beta)+c*c*(branch.beta-above.beta)+4*c/width*product)/((1+c)*(1+c))
	if skip.byValue != nil || branch.byValue != nil {
		to.byValue = make([]float64, max(len(skip.byValue), len(branch.byValue)))
		for i := range to.byValue {
			to.byValue[i] = (skip.atValue(i) + c*branch.atValue(i)) / (1 + c)
		}
	}
	return to.level()
}
