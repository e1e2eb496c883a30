/// What the members know of each other: heartbeats, who attests to whom, whom a majority has lost. Pure values and state
/// machines; bytes and sockets live in `dev.hacp.leader.channel`, the Lease in `dev.hacp.leader.election`.
@NullMarked
package dev.hacp.leader.members;

import org.jspecify.annotations.NullMarked;
