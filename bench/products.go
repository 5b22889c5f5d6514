package bench

import "github.com/gradflow/gradflow/internal/kernel"

// NewProducts makes a Stepper that computes only the matrix products of a workload's step. Its time is a lower limit of the
// step's time.
func NewProducts(w Workload, batch int) Stepper {
	p := &products{}
	for _, shape := range w.Products(batch) {
		a, b, c := make([]float32, shape.M*shape.K), make([]float32, shape.K*shape.N), make([]float32, shape.M*shape.N)
		for i := range a {
			a[i] = float32(i%7) / 7
		}
		for i := range b {
			b[i] = float32(i%5) / 5
		}
		p.list = append(p.list, product{shape, a, b, c})
	}
	return p
}

type products struct{ list []product }

type product struct {
	Product
	a, b, c []float32
}

// Step computes all products once.
func (p *products) Step() (float64, error) {
	for _, q := range p.list {
		lda, ldb := q.K, q.N
		if q.TransA {
			lda = q.M
		}
		if q.TransB {
			ldb = q.K
		}
		kernel.Gemm(nil, q.TransA, q.TransB, q.M, q.N, q.K, 1, q.a, lda, q.b, ldb, 0, q.c, q.N)
	}
	return 0, nil
}
