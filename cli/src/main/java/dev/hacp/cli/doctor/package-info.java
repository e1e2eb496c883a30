/// Looks at this node before or after installing: each finding says what is, why it matters and what to do.
///
/// It reads and reports; it changes nothing. The cluster is only asked, with the credential that the agent would use.
@NullMarked
package dev.hacp.cli.doctor;

import org.jspecify.annotations.NullMarked;
