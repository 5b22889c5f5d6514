package profiles

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/reportdir"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/report"
	"github.com/gradflow/gradflow/vanishing/report/export"
)

// A format is a kind of report.
type format struct {
	name string
	file string // that it writes; a folder ends with a slash
	make func(ctx context.Context, f *reportdir.Folder, diagnoses []vanishing.Diagnosis)
}

// formats are the formats that -formats knows.
var formats = []format{
	{"text", "report.txt", func(ctx context.Context, f *reportdir.Folder, d []vanishing.Diagnosis) {
		f.Write(ctx, "report.txt", func(w io.Writer) error { return terminal(w, report.Text{Notes: true}, d) })
	}},
	{"markdown", "report.md", func(ctx context.Context, f *reportdir.Folder, d []vanishing.Diagnosis) {
		f.Write(ctx, "report.md", func(w io.Writer) error { return report.Markdown(w, d...) })
	}},
	{"html", "report.html", func(ctx context.Context, f *reportdir.Folder, d []vanishing.Diagnosis) {
		f.Write(ctx, "report.html", func(w io.Writer) error { return report.HTML(w, d...) })
	}},
	{"csv", "profiles.csv", func(ctx context.Context, f *reportdir.Folder, d []vanishing.Diagnosis) {
		f.Write(ctx, "profiles.csv", func(w io.Writer) error { return report.CSV(w, d...) })
	}},
	{"tensorboard", "tensorboard/", func(ctx context.Context, f *reportdir.Folder, d []vanishing.Diagnosis) {
		f.Try(ctx, "tensorboard/", func() error { return export.TensorBoard{}.Save(filepath.Join(f.Path, "tensorboard"), d...) })
	}},
	{"pictures", "*.png, *.svg", func(ctx context.Context, f *reportdir.Folder, d []vanishing.Diagnosis) { f.Draw(ctx, d) }},
}

// formatNames lists the names of the formats.
func formatNames() (names []string) {
	for _, f := range formats {
		names = append(names, f.name)
	}
	return names
}

// choose finds formats by their names, which commas or spaces separate.
func choose(names string) (chosen []format, err error) {
	for _, name := range strings.FieldsFunc(names, func(r rune) bool { return r == ',' || r == ' ' }) {
		i := slices.IndexFunc(formats, func(f format) bool { return f.name == name })
		if i < 0 {
			return nil, console.UnknownName("formats", name, formatNames())
		}
		chosen = append(chosen, formats[i])
	}
	return chosen, nil
}

// terminal writes several networks side by side, and then the layers of each.
func terminal(w io.Writer, text report.Text, diagnoses []vanishing.Diagnosis) error {
	if len(diagnoses) > 1 {
		if err := text.Compare(w, diagnoses...); err != nil {
			return err
		}
	}
	for i, d := range diagnoses {
		if i > 0 || len(diagnoses) > 1 {
			fmt.Fprint(w, "\n\n")
		}
		if err := text.Table(w, d); err != nil {
			return err
		}
	}
	return nil
}
