package main

import (
	"fmt"
	"io"
	"math"
)

// A model tells how long a step takes on any number of ranks, from what was measured on some. Times are in seconds.
type model struct {
	fixed, sample float64 // of a step's work: on no samples, and on each
	bytes         float64 // of the gradients
	latency       float64 // of one exchange with another rank
	perByte       float64 // to send and add a byte
}

// bucket is the size in which gradients are summed; the sum of the last begins after the backward pass.
const bucket = 1 << 20

// backward is the share of a step's work in which sums run beside it.
const backward = 2. / 3

// hops is the number of exchanges that a sum over the ranks makes one after another: there and back in a tree.
func hops(ranks int) float64 { return 2 * math.Log2(float64(ranks)) }

// moved is the number of times that a rank sends each byte of a sum: that of a ring, the least there is.
func moved(ranks int) float64 { return 2 * float64(ranks-1) / float64(ranks) }

// sum is the time to sum some bytes over the ranks.
func (m model) sum(ranks int, bytes float64) float64 {
	if ranks == 1 {
		return 0
	}
	return hops(ranks)*m.latency + moved(ranks)*bytes*m.perByte
}

// work is the time for a rank's part of a batch.
func (m model) work(samples float64) float64 { return m.fixed + samples*m.sample }

// step is the time of a step in which each rank has so many samples.
func (m model) step(ranks int, samples float64) float64 {
	last := min(bucket, m.bytes)
	early := m.sum(ranks, m.bytes-last)
	return m.work(samples) + m.sum(ranks, last) + max(0, early-backward*m.work(samples))
}

// rate is the number of samples in a second, of all ranks.
func (m model) rate(ranks int, samples float64) float64 {
	return float64(ranks) * samples / m.step(ranks, samples)
}

// most is the number of ranks, a power of two up to a bound, from which doubling them makes a batch of a given size less than 1.3 times as fast.
func (m model) most(batch float64, bound int) int {
	for ranks := 1; ranks < bound; ranks *= 2 {
		part := batch / float64(ranks)
		if part < 2 || m.step(ranks, part) < 1.3*m.step(2*ranks, part/2) {
			return ranks
		}
	}
	return bound
}

// least is the number of samples on each rank from which so many ranks keep nine tenths of their speed alone.
func (m model) least(ranks int) int {
	for samples := 1; ; samples *= 2 {
		if m.work(float64(samples)) >= 0.9*m.step(ranks, float64(samples)) || samples >= 1<<20 {
			return samples
		}
	}
}

// print prints the curve to 1024 ranks.
func (m model) print(w io.Writer, samples int) {
	fmt.Fprintf(w, "model: %.2f ms + %.3f ms a sample; a sum: %.0f us an exchange, %.1f GB/s\n", 1e3*m.fixed, 1e3*m.sample, 1e6*m.latency, 1e-9/m.perByte)
	fmt.Fprintf(w, "%6s  %14s  %10s  %18s  %16s\n", "ranks", "ms a step", "efficiency", "least batch, rank", "ranks that pay")
	alone := m.rate(1, float64(samples))
	for ranks := 1; ranks <= 1024; ranks *= 2 {
		efficiency := m.rate(ranks, float64(samples)) / alone / float64(ranks)
		fmt.Fprintf(w, "%6d  %14.2f  %9.0f%%  %18d  %16d\n", ranks, 1e3*m.step(ranks, float64(samples)), 100*efficiency, m.least(ranks),
			m.most(float64(samples*ranks), 1024))
	}
}
