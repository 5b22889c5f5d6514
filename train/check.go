package train

import (
	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
)

// check finds what is wrong with a dataset before a program is built for it.
func (t *Trainer) check(ds *data.Dataset, name string) error {
	if ds == nil {
		return errors.Errorf("train: the %s is nil", name)
	}
	if err := ds.Validate(); err != nil {
		return errors.Wrapf(err, "train: the %s", name)
	}
	return t.checkDtype(ds.X, name)
}

func (t *Trainer) checkDtype(x *tensor.Dense, name string) error {
	if x.Dtype() == t.Params.Dtype() {
		return nil
	}
	return errors.Errorf("train: the %s holds %v, but the parameters %v: load the data as %v, or set Trainer.Dtype and begin with new Params",
		name, x.Dtype(), t.Params.Dtype(), t.Params.Dtype())
}

// fits says so if the samples of a dataset are not those a program was built for.
func fits(p *graph.Program, ds *data.Dataset, name string) error {
	if got, want := ds.X.Shape()[1:], p.Input.Shape()[1:]; !got.Eq(want) {
		return errors.Errorf("train: a sample of the %s has shape %v, but the model was built for %v", name, got, want)
	}
	if err := fitsTarget(p, ds.Y); err != nil {
		return errors.Wrapf(err, "train: the %s", name)
	}
	return nil
}

func fitsTarget(p *graph.Program, y *tensor.Dense) error {
	want := p.Target.Shape()
	if y.Dtype() != p.Target.Dtype() {
		return errors.Errorf("its targets are %v, but the loss wants %v of shape %v: "+
			"classes (int) go with graph.CrossEntropy{}, one-hot rows with OneHot set, numbers with the other losses",
			y.Dtype(), p.Target.Dtype(), want)
	}
	if !y.Shape()[1:].Eq(want[1:]) {
		return errors.Errorf("its targets have shape %v, but for this model and loss a batch has targets of shape %v: "+
			"the width of the model's output must be that of the targets", y.Shape(), want)
	}
	if y.Dtype() != tensor.Int {
		return nil
	}
	outputs := p.Output.Shape()
	classes := outputs[len(outputs)-1]
	for i, class := range y.Ints() {
		if class >= classes {
			return errors.Errorf("sample %d has class %d, but the model has %d outputs, for classes 0 to %d", i, class, classes, classes-1)
		}
	}
	return nil
}
