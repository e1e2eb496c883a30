/// What the packages below share, and nothing that knows any of them.
///
/// `address` decides what happens to the VIPs, with `netlink`, `wire`, `announce` and `conflict`; `steering` and `wake`
/// are used by the agent beside it.
@NullMarked
package dev.hacp.vip;

import org.jspecify.annotations.NullMarked;
