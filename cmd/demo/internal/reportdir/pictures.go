package reportdir

import (
	"context"
	"path/filepath"
	"strings"
	"unicode"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/internal/files"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/report/plot"
)

// MaxPictures is the largest number of networks that have single pictures. plot.Profile shows as many.
const MaxPictures = 12

// singlePictures are the kinds of pictures that show one network.
var singlePictures = []struct {
	prefix string // of the file's name
	draw   func(vanishing.Diagnosis) (*plot.Figure, error)
	always bool // false: no picture if there is nothing to draw
}{
	{"layers-by-step-", plot.Heatmap, true},
	{"finite-layers-", plot.Finite, false},
	{"gradient-budget-", plot.Budget, false},
	{"gradient-paths-", plot.Paths, false},
	{"sharpness-", plot.Sharpness, false},
	{"signal-propagation-", plot.Signal, false},
}

// endings are the endings of the files of a picture.
var endings = []string{".png", ".svg"}

// Draw makes the pictures: the gradient over the depth in the first step and over all steps, and the pictures of single
// networks. It removes the latter of an earlier report first, which may have had other networks.
func (f *Folder) Draw(ctx context.Context, all []vanishing.Diagnosis) {
	f.removePictures()
	defer f.listPictures()
	f.Picture(ctx, "first-step", func() (*plot.Figure, error) { return plot.Profile(firstSteps(all)...) })
	f.Picture(ctx, "all-steps", func() (*plot.Figure, error) { return plot.Profile(all...) })
	names := pictureNames(all)
	for _, kind := range singlePictures {
		for i, d := range all[:min(len(all), MaxPictures)] {
			f.Picture(ctx, kind.prefix+names[i], func() (*plot.Figure, error) {
				figure, err := kind.draw(d)
				if !kind.always && errors.Is(err, plot.ErrEmpty) {
					return nil, nil
				}
				return figure, err
			})
		}
	}
}

// Picture draws a figure and writes it as PNG and as SVG. If draw returns nil it writes nothing.
func (f *Folder) Picture(ctx context.Context, name string, draw func() (*plot.Figure, error)) {
	figure, err := console.Await(ctx, draw)
	if figure == nil && err == nil {
		return
	}
	for _, ending := range endings {
		if err != nil {
			f.lose(name+ending, err)
			continue
		}
		f.Try(ctx, name+ending, func() error { return figure.Save(filepath.Join(f.Path, name+ending)) })
	}
}

// pictureNames are the networks' parts of the names of single pictures.
func pictureNames(diagnoses []vanishing.Diagnosis) []string {
	titles := make([]string, len(diagnoses))
	for i, d := range diagnoses {
		titles[i] = d.Profile.Name
	}
	return PlainNames(titles)
}

// PlainNames turns the names of networks into different file names: letters and digits in lower case, with single dashes
// between words.
func PlainNames(networks []string) []string {
	titles := make([]string, len(networks))
	for i, name := range networks {
		words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		titles[i] = strings.Join(words, "-")
	}
	return files.Names(titles)
}

// firstSteps diagnoses the first steps alone.
func firstSteps(diagnoses []vanishing.Diagnosis) []vanishing.Diagnosis {
	list := make([]vanishing.Diagnosis, len(diagnoses))
	for i, d := range diagnoses {
		list[i] = FirstStep(d.Profile)
	}
	return list
}

// FirstStep diagnoses the first step alone.
func FirstStep(p vanishing.Profile) vanishing.Diagnosis {
	if len(p.Records) > 0 {
		p.Records, p.NonFinite = p.Records[:1], nil
	}
	return vanishing.DiagnoseIn(say.Language, p)
}
