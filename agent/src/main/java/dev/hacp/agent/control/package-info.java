/// What an operator orders on the node itself: a Unix socket that only root can open, one JSON object per line each way.
/// What changes something goes through here and never over the admin address, which anybody on the LAN may ask. Knows
/// nothing of how the orders are carried out: [ControlActions] is given.
@NullMarked
package dev.hacp.agent.control;

import org.jspecify.annotations.NullMarked;
