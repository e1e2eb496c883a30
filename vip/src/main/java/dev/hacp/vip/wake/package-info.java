/// Waking the idle clients of a former owner: one bare ACK each, whose answer our kernel resets.
///
/// Only addresses and ports are needed; who the clients were is the members' shared table, not ours.
@NullMarked
package dev.hacp.vip.wake;

import org.jspecify.annotations.NullMarked;
