package imagefolder

import (
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pkg/errors"
)

// splitStream keeps the choice of validation images apart from other random draws with the same seed.
const splitStream = 0x73706c6974000000

// A file is an image with the number of its class.
type file struct {
	path  string
	class int
}

// sets are the files of the training and the validation set.
type sets struct {
	classes           []string
	train, validation []file
}

// A class is a folder with the images in it, in alphabetical order.
type class struct {
	name  string
	files []string
}

// Holds tells whether a folder holds folders with images as [Reader] reads them.
func Holds(dir string) bool {
	if train, _, ok := splitFolders(dir); ok {
		dir = train
	}
	folders, _ := subfolders(dir)
	return slices.ContainsFunc(folders, func(name string) bool {
		files, err := imageFiles(filepath.Join(dir, name))
		return err == nil && len(files) > 0
	})
}

// list finds the images of both sets.
func (r Reader) list(dir string) (sets, error) {
	trainDir, validationDir, ok := splitFolders(dir)
	if !ok {
		classes, err := readClasses(dir)
		if err != nil {
			return sets{}, err
		}
		return r.split(dir, classes)
	}
	train, err := readClasses(trainDir)
	if err != nil {
		return sets{}, err
	}
	validation, err := readClasses(validationDir)
	if err != nil {
		return sets{}, err
	}
	s := sets{classes: names(train), train: interleave(train)}
	aligned := make([]class, len(train))
	for _, c := range validation {
		i := slices.Index(s.classes, c.name)
		if i < 0 {
			return sets{}, errors.Errorf("imagefolder: classes of %s: got %s, want those of %s only: %s",
				validationDir, c.name, trainDir, strings.Join(s.classes, ", "))
		}
		aligned[i] = c
	}
	s.validation = interleave(aligned)
	return s, nil
}

// splitFolders are the folders of the two sets, if there are such.
func splitFolders(dir string) (train, validation string, ok bool) {
	train = filepath.Join(dir, "train")
	if !isFolder(train) {
		return "", "", false
	}
	for _, name := range []string{"val", "test"} {
		if validation = filepath.Join(dir, name); isFolder(validation) {
			return train, validation, true
		}
	}
	return "", "", false
}

// split takes a share of each class for validation.
func (r Reader) split(dir string, classes []class) (sets, error) {
	share := r.Validation
	if share == 0 {
		share = 0.2
	}
	random := rand.New(rand.NewPCG(r.Seed, splitStream))
	train, validation := slices.Clone(classes), slices.Clone(classes)
	for i, c := range classes {
		random.Shuffle(len(c.files), func(i, j int) { c.files[i], c.files[j] = c.files[j], c.files[i] })
		n := int(math.Round(share * float64(len(c.files))))
		n = min(max(n, 1), len(c.files)-1)
		validation[i].files, train[i].files = c.files[:n], c.files[n:]
	}
	s := sets{classes: names(classes), train: interleave(train), validation: interleave(validation)}
	if len(s.validation) == 0 {
		return sets{}, errors.Errorf("imagefolder: %s: got one image of each class, want two of one class at least, one for validation", dir)
	}
	return s, nil
}

func names(classes []class) []string {
	var list []string
	for _, c := range classes {
		list = append(list, c.name)
	}
	return list
}

// interleave takes the first image of each class, then the second of each, and so on.
func interleave(classes []class) []file {
	most := 0
	for _, c := range classes {
		most = max(most, len(c.files))
	}
	var files []file
	for i := range most {
		for number, c := range classes {
			if i < len(c.files) {
				files = append(files, file{c.files[i], number})
			}
		}
	}
	return files
}

// readClasses lists the classes in a folder, in alphabetical order.
func readClasses(dir string) ([]class, error) {
	folders, err := subfolders(dir)
	if err != nil {
		return nil, err
	}
	if len(folders) < 2 {
		return nil, errors.Errorf("imagefolder: classes in %s: got %d folders, want at least 2, one for each class", dir, len(folders))
	}
	var classes []class
	for _, name := range folders {
		files, err := imageFiles(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		if len(files) == 0 {
			return nil, errors.Errorf("imagefolder: %s: got no image, want PNG or JPEG files in the folder of a class "+
				"(a folder train needs one named val or test beside it)", filepath.Join(dir, name))
		}
		classes = append(classes, class{name, files})
	}
	return classes, nil
}

// subfolders lists the folders in a folder that are not hidden. A link to a folder is one.
func subfolders(dir string) (list []string, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, errors.Wrap(err, "imagefolder")
	}
	for _, e := range entries {
		if !hidden(e.Name()) && isFolder(filepath.Join(dir, e.Name())) {
			list = append(list, e.Name())
		}
	}
	return list, nil
}

// imageFiles lists the images in a folder. It refuses images of other formats.
func imageFiles(dir string) (list []string, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, errors.Wrap(err, "imagefolder")
	}
	for _, e := range entries {
		path := filepath.Join(dir, e.Name())
		if hidden(e.Name()) {
			continue
		}
		switch strings.ToLower(filepath.Ext(path)) {
		case ".png", ".jpg", ".jpeg":
			list = append(list, path)
		case ".bmp", ".gif", ".tif", ".tiff", ".webp", ".heic", ".avif":
			return nil, errors.Errorf("imagefolder: format of %s: got %s, want PNG or JPEG (convert it)", path, filepath.Ext(path))
		}
	}
	return list, nil
}

func hidden(name string) bool { return strings.HasPrefix(name, ".") }

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
