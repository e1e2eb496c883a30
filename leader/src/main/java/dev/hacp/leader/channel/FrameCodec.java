package dev.hacp.leader.channel;

import dev.hacp.core.ClientConnection;
import dev.hacp.core.HostPort;
import dev.hacp.core.IpAddresses;
import dev.hacp.core.NodeName;
import dev.hacp.core.VirtualIp;
import dev.hacp.leader.members.Heartbeat;
import dev.hacp.leader.members.Ownership;
import io.netty.buffer.ByteBuf;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Frames to octets and back, without the length before each. Everything that comes in is checked: the decoder answers any
/// octets with a frame or with [MalformedFrameException], and never allocates more than they are long.
///
/// A newer version may append fields to a body; what is left over after the known fields is passed over.
final class FrameCodec {

    static final int VERSION = 1;
    /// Of a frame in octets, without its length field.
    static final int LONGEST_FRAME = 64 * 1024;
    /// Connections in one frame: at most 38 octets each.
    static final int CONNECTIONS_PER_FRAME = 1000;

    static final int MOST_API_SERVERS = 64;

    private static final int LONGEST_TEXT = 1024;
    /// Ten minutes, in milliseconds.
    private static final int LONGEST_PACE = 600_000;
    private static final int HELLO = 1;
    private static final int BEAT = 2;
    private static final int GOODBYE = 3;
    private static final int PING = 4;
    private static final int PONG = 5;
    private static final int CLIENTS = 6;
    private static final int API_SERVERS = 7;
    /// The index is what goes over the wire: append only.
    static final List<Heartbeat.Role> ROLES = List.of(Heartbeat.Role.FOLLOWER, Heartbeat.Role.CANDIDATE,
            Heartbeat.Role.PROVISIONAL, Heartbeat.Role.OWNER, Heartbeat.Role.STANDING_DOWN);

    private FrameCodec() {}

    static void encode(Frame frame, ByteBuf out) {
        switch (frame) {
            case Frame.Hello(int version, NodeName node, String group) -> {
                out.writeByte(HELLO).writeByte(version);
                writeText(out, node.value());
                writeText(out, group);
            }
            case Frame.Beat(Heartbeat heartbeat) -> writeHeartbeat(out.writeByte(BEAT), heartbeat);
            case Frame.Goodbye() -> out.writeByte(GOODBYE);
            case Frame.Ping(long nanos) -> out.writeByte(PING).writeLong(nanos);
            case Frame.Pong(long nanos) -> out.writeByte(PONG).writeLong(nanos);
            case Frame.Clients(boolean fresh, List<ClientConnection> added, List<ClientConnection> removed) -> {
                out.writeByte(CLIENTS).writeBoolean(fresh);
                writeConnections(out, added);
                writeConnections(out, removed);
            }
            case Frame.ApiServers(List<HostPort> servers) -> {
                out.writeByte(API_SERVERS).writeShort(Math.min(servers.size(), MOST_API_SERVERS));
                servers.stream().limit(MOST_API_SERVERS).forEach(server -> writeText(out, server.toString()));
            }
            case Frame.Unknown(int kind) -> out.writeByte(kind);
        }
    }

