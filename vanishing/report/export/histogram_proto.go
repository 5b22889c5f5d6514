package export

import (
	"math"

	"github.com/gradflow/gradflow/internal/eventfile"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// histogramProto is a HistogramProto: 1 min, 2 max, 3 num, 4 sum, 5 sum_squares, 6 bucket_limit, 7 bucket. A bucket reaches from
// the limit before it to its limit. The sums take each number for the middle of its bucket. NaN and infinities are left out.
func histogramProto(h *profile.Histogram) eventfile.Message {
	n := len(h.Positive)
	var limits, counts []float64
	var num, sum, squares float64
	least, most := math.Inf(1), math.Inf(-1)
	add := func(limit, low, high float64, count int) {
		limits, counts = append(limits, limit), append(counts, float64(count))
		if count == 0 {
			return
		}
		least, most = min(least, low), max(most, high)
		c, middle := float64(count), (low+high)/2
		num, sum, squares = num+c, sum+c*middle, squares+c*middle*middle
	}
	edge := func(i int) float64 { return min(math.Ldexp(1, h.Low+i), math.MaxFloat64) }
	for i := n - 1; i >= 0; i-- {
		add(-edge(i), -edge(i+1), -edge(i), h.Negative[i])
	}
	add(edge(0), 0, 0, h.Zero)
	for i := range n {
		add(edge(i+1), edge(i), edge(i+1), h.Positive[i])
	}
	if num == 0 {
		least, most = 0, 0
	}
	return eventfile.Message(nil).Double(1, least).Double(2, most).Double(3, num).Double(4, sum).Double(5, squares).Doubles(6, limits).Doubles(7, counts)
}
