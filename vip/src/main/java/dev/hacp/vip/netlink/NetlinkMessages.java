package dev.hacp.vip.netlink;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// The requests that hacp sends, byte by byte (include/uapi/linux/netlink.h, rtnetlink.h, if_addr.h). Host byte order.
final class NetlinkMessages {

    static final int HEADER = 16;

    static final int NLMSG_ERROR = 2;
    static final int NLMSG_DONE = 3;
    static final int RTM_NEWLINK = 16;
    static final int RTM_DELLINK = 17;
    static final int RTM_GETLINK = 18;
    static final int RTM_NEWADDR = 20;
    static final int RTM_DELADDR = 21;
    static final int RTM_GETADDR = 22;
    static final int RTM_NEWNEIGH = 28;
    static final int RTM_GETNEIGH = 30;

    static final int NLM_F_REQUEST = 1;
    static final int NLM_F_ACK = 4;
    static final int NLM_F_DUMP_INTR = 0x10;
    static final int NLM_F_REPLACE = 0x100;
    static final int NLM_F_CREATE = 0x400;
    static final int NLM_F_DUMP = 0x300;

    static final int IFA_ADDRESS = 1;
    static final int IFA_LOCAL = 2;
    static final int IFA_LABEL = 3;
    static final int IFA_CACHEINFO = 6;
    static final int IFA_FLAGS = 8;
    static final int IFA_PROTO = 11;
    static final int IFA_F_NODAD = 0x02;
    static final int IFA_F_NOPREFIXROUTE = 0x200;

    static final int IFLA_ADDRESS = 1;
    static final int IFLA_IFNAME = 3;
    static final int IFLA_MASTER = 10;
    static final int IFLA_LINKINFO = 18;
    static final int IFLA_INFO_SLAVE_KIND = 4;
    static final int IFLA_EVENT = 44;
    static final int IFLA_EVENT_BONDING_FAILOVER = 3;
    static final int IFLA_EVENT_NOTIFY_PEERS = 4;
    static final int NDA_DST = 1;
    static final int NDA_LLADDR = 2;

    static final int AF_UNSPEC = 0;
    static final int AF_INET = 2;
    static final int AF_INET6 = 10;
    /// `IFNAMSIZ` less the terminating zero.
    private static final int MAX_LABEL = 15;

    private NetlinkMessages() {}

    /// `ip address replace ADDRESS/32 dev … preferred_lft 0 valid_lft … noprefixroute nodad proto 0x68`
    ///
    /// @param validSeconds 1 or more; [AddressEntry#FOR_EVER] = no fence
    /// @param labelOf      the interface's name where the label must carry the mark (IPv4, kernel < 5.18); else empty
    static void putAddress(ByteBuffer out, int sequence, int interfaceIndex, InetAddress address, long validSeconds,
            String labelOf) {
        byte[] raw = address.getAddress();
        boolean ipv6 = raw.length == 16;
        begin(out, RTM_NEWADDR, NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE, sequence);
        addressHeader(out, interfaceIndex, raw);
        attribute(out, IFA_LOCAL, raw);
        attribute(out, IFA_ADDRESS, raw);
        // nodad: the arbiter has decided already, and a second of tentative state would be a second of outage.
        attribute(out, IFA_FLAGS, IFA_F_NOPREFIXROUTE | (ipv6 ? IFA_F_NODAD : 0));
        out.putShort((short) 20).putShort((short) IFA_CACHEINFO).putInt(0).putInt((int) validSeconds).putInt(0)
                .putInt(0);
        attribute(out, IFA_PROTO, new byte[]{AddressEntry.OUR_PROTOCOL});
        if (!labelOf.isEmpty() && !ipv6) {
            attribute(out, IFA_LABEL, label(labelOf));
        }
        end(out);
    }

    private static byte[] label(String interfaceName) {
        int room = MAX_LABEL - AddressEntry.OUR_LABEL.length();
        String text = interfaceName.substring(0, Math.min(room, interfaceName.length())) + AddressEntry.OUR_LABEL;
        return (text + "\0").getBytes(StandardCharsets.US_ASCII);
    }

    static void removeAddress(ByteBuffer out, int sequence, int interfaceIndex, InetAddress address) {
        byte[] raw = address.getAddress();
        begin(out, RTM_DELADDR, NLM_F_REQUEST | NLM_F_ACK, sequence);
        addressHeader(out, interfaceIndex, raw);
        attribute(out, IFA_LOCAL, raw);
        attribute(out, IFA_ADDRESS, raw);
        end(out);
    }

    private static void addressHeader(ByteBuffer out, int interfaceIndex, byte[] raw) {
        out.put((byte) (raw.length == 16 ? AF_INET6 : AF_INET)).put((byte) (raw.length * 8)).put((byte) 0).put((byte) 0)
                .putInt(interfaceIndex);
    }

    static void dumpAddresses(ByteBuffer out, int sequence) {
        begin(out, RTM_GETADDR, NLM_F_REQUEST | NLM_F_DUMP, sequence);
        out.putLong(0);
        end(out);
    }

    static void dumpLinks(ByteBuffer out, int sequence) {
        begin(out, RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, sequence);
        out.putLong(0).putLong(0);
        end(out);
    }

    static void dumpNeighbours(ByteBuffer out, int sequence) {
        begin(out, RTM_GETNEIGH, NLM_F_REQUEST | NLM_F_DUMP, sequence);
        out.putLong(0).putInt(0);
        end(out);
    }

    private static void begin(ByteBuffer out, int type, int flags, int sequence) {
        out.clear().order(ByteOrder.nativeOrder());
        out.putInt(0).putShort((short) type).putShort((short) flags).putInt(sequence).putInt(0);
    }

    private static void attribute(ByteBuffer out, int type, byte[] value) {
        out.putShort((short) (4 + value.length)).putShort((short) type).put(value);
        while ((out.position() & 3) != 0) {
            out.put((byte) 0);
        }
    }

    private static void attribute(ByteBuffer out, int type, int value) {
        out.putShort((short) 8).putShort((short) type).putInt(value);
    }

    private static void end(ByteBuffer out) {
        out.putInt(0, out.position());
    }
}
