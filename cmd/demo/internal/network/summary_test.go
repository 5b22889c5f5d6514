package network

import (
	"context"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
)

func TestSummaryCommand(t *testing.T) {
	for _, c := range []struct {
		flags string
		want  []string
	}{
		{"-depth 3 -width 12 -norm bn", []string{"plain relu + bn\n", "dense1      (2, 12)         9408           9408\n", "9898 parameters to train", "bytes for a training step of 2 images"}},
		{"-model resnet20", []string{"resnet20\n", "layer3/block3/conv2       (2, 64, 8, 8)         36864        2359296\n",
			"269722 parameters to train", "40551040 multiply-adds for each sample, of 2 FLOP each"}},
		{"-model plain20 -channels 1 -batch 4", []string{"input                     (4, 1, 32, 32)", "269434 parameters", "step of 4 images"}},
		{"-model fixup20", []string{"block3/scalar_gain1", "268393 parameters to train"}},
		{"-model resnet18", []string{"11689512 parameters to train", "1814073344 multiply-adds"}},
	} {
		status, out, log := app.Call(append([]string{"summary"}, strings.Fields(c.flags)...)...)
		if status != console.ExitOK || log != "" {
			t.Errorf("%s: status %d, %s", c.flags, status, log)
		}
		for _, want := range c.want {
			if !strings.Contains(out, want) {
				t.Errorf("%s: no %q in\n%s", c.flags, want, out)
			}
		}
	}
}

// Ctrl-C ends the drawing of a network, which takes seconds for a thousand layers.
func TestDrawingEndsAtASignal(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, args := range [][]string{{"summary", "-model", "resnet1202"}, {"structure", "-depth", "1000"}, {"graph", "-depth", "1000"}} {
		var out, log strings.Builder
		if status := app.Run(ctx, args, &out, &log); status != console.ExitInterrupted || out.Len() > 0 {
			t.Errorf("%v: status %d, want %d, and %d bytes, want none\n%s", args, status, console.ExitInterrupted, out.Len(), log.String())
		}
	}
}
