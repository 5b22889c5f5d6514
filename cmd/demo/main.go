// Command demo trains deep networks on real images and shows what becomes of their gradients.
//
//	demo                    the four networks
//	demo -h                 all flags and commands
//	demo train              one network, with -serve on a live page
//	demo rate               a learning rate, by a short training at a rate that grows
//	demo runs               runs with what differs between them and how they ended
//	demo eval               score a trained network
//	demo predict            classify images by a trained network
//	demo sample             write text by a network that has learnt a text
//	demo export             a network as an ONNX file
//	demo check              tell by the exit status whether a network is healthy
//	demo report             reports of recorded profiles
//	demo compare            recorded profiles side by side
//	demo live               what another program records while it trains, on a page
//	demo info               the tensors of a file of weights
//	demo convert            a file of weights in another format
//	demo structure          what a network is made of
//	demo summary            the layers of a network, with shapes, parameters and work
//	demo theory             what theory expects of a network before any training
//	demo graph              the graph of a network, and how it is compiled
//	demo lesion             what a trained network loses with each of its blocks
//	demo shatter            how alike the gradients of different inputs are, by depth
//	demo features           what the units of a trained network see
//	demo degradation        the experiment that residual networks were made for
//	demo memory             recurrent networks on problems of long memory
//	demo scale              what grows with the width and the depth of a network, and what mends it
//	demo version            the version, the kernels in use, and why
//	demo completion         completion of commands, flags and values for a shell
//	demo help [command]     the same as -h
package main

import (
	"context"
	"io"
	"os"
	"slices"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/experiments"
	"github.com/gradflow/gradflow/cmd/demo/internal/network"
	"github.com/gradflow/gradflow/cmd/demo/internal/profiles"
	"github.com/gradflow/gradflow/cmd/demo/internal/runs"
	"github.com/gradflow/gradflow/internal/files"
)

func main() {
	end(run(console.UntilSignal(), os.Args[1:], os.Stdout, os.Stderr))
}

// end ends the process. It removes what is left of files that are still being written after a signal, but does not wait for a disk
// that does not answer.
func end(status int) {
	removed := make(chan bool)
	go func() {
		files.Abandon()
		close(removed)
	}()
	select {
	case <-removed:
	case <-time.After(time.Second / 4):
	}
	os.Exit(status)
}

// run is the whole command: results go to out, progress and errors to log.
func run(ctx context.Context, args []string, out, log io.Writer) int {
	return console.Run(ctx, func() *cli.Command { return demoCommand(time.Now) }, args, out, log)
}

// demoCommand is demo with its commands; without a command it trains the four networks. The clock names the folders of reports.
func demoCommand(now func() time.Time) *cli.Command {
	return console.Root(runs.Root(now), slices.Concat(
		runs.Commands(now), profiles.Commands(now), network.Commands(now), experiments.Commands(now),
	)...)
}
