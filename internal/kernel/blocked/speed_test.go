package blocked

import (
	"flag"
	"fmt"
	"math"
	"runtime"
	"testing"
	"time"
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
		{Shape{64, 16, 32, 32}, 16, Square(3, 1, 1)},
		{Shape{64, 32, 16, 16}, 32, Square(3, 1, 1)},
		{Shape{64, 64, 8, 8}, 64, Square(3, 1, 1)},
		{Shape{64, 16, 32, 32}, 32, Square(3, 2, 1)},
		{Shape{64, 32, 16, 16}, 64, Square(3, 2, 1)},
		{Shape{64, 16, 28, 28}, 16, Square(3, 1, 1)},
		{Shape{64, 32, 14, 14}, 32, Square(3, 1, 1)},
		{Shape{64, 64, 7, 7}, 64, Square(3, 1, 1)},
		{Shape{1, 64, 56, 56}, 64, Square(3, 1, 1)},
		{Shape{1, 128, 28, 28}, 128, Square(3, 1, 1)},
		{Shape{1, 256, 14, 14}, 256, Square(3, 1, 1)},
		{Shape{1, 512, 7, 7}, 512, Square(3, 1, 1)},
		{Shape{1, 256, 14, 14}, 1024, Square(1, 1, 0)},
		{Shape{1, 256, 56, 56}, 512, Square(1, 2, 0)},
		{Shape{64, 3, 32, 32}, 16, Square(3, 1, 1)},
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
		func() { p.conv.InputGradient(nil, p.pdx, p.pdy, p.pt, Epilogue[float32]{}) },
		func() { p.conv.WeightGradient(nil, p.pdw, Input[float32]{X: p.px}, p.pdy) },
	}
	least := fastest(runs, 30)
	out := p.conv.Out()
	work := 2 * float64(out.N*out.plane()) * float64(c.in.C*c.channels*p.conv.places())
	peak := flops * loops / least[0].Seconds()
	line := fmt.Sprintf("%3dx%-4d->%4d %2dx%-2d w%d/%d", c.in.N, c.in.C, c.channels, c.in.H, c.in.W, c.window.Size[0], c.window.Stride[0])
	for i, name := range []string{"fwd", "dX", "dW"} {
		rate := work / least[i+1].Seconds()
		line += fmt.Sprintf(" | %s %6.2f ms %5.1f GF/s %3.0f %%", name, least[i+1].Seconds()*1e3, rate/1e9, 100*rate/peak)
	}
	fmt.Printf("%s (peak %.0f)\n", line, peak/1e9)
}

// fastest gives the least time of each function, over interleaved runs.
func fastest(runs []func(), times int) []time.Duration {
	least := make([]time.Duration, len(runs))
	for i := range least {
		least[i] = math.MaxInt64
	}
	for range times {
		for i, run := range runs {
			start := time.Now()
			run()
			least[i] = min(least[i], time.Since(start))
		}
	}
	return least
}
