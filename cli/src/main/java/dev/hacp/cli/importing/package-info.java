/// Migration: reads the configuration of kube-vip, keepalived or HAProxy and reports what hacp supports.
///
/// Everything that is read and not carried over leaves a remark with file and line: nothing is dropped in silence.
@NullMarked
package dev.hacp.cli.importing;

import org.jspecify.annotations.NullMarked;
