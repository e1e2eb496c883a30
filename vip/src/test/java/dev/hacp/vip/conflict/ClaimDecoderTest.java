package dev.hacp.vip.conflict;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.hacp.core.MacAddress;
import dev.hacp.core.VirtualIp;
import dev.hacp.vip.announce.ArpFrames;
import dev.hacp.vip.announce.NeighbourFrames;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ClaimDecoderTest {

    private static final MacAddress MAC = MacAddress.parse("02:42:ac:11:00:02");
    private static final VirtualIp IPV4 = VirtualIp.parse("10.0.0.100");
    private static final VirtualIp IPV6 = VirtualIp.parse("fd00::64");

    private final ClaimDecoder decoder = new ClaimDecoder();

    private boolean isClaim(byte[] frame) {
        return decoder.decode(frame, frame.length);
    }

    @Test
    void bothFormsOfGratuitousArpAreClaims() {
        for (byte[] frame : List.of(ArpFrames.announcementRequest(MAC, IPV4.address()),
                ArpFrames.announcementReply(MAC, IPV4.address()))) {
            assertThat(isClaim(frame)).isTrue();
            assertThat(decoder.mac()).isEqualTo(MAC.bits());
            assertThat(decoder.isFor(IPV4.address().getAddress())).isTrue();
            assertThat(decoder.isFor(new byte[]{10, 0, 0, 101})).isFalse();
            assertThat(decoder.isFor(IPV6.address().getAddress())).isFalse();
        }
    }

    @Test
    void anAdvertisementIsAClaimOfTheMacInItsOption() {
        byte[] frame = NeighbourFrames.advertisement(MAC, IPV6.address(), true);
        assertThat(isClaim(frame)).isTrue();
        assertThat(decoder.isFor(IPV6.address().getAddress())).isTrue();
        frame[frame.length - 1] = 9;
        assertThat(isClaim(frame)).isTrue();
        assertThat(new MacAddress(decoder.mac())).hasToString("02:42:ac:11:00:09");
        byte[] withoutOption = Arrays.copyOf(frame, frame.length - 8);
        assertThat(isClaim(withoutOption)).isTrue();
        assertThat(decoder.mac()).as("the Ethernet source").isEqualTo(MAC.bits());
    }

    @Test
    void probesAreNoClaims() {
        assertThat(isClaim(ArpFrames.probe(MAC, IPV4.address()))).isFalse();
        assertThat(isClaim(NeighbourFrames.probe(MAC, IPV6.address()))).isFalse();
        assertThat(decoder.isFor(new byte[0])).as("nothing is known after a frame that is no claim").isTrue();
        assertThat(decoder.isFor(IPV4.address().getAddress())).isFalse();
    }

    @Test
    void aPriorityTaggedFrameIsReadBehindItsTag() {
        byte[] plain = ArpFrames.announcementReply(MAC, IPV4.address());
        byte[] tagged = new byte[plain.length + 4];
        System.arraycopy(plain, 0, tagged, 0, 12);
        tagged[12] = (byte) 0x81;
        System.arraycopy(plain, 12, tagged, 16, plain.length - 12);
        assertThat(isClaim(tagged)).isTrue();
        assertThat(decoder.isFor(IPV4.address().getAddress())).isTrue();
    }

    @Test
    void truncatedAndCorruptedFramesAreNeverAnException() {
        Random random = new Random(826);
        List<byte[]> seeds = List.of(ArpFrames.announcementReply(MAC, IPV4.address()),
                NeighbourFrames.advertisement(MAC, IPV6.address(), false));
        int claims = 0;
        for (int i = 0; i < 200_000; i++) {
            byte[] seed = seeds.get(i % 2);
            byte[] frame = Arrays.copyOf(seed, random.nextInt(seed.length + 40));
            for (int flips = random.nextInt(4); flips > 0 && frame.length > 0; flips--) {
                frame[random.nextInt(frame.length)] = (byte) random.nextInt();
            }
            claims += decoder.decode(frame, random.nextInt(2 * frame.length + 2)) ? 1 : 0;
        }
        for (int i = 0; i < 200_000; i++) {
            byte[] frame = new byte[random.nextInt(200)];
            random.nextBytes(frame);
            claims += decoder.decode(frame, frame.length) ? 1 : 0;
        }
        assertThat(claims).as("some survive their mutation").isBetween(1, 200_000);
    }

    @Test
    void decodingAllocatesNothing() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        byte[] claim = NeighbourFrames.advertisement(MAC, IPV6.address(), false);
        byte[] garbage = new byte[60];
        new Random(1).nextBytes(garbage);
        for (int i = 0; i < 1000; i++) {
            decoder.decode(claim, claim.length);
            decoder.decode(garbage, i % 60);
        }
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < 100_000; i++) {
            decoder.decode(claim, claim.length);
            decoder.decode(garbage, i % 60);
        }
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertThat(allocated).as("bytes for 200,000 frames").isLessThan(64 * 1024);
    }
}
