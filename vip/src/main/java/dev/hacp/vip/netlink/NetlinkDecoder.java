package dev.hacp.vip.netlink;

import dev.hacp.core.IpAddresses;
import dev.hacp.core.MacAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Reads the payload of the kernel's messages. What is too short or of another family gives empty, never an exception.
final class NetlinkDecoder {

    private static final int ARPHRD_ETHER = 1;
    private static final int ATTRIBUTE_TYPE = 0x3fff;
    /// The one kind of master whose ports keep their addresses and answer for them.
    private static final String VRF = "vrf";

    /// One attribute at a time: `next` moves to it.
    private static final class Attributes {
        private final ByteBuffer in;
        private int type;
        private byte[] value = new byte[0];

        Attributes(ByteBuffer in) {
            this.in = in;
        }

        boolean next() {
            if (in.remaining() < 4) {
                return false;
            }
            int start = in.position();
            int length = in.getShort() & 0xffff;
            type = in.getShort() & ATTRIBUTE_TYPE;
            if (length < 4 || length - 4 > in.remaining()) {
                return false;
            }
            value = new byte[length - 4];
            in.get(value);
            in.position(Math.min(in.limit(), start + (length + 3 & ~3)));
            return true;
        }

        int asInt() {
            return value.length < 4 ? 0 : ByteBuffer.wrap(value).order(ByteOrder.nativeOrder()).getInt();
        }

        String asText() {
            int end = 0;
            while (end < value.length && value[end] != 0) {
                end++;
            }
            return new String(value, 0, end, StandardCharsets.UTF_8);
        }
    }

    private NetlinkDecoder() {}

    /// @param payload behind the netlink header, in host byte order
    static Optional<AddressEntry> address(ByteBuffer payload) {
        if (payload.remaining() < 8) {
            return Optional.empty();
        }
        int family = payload.get();
        int prefixLength = payload.get() & 0xff;
        int flags = payload.get() & 0xff;
        payload.get();
        int index = payload.getInt();
        byte @Nullable [] local = null;
        byte @Nullable [] address = null;
        int protocol = 0;
        String label = "";
        long preferred = AddressEntry.FOR_EVER;
        long valid = AddressEntry.FOR_EVER;
        Attributes attributes = new Attributes(payload);
        while (attributes.next()) {
            switch (attributes.type) {
                case NetlinkMessages.IFA_LOCAL -> local = attributes.value;
                case NetlinkMessages.IFA_ADDRESS -> address = attributes.value;
                case NetlinkMessages.IFA_LABEL -> label = attributes.asText();
                case NetlinkMessages.IFA_FLAGS -> flags = attributes.asInt();
                case NetlinkMessages.IFA_PROTO -> protocol = attributes.value.length > 0 ? attributes.value[0] : 0;
                case NetlinkMessages.IFA_CACHEINFO -> {
                    ByteBuffer times = ByteBuffer.wrap(attributes.value).order(ByteOrder.nativeOrder());
                    if (times.remaining() >= 8) {
                        preferred = times.getInt() & 0xffff_ffffL;
                        valid = times.getInt() & 0xffff_ffffL;
                    }
                }
                default -> {
                    // Attributes of newer kernels mean nothing to us.
                }
            }
        }
        // On point-to-point links IFA_ADDRESS is the far end; IFA_LOCAL is ours where both are given.
        byte[] own = local != null ? local : address;
        int length = family == NetlinkMessages.AF_INET ? 4 : family == NetlinkMessages.AF_INET6 ? 16 : -1;
        if (own == null || own.length != length) {
            return Optional.empty();
        }
        return Optional.of(new AddressEntry(index, IpAddresses.of(own), prefixLength, flags, protocol, label, preferred,
                valid));
    }

