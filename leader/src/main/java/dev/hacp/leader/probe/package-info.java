/// Asks the kernels of the other members whether they are there. A kernel answers within microseconds however starved its
/// machine is, so its silence says what an agent's silence cannot: the node is gone or cut off.
///
/// Only observation lives here; what follows from it is decided in `dev.hacp.leader.election`.
@NullMarked
package dev.hacp.leader.probe;

import org.jspecify.annotations.NullMarked;
