/// Puts hacp on a host without containers, and takes it off again: jar, configuration, systemd unit, a command on the PATH.
///
/// A plan of steps that say what they would do and may be done twice. Nothing here decides what the agent is told: that is
/// the configuration's, which an installation writes once and then leaves to the operator.
@NullMarked
package dev.hacp.cli.install;

import org.jspecify.annotations.NullMarked;