    static Optional<LinkEntry> link(ByteBuffer payload) {
        if (payload.remaining() < 16) {
            return Optional.empty();
        }
        int family = payload.get();
        payload.get();
        int type = payload.getShort() & 0xffff;
        int index = payload.getInt();
        int flags = payload.getInt();
        payload.getInt();
        if (family != NetlinkMessages.AF_UNSPEC) {
            // A bridge port's own report (AF_BRIDGE) repeats the link without meaning for us.
            return Optional.empty();
        }
        String name = "";
        MacAddress mac = MacAddress.ZERO;
        int master = 0;
        String kind = "";
        Attributes attributes = new Attributes(payload);
        while (attributes.next()) {
            switch (attributes.type) {
                case NetlinkMessages.IFLA_IFNAME -> name = attributes.asText();
                case NetlinkMessages.IFLA_ADDRESS -> mac = attributes.value.length == 6
                        ? MacAddress.of(attributes.value)
                        : mac;
                case NetlinkMessages.IFLA_MASTER -> master = attributes.asInt();
                case NetlinkMessages.IFLA_LINKINFO -> kind = kindOfMaster(attributes.value);
                default -> {
                    // The rest means nothing to us.
                }
            }
        }
        return name.isEmpty()
                ? Optional.empty()
                : Optional.of(new LinkEntry(index, name, type == ARPHRD_ETHER, mac, flags,
                        kind.equals(VRF) ? 0 : master));
    }

    private static boolean isOfPath(ByteBuffer payload) {
        if (payload.remaining() < 16) {
            return false;
        }
        payload.position(payload.position() + 16);
        Attributes attributes = new Attributes(payload);
        while (attributes.next()) {
            if (attributes.type == NetlinkMessages.IFLA_EVENT) {
                int event = attributes.asInt();
                return event == NetlinkMessages.IFLA_EVENT_BONDING_FAILOVER
                        || event == NetlinkMessages.IFLA_EVENT_NOTIFY_PEERS;
            }
        }
        return false;
    }

    private static String kindOfMaster(byte[] linkInfo) {
        Attributes attributes = new Attributes(ByteBuffer.wrap(linkInfo).order(ByteOrder.nativeOrder()));
        while (attributes.next()) {
            if (attributes.type == NetlinkMessages.IFLA_INFO_SLAVE_KIND) {
                return attributes.asText();
            }
        }
        return "";
    }

    static Optional<NeighbourEntry> neighbour(ByteBuffer payload) {
        if (payload.remaining() < 12) {
            return Optional.empty();
        }
        payload.getInt();
        int index = payload.getInt();
        payload.getInt();
        byte @Nullable [] address = null;
        byte @Nullable [] mac = null;
        Attributes attributes = new Attributes(payload);
        while (attributes.next()) {
            if (attributes.type == NetlinkMessages.NDA_DST) {
                address = attributes.value;
            } else if (attributes.type == NetlinkMessages.NDA_LLADDR) {
                mac = attributes.value;
            }
        }
        if (address == null || mac == null || mac.length != 6 || (address.length != 4 && address.length != 16)) {
            return Optional.empty();
        }
        return Optional.of(new NeighbourEntry(index, IpAddresses.of(address), MacAddress.of(mac)));
    }

    static Optional<NetlinkEvent> event(int type, ByteBuffer payload) {
        return switch (type) {
            case NetlinkMessages.RTM_NEWADDR -> address(payload).map(NetlinkEvent.AddressAdded::new);
            case NetlinkMessages.RTM_DELADDR -> address(payload).map(NetlinkEvent.AddressRemoved::new);
            case NetlinkMessages.RTM_NEWLINK -> {
                boolean path = isOfPath(payload.duplicate().order(ByteOrder.nativeOrder()));
                yield link(payload)
                        .map(link -> path ? new NetlinkEvent.PathChanged(link) : new NetlinkEvent.LinkChanged(link));
            }
            case NetlinkMessages.RTM_DELLINK -> link(payload).map(NetlinkEvent.LinkRemoved::new);
            default -> Optional.empty();
        };
    }
}
