package train

import (
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"slices"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/gradflow/gradflow/internal/lang"
)

// Progress is a callback that tells a person how far the run is: a bar for the whole run on a terminal, and one line for
// each epoch, such as
//
//	epoch 3/10  loss 0.5120  acc 81.2%  val loss 0.5500  val acc 80.1%  2.1s
//
// where the time is that of the epoch. What it writes depends on the clock; nothing else in this package does.
type Progress struct {
	Base
	Out   io.Writer // nil means os.Stderr
	Label string    // at the start of each line, to tell one network from another
	Plain bool      // no bar, even on a terminal
	Quiet bool      // nothing but the line of the last finished epoch, at the end

	Language lang.Language // of what it writes; English if it is not set

	bar   *progressbar.ProgressBar
	since time.Time // when the last epoch ended
	line  string    // of the last epoch

	now      func() time.Time     // nil means time.Now
	terminal func(io.Writer) bool // nil means isTerminal
}

var _ RankZero = (*Progress)(nil)

// RankZero says that one rank alone writes.
func (p *Progress) RankZero() {}

// Begin starts the clock and the bar.
func (p *Progress) Begin(r *Run) error {
	p.since, p.line, p.bar = p.clock(), "", nil
	if p.Plain || p.Quiet || !p.onTerminal() {
		return nil
	}
	p.bar = progressbar.NewOptions(r.Steps,
		progressbar.OptionSetWriter(p.out()),
		progressbar.OptionSetDescription(p.label()+p.Language.Text("building")),
		progressbar.OptionSetWidth(30),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionSetRenderBlankState(true),
	)
	p.bar.Set(r.Step) // of a run that goes on
	return nil
}

// AfterStep moves the bar.
func (p *Progress) AfterStep(r *Run) error {
	if p.bar == nil {
		return nil
	}
	p.bar.Describe(p.label() + p.epoch(r) + p.Language.Sprintf("  %sloss %s", "", number(r.BatchLoss)))
	p.bar.Add(1) // a bar that cannot be drawn is no reason to stop
	return nil
}

// AfterEpoch writes the epoch's line.
func (p *Progress) AfterEpoch(r *Run) error {
	now := p.clock()
	p.line = fmt.Sprintf("%s%s  %s", p.label(), p.describe(r), duration(now.Sub(p.since)))
	p.since = now
	if p.Quiet {
		return nil
	}
	p.clear()
	fmt.Fprintln(p.out(), p.line)
	return nil
}

// End removes the bar.
func (p *Progress) End(*Run) error {
	p.clear()
	if p.Quiet && p.line != "" {
		fmt.Fprintln(p.out(), p.line)
	}
	return nil
}

// describe puts the scores of an epoch into words.
func (p *Progress) describe(r *Run) string {
	text := p.epoch(r) + p.describeScores("", r.Train)
	if r.HasVal {
		text += p.describeScores(p.Language.Text("val "), r.Val)
	}
	return text
}

func (p *Progress) epoch(r *Run) string {
	return p.Language.Sprintf("epoch %d/%d", r.Epoch+1, r.Epochs)
}

func (p *Progress) describeScores(of string, s Scores) string {
	text := p.Language.Sprintf("  %sloss %s", of, number(s.Loss))
	if !math.IsNaN(s.Accuracy) {
		text += p.Language.Sprintf("  %sacc %.1f%%", of, 100*s.Accuracy)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Metrics)) {
		text += "  " + of + p.Language.Stored(name) + " " + number(s.Metrics[name])
	}
	for _, name := range slices.Sorted(maps.Keys(s.Parts)) {
		part := s.Parts[name]
		if !math.IsNaN(s.Accuracy) {
			part.Accuracy = math.NaN() // the same as above
		}
		text += p.describeScores(of+name+" ", part)
	}
	return text
}

// number formats v with four decimals, or with an exponent if it is very small or large.
func number(v float64) string {
	if size := math.Abs(v); size != 0 && (size < 1e-3 || size >= 1e5) {
		return fmt.Sprintf("%.3e", v)
	}
	return fmt.Sprintf("%.4f", v)
}

// duration formats d, as "2.1s" or "1m5s".
func duration(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%.1fs", d.Seconds())
	}
	return d.Round(time.Second).String()
}

func (p *Progress) clear() {
	if p.bar != nil {
		p.bar.Clear()
	}
}

func (p *Progress) label() string {
	if p.Label == "" {
		return ""
	}
	return p.Label + "  "
}

func (p *Progress) out() io.Writer {
	if p.Out == nil {
		return os.Stderr
	}
	return p.Out
}

func (p *Progress) clock() time.Time {
	if p.now == nil {
		return time.Now()
	}
	return p.now()
}

func (p *Progress) onTerminal() bool {
	if p.terminal == nil {
		return isTerminal(p.out())
	}
	return p.terminal(p.out())
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
