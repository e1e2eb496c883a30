/// Coming from elsewhere: reads the configuration of kube-vip, keepalived or HAProxy and says what of it hacp has.
///
/// Everything that is read and not carried over leaves a remark with file and line: nothing is dropped in silence.
@NullMarked
package dev.hacp.cli.importing;

import org.jspecify.annotations.NullMarked;
