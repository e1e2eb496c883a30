/// The bytes between a client and its backend: the two legs of a connection on one event loop, back-pressure, half-close,
/// resets passed on, splice for bulk. Knows sockets and backends; which client may come in is `dev.hacp.lb.frontend`'s.
@NullMarked
package dev.hacp.lb.relay;

import org.jspecify.annotations.NullMarked;
