package reportdir

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/internal/files"
)

// picturesName is the file that lists the pictures of single networks in a folder, one a line, for the next report in that folder.
const picturesName = ".gradflow-pictures"

// removePictures removes the pictures that an earlier report listed. It leaves all others alone, whatever their names.
func (f *Folder) removePictures() {
	list, err := os.ReadFile(filepath.Join(f.Path, picturesName))
	if errors.Is(err, os.ErrNotExist) {
		return
	}
	written := strings.Split(string(list), "\n")
	if err == nil {
		err = files.Remove(f.Path, func(name string) bool {
			return name == picturesName || isSinglePicture(name) && slices.Contains(written, name)
		})
	}
	if err != nil {
		f.lose(say.Text("old pictures"), err)
	}
}

// listPictures lists the saved pictures of single networks.
func (f *Folder) listPictures() {
	var list []string
	for _, name := range f.saved {
		if isSinglePicture(name) {
			list = append(list, name)
		}
	}
	if len(list) == 0 {
		return
	}
	err := files.Write(filepath.Join(f.Path, picturesName), func(w io.Writer) error {
		_, err := io.WriteString(w, strings.Join(list, "\n")+"\n")
		return err
	})
	if err != nil {
		f.lose(picturesName, err)
	}
}

// isSinglePicture reports whether a file name may belong to a picture of one network.
func isSinglePicture(name string) bool {
	for _, kind := range singlePictures {
		if strings.HasPrefix(name, kind.prefix) && slices.Contains(endings, filepath.Ext(name)) {
			return true
		}
	}
	return false
}
