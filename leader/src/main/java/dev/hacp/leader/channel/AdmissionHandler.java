package dev.hacp.leader.channel;

import dev.hacp.core.IpAddresses;
import dev.hacp.core.RateLimit;
import dev.hacp.core.Ticker;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.util.AttributeKey;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Of the listening channel: resets what [Admission] rejects before anything is made for it.
final class AdmissionHandler extends ChannelInboundHandlerAdapter {

    /// On each admitted channel.
    static final AttributeKey<Admission.Slot> SLOT = AttributeKey.valueOf(AdmissionHandler.class, "slot");

    private static final Logger log = LoggerFactory.getLogger(AdmissionHandler.class);

    private final Admission admission;
    private final Ticker ticker;
    private final RateLimit lines = new RateLimit(Duration.ofSeconds(10));

    AdmissionHandler(Admission admission, Ticker ticker) {
        this.admission = admission;
        this.ticker = ticker;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        Channel accepted = (Channel) message;
        if (!(accepted.remoteAddress() instanceof InetSocketAddress from)) {
            // It has gone already.
            accepted.unsafe().closeForcibly();
            return;
        }
        switch (admission.admit(from.getAddress(), ticker.nanos())) {
            case Admission.Admitted(Admission.Slot slot) -> {
                accepted.attr(SLOT).set(slot);
                ctx.fireChannelRead(accepted);
            }
            case Admission.Rejected(Rejection reason) -> reset(accepted, from.getAddress(), reason);
        }
    }

    private void reset(Channel accepted, InetAddress source, Rejection reason) {
        // Nothing of it stays behind in this kernel, and the other side knows at once.
        accepted.config().setOption(ChannelOption.SO_LINGER, 0);
        accepted.unsafe().closeForcibly();
        if (lines.tryAcquire(ticker.nanos())) {
            log.atWarn().addKeyValue("source", IpAddresses.text(source))
                    .addKeyValue("reason", reason.name().toLowerCase(Locale.ROOT))
                    .addKeyValue("count", 1 + lines.takeRefused())
                    .log("connections to the member port reset before they authenticated");
        }
    }
}
