package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/internal/printable"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/report"
)

// A format is a kind of report.
type format struct {
	name string
	file string // what it writes; a folder ends with a slash
	make func(f folder, profiles []vanishing.Profile) error
}

// formats are all that can be written.
var formats = []format{
	{"text", "report.txt", func(f folder, p []vanishing.Profile) error {
		return f.write("report.txt", func(w io.Writer) error { return terminal(w, report.Text{}, p) })
	}},
	{"markdown", "report.md", func(f folder, p []vanishing.Profile) error {
		return f.write("report.md", func(w io.Writer) error { return report.Markdown(w, p...) })
	}},
	{"html", "report.html", func(f folder, p []vanishing.Profile) error {
		return f.write("report.html", func(w io.Writer) error { return report.HTML(w, p...) })
	}},
	{"csv", "profiles.csv", func(f folder, p []vanishing.Profile) error {
		return f.write("profiles.csv", func(w io.Writer) error { return report.CSV(w, p...) })
	}},
	{"tensorboard", "tensorboard/", func(f folder, p []vanishing.Profile) error {
		return report.TensorBoard{}.Save(filepath.Join(string(f), "tensorboard"), p...)
	}},
	{"pictures", "*.png, *.svg", func(f folder, p []vanishing.Profile) error {
		if err := f.removeOldPictures(); err != nil {
			return err
		}
		return f.draw(p)
	}},
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
something cannot be read or written, and 2 after a mistake in the command line.

Flags:
`

// reportCommand is demo report.
func reportCommand(_ context.Context, args []string, out, log io.Writer) int {
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
	profiles, err := readProfiles(f.Args(), reader)
	if err == nil {
		err = writeFormats(profiles, chosen, to, out)
	}
	return status(err, log)
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

// writeFormats writes the reports of profiles, and prints these.
func writeFormats(profiles []vanishing.Profile, chosen []format, to string, out io.Writer) error {
	if len(chosen) > 0 {
		folder, err := newFolder(to)
		if err != nil {
			return err
		}
		for _, f := range chosen {
			if err := f.make(folder, profiles); err != nil {
				return err
			}
		}
	}
	if err := terminal(out, report.TextFor(out), profiles); err != nil || len(chosen) == 0 {
		return err
	}
	var written []string
	for _, f := range chosen {
		written = append(written, f.file)
	}
	_, err := fmt.Fprintf(out, "\nIn %s there are now %s.\n", printable.Text(to), strings.Join(written, ", "))
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
