/// hacp as it is run: the fat jar on every node of a LAN, watched from outside through its addresses, its status page and
/// what clients see. Nothing here links against hacp.
@NullMarked
package dev.hacp.testbed.agent;

import org.jspecify.annotations.NullMarked;
