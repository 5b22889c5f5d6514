package runs

import (
	"context"
	stderrors "errors"
	"io"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/reportdir"
	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/cmd/demo/internal/setup"
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
	setup.Options
	sharpness int // steps from one measurement of the sharpness to the next; 0: none
	saving    savingOptions
	run       *trainingRun // the run that demo train keeps in its folder; nil in demo
	ranks     *ranks       // that train together; nil without -dist

	server *live.Server // of the page that follows the training; nil: no page
}

// A result is the training of a network and the diagnoses of its gradients.
type result struct {
	history     train.History
	all         vanishing.Diagnosis // of all recorded steps
	first, last vanishing.Diagnosis // of the first and of the last recorded step alone
	params      *graph.Params       // of a network whose parameters are written; nil for the others
	text        bool                // the network has learnt a text
}

func newResult(history train.History, all vanishing.Diagnosis) result {
	return result{history: history, all: all, first: reportdir.FirstStep(all.Profile), last: lastStep(all.Profile)}
}

// Root is demo without a command.
func Root(now func() time.Time) *cli.Command {
	t := training{Options: setup.Options{Now: now}}
	var page setup.Page
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
		Flags:        append(t.DemoFlags(), page.Flag()),
		ArgValidator: page.Argument,
		Action: func(ctx context.Context, cmd *cli.Command) error {
			t.Single = setup.DescribesOne(cmd)
			if err := t.Check(cmd); err != nil {
				return err
			}
			return t.served(ctx, cmd, page)
		},
	}
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
	if err := t.checkOut(); err != nil {
		return err
	}
	trainSet, valSet, networks, err := t.Load(ctx)
	if err != nil {
		return err
	}
	folder, err := t.folder(networks)
	if err != nil {
		return err
	}
	defer folder.Close()
	if err := t.run.begin(folder.Path, networks[0], t.Seed, trainSet); err != nil {
		return err
	}
	if err := t.ranks.tell(folder.Path); err != nil {
		return err
	}
	printing, cancel := console.Later(ctx, t.ranks.grace()+console.PrintTime)
	defer cancel()
	writing, cancel := console.Later(ctx, t.ranks.grace()+console.FileTime)
	defer cancel()
	t.ranks.print(out, t.Batch)
	t.printPlan(out, trainSet, valSet)
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
	t.ranks.printExchange(log)
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
func (t training) printPlan(out io.Writer, trainSet, valSet *data.Dataset) {
	train, val := trainSet.Len(), valSet.Len()
	if t.Model == "" {
		say.Fprintf(out, "images: %d to train on, %d to validate; hidden layers: %d of %d units; epochs: %d; batch: %d; seed: %d\n\n",
			train, val, t.Depth, t.Width, t.Epochs, t.Batch, t.Seed)
		return
	}
	epochs := say.Sprintf("epochs: %d", t.Epochs)
	if t.Time > 0 {
		epochs = say.Sprintf("epochs: at most %d, as many as fit into %v", t.Epochs, t.Time)
	}
	if t.IsText() {
		say.Fprintf(out, "text: %d windows of %d characters to train on, %d held out; network: %s, layers: %d of width %d; %s; batch: %d; seed: %d\n\n",
			train, t.Length, val, t.Model, t.Depth, t.Width, epochs, t.Batch, t.Seed)
		return
	}
	say.Fprintf(out, "images: %d to train on, %d to validate; network: %s; %s; batch: %d; seed: %d\n\n",
		train, val, t.Model, epochs, t.Batch, t.Seed)
}

// checkOut refuses a folder of -out in which the training would replace the files of a run, or one that it reads.
func (t training) checkOut() error {
	check := reportdir.CheckReport
	switch {
	case t.run != nil && t.run.resumed:
		return nil
	case t.run != nil:
		check = reportdir.CheckRun
	}
	return stderrors.Join(check(t.Out), reportdir.CheckInputs(t.Out, reportFiles, t.TextFile))
}

// folder makes the folder of the report: that of -out, or a new one, which is named after the network if there is only one.
func (t training) folder(networks []setup.Network) (*reportdir.Folder, error) {
	if t.saving.resume != "" {
		return reportdir.Open("-resume", t.Out)
	}
	name := "demo"
	if t.Single {
		name = reportdir.PlainNames([]string{networks[0].Name})[0]
	}
	return t.NewFolder(name)
}

// train trains one network. If the training fails or is interrupted, the result holds the steps recorded before.
func (t training) train(ctx context.Context, n setup.Network, trainSet, valSet *data.Dataset, log io.Writer) (result, error) {
	trainer, err := t.NewTrainer(n)
	if err != nil {
		return result{}, err
	}
	recorder := &vanishing.Recorder{Name: n.Name, Steps: vanishing.Every(setup.RecordEvery), Paths: vanishing.Linear{Step: 1, To: 1}}
	if t.sharpness > 0 {
		recorder.Sharpness = vanishing.Every(t.sharpness)
	}
	snapshot := &setup.SlowSteps{Recorder: recorder}
	callbacks := append(trainer.Callbacks, recorder, snapshot)
	if t.Time > 0 {
		callbacks = append(callbacks, &train.TimeLimit{Limit: t.Time})
	}
	if t.server != nil {
		callbacks = append(callbacks, t.server.Follow(recorder))
	}
	trainer.Callbacks = append(callbacks, &train.Progress{Out: log, Label: n.Name, Language: say.Language})
	if t.IsText() {
		trainer.Callbacks = append(trainer.Callbacks, &bitsLine{log: log})
	}
	t.run.attach(trainer, log)
	t.ranks.attach(trainer)
	end, cancel := console.Later(ctx, t.ranks.grace()+console.StepTime)
	defer cancel()
	type run struct {
		history train.History
		profile vanishing.Profile
		missing error // checkpoints
	}
	r, err := console.Await(end, func() (run, error) {
		history, err := t.ranks.fit(ctx, trainer, trainSet, valSet)
		return run{history, recorder.Profile(), missingOf(trainer.Checkpoints, err)}, err
	})
	if err != nil && len(r.profile.Records) == 0 {
		r.profile = snapshot.Load()
	}
	all := vanishing.DiagnoseIn(say.Language, r.profile)
	if err == nil {
		all.Profile.Trials, err = console.Await(end, func() ([]profile.Trial, error) { return t.tryRemedies(ctx, n, all.Verdict, trainSet) })
	}
	if len(all.Profile.Trials) > 0 {
		all = vanishing.DiagnoseIn(say.Language, all.Profile)
	}
	result := newResult(r.history, all)
	result.text = t.IsText()
	if t.Model != "" && err == nil {
		result.params = trainer.Params
	}
	return result, stderrors.Join(named(err, n.Name), r.missing)
}

// tryRemedies tries the remedies for a sick network on the first batch of images.
func (t training) tryRemedies(ctx context.Context, n setup.Network, verdict vanishing.Verdict, trainSet *data.Dataset) ([]profile.Trial, error) {
	if t.IsText() { // remedies are tried on rows of numbers
		return nil, nil
	}
	if verdict != vanishing.Vanishing && verdict != vanishing.Exploding && verdict != vanishing.Stuck {
		return nil, nil
	}
	optimizer, err := t.NewOptimizer()
	if err != nil {
		return nil, err
	}
	batch, err := trainSet.Subset(t.Batch)
	if err != nil {
		return nil, err
	}
	return remedy.Try(remedy.Config{
		Model: n.Model, Loss: graph.CrossEntropy{}, X: batch.X, Y: batch.Y, Optimizer: optimizer, Seed: t.Seed, Context: ctx,
	})
}
