package main

import (
	"context"
	stderrors "errors"
	"io"
	"slices"
	"time"

	"github.com/pkg/errors"
	"github.com/urfave/cli/v3"

	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/internal/lang"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/live"
	"github.com/gradflow/gradflow/vanishing/profile"
	"github.com/gradflow/gradflow/vanishing/remedy"
)

// A training is what demo and demo train do.
type training struct {
	options
	sharpness int // steps from one measurement of the sharpness to the next; 0: none
	saving    savingOptions
	run       *trainingRun // the run that demo train keeps in its folder; nil in demo

	server *live.Server // of the page that follows the training; nil: no page
}

// A result is the training of a network and the diagnoses of its gradients.
type result struct {
	history     train.History
	all         vanishing.Diagnosis // of all recorded steps
	first, last vanishing.Diagnosis // of the first and of the last recorded step alone
	params      *graph.Params       // of a network whose parameters are written; nil for the others
}

func newResult(history train.History, all vanishing.Diagnosis) result {
	return result{history: history, all: all, first: firstStep(all.Profile), last: lastStep(all.Profile)}
}

// fourNetworksCommand is demo without a command.
func fourNetworksCommand(now func() time.Time) *cli.Command {
	t := training{options: options{now: now}}
	var serve page
	return &cli.Command{
		Name: "demo", Usage: say.Text("train deep networks and show what becomes of their gradients"),
		Description: say.Text(`Trains on images of clothes (Fashion-MNIST). Without flags it trains four networks of the same depth: plain sigmoid, plain
ReLU with small initial weights, plain ReLU with batch normalisation, and a residual ReLU network. With any of -activation,
-init, -norm or -skip it trains the one network they describe.

Each run writes a report to a folder of its own in gradflow-runs, and gradflow-runs/latest leads to the last one. With -serve a
page shows the networks while they train, and stays until Ctrl-C.

Examples:
  demo
  demo -serve 8080
  demo -depth 61 -epochs 3
  demo -activation tanh -norm ln -skip 2 -depth 21`) + "\n\n" + say.Text(trainingStatus) + "\n\n" +
			say.Text(`GRADFLOW_BLAS=go or openblas in the environment chooses the matrix products.`),
		Flags:        append(t.demoFlags(), serve.flag()),
		ArgValidator: serve.argument,
		Action: func(ctx context.Context, cmd *cli.Command) error {
			t.single = describesOne(cmd)
			if err := t.check(cmd); err != nil {
				return err
			}
			return serve.demo(ctx, t, cmd)
		},
	}
}

// describesOne reports whether the command line describes a network.
func describesOne(cmd *cli.Command) bool {
	return slices.ContainsFunc([]string{"activation", "init", "norm", "skip"}, cmd.IsSet)
}

// trainingStatus is the help on exit statuses and signals for commands that train and report.
var trainingStatus = lang.Key(`Exit status:
  0    the networks were trained
  1    the training failed, the results could not be printed, or a file not written
  2    a mistake in the command line
  130  Ctrl-C ended the training (143: SIGTERM, 129: SIGHUP)
  141  the reader of the output, such as head, went away; the files were written

A signal ends the training within two seconds. The report then holds the steps recorded so far: always profiles.json, and the
other files that are ready in time. demo report makes the others from profiles.json. A second signal ends the command at once.`)

// demo trains the networks, writes the report and prints the summary.
func demo(ctx context.Context, t training, out, log io.Writer) error {
	reportSettings(log)
	trainSet, valSet, err := t.images(ctx)
	if err != nil {
		return err
	}
	networks, err := t.networks(trainSet.X.Shape()[1:].TotalSize(), len(trainSet.Classes))
	if err != nil {
		return err
	}
	folder, err := t.folder(networks)
	if err != nil {
		return err
	}
	defer folder.close()
	if err := t.run.begin(folder.path, networks[0], t.seed, trainSet); err != nil {
		return err
	}
	printing, cancel := later(ctx, printTime)
	defer cancel()
	writing, cancel := later(ctx, fileTime)
	defer cancel()
	t.printPlan(out, trainSet.Len(), valSet.Len())
	if t.server != nil {
		t.server.Expect(len(networks))
	}
	var results []result
	for _, n := range networks {
		r, trainErr := t.train(ctx, n, trainSet, valSet, log)
		if len(r.all.Profile.Records) > 0 {
			results = append(results, r)
		}
		if err = trainErr; err != nil {
			break
		}
	}
	infoErr := t.run.end(results, err)
	if len(results) == 0 {
		return stderrors.Join(err, infoErr)
	}
	reportErr := writeReport(printing, writing, folder, results, out)
	if err == nil {
		err = ctx.Err() // a signal that came after the training
	}
	return stderrors.Join(reportErr, err, infoErr)
}

