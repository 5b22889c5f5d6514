package theory

import "math"

// block passes a signal through a residual block, up to the sum.
func (p *pass) block(at int, s signal) (signal, error) {
	b := p.net.Blocks[at]
	scale := b.scale()
	outer := p.tape
	p.tape = nil
	branch, err := p.branch(b, s)
	inner := p.tape
	p.tape = outer
	if err != nil {
		return s, err
	}
	_, p.blocks[at].BranchVariance = p.channels(branch, scale*scale)
	if b.NoSkip {
		p.blocks[at].SquaredMean, p.blocks[at].Variance = p.channels(branch, scale*scale)
		p.tape = append(p.tape, inner...)
		p.back(func(g gradient) gradient { return g.scaled(scale * scale) })
		if scale != 1 {
			branch = signal{law: normal, ms: branch.ms * scale * scale, cross: branch.cross * scale * scale}
		}
		return branch, nil
	}
	p.tape = nil
	sum, err := p.join(b, s, branch)
	skip := p.tape
	p.tape = outer
	if err != nil {
		return s, err
	}
	p.blocks[at].SquaredMean, p.blocks[at].Variance = p.channels(sum, 1)
	width := float64(p.net.Layers[b.First].In)
	p.back(func(g gradient) gradient {
		through := g
		through.byValue, through.given, through.radial = nil, false, 1
		through = rewind(inner, through.scaled(scale*scale))
		return p.meet(at, g, rewind(skip, g), through, width)
	})
	return sum, nil
}

// channels gives the averages over units of the squared mean and of the variance of a unit over the batch, for a multiple of a signal.
func (p *pass) channels(s signal, by float64) (squaredMean, variance float64) {
	product := s.cross // of two samples
	if p.batch == 1 {
		product = 0
	}
	squaredMean = max(0, s.ms/p.batch+(1-1/p.batch)*product) * by
	return squaredMean, max(0, s.ms*by-squaredMean)
}

// branch passes a signal through the layers of a block.
func (p *pass) branch(b Block, s signal) (signal, error) {
	for i := b.First; i <= b.Last; i++ {
		var err error
		if s, err = p.into(i, s); err != nil {
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
func (p *pass) join(b Block, s, branch signal) (signal, error) {
	scale := b.scale()
	if b.ProjectionVar != 0 {
		in, back := p.net.Layers[b.First].In, float64(p.net.Layers[b.Last].Out)*b.ProjectionVar
		p.back(func(g gradient) gradient {
			g.beta, g.pair = g.beta+2/float64(in), g.pair+2*g.like/float64(in)
			g.like = min(1, g.like+(1-g.like)/float64(in))
			g.byValue, g.given = nil, false
			return g.scaled(back)
		})
		s = s.linear(in, b.ProjectionVar, 0)
	}
	if s.law != normal && s.law != sphere {
		return p.sum(s, branch, scale, p.net.Layers[b.Last].Activation)
	}
	return signal{law: normal, ms: s.ms + scale*scale*branch.ms, cross: s.cross + scale*scale*branch.cross}, nil
}

// meet adds the gradients through skip and branch. The branch's weights have mean zero, so the two are orthogonal on average and
// their squares add. Let c be the ratio of the squares. The sum varies with each of the two, in proportion to its share, and with
// their product, which is Gaussian with relative variance c/n.
func (p *pass) meet(at int, above, skip, branch gradient, width float64) gradient {
	share := branch.scaled(math.Exp(branch.log - skip.log)) // on the skip's scale
	p.blocks[at].Skip, p.blocks[at].Branch = skip.ms/(skip.ms+share.ms), share.ms/(skip.ms+share.ms)
	p.blocks[at].LogGradient = skip.log + math.Log(skip.ms+share.ms)
	if share.ms == 0 {
		return skip.level()
	}
	c := share.ms / skip.ms
	to := skip
	to.ms, to.cross = skip.ms+share.ms, skip.cross+share.cross
	to.radial, to.excess = 1, above.excess
	mix := func(above, skip, branch, product float64) float64 {
		return above + ((skip-above)+c*c*(branch-above)+4*c/width*product)/((1+c)*(1+c))
	}
	to.beta = mix(above.beta, skip.beta, branch.beta, 1)
	to.pair = mix(above.pair, skip.pair, branch.pair, math.Sqrt(skip.like*branch.like))
	// Both parts come from the same gradients and share the correlation between samples.
	to.like = math.Pow((math.Sqrt(skip.like)+c*math.Sqrt(branch.like))/(1+c), 2)
	if skip.byValue != nil || share.byValue != nil {
		to.byValue = addByValue(skip, share)
	}
	return to.level()
}

// addByValue adds squared gradients, of which at least one depends on the unit's value.
func addByValue(a, b gradient) []float64 {
	list := make([]float64, max(len(a.byValue), len(b.byValue)))
	for i := range list {
		for _, g := range []gradient{a, b} {
			if g.byValue != nil {
				list[i] += g.byValue[i]
			} else {
				list[i] += g.ms
			}
		}
	}
	return list
}

// rewind applies the steps of a tape in reverse order.
func rewind(tape []func(gradient) gradient, g gradient) gradient {
	for i := len(tape) - 1; i >= 0; i-- {
		g = tape[i](g)
	}
	return g
}
