package runs

import (
	"encoding/json"
	"path/filepath"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/train/checkpoint"
)

// best reads the checkpoint with the best score. It is an error if a better one was not kept.
func (r savedRun) best(score string) (*checkpoint.Checkpoint, error) {
	folder := filepath.Join(r.path, checkpointsName)
	e, err := checkpoint.Best(folder, score, higherIsBetter(score))
	if err != nil {
		return nil, err
	}
	if e == nil {
		return nil, errors.New(say.Sprintf("%s: got no checkpoint with %s, want one from the end of an epoch (train with -best %[2]s)", folder, score))
	}
	list, err := checkpoint.List(folder)
	if err != nil {
		return nil, err
	}
	steps, v, err := r.bestEpoch(score, list[len(list)-1].Step)
	if err != nil {
		return nil, err
	}
	if kept := float64(e.Scores[score]); steps > 0 && steps != e.Step && surpasses(score, v, kept) {
		return nil, errors.New(say.Sprintf("%s: got no checkpoint of the best %s, %.4g after %d steps: the best that was kept has %.4g after %d (train with -best %[2]s to keep it; without -best the newest is taken)",
			folder, score, v, steps, kept, e.Step))
	}
	return checkpoint.Read(e.Path)
}

// bestEpoch is the best score among the metrics of the epochs up to a step, and after how many steps it was; 0 steps if there is none.
func (r savedRun) bestEpoch(score string, upTo int) (steps int, best float64, err error) {
	err = metricsLines(filepath.Join(r.path, metricsName), func(line []byte) error {
		row := make(map[string]checkpoint.Number)
		if err := json.Unmarshal(line, &row); err != nil {
			return err
		}
		v, has := row[score]
		after := int(row["step"]) + 1
		if !has || v != v || after > upTo {
			return nil
		}
		if steps == 0 || surpasses(score, float64(v), best) {
			steps, best = after, float64(v)
		}
		return nil
	})
	return steps, best, err
}

// surpasses reports whether one value of a score is better than another.
func surpasses(score string, v, than float64) bool {
	if higherIsBetter(score) {
		return v > than
	}
	return v < than
}
