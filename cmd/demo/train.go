package main

import (
	"context"
	"slices"
	"time"

	"github.com/urfave/cli/v3"
)

// trainCommand is demo train.
func trainCommand(now func() time.Time) *cli.Command {
	o := options{single: true, now: now}
	var serve page
	return &cli.Command{
		Name: "train", Usage: say.Text("train one network, with a page to watch it on"),
		Description: say.Text(`Trains one network on images, those of clothes of Fashion-MNIST or those of -data, prints what became of its gradients, and
writes a report.

With -model the network is a convolutional one of the papers, trained as there unless flags say otherwise: momentum 0.9,
weight decay 1e-4, batches of 128, a rate of 0.1 that is divided by ten after a half and after three quarters of the steps.
The report then has its parameters too, for demo lesion and demo features.

With -serve a page shows the run, and stays after it until Ctrl-C, with exit status 0. The page changes no results.

Examples:
  demo train -activation tanh -depth 20
  demo train -norm bn -epochs 3 -out my-report
  demo train -data photos -image-size 32
  demo train -model resnet20 -augment -time 15m
  demo train -model resnet20 -augment -data cifar-10-batches-bin -epochs 164
  demo train -depth 20 -serve 8080`) + "\n\n" + say.Text(trainingStatus),
		Flags:        slices.Concat(o.demoFlags(), o.modelFlags(), []cli.Flag{serve.flag()}),
		ArgValidator: serve.argument,
		Action: func(ctx context.Context, cmd *cli.Command) error {
			if err := o.checkConvolutional(cmd); err != nil {
				return err
			}
			if err := o.check(cmd); err != nil {
				return err
			}
			return serve.demo(ctx, o, cmd)
		},
	}
}
