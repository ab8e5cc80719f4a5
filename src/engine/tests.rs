//! What a run is made of, without a runtime and without a network.

mod model; // every schedule of a bounded adversary
