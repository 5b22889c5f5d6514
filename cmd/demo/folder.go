package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/report"
)

// A folder is where the report is written to.
type folder string

// newFolder makes the folder and tries to write to it before any training, so that a mistake in its name costs nothing.
func newFolder(path string) (folder, error) {
	if err := os.MkdirAll(path, 0o755); err != nil {
		return "", errors.Wrap(err, "-out")
	}
	probe, err := os.CreateTemp(path, ".probe-*")
	if err != nil {
		return "", errors.Wrap(err, "-out")
	}
	probe.Close()
	return folder(path), errors.Wrap(os.Remove(probe.Name()), "-out")
}

// fill writes the report's files.
func (f folder) fill(results []result) error {
	if err := f.removeOldPictures(); err != nil {
		return err
	}
	all := profiles(results)
	if err := f.write("report.html", func(w io.Writer) error { return report.HTML(w, all...) }); err != nil {
		return err
	}
	if err := f.write("report.txt", func(w io.Writer) error { return fullText(w, results) }); err != nil {
		return err
	}
	if err := f.write("profiles.csv", func(w io.Writer) error { return report.CSV(w, all...) }); err != nil {
		return err
	}
	if err := f.write("profiles.json", func(w io.Writer) error { return report.JSON(w, all...) }); err != nil {
		return err
	}
	return f.draw(all)
}

// layersByStep begins the names of the pictures that there is one of for each network.
const layersByStep = "layers-by-step-"

// removeOldPictures takes away those of an earlier run, which may have had other networks.
func (f folder) removeOldPictures() error {
	old, err := filepath.Glob(filepath.Join(string(f), layersByStep+"*"))
	for _, path := range old {
		if err == nil {
			err = os.Remove(path)
		}
	}
	return err
}

// fullText is the summary, and below it the layers of each network.
func fullText(w io.Writer, results []result) error {
	if err := summary(w, report.Text{}, results); err != nil {
		return err
	}
	for _, p := range profiles(results) {
		fmt.Fprint(w, "\n\n")
		if err := (report.Text{}).Table(w, p, vanishing.Diagnose(p)); err != nil {
			return err
		}
	}
	return nil
}

// draw makes the pictures: the profiles in the first step and over all steps, and each network's layers over time.
func (f folder) draw(profiles []vanishing.Profile) error {
	if err := f.save("first-step")(report.ProfilePlot(firstSteps(profiles)...)); err != nil {
		return err
	}
	if err := f.save("all-steps")(report.ProfilePlot(profiles...)); err != nil {
		return err
	}
	for _, p := range profiles {
		if err := f.save(layersByStep + fileName(p.Name))(report.HeatMapPlot(p)); err != nil {
			return err
		}
	}
	return nil
}

// save writes a figure as PNG and as SVG, or passes on why there is none.
func (f folder) save(name string) func(*report.Figure, error) error {
	return func(figure *report.Figure, err error) error {
		if err != nil {
			return errors.Wrap(err, name)
		}
		if err := figure.Save(filepath.Join(string(f), name+".png")); err != nil {
			return err
		}
		return figure.Save(filepath.Join(string(f), name+".svg"))
	}
}

// fileName keeps the letters and digits of a network's name, with single dashes between.
func fileName(name string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool {
		return !('a' <= r && r <= 'z' || '0' <= r && r <= '9')
	})
	return strings.Join(words, "-")
}

// write makes one file in the folder.
func (f folder) write(name string, content func(io.Writer) error) error {
	return errors.Wrap(writeFile(filepath.Join(string(f), name), content), name)
}

// writeFile makes a file.
func writeFile(path string, content func(io.Writer) error) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	err = content(file)
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	return err
}
