package network

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/pkg/errors"
	"github.com/urfave/cli/v3"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/exchange/weights"
	"github.com/gradflow/gradflow/internal/printable"
)

// convertCommand is demo convert.
func convertCommand() *cli.Command {
	return &cli.Command{
		Name: "convert", Usage: say.Text("write the tensors of a file of weights in another format"), ArgsUsage: say.Text("from to"),
		Description: say.Text(`Reads the tensors of a file and writes them to another one, with the same names: from safetensors, the index of a sharded
model (.json), a file of torch.save (.pt, .pth), NPZ, NPY or ONNX, to .safetensors, .safetensors.index.json or .npz. Of an ONNX
file these are its constants. Tensors without elements are left out, and named. The array of an NPY file, and a tensor
that torch.save has written alone, get the name of their file without its ending. A file that is there is replaced, when the
new one is whole.

Examples:
  demo convert resnet18.pth resnet18.safetensors
  demo convert network.onnx network.npz

Exit status:
  0    the tensors were written
  1    a file could not be read or written, or held no tensors
  2    a mistake in the command line
  130  Ctrl-C (143: SIGTERM, 129: SIGHUP)
  141  the reader of the output, such as head, went away`),
		ArgValidator: console.AnyArguments,
		Action: func(ctx context.Context, cmd *cli.Command) error {
			if cmd.Args().Len() != 2 {
				return &console.Mistake{Cmd: cmd, What: say.Sprintf("got %d arguments, want two files: one to read and one to write", cmd.Args().Len()),
					Hint: say.Sprintf("For example: %s model.pth model.safetensors", cmd.FullName())}
			}
			return console.AwaitDone(ctx, func() error { return convert(cmd.Writer, cmd.Args().Get(0), cmd.Args().Get(1)) })
		},
	}
}

// convert writes the tensors of a file to another one.
func convert(out io.Writer, from, to string) error {
	if replaces(to, from) {
		return errors.New(say.Sprintf("%s: got a file to write that replaces the one to read, want another name", to))
	}
	f, err := weights.Read(from)
	if err != nil {
		return err
	}
	if len(f.Tensors) == 0 {
		return errors.New(say.Sprintf("%s: got no tensors with elements, want at least one", from))
	}
	if len(f.Tensors) == 1 && f.Tensors[0].Name == "" {
		f.Tensors[0].Name = nameOf(from)
	}
	if err := weights.Write(to, f.Metadata, f.Tensors...); err != nil {
		return err
	}
	fmt.Fprintln(out, say.Sprintf("%s: %d tensors", printable.Text(to), len(f.Tensors)))
	if len(f.Empty) > 0 {
		_, err = fmt.Fprintln(out, say.Sprintf("Left out, without elements: %s", printable.Text(strings.Join(f.Empty, say.Text(", ")))))
	}
	return err
}

// replaces reports whether writing to a path replaces another file: an index is written with the files that it names.
func replaces(to, other string) bool {
	info, err := os.Stat(other)
	if err != nil {
		return false
	}
	written, err := os.Stat(to)
	if err == nil && os.SameFile(info, written) {
		return true
	}
	base, isIndex := strings.CutSuffix(to, ".safetensors.index.json")
	folder, err := os.Stat(filepath.Dir(to))
	inFolder, otherErr := os.Stat(filepath.Dir(other))
	return isIndex && err == nil && otherErr == nil && os.SameFile(folder, inFolder) &&
		strings.HasPrefix(filepath.Base(other), filepath.Base(base)+"-") && strings.HasSuffix(other, ".safetensors")
}

// nameOf is a file's name without its ending, for a tensor without a name.
func nameOf(path string) string {
	base := filepath.Base(path)
	return cmp.Or(strings.TrimSuffix(base, filepath.Ext(base)), "tensor")
}
