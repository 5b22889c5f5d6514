package profiles

import (
	"context"
	stderrors "errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/reportdir"
	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/cmd/demo/internal/setup"
	"github.com/gradflow/gradflow/internal/printable"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/report"
)

// reportCommand is demo report.
func reportCommand(now func() time.Time) *cli.Command {
	var to, names, digest string
	var chosen []format
	var reader report.JSONReader
	var notes bool
	all := strings.Join(formatNames(), ",")
	chosen, _ = choose(all)
	return &cli.Command{
		Name: "report", Usage: say.Text("make reports of recorded profiles"), ArgsUsage: say.Text("[file ...]"),
		Description: say.Text(`Makes reports of recorded profiles: one on the terminal, and one of each format in a folder.`) + "\n\n" +
			say.Sentences(say.Text(profileFiles), say.Text(`Without a file the command takes the last run, gradflow-runs/latest.`)) + "\n\n" + say.Text(`A file is written whole or not at all. If one cannot be written the others still are. The pictures show at most 12 networks.

Examples:
  demo report
  demo report gradflow-runs/latest/profiles.json
  demo report -formats html,markdown -out docs a.json b.json
  demo report -digest json profiles.json

Exit status:
  0    the reports were made
  1    the profiles could not be printed, or a file not read or written
  2    a mistake in the command line
  130  Ctrl-C (143: SIGTERM, 129: SIGHUP)
  141  the reader of the output, such as head, went away; the files were written`),
		Flags: append(setup.OutFlag(&to), console.Section(say.Text("Report"),
			console.String("formats", &names, all, say.Text("`names` of the formats to write, with commas between; empty for none"), formatNames(), func(text string) (err error) {
				chosen, err = choose(text)
				return err
			}),
			console.Choice("digest", &digest, "", digestNames, say.Text("print a digest of at most 64 KiB for a script or a language model, in `form` json or markdown, and write no files")),
			sizeFlag(&reader),
			notesFlag(&notes),
		)...),
		ArgValidator: console.AnyArguments,
		Action: func(ctx context.Context, cmd *cli.Command) error {
			files, err := profileArguments(cmd, true)
			if err != nil {
				return err
			}
			if digest == "" && len(chosen) > 0 && to != "" {
				if err := checkOut(to, files, chosen); err != nil {
					return err
				}
			}
			diagnoses, unread := console.Await(ctx, func() ([]vanishing.Diagnosis, error) { return readDiagnoses(files, reader) })
			if len(diagnoses) == 0 {
				return unread
			}
			if digest != "" {
				return stderrors.Join(unread, console.AwaitDone(ctx, func() error { return printDigest(cmd.Writer, digest, diagnoses) }))
			}
			return stderrors.Join(unread, writeFormats(ctx, diagnoses, chosen, func() (*reportdir.Folder, error) {
				if to != "" {
					return reportdir.New(to)
				}
				return reportdir.NewRun(now(), "report")
			}, withNotes(cmd.Writer, notes), cmd.Writer))
		},
	}
}

// checkOut refuses a folder of -out in which the report would replace one of its inputs or, unless these are the profiles of that folder
// alone, the report of a run.
func checkOut(to string, inputs []string, chosen []format) error {
	var written []string
	for _, f := range chosen {
		written = append(written, f.file)
	}
	if err := reportdir.CheckInputs(to, written, inputs...); err != nil {
		return err
	}
	if len(inputs) == 1 && reportdir.CheckInputs(to, []string{reportdir.ProfilesName}, inputs...) != nil {
		return nil
	}
	return reportdir.CheckReport(to)
}

// digestNames are the forms of a digest.
var digestNames = []string{"json", "markdown"}

// printDigest prints the digest of profiles.
func printDigest(out io.Writer, form string, diagnoses []vanishing.Diagnosis) error {
	if form == "json" {
		return report.DigestJSON(out, diagnoses...)
	}
	return report.DigestMarkdown(out, diagnoses...)
}

// writeFormats prints the profiles and writes the chosen formats to a folder. Neither loses the other.
func writeFormats(ctx context.Context, diagnoses []vanishing.Diagnosis, chosen []format, make func() (*reportdir.Folder, error), text report.Text, out io.Writer) error {
	printErr := console.AwaitDone(ctx, func() error { return terminal(out, text, diagnoses) })
	if len(chosen) == 0 {
		return printErr
	}
	to, err := make()
	if err != nil {
		return stderrors.Join(err, printErr)
	}
	defer to.Close()
	for _, f := range chosen {
		f.make(ctx, to, diagnoses)
	}
	fileErr := to.Unsaved()
	if printErr == nil && fileErr == nil {
		printErr = printFormats(out, chosen, to.Path, len(diagnoses))
	}
	return stderrors.Join(fileErr, printErr)
}

// printFormats prints the names of the written files.
func printFormats(out io.Writer, chosen []format, to string, networks int) error {
	var written []string
	note := ""
	for _, f := range chosen {
		written = append(written, f.file)
		if f.name == "pictures" && networks > reportdir.MaxPictures {
			note = say.Sprintf("The pictures show the first %d of %d networks.", reportdir.MaxPictures, networks) + "\n"
		}
	}
	_, err := fmt.Fprintf(out, "\n%s\n%s", say.Sprintf("Written to %s: %s.", printable.Text(to), strings.Join(written, say.Text(", "))), note)
	return err
}
