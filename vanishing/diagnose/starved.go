package diagnose

import "github.com/gradflow/gradflow/vanishing/profile"

// starved lists the layers at the input end of a path beside others on which the gradient is lost: it dies out or is stopped by dead
// units, while it reaches the input on another path. It is nil if there are none. Branches of residual blocks are no such paths: they may
// begin at zero.
func (d *Diagnosis) starved(p profile.Profile) []int {
	if p.HasSkips() || len(d.Blocked) == 0 || p.Layers[d.Blocked[0]].Depth > 1 {
		return nil
	}
	end := 1
	for end < len(d.Blocked) && p.Layers[d.Blocked[end]].Depth <= p.Layers[d.Blocked[end-1]].Depth+1 {
		end++
	}
	if last := d.Blocked[end-1]; !isFlushed(p, last) && !isDead(p, last) {
		return nil
	}
	return d.Blocked[:end]
}

// starvedSentence names the layers of the path.
func (d *Diagnosis) starvedSentence(p profile.Profile) string {
	lost := d.starved(p)
	return d.Language.Sprintf("On one of the paths side by side the gradient ends at %s: from there to the input it is exactly zero, so %s of that path learn nothing.",
		layerName(d.Language, p, lost[len(lost)-1]), span(d.Language, p, lost))
}

// starvedFinding is the finding of such a path.
func (r *ruleInput) starvedFinding() Finding {
	lost := r.d.starved(r.Profile)
	none := r.lost(lost[len(lost)-1])
	f := Finding{Severity: Critical, Step: none.first, Layers: lost, Confidence: none.confidence(), Sentence: r.d.starvedSentence(r.Profile)}
	if text, _ := r.consequence(); text != "" {
		f.Evidence = text
	}
	if r.hasLearnt() {
		f.Severity = Warning
	}
	r.cure(&f)
	return f
}
