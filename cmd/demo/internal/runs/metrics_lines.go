package runs

import (
	"bufio"
	"io"
	"os"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/internal/files"
)

// metricsLines reads the lines of a file of metrics. A last line that is cut, which a killed process or a full disk leaves, does not
// count, and without the file there are none.
func metricsLines(path string, read func(line []byte) error) error {
	if err := files.CheckRegular(path); err != nil {
		return err
	}
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	lines := bufio.NewReader(file)
	for n := 1; ; n++ {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = read(line)
		}
		if err != nil {
			return errors.New(say.Sprintf("%s, line %d: %v", path, n, err))
		}
	}
}
