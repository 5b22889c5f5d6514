package vanishing

import (
	"math"
	"slices"
)

// maxSample is the number of records that rules look at: of more, as many at even distances, the first and the last among
// them. Medians do not gain from more, and a run of a million records is judged in the time of a short one.
const maxSample = 256

// A reading is a profile with what several rules ask of it, worked out once.
type reading struct {
	Profile
	d        *Diagnosis
	hidden   []int    // the watched layers on the path from input to output, without the output layer
	sample   []Record // of the finite records
	detailed []Record // of those with details
	weights  []int    // by layer: the index in Params of its weight, or -1
}

func newReading(p Profile, d *Diagnosis) *reading {
	r := &reading{Profile: p, d: d, hidden: slices.Concat(d.Lost, d.Blocked, d.Fitted), weights: p.weightsOf()}
	slices.Sort(r.hidden)
	finite := p.Records[:d.Records]
	r.sample = spread(finite, maxSample)
	var details []int
	for i := range finite {
		if finite[i].Details {
			details = append(details, i)
		}
	}
	for _, i := range spread(details, maxSample) {
		r.detailed = append(r.detailed, finite[i])
	}
	return r
}

// weightsOf finds the weight of each layer.
func (p Profile) weightsOf() []int {
	byPath := make(map[string]int, len(p.Params))
	for i, param := range p.Params {
		if _, taken := byPath[param.Layer]; param.Role == "weight" && !taken {
			byPath[param.Layer] = i
		}
	}
	weights := make([]int, len(p.Layers))
	for i, layer := range p.Layers {
		weights[i] = -1
		if param, found := byPath[layer.Path]; found {
			weights[i] = param
		}
	}
	return weights
}

// spread takes n entries at even distances, the first and the last among them; all if there are no more.
func spread[T any](list []T, n int) []T {
	if len(list) <= n {
		return list
	}
	part := make([]T, n)
	for i := range part {
		part[i] = list[i*(len(list)-1)/(n-1)]
	}
	return part
}

// median is the median of a number over records; NaN does not count.
func median(records []Record, of func(Record) float64) float64 {
	var values []float64
	for _, r := range records {
		if v := of(r); !math.IsNaN(v) {
			values = append(values, v)
		}
	}
	return geometricMedian(values)
}

// moves is the median update ratio of a layer's weight; NaN if it has none or no update was made.
func (r *reading) moves(layer int) float64 {
	w := r.weights[layer]
	if w < 0 {
		return math.NaN()
	}
	return median(r.sample, func(rec Record) float64 { return rec.Params[w].UpdateRatio })
}

// typical is the geometric mean of what a function gives for layers; NaN does not count, and a zero makes it zero.
func typical(layers []int, of func(layer int) float64) float64 {
	sum, n := 0.0, 0
	for _, l := range layers {
		if v := of(l); !math.IsNaN(v) {
			sum, n = sum+log10(v), n+1
		}
	}
	if n == 0 {
		return math.NaN()
	}
	return math.Pow(10, sum/float64(n))
}

// thirds are the layers of the first and of the last third of the hidden ones, at least one each.
func (r *reading) thirds() (early, late []int) {
	n := len(r.hidden)
	k := min(max(n/3, 1), n)
	return r.hidden[:k], r.hidden[n-k:]
}

// A tally counts in which records something holds.
type tally struct {
	holds, known int
	first        int // step of the first record in which it holds
}

// countIn asks each record whether something holds in it, and whether it can tell.
func countIn(records []Record, test func(Record) (holds, known bool)) tally {
	var t tally
	for _, r := range records {
		holds, known := test(r)
		if !known {
			continue
		}
		t.known++
		if holds {
			if t.holds == 0 {
				t.first = r.Step
			}
			t.holds++
		}
	}
	return t
}

// mostly tells whether it holds in more than half of the records.
func (t tally) mostly() bool { return 2*t.holds > t.known }

// share is the part of the records in which it holds.
func (t tally) share() float64 { return float64(t.holds) / float64(max(t.known, 1)) }

// confidence is the probability that it holds in more than half of as many records, drawn from these with replacement:
// the upper tail of a binomial distribution.
func (t tally) confidence() float64 {
	n, p := t.known, t.share()
	if t.holds == 0 || t.holds == n {
		return p
	}
	sum := 0.0
	for k := n/2 + 1; k <= n; k++ {
		sum += math.Exp(logChoose(n, k) + float64(k)*math.Log(p) + float64(n-k)*math.Log1p(-p))
	}
	return min(sum, 1)
}

// logChoose is the logarithm of the number of ways to take k of n.
func logChoose(n, k int) float64 {
	a, _ := math.Lgamma(float64(n + 1))
	b, _ := math.Lgamma(float64(k + 1))
	c, _ := math.Lgamma(float64(n - k + 1))
	return a - b - c
}
