package profile

// A Trial is one remedy, tried on a copy of the network with one batch.
type Trial struct {
	Name   string    `json:"name"`   // as "batch normalisation"
	Code   string    `json:"code"`   // the line that applies it, as "Norm: graph.BN"
	Note   string    `json:"note"`   // what else there is to say, as why it could not be tried
	Tried  bool      `json:"tried"`  // whether it could be
	Change float64   `json:"change"` // decades that the fitted line gains from the last hidden layer to the first: 0 is level
	Delta  []float64 `json:"delta"`  // RMS(delta) of the layers on the path, from input to output
	Early  float64   `json:"early"`  // update ratio of the first layer's weight after one step
	Late   float64   `json:"late"`   // and of the last hidden layer's
	Loss   float64   `json:"loss"`   // of the batch, before any step
	After  float64   `json:"after"`  // of the same batch, after a few steps
}
