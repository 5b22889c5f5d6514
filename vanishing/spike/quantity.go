package spike

// A Quantity is what can jump.
type Quantity string

// The quantities.
const (
	Loss       Quantity = "loss"        // of the batch
	Rate       Quantity = "rate"        // the learning rate
	Activation Quantity = "activations" // the standard deviation of a layer's pre-activations
	Gradient   Quantity = "gradient"    // the root mean square of a layer's dL/dz
	Update     Quantity = "update"      // the size of a weight's update over that of the weight
	NonFinite  Quantity = "non-finite"  // a value is NaN or infinite, where all was usual before
)
