/// The way to the other members: who they are (one labelled Lease each), one TLS connection per pair, and the frames on it.
///
/// Nothing here judges what a heartbeat means; that is `dev.hacp.leader.members`.
@NullMarked
package dev.hacp.leader.channel;

import org.jspecify.annotations.NullMarked;
