// Command everywhere compares stacks of convolutions, of recurrent layers and of self-attention with and without residual connections,
// before any training: how the gradient changes from layer to layer.
//
//	go run ./examples/everywhere
//	go run ./examples/everywhere -experiment    # Transformers alone: what docs/experiments/layer-norm.md shows
//	go run ./examples/everywhere -training      # and what becomes of them with and without warm-up
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"

	"github.com/gradflow/gradflow/examples/internal/guide"
)

func main() {
	out := flag.String("out", "docs/guide/img", "folder for the figures")
	exponents := flag.Bool("experiment", false, "measure Transformers alone, by their depth")
	training := flag.Bool("training", false, "train Transformers of 24 layers with and without warm-up")
	flag.Parse()
	if *training {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
		defer stop()
		if err := warmUp.run(ctx, os.Stdout); err != nil {
			log.Fatal(err)
		}
		return
	}
	if *exponents {
		if err := layerNorm.run(os.Stdout); err != nil {
			log.Fatal(err)
		}
		return
	}
	if err := run(os.Stdout, *out); err != nil {
		log.Fatal(err)
	}
}

func run(w io.Writer, out string) error {
	for _, part := range []func(w io.Writer, out string) error{convolutions, recurrence, selfAttention, normalisation} {
		if err := part(w, out); err != nil {
			return err
		}
	}
	return nil
}

// A stack is networks of several depths that differ in nothing else.
type stack struct {
	name string
	line guide.Line // how the figure shows the deepest one
	// gradients are the gradient's L2 norms by layer, in a network of so many layers (or blocks).
	gradients func(depth int) ([]float64, error)
}

// compare prints the ratio of the first layer's gradient to the last one's for stacks of several depths, and draws the deepest.
func compare(w io.Writer, stacks []stack, depths []int, figure guide.Figure, out, file string) error {
	for _, s := range stacks {
		fmt.Fprintf(w, "%-20s", s.name)
		for _, depth := range depths {
			g, err := s.gradients(depth)
			if err != nil {
				return err
			}
			last := g[len(g)-1]
			fmt.Fprintf(w, "%9.1e", g[0]/last)
			s.line.X, s.line.Y = nil, nil
			for k, norm := range g {
				s.line.X, s.line.Y = append(s.line.X, float64(k+1)), append(s.line.Y, norm/last)
			}
		}
		fmt.Fprintln(w)
		figure.Lines = append(figure.Lines, s.line)
	}
	figure.LogY, figure.Small = true, true
	figure.YLabel = "gradient of the weights, over that of the last layer"
	return figure.Save(out, file)
}

// heading begins a table of depths.
func heading(w io.Writer, title, column string, depths []int) {
	fmt.Fprintf(w, "%s\n%20s", title, column)
	for _, depth := range depths {
		fmt.Fprintf(w, "%9d", depth)
	}
	fmt.Fprintln(w)
}
