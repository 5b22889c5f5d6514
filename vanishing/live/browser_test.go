package live

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/browser"
)

func TestMain(m *testing.M) { os.Exit(browser.Main(m)) }

// A gate holds a run after its first steps. Each value of the channel lets one step pass, and closing the channel all.
type gate struct {
	train.Base
	after int
	pass  chan struct{}
}

func (g *gate) AfterStep(run *train.Run) error {
	if run.Step >= g.after {
		<-g.pass
	}
	return nil
}

// images trains a deep network on images in a goroutine and returns a channel for its error.
func images(t *testing.T, recorder *vanishing.Recorder, callbacks ...train.Callback) <-chan error {
	t.Helper()
	set, _, err := data.FashionMNIST(tensor.Float32)
	if err != nil {
		t.Fatal(err)
	}
	if set, err = set.Subset(60 * 64); err != nil {
		t.Fatal(err)
	}
	trainer := &train.Trainer{
		Model: mlp.Model{Input: 784, Depth: 20, Width: 48, Output: 10, Activation: graph.Sigmoid}, Loss: graph.CrossEntropy{},
		Epochs: 1, Seed: 1, Callbacks: append([]train.Callback{recorder}, callbacks...),
	}
	done := make(chan error, 1)
	go func() {
		_, err := trainer.Fit(context.Background(), set, nil)
		done <- err
	}()
	return done
}

// A page in a browser follows a run, survives a restart of its server at the same address, and then follows the new run without
// being reloaded.
func TestLivePageInBrowser(t *testing.T) {
	b, other := browser.Open(t), browser.Open(t)
	first := &Server{}
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	b.View(1280, 5000, "light") // the whole page is visible, and drawn
	for _, viewer := range []*browser.Browser{b, other} {
		viewer.Go(first.URL())
		viewer.Until("document.querySelector('.status').textContent === 'live'")
		viewer.Until("document.querySelector('.wait').checkVisibility()")
		viewer.Run(nil, "window.loadedOnce = true")
	}

	g := &gate{after: 5, pass: make(chan struct{})}
	recorder := &vanishing.Recorder{Name: "first run"}
	done := images(t, recorder, first.Follow(recorder), g)
	await := func(records int) {
		for _, viewer := range []*browser.Browser{b, other} {
			viewer.Until(fmt.Sprintf("runs().length === 1 && current().records >= %d", records))
		}
	}
	await(1)
	b.Until("document.querySelector('.running').textContent.includes('of 60')")
	if step := b.Text(".running"); !strings.Contains(step, "first run") {
		t.Errorf("the progress is %q", step)
	}
	const picture = "document.querySelector('#heatmap .plane canvas')?.toDataURL()"
	b.Until(picture)
	b.Run(nil, "window.heatmap = "+picture)
	drawnAnew := false
	for range 50 { // steps; the page gets one after the server's pause
		g.pass <- struct{}{}
		time.Sleep(300 * time.Millisecond)
		if b.Run(&drawnAnew, "return "+picture+" !== window.heatmap"); drawnAnew {
			break
		}
	}
	if !drawnAnew {
		t.Error("the heat map does not change while the run goes on")
	}
	close(g.pass)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	await(60)
	b.Until("document.querySelector('.status').textContent === 'finished'")
	if text := b.Text(".running"); text != "" {
		t.Errorf("a finished run still has the progress %q", text)
	}
	browser.Picture(t, "page-live.png", b.Screenshot(1280, "light"), 960)
	if faint := b.Faint(); len(faint) > 0 {
		t.Errorf("no ink in %q", faint)
	}
	if text := b.Text("h1"); text != "first run" {
		t.Errorf("the page is about %q", text)
	}
	quiet(t, b)

	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	b.Until("document.querySelector('.status').textContent.includes('lost')")
	second := &Server{Address: strings.TrimPrefix(first.URL(), "http://")}
	if err := second.Start(); err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	recorder = &vanishing.Recorder{Name: "second run"}
	if err := <-images(t, recorder, second.Follow(recorder)); err != nil {
		t.Fatal(err)
	}
	for _, viewer := range []*browser.Browser{b, other} {
		viewer.Until("document.querySelector('h1').textContent === 'second run' && current().records === 60")
		var same bool
		if viewer.Run(&same, "return window.loadedOnce === true"); !same {
			t.Error("the page was loaded again")
		}
	}
}

// quiet fails the test if the browser has logged errors or warnings.
func quiet(t *testing.T, b *browser.Browser) {
	t.Helper()
	for _, complaint := range b.Complaints() {
		t.Error(complaint)
	}
}
