package dist

import (
	"fmt"
	"os"

	"github.com/pkg/errors"
)

// Single is a Comm of one process alone.
type Single struct{}

// Rank is 0.
func (Single) Rank() int { return 0 }

// Size is 1.
func (Single) Size() int { return 1 }

// AllReduce leaves values as they are.
func (Single) AllReduce(values Values) error { return values.validate() }

// Broadcast leaves values as they are.
func (Single) Broadcast(values Values, root int) error { return checkRoot(root, 1) }

// Gather gives the values alone.
func (Single) Gather(values []byte, root int) ([][]byte, error) {
	return [][]byte{values}, checkRoot(root, 1)
}

// Barrier does nothing.
func (Single) Barrier() error { return nil }

// Abort prints the reason and ends the process.
func (Single) Abort(reason error) {
	fmt.Fprintln(os.Stderr, reason)
	os.Exit(1)
}

// Close does nothing.
func (Single) Close() error { return nil }

func checkRoot(root, size int) error {
	if root < 0 || root >= size {
		return errors.Errorf("dist: got rank %d, want one from 0 to %d", root, size-1)
	}
	return nil
}

var _ Comm = Single{}
