// Package suite runs Gorgonia's own tests twice, on TapeMachine and on a machine of ours, and compares what they come to: which
// tests pass, and the value of every node after every run.
//
// The tests are those of the module that go.mod names, as it lies in the module cache. [Build] copies its source to a directory,
// edits the copy and compiles the tests against it:
//
//   - NewTapeMachine makes a machine that passes its calls to TapeMachine or, if a variable of the environment asks for it, to
//     ours: testdata/dispatch.go. The constructor of ours is named in testdata/hook_test.go, and nowhere else.
//   - A machine writes all nodes of its graph to a file after each run: testdata/record.go.
//   - Random numbers are seeded with a constant and not from the clock, so that both machines get the same ones.
//
// A copy is needed because the go command refuses an overlay over files of the module cache.
package suite
