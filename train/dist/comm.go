package dist

import (
	"fmt"

	"github.com/pkg/errors"
)

// A Comm is one rank's end of the connection. All methods but Rank, Size and Abort are collective: every rank must call the same ones, with
// the same sizes, in the same order, and none returns before the others have called it. One goroutine at a time may use a Comm; Abort may
// be called at any time.
type Comm interface {
	Rank() int // from 0 to Size-1
	Size() int

	// AllReduce replaces values by their sums over the ranks.
	AllReduce(values Values) error
	// Broadcast replaces values by those of one rank.
	Broadcast(values Values, root int) error
	// Gather gives the values of each rank to one of them, in the order of ranks. Others get nil. Ranks may give different numbers of bytes.
	Gather(values []byte, root int) ([][]byte, error)
	Barrier() error

	// Abort ends the work of all ranks for a reason, which they get as an error from the method that they call. Where a rank is a
	// process, that process ends too: with status 1, after the reason was printed.
	Abort(reason error)
	// Close ends the connection after the work. It is collective.
	Close() error
}

// ErrAborted is what methods of a Comm wrap after an Abort.
var ErrAborted = errors.New("dist: another rank has ended the work")

// Values are numbers of one type: one of the slices is set. They are changed where they are.
type Values struct {
	F32 []float32
	F64 []float64
}

// Of is the Values of a slice.
func Of[T float32 | float64](values []T) Values {
	switch v := any(values).(type) {
	case []float32:
		return Values{F32: v}
	case []float64:
		return Values{F64: v}
	}
	panic("unreachable")
}

// Len is the number of numbers.
func (v Values) Len() int { return len(v.F32) + len(v.F64) }

func (v Values) validate() error {
	if v.F32 != nil && v.F64 != nil {
		return errors.New("dist: got numbers of two types at once, want one")
	}
	return nil
}

// String tells type and number of the numbers.
func (v Values) String() string {
	if v.F64 != nil {
		return fmt.Sprintf("%d of float64", len(v.F64))
	}
	return fmt.Sprintf("%d of float32", len(v.F32))
}
