package planes

import (
	"github.com/gradflow/gradflow/internal/kernel"
	"github.com/gradflow/gradflow/internal/pool"
)

// piece is about how many elements a piece of work for one core has, and serial how many one core computes alone.
const (
	piece  = 4096
	serial = 4 * piece
)

// share runs a task of n units with size elements each. The task does as many units at once as grain gives for this size.
func share(n, size int, t pool.Task) {
	pieces := (n + grain(size) - 1) / grain(size)
	if n*size < serial {
		for i := range pieces {
			t.Do(i)
		}
		return
	}
	pool.Run(pieces, t)
}

// grain is the number of units of a size in a piece.
func grain(size int) int { return max(1, piece/size) }

// plane is plane i of a slice of planes.
func plane[T kernel.Float](x []T, i, size int) []T { return x[i*size : (i+1)*size] }