    /// @throws MalformedFrameException when the octets are no frame
    static Frame decode(ByteBuf in) {
        try {
            int kind = in.readUnsignedByte();
            return switch (kind) {
                case HELLO -> new Frame.Hello(in.readUnsignedByte(), readName(in), readText(in));
                case BEAT -> new Frame.Beat(readHeartbeat(in));
                case GOODBYE -> new Frame.Goodbye();
                case PING -> new Frame.Ping(in.readLong());
                case PONG -> new Frame.Pong(in.readLong());
                case CLIENTS -> new Frame.Clients(in.readBoolean(), readConnections(in), readConnections(in));
                case API_SERVERS -> new Frame.ApiServers(readServers(in));
                default -> new Frame.Unknown(kind);
            };
        } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
            throw new MalformedFrameException("a frame that cannot be read: " + e.getMessage());
        }
    }

    private static void writeHeartbeat(ByteBuf out, Heartbeat heartbeat) {
        Heartbeat.Stamp stamp = heartbeat.stamp();
        out.writeLong(stamp.instance()).writeLong(stamp.sentNanos()).writeLong(stamp.echoInstance())
                .writeLong(stamp.echoNanos());
        Heartbeat.Claim claim = heartbeat.claim();
        out.writeByte(ROLES.indexOf(claim.role())).writeLong(claim.term()).writeBoolean(claim.backed());
        Heartbeat.View view = heartbeat.view();
        writeOwnership(out, view.attests());
        writeOwnership(out, view.suspects());
        out.writeInt(view.heardMillis()).writeBoolean(view.apiReachable()).writeLong(view.transitions())
                .writeInt(view.members());
        Heartbeat.Standing standing = heartbeat.standing();
        out.writeInt(standing.priority()).writeBoolean(standing.preempt()).writeBoolean(standing.fit());
        writeText(out, standing.reason());
        out.writeBoolean(heartbeat.grant().isPresent());
        heartbeat.grant().ifPresent(grant -> {
            writeText(out, grant.successor().value());
            out.writeLong(grant.term());
            writeText(out, grant.resourceVersion());
        });
        Heartbeat.Pace pace = heartbeat.pace();
        out.writeInt(pace.promise()).writeInt(pace.patience()).writeInt(pace.lateness()).writeInt(pace.connected())
                .writeLong(pace.clock());
    }

    private static Heartbeat readHeartbeat(ByteBuf in) {
        Heartbeat.Stamp stamp = new Heartbeat.Stamp(in.readLong(), in.readLong(), in.readLong(), in.readLong());
        Heartbeat.Claim claim = new Heartbeat.Claim(readRole(in), in.readLong(), in.readBoolean());
        Heartbeat.View view = new Heartbeat.View(readOwnership(in), readOwnership(in), in.readInt(), in.readBoolean(),
                in.readLong(), in.readInt());
        Heartbeat.Standing standing = new Heartbeat.Standing(in.readInt(), in.readBoolean(), in.readBoolean(),
                readText(in));
        Optional<Heartbeat.Grant> grant = in.readBoolean()
                ? Optional.of(new Heartbeat.Grant(readName(in), in.readLong(), readText(in)))
                : Optional.empty();
        return new Heartbeat(stamp, claim, view, standing, grant, readPace(in));
    }

    /// Version 0.1 ends before it.
    private static Heartbeat.Pace readPace(ByteBuf in) {
        if (!in.isReadable()) {
            return Heartbeat.Pace.FIRST_VERSION;
        }
        Heartbeat.Pace pace = new Heartbeat.Pace(in.readInt(), in.readInt(), in.readInt(), in.readInt(), in.readLong());
        if (pace.promise() < 0 || pace.promise() > LONGEST_PACE || pace.patience() < 0 || pace.patience() > LONGEST_PACE
                || pace.lateness() < 0 || pace.connected() < 0) {
            throw new MalformedFrameException("a pace of " + pace + " (expected: 0 to " + LONGEST_PACE + " ms)");
        }
        return pace;
    }

    private static Heartbeat.Role readRole(ByteBuf in) {
        int role = in.readUnsignedByte();
        if (role >= ROLES.size()) {
            throw new MalformedFrameException("role " + role + " (expected: below " + ROLES.size() + ")");
        }
        return ROLES.get(role);
    }

    private static void writeOwnership(ByteBuf out, Optional<Ownership> ownership) {
        out.writeBoolean(ownership.isPresent());
        ownership.ifPresent(one -> {
            writeText(out, one.owner().value());
            out.writeLong(one.term());
        });
    }

    private static Optional<Ownership> readOwnership(ByteBuf in) {
        return in.readBoolean() ? Optional.of(new Ownership(readName(in), in.readLong())) : Optional.empty();
    }

    private static void writeConnections(ByteBuf out, List<ClientConnection> connections) {
        out.writeShort(connections.size());
        for (ClientConnection connection : connections) {
            writeAddress(out, connection.vip().address());
            out.writeShort(connection.vipPort());
            writeAddress(out, connection.client().getAddress());
            out.writeShort(connection.client().getPort());
        }
    }

    private static List<ClientConnection> readConnections(ByteBuf in) {
        int count = in.readUnsignedShort();
        if (count > CONNECTIONS_PER_FRAME) {
            throw new MalformedFrameException(count + " connections (expected: at most " + CONNECTIONS_PER_FRAME + ")");
        }
        List<ClientConnection> connections = new ArrayList<>(Math.min(count, in.readableBytes() / 14 + 1));
        for (int i = 0; i < count; i++) {
            VirtualIp vip = new VirtualIp(readAddress(in));
            int vipPort = in.readUnsignedShort();
            InetAddress client = readAddress(in);
            connections.add(new ClientConnection(vip, vipPort, new InetSocketAddress(client, in.readUnsignedShort())));
        }
        return connections;
    }

    private static List<HostPort> readServers(ByteBuf in) {
        int count = in.readUnsignedShort();
        if (count > MOST_API_SERVERS) {
            throw new MalformedFrameException(count + " API servers (expected: at most " + MOST_API_SERVERS + ")");
        }
        List<HostPort> servers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            servers.add(HostPort.parse(readText(in)));
        }
        return servers;
    }

    private static void writeAddress(ByteBuf out, InetAddress address) {
        byte[] raw = address.getAddress();
        out.writeByte(raw.length).writeBytes(raw);
    }

    private static InetAddress readAddress(ByteBuf in) {
        int length = in.readUnsignedByte();
        if (length != 4 && length != 16) {
            throw new MalformedFrameException("an address of " + length + " octets (expected: 4 or 16)");
        }
        byte[] raw = new byte[length];
        in.readBytes(raw);
        return IpAddresses.of(raw);
    }

    private static NodeName readName(ByteBuf in) {
        return new NodeName(readText(in));
    }

    private static void writeText(ByteBuf out, String text) {
        byte[] raw = text.getBytes(StandardCharsets.UTF_8);
        int length = Math.min(raw.length, LONGEST_TEXT);
        out.writeShort(length).writeBytes(raw, 0, length);
    }

    private static String readText(ByteBuf in) {
        int length = in.readUnsignedShort();
        if (length > LONGEST_TEXT) {
            throw new MalformedFrameException(
                    "a text of " + length + " octets (expected: at most " + LONGEST_TEXT + ")");
        }
        byte[] raw = new byte[Math.min(length, in.readableBytes() + 1)];
        in.readBytes(raw, 0, length);
        return new String(raw, 0, length, StandardCharsets.UTF_8);
    }
}
