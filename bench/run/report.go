package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/gradflow/gradflow/internal/kernel"
)

// report writes the report in Markdown.
func (m measurements) report(w io.Writer) error {
	p := &page{w: w}
	p.head(m.coreType)
	p.steps(m.steps)
	p.others(m.steps)
	p.images(m.images, m.coreType)
	p.transformers(m.transformers, m.coreType)
	p.sequences(m.sequences, m.coreType)
	p.recording(m.steps)
	p.defaults(m.defaults)
	p.live(m.pages)
	p.depths(m.depths)
	p.subnormals(m.subnormals)
	p.products(m.products)
	p.limits(m.steps)
	p.f("## Memory over many steps\n\n```\n%s```\n", m.soak)
	return p.err
}

// A page writes text and keeps the first error.
type page struct {
	w   io.Writer
	err error
}

func (p *page) f(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}

func (p *page) head(coreType string) {
	p.f("# Performance\n\nWritten by `go run ./bench/run%s -o docs/performance.md` on %s.\n\n", quickFlag(), time.Now().Format("2006-01-02"))
	p.f("Machine: %s, %d cores; %s; matrix products by %s.\n\n", processor(), runtime.NumCPU(), runtime.Version(), kernel.Products().Name)
	p.f(`All times are of one training step (forward, backward, update) in float32, with softmax cross-entropy. All rivals train the
same network from the same initial weights on the same batches. The run stops unless the losses after %d steps agree within %g of
their size (float32 sums in a different order). The rivals are interleaved in blocks of about 80 ms. The time of a block is the
median of its steps, which leaves out interruptions from outside. A time is the median over the rounds. A ratio is the median of
the ratios within a round, with its quartiles in brackets. PyTorch is Debian's, with OpenBLAS (OpenMP build, %s, which is the
fastest here), 1 or 2 threads, and eager, foreach or traced form. The fastest combination is measured; it is in brackets after the time.

- (a) 784-256-256-10, ReLU
- (b) 784, 50 layers of 128, 10, tanh
- (c) 784, 20 layers of 512, 10, ReLU and batch normalisation
- (d) 784, 128, then 25 residual blocks of two layers of 128 (branches times 0.2), 10, ReLU
- (e) 784-32-10, ReLU

`, sameSteps, tolerance, coreType)
}

func (p *page) steps(results []*result) {
	p.f("## A step, against PyTorch\n\n")
	p.f("| network | batch | optimiser | ours, ms | PyTorch, ms | ours / PyTorch | of the limit | allocations |\n|---|---|---|---|---|---|---|---|\n")
	for _, r := range results {
		o, torch := r.rivals[ours], r.rivals[pytorch]
		limit := over(r.rivals[products], o)
		p.f("| (%s) | %d | %s | %.3g | %s | %s | %.0f %% | %.1f |\n", r.Name, r.batch, r.optimizer, median(o.times()),
			timeOf(torch, r.torch), ratioOf(o, torch), 100*limit.middle, lastAllocs(o))
	}
	p.f(`
The limit is the time of the step's matrix products alone, with our kernels, measured in the same rounds. Allocations are per
step, counted over the whole process, those of measuring included.

`)
}

func (p *page) others(results []*result) {
	p.f("## Against the others\n\n")
	p.f("| network | batch | optimiser | with our kernels / with OpenBLAS | stock Gorgonia, ms | times as long | GoMLX, ms | times as long | memory, MiB: ours, PyTorch, stock |\n|---|---|---|---|---|---|---|---|---|\n")
	for _, r := range results {
		o, g := r.rivals[ours], r.rivals[gomlx]
		mlx, mlxRatio := "-", "-"
		if g != nil {
			mlx, mlxRatio = fmt.Sprintf("%.3g", median(g.times())), fmt.Sprintf("%.0f", over(g, o).middle)
		}
		p.f("| (%s) | %d | %s | %s | %.3g | %.1f | %s | %s | %s |\n", r.Name, r.batch, r.optimizer, ratioOf(o, r.rivals[openblas]),
			median(r.rivals[stock].times()), over(r.rivals[stock], o).middle, mlx, mlxRatio, memories(r))
	}
	p.f(`
Stock Gorgonia is 0.9.18 on its TapeMachine with its default BLAS and its solver. GoMLX runs on its pure-Go backend, which
cannot train batch normalisation. Memory is the peak of a process.

`)
}

func (p *page) recording(results []*result) {
	p.f("## Recording\n\n| network | batch |")
	for _, r := range recordings {
		p.f(" %s |", r.about)
	}
	p.f("\n|---|---|%s\n", strings.Repeat("---|", len(recordings)))
	for _, r := range results {
		if !r.recorded() {
			continue
		}
		p.f("| (%s) | %d |", r.Name, r.batch)
		for _, recording := range recordings {
			p.f(" %s |", costOf(r.rivals[recording.name]))
		}
		p.f("\n")
	}
	p.f(`
Time of a step with a recorder divided by the time without, on average over recorded and other steps. The two train in one
process, interleaved ten steps at a time (a turn). The number is the median over the rounds of the medians over groups of %d
turns. Norms: the gradients of every layer's pre-activation and of every parameter. Details: activations, saturation, the parts by
which the gradient changes from layer to layer and in residual blocks, sizes of parameters and updates, unchanged weights, and
signal-to-noise ratios of a quarter of the layers.

`, groupTurns)
}

