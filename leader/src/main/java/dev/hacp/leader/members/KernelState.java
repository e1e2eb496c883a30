package dev.hacp.leader.members;

/// What probes say of a member's kernel, which answers whether or not the member's agent runs.
/// docs/adr/0004-two-witnesses.md has the thresholds and the reasons.
public enum KernelState {
    /// It has never answered a probe (filtered, or not asked yet): says nothing.
    UNPROVEN,
    /// Every judged probe was answered in time.
    ANSWERING,
    /// No probe sent within the last `late` has been answered: an owner that reaches no majority lets go.
    LATE,
    /// No probe sent within the last `silent` has been answered: the machine is gone or cut off.
    SILENT
}
