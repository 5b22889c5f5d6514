package main

import (
	"context"
	"io"
)

const trainUsage = `demo train trains one network on images of clothes (Fashion-MNIST), prints what became of its gradients, and writes a
report.

  go run ./cmd/demo train -activation tanh -depth 20
  go run ./cmd/demo train -norm bn -epochs 3 -out my-report

The exit status is 0 after a training, 1 if it failed, 2 after a mistake in the command line, and 130 if it was
interrupted; the report then holds what there was.

Flags:
`

// trainCommand is demo train.
func trainCommand(ctx context.Context, args []string, out, log io.Writer) int {
	o := options{single: true}
	f := newFlags("demo train", trainUsage, log)
	o.networkFlags(f)
	o.trainingFlags(f)
	o.dataFlags(f)
	f.StringVar(&o.out, "out", "gradflow-report", "`folder` to write the report to")
	if err := read(f, args, func() error { return o.validate(f.Args()) }); err != nil {
		return usageStatus(err)
	}
	return status(demo(ctx, o, out, log), log)
}
