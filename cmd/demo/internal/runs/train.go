package runs

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/cmd/demo/internal/setup"
)

// trainCommand is demo train.
func trainCommand(now func() time.Time) *cli.Command {
	t := training{Options: setup.Options{Single: true, Now: now}}
	var page setup.Page
	flags := append(t.trainFlags(), page.Flag())
	return &cli.Command{
		Name: "train", Usage: say.Text("train one network, with a page to watch it on"),
		Description: say.Text(`Trains one network on images, those of clothes of Fashion-MNIST or those of -data, prints what became of its gradients, and
writes a report.

With -model resnet20 or another name the network is a convolutional one of the papers, trained as there unless flags say
otherwise: momentum 0.9, weight decay 1e-4, batches of 128, a rate of 0.1 that is divided by ten after a half and after three
quarters of the steps.
The report then has its parameters too, for demo lesion and demo features.

With -model gpt, lstm, gru or rnn the network learns to predict the next character of a text instead, that of -text or a built-in
one: AdamW, a rate of 0.003 for gpt and 0.004 for the others, which rises and falls, batches of 2048 characters, dropout.
The last tenth of the text is held out, and the bits a character of it are printed by epoch: fewer are better. demo sample then
writes text by the network.

With -serve a page shows the run, and stays after it until Ctrl-C, with exit status 0. The page changes no results.

Examples:
  demo train -activation tanh -depth 20
  demo train -norm bn -epochs 3 -out my-report
  demo train -data photos -image-size 32
  demo train -model resnet20 -augment -time 15m
  demo train -model resnet20 -augment -data cifar-10-batches-bin -epochs 164
  demo train -model gpt -text book.txt -time 30m
  demo train -depth 20 -serve 8080`) + "\n" + say.Text(`  demo train -config run.yaml -lr 0.02
  demo train -resume gradflow-runs/2026-01-02T15-04-05-plain-tanh

The folder of the run holds its settings (config.yaml), its metrics (metrics.jsonl), checkpoints and the report. A run that was
interrupted or killed goes on with -resume and ends in the same weights, bit by bit.`) + "\n\n" + say.Text(distributed) + "\n\n" + say.Text(trainingStatus),
		Flags:        flags,
		ArgValidator: page.Argument,
		Action: func(ctx context.Context, cmd *cli.Command) error {
			if err := t.fromFiles(cmd, flags); err != nil {
				return err
			}
			if err := t.CheckModelFlags(cmd); err != nil {
				return err
			}
			if err := t.Check(cmd); err != nil {
				return err
			}
			if t.sharpness > 0 && t.saving.syncBN {
				return console.Conflict(cmd, "sharpness", t.sharpness, say.Text("0 with -sync-bn: rank 0 measures it alone"))
			}
			if err := t.saving.check(cmd); err != nil {
				return err
			}
			settings, err := t.settings(flags)
			if err != nil {
				return err
			}
			t.run = &trainingRun{settings: settings, saving: t.saving, resumed: t.saving.resume != "", now: now}
			t.NoteImages, t.NoteText = t.run.noteImages, t.run.noteText
			if t.saving.dist {
				return t.onRanks(ctx, cmd, page)
			}
			return t.served(ctx, cmd, page)
		},
	}
}

// trainFlags are the flags of demo train, apart from the page.
func (t *training) trainFlags() []cli.Flag {
	return slices.Concat(t.NetworkFlags(), t.ModelFlags(), t.TrainingFlags(), t.endFlags(), t.DataFlags(), setup.OutFlag(&t.Out), t.savingFlags())
}

// goesOn are the flags that -resume takes.
var goesOn = []string{"resume", "dist", "epochs", "serve", say.Flag}

// fromFiles takes settings from the file of -config, or from the run of -resume.
func (t *training) fromFiles(cmd *cli.Command, flags []cli.Flag) error {
	path := t.saving.config
	if dir := t.saving.resume; dir != "" {
		for _, name := range cmd.LocalFlagNames() {
			if !slices.Contains(goesOn, name) {
				return &console.Mistake{Cmd: cmd, What: say.Sprintf("got -%s with -resume, want only %s: the run has its settings", name, "-"+strings.Join(goesOn, ", -"))}
			}
		}
		path, t.Out = filepath.Join(dir, configName), dir
		if _, err := os.Stat(path); isMissing(err) {
			return &console.Mistake{Cmd: cmd, What: say.Sprintf("got -resume %s, which holds no %s, want the folder of a run of demo train", dir, configName)}
		}
	}
	if path == "" {
		return nil
	}
	list, err := readConfig(path)
	if err != nil {
		return err
	}
	err = apply(cmd, cmd, flags, list, path)
	if t.saving.resume != "" {
		err = ofSavedRun(err)
	}
	return err
}
