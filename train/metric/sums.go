package metric

// A Summing accumulator computes its score from sums over the samples. Parts of a dataset can then be scored apart, as by the processes
// that train together, and their sums added.
type Summing interface {
	Accumulator
	// Sums are the sums so far. Their number depends on the shape of the outputs alone, once there are samples.
	Sums() []float64
	// SetSums takes other sums of as many numbers in their place.
	SetSums(sums []float64)
}

// Sums implements Summing.
func (m *mean) Sums() []float64 { return []float64{m.sum, float64(m.n)} }

// SetSums implements Summing.
func (m *mean) SetSums(sums []float64) { m.sum, m.n = sums[0], int(sums[1]) }

// Sums implements Summing.
func (m *errorMean) Sums() []float64 { return []float64{m.sum, float64(m.n)} }

// SetSums implements Summing.
func (m *errorMean) SetSums(sums []float64) { m.sum, m.n = sums[0], int(sums[1]) }

// Sums implements Summing.
func (c *calibration) Sums() []float64 {
	sums := []float64{float64(c.n)}
	for _, b := range c.bins {
		sums = append(sums, b.right, b.probability)
	}
	return sums
}

// SetSums implements Summing.
func (c *calibration) SetSums(sums []float64) {
	c.n = int(sums[0])
	for i := range c.bins {
		c.bins[i] = bin{sums[1+2*i], sums[2+2*i]}
	}
}

// Sums implements Summing: the counts, by rows.
func (c *Confusion) Sums() (sums []float64) {
	for i, row := range c.Counts {
		for _, count := range row {
			sums = append(sums, float64(count))
		}
		sums = append(sums, float64(c.Unknown[i]))
	}
	return sums
}

// SetSums implements Summing.
func (c *Confusion) SetSums(sums []float64) {
	n := len(c.Counts)
	for i, row := range c.Counts {
		of := sums[i*(n+1) : (i+1)*(n+1)]
		for j := range row {
			row[j] = int(of[j])
		}
		c.Unknown[i] = int(of[n])
	}
}

// Sums implements Summing.
func (b *byConfusion) Sums() []float64 { return b.matrix.Sums() }

// SetSums implements Summing.
func (b *byConfusion) SetSums(sums []float64) { b.matrix.SetSums(sums) }
