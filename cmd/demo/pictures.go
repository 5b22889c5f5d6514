package main

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/internal/files"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/report/plot"
)

// maxPictures is how many networks have a picture of their own: as many as plot.Profile shows.
const maxPictures = 12

// singlePictures are the pictures that there is one of for each network, by the beginnings of their names.
var singlePictures = []struct {
	prefix string
	draw   func(vanishing.Diagnosis) (*plot.Figure, error)
	always bool // or only of networks that have something to draw
}{
	{"layers-by-step-", plot.Heatmap, true},
	{"gradient-budget-", plot.Budget, false},
	{"gradient-paths-", plot.Paths, false},
}

// endings are those of pictures.
var endings = []string{".png", ".svg"}

// draw makes the pictures: the gradient over the depth in the first step and over all steps, and those of each network alone.
// Pictures of an earlier run, which may have had other networks, are removed.
func (f *folder) draw(ctx context.Context, first, all []vanishing.Diagnosis) {
	if err := files.Remove(f.path, isSinglePicture); err != nil {
		f.lose(say.Text("old pictures"), err)
	}
	f.picture(ctx, "first-step", func() (*plot.Figure, error) { return plot.Profile(first...) })
	f.picture(ctx, "all-steps", func() (*plot.Figure, error) { return plot.Profile(all...) })
	names := pictureNames(all)
	for _, kind := range singlePictures {
		for i, d := range all[:min(len(all), maxPictures)] {
			f.picture(ctx, kind.prefix+names[i], func() (*plot.Figure, error) {
				figure, err := kind.draw(d)
				if !kind.always && errors.Is(err, plot.ErrEmpty) {
					return nil, nil
				}
				return figure, err
			})
		}
	}
}

// picture draws a figure, if there is one, and writes it as PNG and as SVG.
func (f *folder) picture(ctx context.Context, name string, draw func() (*plot.Figure, error)) {
	figure, err := await(ctx, draw)
	if figure == nil && err == nil {
		return
	}
	for _, ending := range endings {
		if err != nil {
			f.lose(name+ending, err)
			continue
		}
		f.try(ctx, name+ending, func() error { return figure.Save(filepath.Join(f.path, name+ending)) })
	}
}

// isSinglePicture tells the names of the pictures of single networks.
func isSinglePicture(name string) bool {
	for _, kind := range singlePictures {
		if strings.HasPrefix(name, kind.prefix) && slices.Contains(endings, filepath.Ext(name)) {
			return true
		}
	}
	return false
}

// pictureNames are the ends of the names of the pictures of single networks.
func pictureNames(diagnoses []vanishing.Diagnosis) []string {
	titles := make([]string, len(diagnoses))
	for i, d := range diagnoses {
		titles[i] = d.Profile.Name
	}
	return plainNames(titles)
}

// plainNames are names of files after networks, all different: their letters and digits, in lower case, with single dashes
// between.
func plainNames(networks []string) []string {
	titles := make([]string, len(networks))
	for i, name := range networks {
		words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		titles[i] = strings.Join(words, "-")
	}
	return files.Names(titles)
}
