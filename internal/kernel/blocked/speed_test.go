package blocked

import (
	"flag"
	"fmt"
	"math"
	"runtime"
	"testing"
	"time"

	"github.com/gradflow/gradflow/internal/cputime"
)

var speed = flag.Bool("speed", false, "measure the convolutions against the peak of multiply-adds")

// TestSpeed prints the operations per second of each pass on one core, and their share of the peak that a loop of multiply-adds on registers
// reaches in the same run. The least of several interleaved runs counts, as the machine may be busy.
func TestSpeed(t *testing.T) {
	if !*speed {
		t.Skip("asked for by -speed")
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	onEach(t, func(t *testing.T) {
		if flops, _ := peakLoop(); flops == 0 {
			t.Skip("plain Go has no loop of multiply-adds")
		}
		for _, c := range speedCases() {
			measure(t, c)
		}
	})
}

func speedCases() []convCase {
	return []convCase{
		{in: Shape{64, 16, 32, 32}, channels: 16, window: Square(3, 1, 1)},
		{in: Shape{64, 32, 16, 16}, channels: 32, window: Square(3, 1, 1)},
		{in: Shape{64, 64, 8, 8}, channels: 64, window: Square(3, 1, 1)},
		{in: Shape{64, 16, 32, 32}, channels: 32, window: Square(3, 2, 1)},
		{in: Shape{64, 32, 16, 16}, channels: 64, window: Square(3, 2, 1)},
		{in: Shape{64, 16, 28, 28}, channels: 16, window: Square(3, 1, 1)},
		{in: Shape{64, 32, 14, 14}, channels: 32, window: Square(3, 1, 1)},
		{in: Shape{64, 64, 7, 7}, channels: 64, window: Square(3, 1, 1)},
		{in: Shape{1, 64, 56, 56}, channels: 64, window: Square(3, 1, 1)},
		{in: Shape{1, 128, 28, 28}, channels: 128, window: Square(3, 1, 1)},
		{in: Shape{1, 256, 14, 14}, channels: 256, window: Square(3, 1, 1)},
		{in: Shape{1, 512, 7, 7}, channels: 512, window: Square(3, 1, 1)},
		{in: Shape{1, 256, 14, 14}, channels: 1024, window: Square(1, 1, 0)},
		{in: Shape{1, 256, 56, 56}, channels: 512, window: Square(1, 2, 0)},
		{in: Shape{16, 256, 4, 4}, channels: 256, window: Square(3, 1, 1)},
		{in: Shape{16, 1024, 4, 4}, channels: 256, window: Square(1, 1, 0)},
		{in: Shape{16, 512, 2, 2}, channels: 512, window: Square(3, 1, 1)},
		{in: Shape{16, 512, 2, 2}, channels: 2048, window: Square(1, 1, 0)},
		{in: Shape{64, 3, 32, 32}, channels: 16, window: Square(3, 1, 1), planes: true},
		{in: Shape{64, 1, 28, 28}, channels: 16, window: Square(3, 1, 1), planes: true},
		{in: Shape{2, 3, 224, 224}, channels: 64, window: Square(7, 2, 3), planes: true},
		{in: Shape{8, 32, 112, 112}, channels: 32, window: Square(3, 1, 1), groups: 32},
		{in: Shape{8, 96, 112, 112}, channels: 96, window: Square(3, 2, 1), groups: 96},
		{in: Shape{8, 144, 56, 56}, channels: 144, window: Square(3, 1, 1), groups: 144},
		{in: Shape{8, 384, 14, 14}, channels: 384, window: Square(3, 1, 1), groups: 384},
		{in: Shape{8, 960, 7, 7}, channels: 960, window: Square(3, 1, 1), groups: 960},
		{in: Shape{64, 64, 16, 16}, channels: 64, window: Square(3, 1, 1), groups: 64},
		{in: Shape{8, 128, 56, 56}, channels: 128, window: Square(3, 1, 1), groups: 32},
		{in: Shape{8, 512, 14, 14}, channels: 512, window: Square(3, 1, 1), groups: 32},
	}
}

// measure prints the speed of one convolution.
func measure(t *testing.T, c convCase) {
	p := newPasses[float32](t, c)
	flops, loop := peakLoop()
	const loops = 200_000
	runs := []func(){
		func() { loop(loops) },
		func() { p.conv.Forward(nil, p.py, Input[float32]{X: p.px}, p.pw, Epilogue[float32]{}) },
		func() {
			if !c.planes {
				p.conv.InputGradient(nil, p.pdx, p.pdy, p.pt, Epilogue[float32]{})
			}
		},
		func() { p.conv.WeightGradient(nil, p.pdw, Input[float32]{X: p.px}, p.pdy) },
	}
	least := fastest(runs, 30)
	out := p.conv.Out()
	work := 2 * float64(out.N*out.plane()) * float64(c.perGroup()*c.channels*p.conv.places())
	peak := flops * loops / least[0].Seconds()
	line := fmt.Sprintf("%3dx%-4d->%4d %2dx%-2d w%d/%d g%-3d", c.in.N, c.in.C, c.channels, c.in.H, c.in.W, c.window.Size[0], c.window.Stride[0], max(1, c.groups))
	for i, name := range []string{"fwd", "dX", "dW"} {
		if i == 1 && c.planes {
			continue
		}
		rate := work / least[i+1].Seconds()
		line += fmt.Sprintf(" | %s %6.2f ms %5.1f GF/s %3.0f %%", name, least[i+1].Seconds()*1e3, rate/1e9, 100*rate/peak)
	}
	fmt.Printf("%s (peak %.0f)\n", line, peak/1e9)
}

// fastest gives the least processor time of each function, over interleaved runs.
func fastest(runs []func(), times int) []time.Duration {
	least := make([]time.Duration, len(runs))
	for i := range least {
		least[i] = math.MaxInt64
	}
	for range times {
		for i, run := range runs {
			start := cputime.Used()
			run()
			least[i] = min(least[i], cputime.Used()-start)
		}
	}
	return least
}
