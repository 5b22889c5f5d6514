package diagnose

// Headline returns what the verdict rests on in a few words, for a line beside a picture. An undetermined verdict has its sentence
// there.
func (d Diagnosis) Headline() string {
	p, say := d.Profile, d.Language
	switch {
	case d.Verdict == Undetermined:
		return d.Sentence
	case d.Verdict == NonFinite:
		return say.Sprintf("not finite from step %d on", d.NonFinite.Step)
	case d.Verdict == Stuck && !d.isStuck(p):
		return say.Sprintf("after %d steps the loss %s is still that of guessing", d.steps(p), p.Losses[d.stuckLoss(p)].Name)
	case d.Verdict == Stuck:
		return say.Sprintf("after %d steps the loss is still that of guessing", d.steps(p))
	case len(d.Lost) > 0 && d.vanishes(p):
		return say.Sprintf("exactly zero from %s to the input", layerName(say, p, d.Lost[len(d.Lost)-1]))
	case d.holdsByNow(p) && len(d.levels) < 2:
		return d.late.headline(d)
	case d.Time != nil && (d.lostOverTime(p) || d.explodesOverTime(p) || len(d.levels) < 2):
		return d.Time.headline(d)
	case d.Verdict == Vanishing && d.starved(p) != nil:
		return say.Sprintf("exactly zero from %s to the input, on one of the paths", layerName(say, p, d.starved(p)[len(d.starved(p))-1]))
	case len(d.levels) < 2:
		return say.Text("too little depth for a trend")
	}
	return d.compare(p, d.measured(p))
}

// headline compares the first step with the last.
func (t *TimeTrend) headline(d Diagnosis) string {
	if t.Lost > 0 && t.stacked {
		return d.Language.Sprintf("exactly zero before use %d of the shared weight", t.Lost+1)
	}
	if t.Lost > 0 {
		return d.Language.Sprintf("exactly zero in the first %s", d.Language.Count(t.Lost, "step"))
	}
	return t.ends(d.Language, d.Profile)
}
