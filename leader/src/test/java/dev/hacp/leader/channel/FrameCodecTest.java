package dev.hacp.leader.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hacp.core.ClientConnection;
import dev.hacp.core.HostPort;
import dev.hacp.core.IpAddresses;
import dev.hacp.core.NodeName;
import dev.hacp.core.VirtualIp;
import dev.hacp.leader.members.Heartbeat;
import dev.hacp.leader.members.Ownership;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.net.InetSocketAddress;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FrameCodecTest {

    private static final NodeName A = new NodeName("cp-a");
    /// What version 0.2 appends to a heartbeat, in octets.
    private static final int PACE = 4 * Integer.BYTES + Long.BYTES;
    private static final ClientConnection FOUR = connection("10.0.0.10", "10.0.0.77", 40_000);
    private static final ClientConnection SIX = connection("fd00::10", "fd00::77", 65_535);

    static Heartbeat heartbeat(long sent, Optional<Heartbeat.Grant> grant) {
        return new Heartbeat(new Heartbeat.Stamp(1, sent, -3, Long.MAX_VALUE),
                new Heartbeat.Claim(Heartbeat.Role.OWNER, 7, true),
                new Heartbeat.View(Optional.of(new Ownership(A, 7)), Optional.empty(), -1, true, 9, 42),
                new Heartbeat.Standing(100, false, false, "interface=eth0 has no carrier"), grant,
                new Heartbeat.Pace(150, 400, 12, 3, 99));
    }

    static ClientConnection connection(String vip, String client, int port) {
        return new ClientConnection(VirtualIp.parse(vip), 6443,
                new InetSocketAddress(IpAddresses.parse(client).orElseThrow(), port));
    }

    private static final List<Frame> FRAMES = List.of(new Frame.Hello(1, A, "kube-system/hacp"),
            new Frame.Beat(heartbeat(5, Optional.empty())),
            new Frame.Beat(heartbeat(6, Optional.of(new Heartbeat.Grant(A, 8, "12345")))), new Frame.Goodbye(),
            new Frame.Ping(-1), new Frame.Pong(77), new Frame.Clients(true, List.of(FOUR, SIX), List.of(SIX)),
            new Frame.Clients(false, List.of(), List.of()),
            new Frame.ApiServers(List.of(new HostPort("10.0.0.1", 7443), new HostPort("fd00::2", 6443))),
            new Frame.ApiServers(List.of()));

    @Test
    void whatIsEncodedIsDecodedTheSame() {
        for (Frame frame : FRAMES) {
            assertThat(FrameCodec.decode(encoded(frame))).isEqualTo(frame);
        }
    }

    @Test
    void everyRoleHasItsPlaceOnTheWire() {
        assertThat(FrameCodec.ROLES).containsExactlyInAnyOrder(Heartbeat.Role.values());
    }

    @Test
    void fieldsThatANewerVersionAppendsArePassedOver() {
        for (Frame frame : FRAMES) {
            assertThat(FrameCodec.decode(encoded(frame).writeLong(42))).isEqualTo(frame);
        }
        assertThat(FrameCodec.decode(encoded(new Frame.Unknown(200)))).isEqualTo(new Frame.Unknown(200));
    }

    @Test
    void aFrameThatIsCutShortIsMalformed() {
        for (Frame frame : FRAMES) {
            int length = encoded(frame).readableBytes();
            for (int cut = 0; cut < length; cut++) {
                if (frame instanceof Frame.Beat && cut == length - PACE) {
                    continue;
                }
                ByteBuf part = encoded(frame).writerIndex(cut);
                assertThatThrownBy(() -> FrameCodec.decode(part)).isInstanceOf(MalformedFrameException.class);
            }
        }
    }

    @Test
    void aHeartbeatOfTheFirstVersionEndsBeforeThePace() {
        Frame.Beat beat = new Frame.Beat(heartbeat(5, Optional.empty()));
        ByteBuf first = encoded(beat);
        first.writerIndex(first.writerIndex() - PACE);
        Heartbeat read = ((Frame.Beat) FrameCodec.decode(first)).heartbeat();
        assertThat(read.pace()).isEqualTo(Heartbeat.Pace.FIRST_VERSION);
        assertThat(read.claim()).isEqualTo(beat.heartbeat().claim());
    }

    @Test
    void anyOctetsGiveAFrameOrAMalformedFrameAndNothingElse() {
        Random random = new Random(20261123);
        int malformed = 0;
        for (int round = 0; round < 200_000; round++) {
            ByteBuf octets;
            if (round % 2 == 0) {
                octets = encoded(FRAMES.get(random.nextInt(FRAMES.size())));
                for (int flips = random.nextInt(4); flips >= 0; flips--) {
                    octets.setByte(random.nextInt(octets.readableBytes()), random.nextInt(256));
                }
            } else {
                byte[] raw = new byte[random.nextInt(80)];
                random.nextBytes(raw);
                octets = Unpooled.wrappedBuffer(raw);
                if (raw.length > 0) {
                    octets.setByte(0, random.nextInt(8));
                }
            }
            try {
                assertThat(FrameCodec.decode(octets)).isNotNull();
            } catch (MalformedFrameException e) {
                malformed++;
            }
        }
        assertThat(malformed).isPositive();
    }

    @Test
    void moreConnectionsThanAFrameMayHoldAreRefusedAndAFullFrameFits() {
        List<ClientConnection> full = Collections.nCopies(FrameCodec.CONNECTIONS_PER_FRAME, SIX);
        ByteBuf fits = encoded(new Frame.Clients(true, full, List.of()));
        assertThat(fits.readableBytes()).isLessThan(FrameCodec.LONGEST_FRAME);
        assertThat(FrameCodec.decode(fits)).isEqualTo(new Frame.Clients(true, full, List.of()));
        ByteBuf many = encoded(new Frame.Clients(true, Collections.nCopies(1001, FOUR), List.of()));
        assertThatThrownBy(() -> FrameCodec.decode(many)).isInstanceOf(MalformedFrameException.class)
                .hasMessageContaining("1001 connections");
    }

    private static ByteBuf encoded(Frame frame) {
        ByteBuf out = Unpooled.buffer();
        FrameCodec.encode(frame, out);
        return out;
    }
}
