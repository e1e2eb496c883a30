/// The connections as others see them: rows of a snapshot, and the changes that followers are told. Values only; the
/// connections themselves belong to the event loops of `dev.hacp.lb.relay`.
@NullMarked
package dev.hacp.lb.table;

import org.jspecify.annotations.NullMarked;
