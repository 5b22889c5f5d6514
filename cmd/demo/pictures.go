package main

import (
	"context"
	"path/filepath"
	"strings"
	"unicode"

	"github.com/gradflow/gradflow/internal/files"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/report/plot"
)

// maxPictures is how many networks have a picture of their own: as many as plot.Profile shows.
const maxPictures = 12

// layersByStep begins the names of the pictures that there is one of for each network.
const layersByStep = "layers-by-step-"

// endings are those of pictures.
var endings = []string{".png", ".svg"}

// draw makes the pictures: the profiles in the first step and over all steps, and each network's layers over time. Those of
// an earlier run, which may have had other networks, are removed.
func (f *folder) draw(ctx context.Context, profiles []vanishing.Profile) {
	if err := files.Remove(f.path, isLayersByStep); err != nil {
		f.lose("old pictures", err)
	}
	f.picture(ctx, "first-step", func() (*plot.Figure, error) { return plot.Profile(firstSteps(profiles)...) })
	f.picture(ctx, "all-steps", func() (*plot.Figure, error) { return plot.Profile(profiles...) })
	for i, name := range pictureNames(profiles) {
		if i < maxPictures {
			f.picture(ctx, name, func() (*plot.Figure, error) { return plot.Heatmap(profiles[i]) })
		}
	}
}

// picture draws a figure and writes it as PNG and as SVG.
func (f *folder) picture(ctx context.Context, name string, draw func() (*plot.Figure, error)) {
	figure, err := await(ctx, draw)
	for _, ending := range endings {
		if err != nil {
			f.lose(name+ending, err)
			continue
		}
		f.try(ctx, name+ending, func() error { return figure.Save(filepath.Join(f.path, name+ending)) })
	}
}

// isLayersByStep tells the names of the pictures of single networks.
func isLayersByStep(name string) bool {
	for _, ending := range endings {
		if strings.HasPrefix(name, layersByStep) && strings.HasSuffix(name, ending) {
			return true
		}
	}
	return false
}

// pictureNames are the names of the pictures of single networks.
func pictureNames(profiles []vanishing.Profile) []string {
	titles := make([]string, len(profiles))
	for i, p := range profiles {
		titles[i] = p.Name
	}
	names := plainNames(titles)
	for i := range names {
		names[i] = layersByStep + names[i]
	}
	return names
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
