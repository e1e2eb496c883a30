/// What a move of the VIP costs a client, measured from this machine while it happens: new connections, idle ones, and
/// what the agents say about themselves. Nothing here changes anything; who begins the move is the caller's business.
@NullMarked
package dev.hacp.cli.drill;

import org.jspecify.annotations.NullMarked;
