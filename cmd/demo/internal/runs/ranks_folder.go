package runs

import (
	"io/fs"
	"path/filepath"
	"slices"

	"github.com/pkg/errors"
	"github.com/urfave/cli/v3"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/train/dist"
)

// tell gives the other ranks the folder of the run.
func (r *ranks) tell(path string) error {
	if r == nil {
		return nil
	}
	_, err := r.shared(path)
	return err
}

// hear is the folder of the run, on a rank other than 0.
func (r *ranks) hear() (path string, err error) { return r.shared("") }

// shared is the text that rank 0 has.
func (r *ranks) shared(text string) (string, error) {
	length := []float64{float64(len(text))}
	if err := r.comm.Broadcast(dist.Of(length), 0); err != nil {
		return "", err
	}
	bytes := make([]float64, int(length[0]))
	for i := range len(text) {
		bytes[i] = float64(text[i])
	}
	if err := r.comm.Broadcast(dist.Of(bytes), 0); err != nil {
		return "", err
	}
	var got []byte
	for _, b := range bytes {
		got = append(got, byte(b))
	}
	return string(got), nil
}

// mayDiffer are the settings that may differ from those with which a run has begun.
var mayDiffer = []string{"dist", "epochs", "save-every", "save-required", "keep", "stop-on-nan"}

// goOn goes on with the run in the folder of -out, if there is one, which must have the same settings.
func (t training) goOn(cmd *cli.Command) error {
	if t.Out == "" || t.saving.resume != "" {
		return nil
	}
	begun, err := readConfig(filepath.Join(t.Out, configName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	was := make(map[string]string)
	for _, s := range begun {
		was[s.name] = s.value
	}
	for _, s := range t.run.settings {
		if was[s.name] != s.value && !slices.Contains(mayDiffer, s.name) {
			return &console.Mistake{Cmd: cmd, What: say.Sprintf("got -%s %s, but the run in %s has begun with %q (give the same to go on with it, or another -out to begin anew)",
				s.name, s.value, t.Out, was[s.name])}
		}
	}
	t.run.resumed = true
	return nil
}
