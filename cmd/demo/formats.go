package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/report"
	"github.com/gradflow/gradflow/vanishing/report/export"
)

// A format is a kind of report.
type format struct {
	name string
	file string // what it writes; a folder ends with a slash
	make func(ctx context.Context, f *folder, profiles []vanishing.Profile)
}

// formats are all that can be written.
var formats = []format{
	{"text", "report.txt", func(ctx context.Context, f *folder, p []vanishing.Profile) {
		f.write(ctx, "report.txt", func(w io.Writer) error { return terminal(w, report.Text{}, p) })
	}},
	{"markdown", "report.md", func(ctx context.Context, f *folder, p []vanishing.Profile) {
		f.write(ctx, "report.md", func(w io.Writer) error { return report.Markdown(w, p...) })
	}},
	{"html", "report.html", func(ctx context.Context, f *folder, p []vanishing.Profile) {
		f.write(ctx, "report.html", func(w io.Writer) error { return report.HTML(w, p...) })
	}},
	{"csv", "profiles.csv", func(ctx context.Context, f *folder, p []vanishing.Profile) {
		f.write(ctx, "profiles.csv", func(w io.Writer) error { return report.CSV(w, p...) })
	}},
	{"tensorboard", "tensorboard/", func(ctx context.Context, f *folder, p []vanishing.Profile) {
		f.try(ctx, "tensorboard/", func() error { return export.TensorBoard{}.Save(filepath.Join(f.path, "tensorboard"), p...) })
	}},
	{"pictures", "*.png, *.svg", func(ctx context.Context, f *folder, p []vanishing.Profile) { f.draw(ctx, p) }},
}

// formatNames lists them.
func formatNames() (names []string) {
	for _, f := range formats {
		names = append(names, f.name)
	}
	return names
}

// choose finds formats by their names.
func choose(names string) (chosen []format, err error) {
	for _, name := range strings.FieldsFunc(names, func(r rune) bool { return r == ',' || r == ' ' }) {
		i := slices.IndexFunc(formats, func(f format) bool { return f.name == name })
		if i < 0 {
			return nil, unknownName("formats", name, formatNames())
		}
		chosen = append(chosen, formats[i])
	}
	return chosen, nil
}

// terminal writes several networks side by side, and then each by its layers.
func terminal(w io.Writer, text report.Text, profiles []vanishing.Profile) error {
	if len(profiles) > 1 {
		if err := text.Compare(w, profiles...); err != nil {
			return err
		}
	}
	for i, p := range profiles {
		if i > 0 || len(profiles) > 1 {
			fmt.Fprint(w, "\n\n")
		}
		if err := text.Table(w, p, vanishing.Diagnose(p)); err != nil {
			return err
		}
	}
	return nil
}
