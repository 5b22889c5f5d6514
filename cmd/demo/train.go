package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v3"
)

// trainCommand is demo train.
func trainCommand(now func() time.Time) *cli.Command {
	o := options{single: true, now: now}
	var serve page
	flags := append(o.trainFlags(), serve.flag())
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
  demo train -depth 20 -serve 8080`) + "\n" + say.Text(`  demo train -config run.yaml -lr 0.02
  demo train -resume gradflow-runs/2026-01-02T15-04-05-plain-tanh

The folder of the run holds its settings (config.yaml), its metrics (metrics.jsonl), checkpoints and the report. A run that was
interrupted or killed goes on with -resume and ends in the same weights, bit by bit.`) + "\n\n" + say.Text(trainingStatus),
		Flags:        flags,
		ArgValidator: serve.argument,
		Action: func(ctx context.Context, cmd *cli.Command) error {
			if err := o.fromFiles(cmd, flags); err != nil {
				return err
			}
			if err := o.checkConvolutional(cmd); err != nil {
				return err
			}
			if err := o.check(cmd); err != nil {
				return err
			}
			settings, err := o.settings(flags)
			if err != nil {
				return err
			}
			o.run = &trainingRun{settings: settings, saving: o.saving, resumed: o.saving.resume != "", now: now}
			return serve.demo(ctx, o, cmd)
		},
	}
}

// trainFlags are the flags of demo train, apart from the page.
func (o *options) trainFlags() []cli.Flag {
	return slices.Concat(o.networkFlags(), o.modelFlags(), o.trainingFlags(), o.endFlags(), o.dataFlags(), outFlag(&o.out), o.savingFlags())
}

// goesOn are the flags that -resume takes.
var goesOn = []string{"resume", "epochs", "serve", languageFlagName}

// fromFiles takes settings from the file of -config, or from the run of -resume.
func (o *options) fromFiles(cmd *cli.Command, flags []cli.Flag) error {
	path := o.saving.config
	if dir := o.saving.resume; dir != "" {
		for _, name := range cmd.LocalFlagNames() {
			if !slices.Contains(goesOn, name) {
				return &mistake{cmd: cmd, what: say.Sprintf("got -%s with -resume, want only %s: the run has its settings", name, "-"+strings.Join(goesOn, ", -"))}
			}
		}
		path, o.out = filepath.Join(dir, configName), dir
		if _, err := os.Stat(path); err != nil {
			return &mistake{cmd: cmd, what: say.Sprintf("got -resume %s, which holds no %s, want the folder of a run of demo train", dir, configName)}
		}
	}
	if path == "" {
		return nil
	}
	list, err := readConfig(path)
	if err != nil {
		return err
	}
	return apply(cmd, cmd, flags, list, path)
}
