//! The reference guests are in `examples/`, one module each; `make bench` builds them.
