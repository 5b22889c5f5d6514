package main

import (
	"context"
	stderrors "errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/internal/printable"
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
func formatNames() string {
	var names []string
	for _, f := range formats {
		names = append(names, f.name)
	}
	return strings.Join(names, ",")
}

const reportUsage = `demo report makes reports of recorded profiles: one on the terminal, and one of each format in a folder.

  go run ./cmd/demo report gradflow-report/profiles.json
  go run ./cmd/demo report -formats html,markdown -out docs a.json b.json

The files are those that demo, demo train and report.JSON write; a dash is the standard input. The exit status is 0, 1 if
something cannot be read or written, 2 after a mistake in the command line, and 130, 143 or 129 after Ctrl-C, SIGTERM or
SIGHUP. Files are whole or absent, and one that cannot be written keeps no other from being written. Of more than 12
networks the pictures show the first 12.

Flags:
`

// reportCommand is demo report.
func reportCommand(ctx context.Context, args []string, out, log io.Writer) int {
	var to, names string
	var reader report.JSONReader
	f := newFlags("demo report", reportUsage, log)
	sizeFlag(f, &reader)
	f.StringVar(&to, "out", "gradflow-report", "`folder` to write to")
	f.StringVar(&names, "formats", formatNames(), "`names` of what to write there, with commas between; empty for nothing")
	var chosen []format
	if err := read(f, args, func() (err error) {
		if f.NArg() == 0 {
			return errors.New("of which profiles? Give a file as in demo report profiles.json")
		}
		chosen, err = choose(names)
		return err
	}); err != nil {
		return usageStatus(err)
	}
	profiles, err := await(ctx, func() ([]vanishing.Profile, error) { return readProfiles(f.Args(), reader) })
	if err == nil {
		err = writeFormats(ctx, profiles, chosen, to, out)
	}
	return status(ctx, err, log)
}

// choose finds formats by their names.
func choose(names string) (chosen []format, err error) {
	for _, name := range strings.FieldsFunc(names, func(r rune) bool { return r == ',' || r == ' ' }) {
		i := slices.IndexFunc(formats, func(f format) bool { return f.name == name })
		if i < 0 {
			return nil, errors.Errorf("-formats: there is no %q; there are %s", name, formatNames())
		}
		chosen = append(chosen, formats[i])
	}
	return chosen, nil
}

// writeFormats writes the reports of profiles, and prints the profiles, even if a report cannot be written.
func writeFormats(ctx context.Context, profiles []vanishing.Profile, chosen []format, to string, out io.Writer) error {
	var fileErr error
	if len(chosen) > 0 {
		fileErr = fillWith(ctx, chosen, to, profiles)
	}
	return stderrors.Join(fileErr, awaitDone(ctx, func() error {
		err := terminal(out, report.TextFor(out), profiles)
		if err == nil && fileErr == nil && len(chosen) > 0 {
			err = tellFormats(out, chosen, to, len(profiles))
		}
		return err
	}))
}

// fillWith writes the reports of the chosen formats into a folder.
func fillWith(ctx context.Context, chosen []format, to string, profiles []vanishing.Profile) error {
	folder, err := newFolder(to)
	if err != nil {
		return err
	}
	for _, f := range chosen {
		f.make(ctx, folder, profiles)
	}
	return folder.unsaved()
}

// tellFormats prints what was written.
func tellFormats(out io.Writer, chosen []format, to string, networks int) error {
	var written []string
	note := ""
	for _, f := range chosen {
		written = append(written, f.file)
		if f.name == "pictures" && networks > maxPictures {
			note = fmt.Sprintf("The pictures show the first %d of %d networks.\n", maxPictures, networks)
		}
	}
	_, err := fmt.Fprintf(out, "\nIn %s there are now %s.\n%s", printable.Text(to), strings.Join(written, ", "), note)
	return err
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
