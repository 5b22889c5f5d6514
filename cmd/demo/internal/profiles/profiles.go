package profiles

import (
	stderrors "errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/pkg/errors"
	"github.com/urfave/cli/v3"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/reportdir"
	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/internal/lang"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/report"
)

// profileFiles is the help of commands that read profiles.
var profileFiles = lang.Key(`The files are those that demo, demo train and report.JSON write. A folder stands for its profiles.json, and a dash for
the standard input.`)

// profileArguments are the profile files that the command line names; a folder stands for its profiles.json. Without arguments
// they are those of the last run if lastRun is true.
func profileArguments(cmd *cli.Command, lastRun bool) ([]string, error) {
	files := cmd.Args().Slice()
	if latest := reportdir.Latest(); len(files) == 0 && lastRun && latest != "" {
		files = []string{latest}
	}
	if len(files) == 0 {
		want := say.Text("one or more")
		if lastRun {
			want = say.Sprintf("one or more, as there is no %s", filepath.Join(reportdir.Runs, reportdir.LatestName))
		}
		return nil, console.MissingProfile(cmd, want, exampleOf(cmd, reportdir.Newest(2)))
	}
	for i, file := range files {
		if info, err := os.Stat(file); err == nil && info.IsDir() {
			files[i] = filepath.Join(file, reportdir.ProfilesName)
		}
	}
	return files, nil
}

// exampleOf is a hint: a command line with existing runs, or how to make a run.
func exampleOf(cmd *cli.Command, runs []string) string {
	if len(runs) == 0 {
		return say.Sprintf(`Train a network first, as with "demo train", or name a file: %s profiles.json`, cmd.FullName())
	}
	return say.Sprintf("The newest runs: %s %s", cmd.FullName(), strings.Join(runs, " "))
}

// readProfiles reads the profiles of files in order; a dash is the standard input. Networks with the same name get the label of
// their file. If some files cannot be read, it returns the profiles of the others, and an error for each that cannot.
func readProfiles(files []string, reader report.JSONReader) ([]vanishing.Profile, error) {
	var all []vanishing.Profile
	var from []string // file of each profile
	var unread []error
	count := make(map[string]int)
	for _, file := range files {
		profiles, err := readFile(file, reader)
		if err != nil {
			unread = append(unread, errors.Wrap(err, file))
			continue
		}
		for _, p := range profiles {
			all, from = append(all, p), append(from, file)
			count[p.Name]++
		}
	}
	if len(all) == 0 && len(unread) == 0 {
		return nil, errors.New(say.Sprintf("%s: no network: got none, want one or more", strings.Join(files, ", ")))
	}
	for i, p := range all {
		if count[p.Name] > 1 && len(files) > 1 {
			all[i].Name = strings.TrimSpace(p.Name + " " + label(from[i], files))
		}
	}
	return all, stderrors.Join(unread...)
}

// readDiagnoses reads the profiles of files and diagnoses them. The files that can be read are diagnosed even if there is an error.
func readDiagnoses(files []string, reader report.JSONReader) ([]vanishing.Diagnosis, error) {
	profiles, err := readProfiles(files, reader)
	return vanishing.DiagnoseAllIn(say.Language, profiles...), err
}

// sizeFlag is -max-size, the largest file that a reader reads.
func sizeFlag(reader *report.JSONReader) cli.Flag {
	return console.Flag("max-size", say.Text("largest file to read, in `MiB`; reading takes about twice as much memory (default: 512)"), &console.Value{
		Parse: func(text string) error {
			n, err := strconv.ParseUint(text, 10, 32)
			if err != nil || n == 0 {
				return console.Wanted(text, say.Text("a whole number of MiB, 1 or more"))
			}
			reader.MaxBytes = int64(n) << 20
			return nil
		},
	})
}

// notesFlag is -notes, which writes out the findings that are notes.
func notesFlag(to *bool) cli.Flag {
	return console.Toggle("notes", to, say.Text("print the findings that are notes, not only their names"))
}

// withNotes is console.TextFor with the findings that are notes, or without.
func withNotes(w io.Writer, notes bool) report.Text {
	text := console.TextFor(w)
	text.Notes = notes
	return text
}

// label is a file's name without folder and ending, or the folder's name if several files have the same name.
func label(file string, files []string) string {
	same := 0
	for _, other := range files {
		if stem(other) == stem(file) {
			same++
		}
	}
	if folder := filepath.Base(filepath.Dir(file)); same > 1 && folder != "." {
		return folder
	}
	return stem(file)
}

func readFile(name string, reader report.JSONReader) ([]vanishing.Profile, error) {
	if name == "-" {
		return reader.Read(os.Stdin)
	}
	file, err := os.Open(name)
	var pathErr *os.PathError
	if errors.As(err, &pathErr) {
		err = pathErr.Err // the caller adds the name
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return reader.Read(file)
}

// stem is a file's name without folder and ending.
func stem(file string) string {
	base := filepath.Base(file)
	return strings.TrimSuffix(base, filepath.Ext(base))
}
