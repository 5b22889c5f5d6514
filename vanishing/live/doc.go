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
// The recorder comes first, so that it has recorded a step before the server takes a snapshot. The page shows several runs,
// consecutive or concurrent, side by side, with bars of their progress: samples a second, and the time left. [Server.Expect] tells
// how many consecutive runs there will be, whose time the page then estimates too.
//
// A run never waits for its viewers. After a step the server takes a snapshot, at most ten times a second. All other work is done
// by the goroutines of the viewers, in at most a hundredth of a core's time: the longer it takes to write the page's data, the
// less often they are written. Each message holds all data, in a bounded size. A viewer that was away or slow, or whose server was
// restarted, is complete again with the next message. Viewers do not change a run: its results are the same, bit by bit, with and
// without them.
//
// A page about a network may be confidential. By default the server listens only to its own machine. It answers only requests
// for hosts that cannot come from DNS rebinding, and refuses data to pages of other sites: see [Server.ServeHTTP].
//
// # Limits
//
// Clients that poll, hang or flood cost a run no more than these limits allow:
//
//   - 64 connections, and 25 new ones a second. One more replaces the connection that has waited longest for a request, or else
//     the oldest. Idle connections keep nobody out.
//   - 32 viewers of events. One more replaces the oldest viewer, whose browser reconnects after half a second and then gets the
//     newest data. With more than 32 viewers, or hostile ones, pages change less often, but they do change.
//   - 4 downloads of /profile.json at a time. One more replaces the oldest if that has had five seconds, and otherwise gets status
//     503 and Retry-After. The document is written as seldom as events, has four megabytes at most, and is shared.
//   - 25 requests, and 32 megabytes of /profile.json and of the page, a second for all clients together. Others wait, and get
//     status 503 if they would wait more than ten seconds.
//   - A request has eight kilobytes and no body, and must be sent in five seconds. An answer must be taken in ten seconds, and one
//     more for each 256 kilobytes. A connection has one answer. Without a request it ends after five seconds.
//
// The bounds of connections hold for a server that was started. Within another http.Server, its settings apply.
package live