func (p *page) live(pages []pageCost) {
	p.f("## The live page\n\n| network | batch | shown to %d viewers | messages a second |\n|---|---|---|---|\n", viewers)
	for _, c := range pages {
		p.f("| (%s) | 64 | %v | %.1f |\n", c.workload, c.ratio, c.messages)
	}
	p.f(`
Time of a step with the page divided by the time without; both are recorded with the default settings. The two train in one
process, interleaved one second at a time; the number is the median over these turns. The viewers are in the same process and
read all messages.

`)
}

func (p *page) depths(depths []depth) {
	p.f("## Depth\n\n")
	p.f("| layers of 128 | ms a step | µs a layer | ms to build | of that compiling | memory of values, MiB | without sharing |\n|---|---|---|---|---|---|---|\n")
	for _, d := range depths {
		p.f("| %d | %.3g | %.1f | %d | %d | %.1f | %.1f |\n", d.layers, d.step, d.step*1e3/float64(d.layers), d.build.Milliseconds(),
			d.compile.Milliseconds(), float64(d.memory.Peak)/(1<<20), float64(d.memory.Sum)/(1<<20))
	}
	p.f("\nBatch 64, tanh, SGD. Values are activations and gradients, those of parameters included.\n\n")
}

func (p *page) products(gemms []gemmTime) {
	p.f("## Matrix products\n\n| m x n x k | ours, 1 thread | ours / OpenBLAS | ours, 2 threads | ours / OpenBLAS |\n|---|---|---|---|---|\n")
	for _, g := range gemms {
		form := ""
		if g.TransA {
			form = ", first transposed"
		}
		if g.TransB {
			form = ", second transposed"
		}
		p.f("| %dx%dx%d%s |", g.M, g.N, g.K, form)
		for threads := 1; threads <= 2; threads++ {
			ours := g.speed[fmt.Sprintf("go/%d", threads)]
			p.f(" %.0f | %v |", median(ours), ratioOfTimes(ours, g.openBLAS(threads)))
		}
		p.f("\n")
	}
	p.f(`
Billions of operations a second in float32, and the ratio of speeds round by round: above 1 ours is faster. On two threads,
OpenBLAS runs on its own threads (in PyTorch) or on ours, each of which computes a part, whichever is faster. Without OpenBLAS
our kernels are compared with themselves.

`)
}

func (p *page) subnormals(list []subnormal) {
	p.f("## Vanishing gradients\n\n| 100 sigmoid layers of 128, batch 64 | ms a step |\n|---|---|\n")
	for _, s := range list {
		p.f("| %s | %.3g |\n", s.name, s.step)
	}
	p.f("\nNumbers below 1.2e-38 are flushed to zero by the kernels, counted and reported, unless `machine.KeepSubnormals` is on.\n\n")
}

func (p *page) limits(results []*result) {
	p.f("| products of a step of | batch | ours, all cores | torch.mm, 2 threads |\n|---|---|---|---|\n")
	for _, r := range results {
		if r.optimizer == "sgd" {
			torch := "-"
			if r.torchMM > 0 {
				torch = fmt.Sprintf("%.0f", r.torchMM)
			}
			p.f("| (%s) | %d | %.0f | %s |\n", r.Name, r.batch, r.FLOPs(r.batch)/median(r.rivals[products].times())/1e6, torch)
		}
	}
	p.f("\nBillions of operations a second, ours measured in the rounds above, PyTorch's alone.\n\n")
}

func timeOf(r *rival, form string) string {
	if r == nil {
		return "-"
	}
	return fmt.Sprintf("%.3g (%s)", median(r.times()), form)
}

// costOf is the cost of a recording, whose samples are ratios.
func costOf(r *rival) string {
	if r == nil {
		return "-"
	}
	return ratioOfList(r.times()).String()
}

func ratioOf(a, b *rival) string {
	if a == nil || b == nil {
		return "-"
	}
	return over(a, b).String()
}

func lastAllocs(r *rival) float64 {
	var list []float64
	for _, s := range r.samples {
		list = append(list, s.allocs)
	}
	return median(list)
}

func memories(r *result) string {
	var list []string
	for _, name := range []string{ours, pytorch, stock} {
		text := "-"
		if rival := r.rivals[name]; rival != nil {
			text = fmt.Sprintf("%.0f", rival.memory)
		}
		list = append(list, text)
	}
	return strings.Join(list, ", ")
}

// processor is the system's name of the processor.
func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err == nil {
		for line := range strings.Lines(string(text)) {
			if key, value, found := strings.Cut(line, ":"); found && strings.TrimSpace(key) == "model name" {
				return strings.TrimSpace(value)
			}
		}
	}
	return runtime.GOARCH
}

// quickFlag is the flag -quick, if it was given.
func quickFlag() string {
	for _, arg := range os.Args[1:] {
		if arg == "-quick" {
			return " -quick"
		}
	}
	return ""
}
