// Package live shows the page of package report while a network trains:
//
//	server := &live.Server{}
//	if err := server.Start(); err != nil {
//		return err
//	}
//	defer server.Close()
//	fmt.Println("watch it on", server.URL())
//	recorder := &vanishing.Recorder{Name: "plain sigmoid"}
//	trainer.Callbacks = []train.Callback{recorder, server.Follow(recorder)}
//
// The recorder comes first, so that each step is recorded when the server looks. Several runs, one after the other or at the
// same time, stand beside each other on the page.
//
// A run never waits for its viewers. After a step the server takes a snapshot, at most ten times a second; all else happens in
// the goroutines of the viewers, and takes a hundredth of a core's time at most: the longer it takes to write the page's data,
// the more seldom it is done. What is sent is always the whole, of a bounded size, so that a viewer that was away, or slow,
// or connected to a server that has ended in the meantime, has it all with the next message. Nothing of it reaches the run:
// results are the same, bit by bit, with and without viewers.
//
// A page about a network may tell more than one wants others to know. The server listens to its own machine alone unless
// it is told otherwise, and answers only to names that cannot have been pointed at it by somebody else's web page.
package live
