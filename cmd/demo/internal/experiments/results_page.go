package experiments

import (
	"context"
	"io"
	"os"
	"path/filepath"

	"github.com/gradflow/gradflow/cmd/demo/internal/reportdir"
	"github.com/gradflow/gradflow/internal/files"
	"github.com/gradflow/gradflow/internal/lang"
	"github.com/gradflow/gradflow/vanishing/report/plot"
)

// A resultsPage is the page of an experiment, in English and Chinese, with pictures that both show.
type resultsPage struct {
	name     string // as "scale" for scale.md
	pictures []picture
	// write writes it in a language. The folder of the pictures is given from that of the page.
	write func(w io.Writer, say lang.Language, pictures string) error
}

// A picture is one of an experiment.
type picture struct {
	name string // as "scale-width" for img/scale-width.svg
	draw func() (*plot.Figure, error)
}

// save writes the English page and the pictures into the folder of reports, and the Chinese page into a folder of its own.
func (p resultsPage) save(ctx context.Context, f *reportdir.Folder, chinese string) error {
	images := filepath.Join(f.Path, "img")
	for _, folder := range []string{images, chinese} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return err
		}
	}
	for _, one := range p.pictures {
		name := filepath.Join("img", one.name+".svg")
		f.Try(ctx, name, func() error {
			figure, err := one.draw()
			if err != nil {
				return err
			}
			return figure.Save(filepath.Join(f.Path, name))
		})
	}
	f.Write(ctx, p.name+".md", func(w io.Writer) error { return p.write(w, lang.English, "img") })
	fromChinese, err := filepath.Rel(chinese, images)
	if err != nil {
		return err
	}
	page := filepath.Join(chinese, p.name+".md")
	f.Try(ctx, page, func() error {
		return files.Write(page, func(w io.Writer) error { return p.write(w, lang.Chinese, filepath.ToSlash(fromChinese)) })
	})
	return nil
}
