/// The API servers behind the VIP: who they are, in which state, how loaded, and which one the next connection gets.
///
/// The pool owns the states and publishes an immutable snapshot; choosing reads that snapshot and plain counters, without
/// locks or allocation. No socket is opened here: `dev.hacp.lb.relay` carries bytes, `dev.hacp.lb.health` asks for health.
@NullMarked
package dev.hacp.lb.backend;

import org.jspecify.annotations.NullMarked;
