package shatter

import "math"

// products are the sums of products of gradients over several networks, for each two inputs. Each network counts the same, however
// large its gradients are.
type products [][]float64

// add adds the gradients of one network, a row for each input.
func (p *products) add(rows [][]float64) {
	if *p == nil {
		*p = make([][]float64, len(rows))
		for i := range rows {
			(*p)[i] = make([]float64, len(rows))
		}
	}
	square := 0.0
	for _, row := range rows {
		square += dot(row, row)
	}
	if square == 0 {
		return
	}
	for i := range rows {
		for j := range rows {
			(*p)[i][j] += dot(rows[i], rows[j]) / square
		}
	}
}

// correlation is the mean over pairs whose places differ by at least low and less than high. Pairs with a gradient of zero, which has no
// direction, are left out; NaN if no others are left.
func (p products) correlation(low, high int) float64 {
	sum, n := 0.0, 0
	for i := range p {
		for j := i + low; j < min(i+high, len(p)); j++ {
			if size := math.Sqrt(p[i][i]) * math.Sqrt(p[j][j]); size > 0 {
				sum, n = sum+p[i][j]/size, n+1
			}
		}
	}
	return sum / float64(n)
}

func dot(a, b []float64) (sum float64) {
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}
