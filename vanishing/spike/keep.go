package spike

import (
	"io"
	"os"
	"path/filepath"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/internal/files"
	"github.com/gradflow/gradflow/train/checkpoint"
)

// keep copies a checkpoint to another folder: the newest one from at least so many steps before a step, or else the oldest.
func keep(from, to string, step, before int) (string, error) {
	list, err := checkpoint.List(from)
	if err != nil {
		return "", err
	}
	if len(list) == 0 {
		return "", errors.Errorf("spike: no checkpoint to keep: %s has none yet", from)
	}
	chosen := list[0]
	for _, e := range list {
		if e.Step <= step-before {
			chosen = e
		}
	}
	if err := os.MkdirAll(to, 0o755); err != nil {
		return "", errors.Wrap(err, "spike")
	}
	path := filepath.Join(to, filepath.Base(chosen.Path))
	if _, err := os.Stat(path); err == nil {
		return path, nil // of an earlier spike
	}
	return path, files.Write(path, func(w io.Writer) error {
		r, err := os.Open(chosen.Path)
		if err != nil {
			return errors.Wrap(err, "spike")
		}
		defer r.Close()
		_, err = io.Copy(w, r)
		return errors.Wrap(err, "spike")
	})
}
