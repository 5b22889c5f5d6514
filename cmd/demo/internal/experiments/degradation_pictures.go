package experiments

import (
	"fmt"

	"github.com/gradflow/gradflow/vanishing/report/plot"
)

// errorPicture draws the training error over the depth.
func errorPicture(r degradationResults) (*plot.Figure, error) {
	lines := plot.Lines{
		Title: "Training error by depth", X: "layers with weights", Y: "training error in the last epoch",
		Note: "Mean over the seeds; the band is one standard deviation to either side.",
	}
	lines.Series = r.byDepth(trainError)
	return lines.Draw()
}

// shatteringPicture draws the correlation of gradients over the depth.
func shatteringPicture(r degradationResults) (*plot.Figure, error) {
	lines := plot.Lines{
		Title: "Gradients of neighbouring inputs, before training", X: "layers with weights", Y: "correlation of the gradients", High: 1,
		Note: "Of neighbours on the line between two images, 1/63 of it apart. 1: the gradients are equal. 0: they have nothing in common, and are shattered.",
	}
	lines.Series = r.byDepth(neighboursBefore)
	return lines.Draw()
}

// byDepth are two series over the depth, plain and residual, with their spread.
func (r degradationResults) byDepth(of func(degradationRun) float64) (list []plot.Series) {
	for i, residual := range []bool{false, true} {
		s := plot.Series{Name: []string{"plain", "residual"}[i], Style: i + 1}
		for _, depth := range r.depths() {
			v := r.sample(depth, residual, of)
			s.X, s.Y = append(s.X, float64(depth)), append(s.Y, v.mean)
			s.Low, s.High = append(s.Low, v.mean-v.deviation), append(s.High, v.mean+v.deviation)
		}
		list = append(list, s)
	}
	return list
}

// curvePicture draws the learning curves of the networks with the lowest plain error and of the deepest ones.
func curvePicture(r degradationResults) (*plot.Figure, error) {
	lines := plot.Lines{
		Title: "Training error by epoch", X: "epoch", Y: "training error", Log: true,
		Note: "Mean over the seeds, while the networks learn.",
	}
	depths := r.depths()
	for i, depth := range []int{depths[0], depths[len(depths)-1]} {
		for k, residual := range []bool{false, true} {
			s := plot.Series{Name: twin{Depth: depth, Residual: residual}.String(), Style: 1 + 2*i + k}
			for epoch := range r.Settings.Epochs {
				v := r.sample(depth, residual, func(run degradationRun) float64 { return run.TrainError[epoch] })
				s.X, s.Y = append(s.X, float64(epoch+1)), append(s.Y, v.mean)
			}
			lines.Series = append(lines.Series, s)
		}
	}
	return lines.Draw()
}

// gradientPicture draws the gradient by layer of the deepest twins, in the first step and over the training.
func gradientPicture(r degradationResults) (*plot.Figure, error) {
	depths := r.depths()
	lines := plot.Lines{
		Title: "The gradient by layer in the deepest networks", X: "hidden layer, from input to output", Y: "size of the gradient dL/dz (RMS)", Log: true,
		Note: "Of one seed. First: in the first step. Training: the median over all recorded steps. A level line is a gradient that keeps its size.",
	}
	for i, residual := range []bool{false, true} {
		for _, run := range r.Runs {
			if run.Depth != depths[len(depths)-1] || run.Residual != residual {
				continue
			}
			for k, sizes := range [][]number{run.First, run.Training} {
				s := plot.Series{Name: fmt.Sprintf("%v, %s", run.twin, []string{"first", "training"}[k]), Style: 1 + 2*i + k}
				for depth, size := range sizes[:len(sizes)-1] { // without the output layer, whose units are answers
					s.X, s.Y = append(s.X, float64(depth+1)), append(s.Y, float64(size))
				}
				lines.Series = append(lines.Series, s)
			}
			break
		}
	}
	return lines.Draw()
}
