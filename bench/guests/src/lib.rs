//! The reference guests stand in `examples/`, a module each; `make bench` builds them.
