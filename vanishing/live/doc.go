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
// it is told otherwise, answers only to names that cannot have been pointed at it by somebody else's web page, and refuses what
// a page of another site asks for: see [Server.ServeHTTP].
//
// # Limits
//
// Clients that poll, hang or flood cost a run no more than these limits allow:
//
//   - 64 connections, and 25 new ones a second. One more takes the place of the connection that has waited longest for a
//     request, or else of the oldest, so that nobody is kept out by connections that do nothing.
//   - 32 viewers of events. One more takes the place of the viewer that came first, whose browser comes back after half a
//     second and then has the newest data. With more than 32 viewers, or hostile ones, pages change less often, but they do change.
//   - 4 downloads of /profile.json at a time. One more is answered by status 503 and Retry-After, or takes the place of the
//     first if that has had five seconds. The document is written as seldom as events, has four megabytes at most, and is shared.
//   - 25 requests and 32 megabytes of /profile.json and of the page a second, for all together; others wait for their turn, and get
//     status 503 if that is more than ten seconds away.
//   - A request has eight kilobytes and no body, and is sent in five seconds. An answer is taken in ten seconds and one more for
//     each 256 kilobytes. A connection has one answer, and one without a request ends after five seconds.
//
// The bounds of connections hold for a server that was started. As a part of another http.Server, these are that one's to set.
package live
