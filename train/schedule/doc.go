// Package schedule changes the learning rate from step to step.
//
// A [Schedule] gives a factor for each step, which a trainer multiplies the optimiser's own rate by:
//
//	t.Schedule = schedule.Cosine{}                         // from the rate down to 0 over the run
//	t.Schedule = schedule.Warmup(500, schedule.Cosine{})   // and a linear rise before
//	t.Schedule = &schedule.Plateau{}                       // lower when the validation loss stands still
//
// Schedules are named after PyTorch's and give the same rates, with a step of the optimiser as the unit of time. [PerEpoch] makes it
// the epoch. A zero field means its documented default. All but [Plateau] are functions of the step, so that a resumed run goes on
// with the same rates.
package schedule
