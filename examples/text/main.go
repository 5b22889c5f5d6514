// Command text trains a network to predict the next character of a text, looks at its gradients, and writes a text of its own.
//
//	go run ./examples/text -time 5m                  # a Transformer on Newton's Opticks, which is built in
//	go run ./examples/text -model lstm -file my.txt  # an LSTM on a text of yours
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"time"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data/text"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/attention"
	"github.com/gradflow/gradflow/models/rnn"
	"github.com/gradflow/gradflow/models/transformer"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/optim"
	"github.com/gradflow/gradflow/train/schedule"
	"github.com/gradflow/gradflow/vanishing"
)

// settings are what the flags say.
type settings struct {
	file, model, prompt  string
	limit                time.Duration
	context, width, size int // of a sample, of the network, and of the text that is written
}

func main() {
	var s settings
	flag.StringVar(&s.file, "file", "", "text `file` in UTF-8; empty means Newton's Opticks")
	flag.StringVar(&s.model, "model", "gpt", "network: gpt or lstm")
	flag.StringVar(&s.prompt, "prompt", "The ", "beginning of the text that is written")
	flag.DurationVar(&s.limit, "time", 5*time.Minute, "time of training")
	flag.IntVar(&s.context, "context", 128, "characters of a sample")
	flag.IntVar(&s.width, "width", 128, "width of the network")
	flag.IntVar(&s.size, "write", 500, "characters to write")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, s); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, w io.Writer, s settings) error {
	corpus, err := load(s.file)
	if err != nil {
		return err
	}
	model, err := s.network(corpus.Size())
	if err != nil {
		return err
	}
	trainer, err := fit(ctx, w, s, model, corpus)
	if err != nil {
		return err
	}
	return write(w, s, model, trainer.Params, corpus)
}

func load(file string) (*text.Corpus, error) {
	if file == "" {
		return text.Opticks()
	}
	return text.Read(file)
}

// network is the model of a name.
func (s settings) network(vocabulary int) (graph.Model, error) {
	switch s.model {
	case "gpt":
		return transformer.GPT{
			Vocabulary: vocabulary, Context: s.context, Width: s.width,
			Config: attention.Config{Layers: 4, Heads: 4, Activation: graph.GELU},
		}, nil
	case "lstm":
		return rnn.LanguageModel{Vocabulary: vocabulary, Config: rnn.Config{Units: s.width, Layers: 2, Residual: true, ForgetBias: 1}}, nil
	}
	return nil, errors.Errorf("-model: got %q, want gpt or lstm", s.model)
}

// fit trains the model on nine tenths of the text, and prints the bits for each character of the rest after each epoch.
func fit(ctx context.Context, w io.Writer, s settings, model graph.Model, corpus *text.Corpus) (*train.Trainer, error) {
	rest, held, err := corpus.Split(0.1)
	if err != nil {
		return nil, err
	}
	learnt, err := rest.Windows(text.Windows{Length: s.context})
	if err != nil {
		return nil, err
	}
	test, err := held.Windows(text.Windows{Length: s.context})
	if err != nil {
		return nil, err
	}
	recorder := &vanishing.Recorder{Name: s.model}
	trainer := &train.Trainer{
		Model: model, Loss: graph.CrossEntropy{}, Epochs: 1000, BatchSize: 16, EvalBatchSize: 32,
		Optimizer: &optim.AdamW{LearningRate: 0.003, WeightDecay: 0.1}, Schedule: schedule.OneCycle{Rise: 0.1},
		Callbacks: []train.Callback{&train.ClipNorm{Max: 1}, &train.TimeLimit{Limit: s.limit}, recorder},
	}
	history, err := trainer.Fit(ctx, learnt, test)
	if err != nil {
		return nil, err
	}
	for _, e := range history.Epochs {
		fmt.Fprintf(w, "epoch %d: %.3f bits for each character, held out %.3f\n", e.Epoch+1, text.Bits(e.Train.Loss), text.Bits(e.Val.Loss))
	}
	fmt.Fprintf(w, "%v\n\n", vanishing.Diagnose(recorder.Profile()).Verdict)
	return trainer, nil
}

// write goes on from the prompt.
func write(w io.Writer, s settings, model graph.Model, params *graph.Params, corpus *text.Corpus) error {
	program, err := graph.Build(graph.Config{
		Model: model, Params: params, Mode: graph.Eval,
		Inputs: []graph.Input{{Name: text.TokensColumn, Shape: tensor.Shape{1, s.context}, Dtype: tensor.Int}},
	})
	if err != nil {
		return err
	}
	defer program.Close()
	fmt.Fprint(w, s.prompt)
	writer, written := text.Writer{Vocabulary: corpus.Vocabulary, Program: program, Temperature: 0.8}, 0
	for c, err := range writer.Write(s.prompt) {
		if err != nil {
			return err
		}
		fmt.Fprint(w, string(c))
		if written++; written >= s.size {
			break
		}
	}
	fmt.Fprintln(w)
	return nil
}
