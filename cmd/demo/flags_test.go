package main

import (
	"context"
	"strings"
	"testing"

	"github.com/urfave/cli/v3"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
)

// One dash or two, and a space or an equals sign, are the same for every flag of every command.
func TestFlagsHaveOneDashOrTwo(t *testing.T) {
	values := map[string]string{
		"activation": "tanh", "model": "resnet20", "init": "he", "norm": "bn", "lr": "0.5", "optimizer": "adam", "data": "a b", "out": "x", "formats": "csv",
		"max-size": "7", "passes": "true", "chaos": "true", "dump": "fuse", "json": "x.json", "no-remedies": "true", "notes": "true", "serve": "127.0.0.1:80", "stop-on-nan": "true", "dist": "true", "sync-bn": "true", "save-required": "true", "best": "val_loss", "lang": "zh", "format": "junit", "digest": "json",
		"augment": "true", "params": "a.safetensors", "plain": "b.safetensors", "inputs": "9", "problem": "copy", "families": "mlp", "widths": "64,128,256", "dropout": "0.5", "depths": "8,20,32", "image": "9", "chinese": "zh", "time": "9m",
	}
	everyCommand(func(words []string, c *cli.Command) {
		for _, f := range c.Flags {
			name := f.Names()[0]
			v := console.ValueOf(f)
			if v == nil {
				continue
			}
			text := values[name]
			if text == "" {
				text = "9"
			}
			ways := [][]string{{"-" + name + "=" + text}, {"--" + name + "=" + text}}
			if !v.Alone {
				ways = append(ways, []string{"-" + name, text}, []string{"--" + name, text})
			}
			for _, way := range ways {
				before := v.Text
				v.Text = ""
				c.Action = func(context.Context, *cli.Command) error { return nil }
				c.Commands = nil
				if err := c.Run(context.Background(), append([]string{c.Name}, way...)); err != nil || v.Text != text || !f.IsSet() {
					t.Errorf("%v %v: got %q, %v", words, way, v.Text, err)
				}
				v.Text = before
			}
		}
	})
}

// The command reports the first mistake of a line.
func TestFirstMistakeIsTold(t *testing.T) {
	for want, line := range map[string]string{
		`invalid value "a" for -depth`: "-depth a -width b -x",
		"unknown flag -x":              "-x -depth a",
		`invalid value "0" for -lr`:    "train -lr 0 -norm x",
	} {
		if status, out, log := app.Call(strings.Fields(line)...); status != console.ExitUsage || out != "" || !strings.Contains(log, want) {
			t.Errorf("%s: status %d, want %q in %s", line, status, want, log)
		}
	}
}
