// Command run measures a training step of gradflow, PyTorch, stock Gorgonia and GoMLX side by side, on the machine it runs
// on, and writes docs/performance.md.
//
//	go run ./bench/run                  print the tables; about an hour
//	go run ./bench/run -quick           fewer rounds, batches of 64 only; about 15 minutes
//	go run ./bench/run -recording       measure only the cost of recording
//	go run ./bench/run -recording -sequences all -transformers all  that of a recorder with its default settings on these networks
//	go run ./bench/run -live            measure only the cost of the live page
//	go run ./bench/run -images all      measure only convolutional networks
//	go run ./bench/run -transformers all  measure only Transformers
//	go run ./bench/run -sequences all   measure only recurrent networks
//	go run ./bench/run -agree           measure nothing; check that the losses of all agree after 20 steps
//	go run ./bench/run -o docs/performance.md
//	go run ./bench/run -soak 100000     train one small network for 100000 steps, and print its memory ten times
//
// PyTorch is Debian's python3-torch with libopenblas0-openmp. Rivals that are not installed are skipped with a message.
package main

import (
	"bytes"
	stderrors "errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/gradflow/gradflow/bench"
	"github.com/gradflow/gradflow/internal/files"
)

func main() {
	log.SetFlags(0)
	quick := flag.Bool("quick", false, "fewer rounds, batches of 64 only")
	agree := flag.Bool("agree", false, "measure nothing, only compare the losses after 20 steps")
	onlyRecording := flag.Bool("recording", false, "only measure the cost of recording; with -sequences or -transformers, that of a recorder with its default settings on those")
	onlyLive := flag.Bool("live", false, "only measure the cost of the live page")
	onlyImages := flag.String("images", "", "only measure convolutional networks: those whose names contain `text`, or all")
	onlyTransformers := flag.String("transformers", "", "only measure Transformers: those whose names contain `text`, or all")
	onlySequences := flag.String("sequences", "", "only measure recurrent networks: those whose names contain `text`, or all")
	only := flag.String("only", "abcde", "`letters` of the workloads to measure")
	out := flag.String("o", "", "write the report to this `file` as well")
	soak := flag.Int("soak", 0, "only train a small network for this number of `steps` and print its memory")
	childName := flag.String("child", "", "`name` of the rival to run as a child process; for internal use")
	workload := flag.String("workload", "", "of the child")
	batch := flag.Int("batch", 0, "of the child")
	optimizer := flag.String("optimizer", "", "of the child")
	flag.Parse()
	var err error
	switch {
	case *childName != "":
		err = child(*childName, *workload, *batch, *optimizer)
	case *soak > 0:
		err = soakTest(os.Stdout, *soak)
	case *onlyRecording && *onlySequences+*onlyTransformers != "":
		err = compareDefaults(os.Stdout, *quick, *onlySequences, *onlyTransformers)
	case *onlyRecording:
		err = compareRecordings(os.Stdout, *quick, *only)
	case *onlyLive:
		var pages []pageCost
		pages, err = comparePages(os.Stderr, *quick, *only)
		(&page{w: os.Stdout}).live(pages)
	case *onlyImages != "":
		err = compareImages(os.Stdout, *quick, strings.TrimPrefix(*onlyImages, "all"))
	case *onlyTransformers != "":
		err = compareTransformers(os.Stdout, *quick, strings.TrimPrefix(*onlyTransformers, "all"))
	case *onlySequences != "":
		err = compareSequences(os.Stdout, *quick, strings.TrimPrefix(*onlySequences, "all"))
	case *agree:
		err = agreeAll(*quick, *only)
	default:
		err = compare(*quick, *only, *out)
	}
	if err != nil {
		log.Fatal(err)
	}
}

// newSetup looks for the rivals.
func newSetup(quick bool) setup {
	s := setup{rounds: 12, block: 80 * time.Millisecond, log: os.Stderr, script: filepath.Join("bench", "torch", "step.py")}
	if quick {
		s.rounds = 6
	}
	s.python = findTorch(s.log)
	if s.python != "" {
		s.torchEnv = fastestCoreType(s.log, s.python, s.script)
	}
	s.gomlx = buildGoMLX(s.log)
	return s
}

// agreeAll compares the losses of all rivals on all configurations.
func agreeAll(quick bool, only string) error {
	s := newSetup(quick)
	for _, c := range configurations(quick, only) {
		r, err := s.begin(c, []string{ours, pytorch, openblas, stock, gomlx})
		if err != nil {
			return err
		}
		losses, err := r.agree()
		r.stop()
		if err != nil {
			return err
		}
		fmt.Printf("%v: %s\n", c, losses)
	}
	return nil
}

// compare measures all tables and writes the report.
func compare(quick bool, only, path string) error {
	m, err := measureAll(quick, only)
	if err != nil {
		return err
	}
	var text bytes.Buffer
	if err := m.report(&text); err != nil {
		return err
	}
	var fileErr error
	if path != "" {
		fileErr = files.Write(path, func(w io.Writer) error { _, err := w.Write(text.Bytes()); return err })
	}
	_, err = os.Stdout.Write(text.Bytes()) // even if the file cannot be written
	return stderrors.Join(fileErr, err)
}

// configurations lists the rows of the table.
func configurations(quick bool, only string) []configuration {
	batches := []int{64, 256}
	if quick {
		batches = batches[:1]
	}
	var list []configuration
	for _, w := range bench.Workloads {
		if !strings.Contains(only, w.Name) {
			continue
		}
		for _, batch := range batches {
			for _, optimizer := range []string{"sgd", "adam"} {
				list = append(list, configuration{w, batch, optimizer})
			}
		}
	}
	return list
}

// findTorch looks for a Python that has PyTorch.
func findTorch(log io.Writer) string {
	for _, python := range []string{"/usr/bin/python3", "python3"} {
		if exec.Command(python, "-c", "import torch, numpy").Run() == nil {
			return python
		}
	}
	fmt.Fprintln(log, "SKIPPED: no PyTorch. On Debian: apt-get install python3-torch libopenblas0-openmp")
	return ""
}

// buildGoMLX builds the rival in bench/gomlx, which is a separate module.
func buildGoMLX(log io.Writer) string {
	folder := filepath.Join("bench", "gomlx")
	binary := filepath.Join(os.TempDir(), "gradflow-bench-gomlx")
	build := exec.Command("go", "build", "-o", binary, ".")
	build.Dir = folder
	if text, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(log, "SKIPPED: GoMLX cannot be built: %v %s\n", err, text)
		return ""
	}
	return binary
}
