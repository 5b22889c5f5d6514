package augment

import (
	"context"
	"testing"
	"time"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
)

// coloured are n images of the size of CIFAR's, one-hot.
func coloured(n int) *data.Dataset {
	return &data.Dataset{
		X: tensor.New(tensor.WithShape(n, 3, 32, 32), tensor.WithBacking(make([]float32, n*3072))),
		Y: tensor.New(tensor.WithShape(n, 10), tensor.WithBacking(make([]float32, n*10))),
	}
}

// BenchmarkTransforms prints the time for an image of CIFAR, in nanoseconds, "none" with the copies alone.
func BenchmarkTransforms(b *testing.B) {
	const n = 512
	ds := coloured(n)
	for _, c := range []struct {
		name       string
		transforms []data.Transform
	}{
		{"none", nil},
		{"PadAndCrop", []data.Transform{PadAndCrop{}}},
		{"Flip", []data.Transform{Flip{}}},
		{"Normalize", []data.Transform{Normalize{Mean: []float64{0, 0, 0}, Std: []float64{1, 1, 1}}}},
		{"Cutout", []data.Transform{Cutout{}}},
		{"Mixup", []data.Transform{Mixup{}}},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				for _, err := range (data.Loader{Augment: c.transforms}).All(context.Background(), ds, 0) {
					if err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed())/float64(b.N*n), "ns/image")
		})
	}
}

// BenchmarkPrefetch walks through epochs with a step that takes as long as a batch takes to prepare, without workers and with one,
// interleaved. It prints the ratio of the times of the fastest epochs: 1 if preparing ahead gains nothing, 2 if all of it is hidden.
// A busy step keeps a core busy, as a training step does, and needs a second core that is idle. A waiting step sleeps.
func BenchmarkPrefetch(b *testing.B) {
	for name, step := range map[string]func(time.Duration){"waiting": time.Sleep, "busy": spin} {
		b.Run(name, func(b *testing.B) {
			ds := coloured(512)
			loader := data.Loader{Augment: []data.Transform{PadAndCrop{}, Flip{}, Mixup{}, Cutout{}}}
			batches := time.Duration(loader.Count(ds.Len()))
			preparing, alone, ahead := time.Hour, time.Hour, time.Hour
			for b.Loop() {
				loader.Workers = 0
				preparing = min(preparing, epoch(b, ds, loader, func() {}))
				alone = min(alone, epoch(b, ds, loader, func() { step(preparing / batches) }))
				loader.Workers = 1
				ahead = min(ahead, epoch(b, ds, loader, func() { step(preparing / batches) }))
			}
			b.ReportMetric(float64(alone)/float64(ahead), "times-faster")
		})
	}
}

// spin keeps a core busy.
func spin(d time.Duration) {
	for start := time.Now(); time.Since(start) < d; {
	}
}

// epoch is the time of an epoch with that step after each batch.
func epoch(b *testing.B, ds *data.Dataset, loader data.Loader, step func()) time.Duration {
	begin := time.Now()
	for _, err := range loader.All(context.Background(), ds, 0) {
		if err != nil {
			b.Fatal(err)
		}
		step()
	}
	return time.Since(begin)
}
