package kernel

import "github.com/gradflow/gradflow/internal/pool"

// A RowTask is work on the rows of a matrix, each independent of the others.
type RowTask interface {
	// Rows works on rows [from, to). Calls may run at the same time.
	Rows(from, to int)
}

// rowPiece is about the number of elements in a part of work for one core.
const rowPiece = 8192

// ShareRows calls the task on all rows, in parts on several cores if there are enough elements. It allocates nothing.
func ShareRows(rows, cols int, t RowTask) {
	size := max(1, rowPiece/max(cols, 1))
	if rows <= size || pool.Workers() == 1 {
		t.Rows(0, rows)
		return
	}
	job := rowJobs.get()
	*job = rowJob{t, rows, size}
	pool.Run((rows+size-1)/size, job)
	*job = rowJob{}
	rowJobs.put(job)
}

// A rowJob is work on rows being done on several cores.
type rowJob struct {
	task       RowTask
	rows, size int
}

// Do works on a part.
func (j *rowJob) Do(i int) { j.task.Rows(i*j.size, min((i+1)*j.size, j.rows)) }

var rowJobs = newJobs[rowJob]()
