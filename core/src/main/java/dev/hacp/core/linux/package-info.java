/// The few calls into the C library that hacp needs, over the FFM API, and their errors by name.
///
/// Only what at least two modules use; a protocol (rtnetlink, bpf) lives with its one user.
@NullMarked
package dev.hacp.core.linux;

import org.jspecify.annotations.NullMarked;
