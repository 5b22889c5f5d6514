package profile

// A Trial is one remedy, tried on a copy of the network with one batch.
type Trial struct {
	Name string `json:"name"`           // as "batch normalisation"
	Code string `json:"code,omitempty"` // the line that applies it, as "Norm: graph.BN"
	Note string `json:"note,omitempty"` // a remark, as why it could not be tried

	Outcome *Outcome `json:"outcome,omitempty"` // nil if it could not be tried
}

// An Outcome is the result of a trial.
type Outcome struct {
	Change Number   `json:"change"`          // decades that the fitted line gains from the last hidden layer to the first: 0 is level
	Delta  []Number `json:"delta,omitempty"` // RMS(delta) of the layers on the path, from input to output
	Early  Number   `json:"early"`           // update ratio of the first layer's weight in the first step
	Late   Number   `json:"late"`            // update ratio of the last hidden layer's weight in the first step
	Loss   Number   `json:"loss"`            // of the batch, before any step
	After  Number   `json:"after"`           // of the batch, after a few steps
}
