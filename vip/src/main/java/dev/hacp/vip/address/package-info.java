/// The address: who holds it on this node, when it is put, announced, re-armed, repaired and removed.
///
/// [dev.hacp.vip.address.AddressKeeper] owns the state on its thread `hacp-vip`; [dev.hacp.vip.address.AddressMachine]
/// decides step by step and knows the kernel and the wire only as two seams. Who should own the VIP is decided elsewhere.
@NullMarked
package dev.hacp.vip.address;

import org.jspecify.annotations.NullMarked;
