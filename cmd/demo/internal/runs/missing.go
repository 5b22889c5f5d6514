package runs

import (
	"context"
	stderrors "errors"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/train/checkpoint"
)

// missingOf is an error of the checkpoints that a training should have left, if it has ended in order or by a signal: the last one, which
// holds its weights, and the best one. The training goes on without any other.
func missingOf(folder *checkpoint.Folder, err error) error {
	if folder == nil || err != nil && !errors.Is(err, context.Canceled) {
		return nil
	}
	return folder.Missing()
}

// named adds the name of a network to each of the errors that an error was joined of, so that a signal hides none of them.
func named(err error, name string) error {
	several, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return errors.Wrap(err, name)
	}
	var list []error
	for _, e := range several.Unwrap() {
		list = append(list, named(e, name))
	}
	return stderrors.Join(list...)
}
