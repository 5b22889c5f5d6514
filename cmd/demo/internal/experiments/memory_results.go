package experiments

import (
	"math"
	"slices"

	"github.com/gradflow/gradflow/cmd/demo/internal/say"
)

// memoryName is the file of the numbers of demo memory.
const memoryName = "memory.json"

// memoryResults are the numbers of all networks that were trained with the same settings.
type memoryResults struct {
	resultsFile[memorySettings, memoryRun]
	units *unitGradients // are measured anew for each page; nil if they were not
}

// memorySettings are what the networks of a file have in common.
type memorySettings struct {
	Batch   int     `json:"batch"`
	Units   int     `json:"units"`
	Symbols int     `json:"symbols"`
	Length  int     `json:"length"`
	Rate    float64 `json:"rate"`
}

func (s memorySettings) String() string {
	return say.Sprintf("of %d symbols, %d to copy, %d units, batches of %d and rate %g", s.Symbols, s.Length, s.Units, s.Batch, s.Rate)
}

// A memoryRun is one network with its numbers.
type memoryRun struct {
	trial
	Scores   []number     `json:"scores"`   // of other sequences, after each hundred steps: the share of symbols that are right, or of the variance that is explained
	Steps    int          `json:"steps"`    // of training
	First    timeGradient `json:"first"`    // in the first step
	Training timeGradient `json:"training"` // the median over all recorded steps
	Back     []int        `json:"back"`     // some steps, counted back from the last one
	Size     []number     `json:"size"`     // the first step's gradient there, over that at the last step
	Seconds  float64      `json:"seconds"`
}

// A timeGradient is the gradient by the pre-activations over the steps of a sequence.
type timeGradient struct {
	Slope number `json:"slope"` // decades that are lost per step back, by a line through all steps
	Lost  int    `json:"lost"`  // steps at the beginning whose gradient is exactly zero
}

// last is the score at the end.
func (r memoryRun) last() float64 {
	if len(r.Scores) == 0 {
		return math.NaN()
	}
	return float64(r.Scores[len(r.Scores)-1])
}

func (r memoryRun) solved() bool { return r.last() >= solved }

// lost is the decades that the first gradient loses over the lag.
func (r memoryRun) lost() float64 { return float64(r.First.Slope) * float64(r.Lag) }

// find is the run of a network; nil if it was not trained.
func (r memoryResults) find(t trial) *memoryRun {
	for i := range r.Runs {
		if r.Runs[i].trial == t {
			return &r.Runs[i]
		}
	}
	return nil
}

// done reports whether a network has solved its problem, or was trained for so many steps.
func (r memoryResults) done(t trial, steps int) bool {
	run := r.find(t)
	return run != nil && (run.solved() || run.Steps >= steps)
}

// count is how many of some networks are done.
func (r memoryResults) count(trials []trial, steps int) (n int) {
	for _, t := range trials {
		if r.done(t, steps) {
			n++
		}
	}
	return n
}

// put adds a run, in place of an earlier one of the network.
func (r *memoryResults) put(run memoryRun) {
	if old := r.find(run.trial); old != nil {
		*old = run
		return
	}
	r.Runs = append(r.Runs, run)
}

// kind are the runs of a kind of network on a problem at a lag.
func (r memoryResults) kind(problem, net string, lag int) (runs []memoryRun) {
	for _, run := range r.Runs {
		if run.Problem == problem && run.Net == net && run.Lag == lag {
			runs = append(runs, run)
		}
	}
	return runs
}

// lags lists the lags of the runs on a problem, in order.
func (r memoryResults) lags(problem string) (list []int) {
	for _, run := range r.Runs {
		if run.Problem == problem {
			list = append(list, run.Lag)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// minutes is the time of all runs.
func (r memoryResults) minutes() (sum float64) {
	for _, run := range r.Runs {
		sum += run.Seconds / 60
	}
	return sum
}

// each is a number of each run.
func each(runs []memoryRun, of func(memoryRun) float64) (values []float64) {
	for _, run := range runs {
		values = append(values, of(run))
	}
	return values
}

// countSolved is how many of the runs solved their problem.
func countSolved(runs []memoryRun) (n int) {
	for _, run := range runs {
		if run.solved() {
			n++
		}
	}
	return n
}
