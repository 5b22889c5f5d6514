package runs

import (
	"fmt"
	"io"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/data/text"
	"github.com/gradflow/gradflow/train"
)

// A bitsLine is a callback that prints how well the held-out text is predicted after each epoch.
type bitsLine struct {
	train.Base
	log io.Writer
}

// AfterEpoch implements train.Callback.
func (b *bitsLine) AfterEpoch(r *train.Run) error {
	if r.HasVal {
		say.Fprintf(b.log, "epoch %d: %.3f bits a character of the held-out text\n", r.Epoch+1, text.Bits(r.Val.Loss))
	}
	return nil
}

// textScores prints the losses by epoch of networks that have learnt a text.
func textScores(w io.Writer, results []result) error {
	for _, r := range results {
		if !r.text || len(r.history.Epochs) == 0 {
			continue
		}
		rows := [][]string{{say.Text("epoch"), say.Text("train loss"), say.Text("held-out loss"), say.Text("bits a character")}}
		for _, e := range r.history.Epochs {
			rows = append(rows, []string{
				fmt.Sprint(e.Epoch + 1), console.Number(e.Train.Loss), console.Number(e.Val.Loss), fmt.Sprintf("%.3f", text.Bits(e.Val.Loss)),
			})
		}
		if err := console.PrintColumns(w, rows, 3); err != nil {
			return err
		}
		if _, err := fmt.Fprintln(w); err != nil {
			return err
		}
	}
	return nil
}
