package runs

import (
	"context"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/pkg/errors"
	"github.com/urfave/cli/v3"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/data/text"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/internal/printable"
)

// A sampling says what text demo sample writes.
type sampling struct {
	best, prompt string
	characters   int
	temperature  float64 // 0 means sampleTemperature
	top          int
	seed         uint64
}

// sampleTemperature is the default of -temperature.
const sampleTemperature = 0.8

// sampleCommand is demo sample.
func sampleCommand() *cli.Command {
	var s sampling
	return &cli.Command{
		Name: "sample", Usage: say.Text("write text by a network that has learnt a text"), ArgsUsage: say.Text("[run]"),
		Description: say.Text(`Writes text with the language model of a run (demo train -model gpt, lstm, gru or rnn), character by character: each is drawn
from the probabilities that the network gives after the characters before it. Without a run it takes the last one,
gradflow-runs/latest. The same seed gives the same text.

Examples:
  demo sample
  demo sample -prompt "The Rays " -characters 1000 -temperature 0.6
  demo sample -top 5 -seed 2 gradflow-runs/2026-01-02T15-04-05-gpt

Exit status:
  0    the text was written
  1    the run could not be read, or the text not printed
  2    a mistake in the command line
  130  Ctrl-C (143: SIGTERM, 129: SIGHUP)
  141  the reader of the output, such as head, went away`),
		Flags:        append(console.Section(say.Text("Run"), bestFlag(&s.best)), s.flags()...),
		ArgValidator: console.UpToOneArgument,
		Action: func(ctx context.Context, cmd *cli.Command) error {
			run, err := runOf(cmd)
			if err != nil {
				return err
			}
			if err := s.check(cmd, run); err != nil {
				return err
			}
			return console.AwaitDone(ctx, func() error { return run.sample(ctx, s, cmd.Writer) })
		},
	}
}

// flags describe the text that is written.
func (s *sampling) flags() []cli.Flag {
	return console.Section(say.Text("Text"),
		console.String("prompt", &s.prompt, "", say.Text("`text` to go on from, of characters of the text that was learnt (default: a line break)"), nil, console.Anything),
		console.Whole("characters", &s.characters, 500, 1, 1e9, say.Text("number of `characters` to write after the prompt")),
		console.Positive("temperature", &s.temperature, 1e6, say.Text("`divisor` of the logits: below 1 likely characters become more likely, above 1 less (default: 0.8)")),
		console.Whole("top", &s.top, 0, 0, 1e9, say.Text("draw from so many of the likeliest `characters`; 0 is all, and 1 always takes the likeliest")),
		console.Whole("seed", &s.seed, 1, 0, 1<<64-1, say.Text("seed of all that is random; the same `number` gives the same results")),
	)
}

// check refuses runs without a text, and prompts of other characters.
func (s sampling) check(cmd *cli.Command, run savedRun) error {
	if !run.training.IsText() {
		return &console.Mistake{
			Cmd: cmd, What: say.Sprintf("got %s, a run on images, want one on a text", run.path),
			Hint: say.Text("demo train -model gpt trains on a text."),
		}
	}
	for _, c := range s.prompt {
		if c == utf8.RuneError || !strings.ContainsRune(run.info.Vocabulary, c) {
			return console.Conflict(cmd, "prompt", s.prompt, say.Sprintf("characters of the text that was learnt, which has no %q", string(c)))
		}
	}
	return nil
}

// sample writes a text.
func (r savedRun) sample(ctx context.Context, s sampling, w io.Writer) error {
	writer, prompt, err := r.writer(s)
	if err != nil {
		return err
	}
	defer writer.Program.Close()
	shown := printable.Writer{W: w}
	if _, err := fmt.Fprint(shown, s.prompt); err != nil {
		return err
	}
	written := 0
	for c, err := range writer.Write(prompt) {
		if err == nil {
			err = ctx.Err()
		}
		if err == nil {
			_, err = fmt.Fprint(shown, string(c))
		}
		if err != nil {
			return err
		}
		if written++; written == s.characters {
			break
		}
	}
	_, err = fmt.Fprintln(w)
	return err
}

// writer makes the writer of a run, and the prompt, which has at least one character.
func (r savedRun) writer(s sampling) (writer text.Writer, prompt string, err error) {
	v, err := text.NewVocabulary(r.info.Vocabulary)
	if err != nil {
		return writer, "", errors.Wrap(err, r.path)
	}
	c, err := r.checkpoint(s.best)
	if err != nil {
		return writer, "", err
	}
	network, err := r.training.LanguageModel(v.Size())
	if err != nil {
		return writer, "", err
	}
	trainer, err := r.trainer(network, c)
	if err != nil {
		return writer, "", err
	}
	program, err := graph.Build(graph.Config{
		Model: network.Model, Params: trainer.Params, Mode: graph.Eval,
		Inputs: []graph.Input{{Name: text.TokensColumn, Shape: tensor.Shape{1, r.training.Length}, Dtype: tensor.Int}},
	})
	if err != nil {
		return writer, "", errors.Wrap(err, r.path)
	}
	if prompt = s.prompt; prompt == "" {
		prompt = firstPrompt(r.info.Vocabulary)
	}
	temperature := s.temperature
	if temperature == 0 {
		temperature = sampleTemperature
	}
	return text.Writer{Vocabulary: v, Program: program, Temperature: temperature, Top: s.top, Seed: s.seed}, prompt, nil
}

// firstPrompt is a line break, or the first character of a vocabulary without one.
func firstPrompt(vocabulary string) string {
	if strings.ContainsRune(vocabulary, '\n') {
		return "\n"
	}
	_, size := utf8.DecodeRuneInString(vocabulary)
	return vocabulary[:size]
}