// printPlan prints what is going to be trained.
func (t training) printPlan(out io.Writer, train, val int) {
	if t.model == "" {
		say.Fprintf(out, "images: %d to train on, %d to validate; hidden layers: %d of %d units; epochs: %d; batch: %d; seed: %d\n\n",
			train, val, t.depth, t.width, t.epochs, t.batch, t.seed)
		return
	}
	epochs := say.Sprintf("epochs: %d", t.epochs)
	if t.time > 0 {
		epochs = say.Sprintf("epochs: at most %d, as many as fit into %v", t.epochs, t.time)
	}
	say.Fprintf(out, "images: %d to train on, %d to validate; network: %s; %s; batch: %d; seed: %d\n\n",
		train, val, t.model, epochs, t.batch, t.seed)
}

// folder makes the folder of the report: that of -out, or a new one, which is named after the network if there is only one.
func (t training) folder(networks []network) (*folder, error) {
	name := "demo"
	if t.single {
		name = plainNames([]string{networks[0].name})[0]
	}
	return t.newFolder(name)
}

// train trains one network. If the training fails or is interrupted, the result holds the steps recorded before.
func (t training) train(ctx context.Context, n network, trainSet, valSet *data.Dataset, log io.Writer) (result, error) {
	trainer, err := t.newTrainer(n)
	if err != nil {
		return result{}, err
	}
	recorder := &vanishing.Recorder{Name: n.name, Steps: vanishing.Every(recordEvery), Paths: vanishing.Linear{Step: 1, To: 1}}
	if t.sharpness > 0 {
		recorder.Sharpness = vanishing.Every(t.sharpness)
	}
	snapshot := &slowSteps{recorder: recorder}
	callbacks := []train.Callback{recorder, snapshot}
	if t.time > 0 {
		callbacks = append(callbacks, &train.TimeLimit{Limit: t.time})
	}
	if t.server != nil {
		callbacks = append(callbacks, t.server.Follow(recorder))
	}
	trainer.Callbacks = append(callbacks, &train.Progress{Out: log, Label: n.name, Language: say.Language})
	t.run.attach(trainer, log)
	end, cancel := later(ctx, stepTime)
	defer cancel()
	type run struct {
		history train.History
		profile vanishing.Profile
	}
	r, err := await(end, func() (run, error) {
		history, err := trainer.Fit(ctx, trainSet, valSet)
		return run{history, recorder.Profile()}, err
	})
	if err != nil && len(r.profile.Records) == 0 {
		r.profile = snapshot.load()
	}
	all := vanishing.DiagnoseIn(say.Language, r.profile)
	if err == nil {
		all.Profile.Trials, err = await(end, func() ([]profile.Trial, error) { return t.tryRemedies(ctx, n, all.Verdict, trainSet) })
	}
	if len(all.Profile.Trials) > 0 {
		all = vanishing.DiagnoseIn(say.Language, all.Profile)
	}
	result := newResult(r.history, all)
	if t.model != "" && err == nil {
		result.params = trainer.Params
	}
	return result, errors.Wrap(err, n.name)
}

// tryRemedies tries the remedies for a sick network on the first batch of images.
func (t training) tryRemedies(ctx context.Context, n network, verdict vanishing.Verdict, trainSet *data.Dataset) ([]profile.Trial, error) {
	if verdict != vanishing.Vanishing && verdict != vanishing.Exploding && verdict != vanishing.Stuck {
		return nil, nil
	}
	optimizer, err := t.newOptimizer()
	if err != nil {
		return nil, err
	}
	batch, err := trainSet.Subset(t.batch)
	if err != nil {
		return nil, err
	}
	return remedy.Try(remedy.Config{
		Model: n.model, Loss: graph.CrossEntropy{}, X: batch.X, Y: batch.Y, Optimizer: optimizer, Seed: t.seed, Context: ctx,
	})
}
