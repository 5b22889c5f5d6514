package theory

// PathCounts are the shares of the squared gradient at the input of a residual network that passed 0, 1, 2, ... branches, on average
// over initialisations: the distribution of a sum of independent trials, one for each block, whose probability is the branch's share
// (Veit et al. 2016). With equal shares it is binomial. The shares sum to 1.
func PathCounts(blocks []BlockPrediction) []float64 {
	counts := []float64{1}
	for _, b := range blocks {
		next := make([]float64, len(counts)+1)
		for k, v := range counts {
			next[k] += v * b.Skip
			next[k+1] += v * b.Branch
		}
		counts = next
	}
	return counts
}

// MeanPath is the average number of branches that the gradient passed.
func MeanPath(counts []float64) float64 {
	mean := 0.0
	for k, v := range counts {
		mean += float64(k) * v
	}
	return mean
}
