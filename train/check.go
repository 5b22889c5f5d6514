package train

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
)

// The names of a dataset's X and Y, and of what a model's Apply returns.
const (
	inputName  = "input"
	targetName = "target"
	outputName = "output"
)

// inputs describes the columns of a dataset as inputs of a program for a batch size. It leaves out the target if a loss reads
// it, because the loss declares that input itself. A program thus knows all columns, and reads those that it needs.
func (t *Trainer) inputs(ds *data.Dataset, size int) []graph.Input {
	var list []graph.Input
	for _, c := range ds.AllColumns() {
		if c.Name == targetName && c.Values == ds.Y && t.wants(targetName) {
			continue
		}
		shape := c.Values.Shape().Clone()
		shape[0] = size
		list = append(list, graph.Input{Name: c.Name, Shape: shape, Dtype: c.Values.Dtype()})
	}
	return list
}

// wants tells whether a loss has a target of that name.
func (t *Trainer) wants(name string) bool {
	if t.Loss != nil {
		return name == targetName
	}
	return slices.ContainsFunc(t.Losses, func(o graph.Objective) bool { return o.TargetName() == name })
}

// check returns an error for a dataset that no program can be built for.
func (t *Trainer) check(ds *data.Dataset, name string) error {
	if ds == nil {
		return errors.Errorf("train: the %s is nil", name)
	}
	if err := ds.Validate(); err != nil {
		return errors.Wrapf(err, "train: the %s", name)
	}
	return t.checkDtypes(ds, name)
}

// checkDtypes returns an error if a column holds floats of another type than the parameters.
func (t *Trainer) checkDtypes(ds *data.Dataset, name string) error {
	for _, c := range ds.AllColumns() {
		dt := c.Values.Dtype()
		if dt != tensor.Float32 && dt != tensor.Float64 || dt == t.Params.Dtype() {
			continue
		}
		return errors.Errorf("train: %s has another type than the parameters: got %v, want %v (load the data as %v, or set "+
			"Trainer.Dtype and begin with new Params)", place(name, c.Name), dt, t.Params.Dtype(), t.Params.Dtype())
	}
	return nil
}

// place names a column of a dataset. X and Y go by the name of the dataset.
func place(dataset, column string) string {
	if column == inputName || column == targetName {
		return "the " + dataset
	}
	return fmt.Sprintf("column %q of the %s", column, dataset)
}

// fits returns an error if the samples of a dataset have not the shapes and types that a program was built for.
func fits(p *graph.Program, ds *data.Dataset, name string) error {
	for i, in := range p.Inputs {
		if i > 0 && !p.Reads(in.Name) {
			continue
		}
		if err := fitsInput(in, ds, name); err != nil {
			return err
		}
	}
	for _, target := range p.Targets {
		if !p.Reads(target.Name) {
			continue
		}
		if err := fitsTarget(target, ds, name); err != nil {
			return err
		}
	}
	return fitsLosses(p, ds, name)
}

func fitsInput(in graph.NamedNode, ds *data.Dataset, name string) error {
	values := ds.Column(in.Name)
	if values == nil {
		return missing(in, ds, name, "the model or a loss reads")
	}
	if got, want := values.Shape()[1:], in.Node.Shape()[1:]; !slices.Equal(got, want) {
		return errors.Errorf("train: the shape of a sample of %s: got %v, want %v, which the model was built for", place(name, in.Name), got, want)
	}
	if got, want := values.Dtype(), in.Node.Dtype(); got != want {
		return errors.Errorf("train: the type of %s: got %v, want %v, which the model was built for", place(name, in.Name), got, want)
	}
	return nil
}

func fitsTarget(target graph.NamedNode, ds *data.Dataset, name string) error {
	values, want := ds.Column(target.Name), target.Node.Shape()
	if values == nil {
		return missing(target, ds, name, "is the target of a loss")
	}
	if values.Dtype() != target.Node.Dtype() {
		return errors.Errorf("train: %s: the targets do not suit the loss: got %v, want %v of shape %v "+
			"(classes (int) go with graph.CrossEntropy{}, one-hot rows with OneHot set, numbers with the other losses)",
			place(name, target.Name), values.Dtype(), target.Node.Dtype(), want)
	}
	if !slices.Equal(values.Shape()[1:], want[1:]) {
		return errors.Errorf("train: %s: the targets do not suit the model and the loss: got shape %v, want %v for a batch "+
			"(give the model's output the width of the targets)", place(name, target.Name), values.Shape(), want)
	}
	return nil
}

// missing is the error of a dataset that lacks a column.
func missing(n graph.NamedNode, ds *data.Dataset, dataset, why string) error {
	var names []string
	for _, c := range ds.AllColumns() {
		names = append(names, fmt.Sprintf("%q", c.Name))
	}
	hint := "add it to Dataset.Columns"
	if n.Name == targetName {
		hint = "set Dataset.Y"
	}
	return errors.Errorf("train: the %s has no column %q, which %s: got %s, want %q of shape %v of %v for a batch (%s)",
		dataset, n.Name, why, strings.Join(names, ", "), n.Name, n.Node.Shape(), n.Node.Dtype(), hint)
}

// fitsLosses lets the losses that can check their targets and weights do so.
func fitsLosses(p *graph.Program, ds *data.Dataset, name string) error {
	for _, part := range p.Parts {
		if err := fitsLoss(part, ds.Column, name); err != nil {
			return err
		}
	}
	return nil
}

// fitsLoss lets a loss check its targets and weights, if it can, in the columns of a dataset or of a batch.
func fitsLoss(part *graph.Part, column func(name string) *tensor.Dense, dataset string) error {
	if c, ok := part.Loss.(graph.WeightChecker); ok {
		if err := c.CheckWeights(column(c.WeightColumn())); err != nil {
			return errors.Wrapf(err, "train: %s", place(dataset, c.WeightColumn()))
		}
	}
	checker, ok := part.Loss.(graph.TargetChecker)
	if !ok {
		return nil
	}
	target := part.Objective.Target
	err := guard(func() error { return checker.CheckTarget(part.Output.Shape(), column(target)) })
	return errors.Wrapf(err, "train: %s", place(dataset, target))
}
