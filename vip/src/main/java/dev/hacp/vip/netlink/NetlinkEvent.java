package dev.hacp.vip.netlink;

/// One change that the kernel reports.
public sealed interface NetlinkEvent {

    record AddressAdded(AddressEntry address) implements NetlinkEvent {}

    record AddressRemoved(AddressEntry address) implements NetlinkEvent {}

    record LinkChanged(LinkEntry link) implements NetlinkEvent {}

    /// Frames to the interface must take another way from now on, although it looks the same: a bond has failed over, or its
    /// driver asks to have the neighbours told.
    record PathChanged(LinkEntry link) implements NetlinkEvent {}

    record LinkRemoved(LinkEntry link) implements NetlinkEvent {}

    /// The kernel dropped reports because nobody read them in time (ENOBUFS): what is known is stale, list again.
    record Overrun() implements NetlinkEvent {}
}
