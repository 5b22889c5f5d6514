package main

import (
	"context"
	"io"
)

const trainUsage = `demo train trains one network on images of clothes (Fashion-MNIST), prints what became of its gradients, and writes a
report.

  go run ./cmd/demo train -activation tanh -depth 20
  go run ./cmd/demo train -norm bn -epochs 3 -out my-report
  go run ./cmd/demo train -depth 20 -serve

With -serve a page shows the run while it goes on, and stays after it until Ctrl-C, with status 0. It changes no results.

The exit status is 0 after a training, 1 if it failed or a file could not be written, and 2 after a mistake in the command
line. Ctrl-C, SIGTERM or SIGHUP ends the training within two seconds, and the status is 130, 143 or 129. The report then
holds what there was: profiles.json in any case, of which demo report makes the other files, and of those what is ready in
time. A second signal kills.

Flags:
`

// trainCommand is demo train.
func trainCommand(ctx context.Context, args []string, out, log io.Writer) int {
	o := options{single: true}
	var serve serveFlag
	f := newFlags("demo train", trainUsage, log)
	o.networkFlags(f)
	o.trainingFlags(f)
	o.dataFlags(f)
	f.StringVar(&o.out, "out", "gradflow-report", "`folder` to write the report to")
	f.Var(&serve, "serve", "show the run on a page, at an `address` of this machine such as 127.0.0.1:8080 (without one: any free port)")
	if err := read(f, joinServe(args), func() error { return o.validate(f.Args()) }); err != nil {
		return usageStatus(err)
	}
	server, err := serve.start(log)
	if err != nil {
		return status(ctx, err, log)
	}
	o.server = server
	result := status(ctx, demo(ctx, o, out, log), log)
	if server != nil {
		if result == exitOK {
			linger(ctx, server, log)
		}
		if err := server.Close(); err != nil && result == exitOK {
			return status(ctx, err, log)
		}
	}
	return result
}
