// Package bench holds training steps to measure: the same networks, weights and batches for us and for others.
//
// Command bench/run measures them side by side and writes docs/performance.md; go test -bench . ./bench measures ours and
// stock Gorgonia's alone.
package bench
