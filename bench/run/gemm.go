package main

import (
	"bufio"
	"fmt"
	"io"
	"math"
	"time"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/bench"
	"github.com/gradflow/gradflow/internal/kernel"
)

// A gemmTime is the speed of one matrix product, by rival and round, in billions of operations per second.
type gemmTime struct {
	bench.Product
	speed map[string][]float64
}

// gemmShapes are shapes of training steps, and a large square.
var gemmShapes = []bench.Product{
	{M: 64, N: 128, K: 128}, {M: 64, N: 128, K: 128, TransB: true}, {M: 128, N: 128, K: 64, TransA: true},
	{M: 64, N: 256, K: 256}, {M: 256, N: 128, K: 128}, {M: 256, N: 256, K: 256}, {M: 256, N: 256, K: 784},
	{M: 256, N: 784, K: 784}, {M: 64, N: 512, K: 512}, {M: 512, N: 512, K: 256, TransA: true}, {M: 1024, N: 1024, K: 1024},
}

// gemmRivals compute the products: our kernels and OpenBLAS. OpenBLAS runs single-threaded here; for two threads its products are
// split as those of our kernels. PyTorch's product is OpenBLAS on two threads of its own.
var gemmRivals = []struct {
	name string
	env  []string
}{
	{"go/1", []string{"GRADFLOW_BLAS=go", "GOMAXPROCS=1"}}, {"openblas/1", []string{"GRADFLOW_BLAS=openblas", "GOMAXPROCS=1"}},
	{"go/2", []string{"GRADFLOW_BLAS=go", "GOMAXPROCS=2"}}, {"openblas/2", []string{"GRADFLOW_BLAS=openblas", "GOMAXPROCS=2"}},
}

const torchProducts = "torch/2"

// measureProducts measures the speed of the products of all rivals, interleaved.
func (s setup) measureProducts() (list []gemmTime, err error) {
	var rivals []*rival
	defer func() {
		for _, r := range rivals {
			r.stop()
		}
	}()
	for _, g := range gemmRivals {
		r, err := startProcess(g.name, g.env, "-child", "gemm")
		if err != nil {
			return nil, err
		}
		rivals = append(rivals, r)
	}
	if s.python != "" {
		r, err := start(torchProducts, s.torchEnv, s.python, s.script, "products")
		if err != nil {
			return nil, err
		}
		rivals = append(rivals, r)
	}
	for _, p := range gemmShapes {
		list = append(list, gemmTime{p, make(map[string][]float64)})
	}
	for range s.rounds {
		for i, p := range gemmShapes {
			for _, r := range rivals {
				v, err := r.ask(fmt.Sprintf("product %d %d %d %d %d", p.M, p.N, p.K, number(p.TransA), number(p.TransB)))
				if err != nil {
					return nil, err
				}
				list[i].speed[r.name] = append(list[i].speed[r.name], v[0])
			}
		}
	}
	return list, nil
}

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}

// openBLAS is the speed of OpenBLAS by round. On two threads it is the faster of PyTorch's threads and ours.
func (g gemmTime) openBLAS(threads int) []float64 {
	if threads == 1 {
		return g.speed["openblas/1"]
	}
	speed := make([]float64, len(g.speed["openblas/2"]))
	for i, v := range g.speed["openblas/2"] {
		speed[i] = v
		if torch := g.speed[torchProducts]; torch != nil {
			speed[i] = math.Max(v, torch[i])
		}
	}
	return speed
}

// serveProducts answers "product M N K TRANSA TRANSB" with the speed.
func serveProducts(in io.Reader, out io.Writer) error {
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		var p bench.Product
		var transA, transB int
		if _, err := fmt.Sscanf(lines.Text(), "product %d %d %d %d %d", &p.M, &p.N, &p.K, &transA, &transB); err != nil {
			return errors.Wrapf(err, "command %q", lines.Text())
		}
		p.TransA, p.TransB = transA == 1, transB == 1
		fmt.Fprintln(out, speed(p))
	}
	return lines.Err()
}

// speed is the speed in the fastest of seven repetitions of about 2 ms.
func speed(p bench.Product) float64 {
	a, b, c := make([]float32, p.M*p.K), make([]float32, p.K*p.N), make([]float32, p.M*p.N)
	lda, ldb := p.K, p.N
	if p.TransA {
		lda = p.M
	}
	if p.TransB {
		ldb = p.K
	}
	operations := 2 * float64(p.M) * float64(p.N) * float64(p.K)
	n := max(1, int(2e8/operations))
	least := math.Inf(1)
	for range 7 {
		start := time.Now()
		for range n {
			kernel.Gemm(nil, p.TransA, p.TransB, p.M, p.N, p.K, 1, a, lda, b, ldb, 0, c, p.N)
		}
		least = min(least, float64(time.Since(start).Nanoseconds()))
	}
	return operations * float64(n) / least
}
