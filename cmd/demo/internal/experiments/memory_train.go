package experiments

import (
	"context"
	"math"
	"strconv"
	"time"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/cmd/demo/internal/reportdir"
	"github.com/gradflow/gradflow/data/sequences"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/optim"
	"github.com/gradflow/gradflow/vanishing"
)

const (
	memoryEpoch  = 100  // steps from one score to the next
	memoryHeld   = 256  // sequences that are scored, none of which is learnt
	memoryRecord = 50   // steps from one record of the gradients to the next
	memoryPoints = 24   // of the gradient over time that are kept
	solved       = 0.95 // least score of a solved problem
)

// train trains one network until it solves its problem, or for all steps, and takes its numbers.
func (m memory) train(ctx context.Context, t trial) (memoryRun, error) {
	r := memoryRun{trial: t}
	p, begun, per := problem{t.Problem, t.Lag}, time.Now(), min(memoryEpoch, m.steps)
	learnt, err := p.draw(per*memoryBatch, 2*t.Seed)
	if err != nil {
		return r, err
	}
	held, err := p.draw(memoryHeld, 2*t.Seed+1)
	if err != nil {
		return r, err
	}
	recorder := &vanishing.Recorder{Name: t.Net, Steps: vanishing.Every(memoryRecord), NoTheory: true}
	trainer := &train.Trainer{
		Model: modelOf(t.Net, p), Loss: p.loss(), Optimizer: &optim.Adam{LearningRate: memoryRate},
		Epochs: m.steps / per, BatchSize: memoryBatch, DropLast: true, Seed: t.Seed,
		Callbacks: []train.Callback{&train.ClipNorm{Max: 1}, recorder, &scores{problem: p, run: &r}},
	}
	if _, err := trainer.Fit(ctx, learnt, held); err != nil {
		return r, errors.Wrapf(err, "%s, lag %d", t.Net, t.Lag)
	}
	all := vanishing.Diagnose(recorder.Profile())
	r.First, r.Training = overTime(reportdir.FirstStep(all.Profile)), overTime(all)
	r.Back, r.Size = pointsOf(all.Profile)
	r.Seconds = time.Since(begun).Seconds()
	return r, nil
}

// modelOf is the network of a key.
func modelOf(key string, p problem) graph.Model {
	for _, n := range memoryNets {
		if n.key == key {
			return n.model(p)
		}
	}
	return nil
}

// A scores is a callback that keeps the score of each epoch, and ends the run once the problem is solved well.
type scores struct {
	train.Base
	problem
	run *memoryRun
}

// AfterEpoch implements train.Callback.
func (s *scores) AfterEpoch(r *train.Run) error {
	score := r.Val.Accuracy
	if !s.copies() {
		score = 1 - r.Val.Loss/sequences.AddingBaseline
	}
	s.run.Scores, s.run.Steps = append(s.run.Scores, round(number(score))), r.Step
	if score >= (1+solved)/2 {
		return train.ErrStop
	}
	return nil
}

// overTime is the trend of the gradient over the steps of a sequence; NaN without one.
func overTime(d vanishing.Diagnosis) timeGradient {
	if d.Time == nil || d.Time.Sequence < 0 {
		return timeGradient{Slope: number(math.NaN())}
	}
	return timeGradient{Slope: number(d.Time.Slope), Lost: d.Time.Lost}
}

// pointsOf are some steps of the first record's sequence, counted back from the last, and the gradient there over that at the last one.
func pointsOf(p vanishing.Profile) (back []int, sizes []number) {
	if len(p.Sequences) == 0 || len(p.Records) == 0 || p.Records[0].Details == nil {
		return nil, nil
	}
	all, n := p.Records[0].Details.Sequences[0].DeltaRMS, memoryPoints
	last := len(all) - 1
	for i := range n {
		if k := i * last / (n - 1); i == 0 || k > (i-1)*last/(n-1) {
			back, sizes = append(back, p.Sequences[0].Lag(k)), append(sizes, round(all[k]/all[last]))
		}
	}
	return back, sizes
}

// round keeps three digits.
func round(v number) number {
	short, _ := strconv.ParseFloat(strconv.FormatFloat(float64(v), 'g', 3, 64), 64)
	return number(short)
}
