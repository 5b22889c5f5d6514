// Package bench holds training steps to measure: the same networks, weights and batches for gradflow and its rivals.
//
// Command bench/run measures them side by side and writes docs/performance.md; go test -bench . ./bench measures only gradflow
// and stock Gorgonia.
package bench
