package kernel

import "github.com/gradflow/gradflow/internal/pool"

// A RowTask is work on the rows of a matrix, each independent of the others.
type RowTask interface {
	// Rows works on rows [from, to). Calls may run at the same time.
	Rows(from, to int)
}

// ShareRows calls the task on all rows, in parts on several cores if there are enough elements.
func ShareRows(rows, cols int, t RowTask) {
	size := max(1, rowPiece/max(cols, 1))
	if rows*cols < 2*rowPiece || pool.Workers() == 1 {
		t.Rows(0, rows)
		return
	}
	job := rowTasks.get()
	*job = rowTask{t, rows, size}
	pool.Run((rows+size-1)/size, job)
	*job = rowTask{}
	rowTasks.put(job)
}

// A rowTask is work on rows being shared.
type rowTask struct {
	task       RowTask
	rows, size int
}

// Do works on a part.
func (j *rowTask) Do(i int) { j.task.Rows(i*j.size, min((i+1)*j.size, j.rows)) }

var rowTasks = newJobs[rowTask]()
