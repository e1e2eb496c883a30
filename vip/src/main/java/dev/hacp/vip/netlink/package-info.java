/// rtnetlink (man 7 rtnetlink) over the FFM API: addresses, links, neighbours, and a subscription to their changes.
///
/// A socket belongs to the network namespace of the thread that opened it. Nothing here decides anything.
@NullMarked
package dev.hacp.vip.netlink;

import org.jspecify.annotations.NullMarked;
