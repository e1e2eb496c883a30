package dev.hacp.lb.backend;

import dev.hacp.core.RateLimit;
import dev.hacp.core.Ticker;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What backends report, passed on to anyone who checks them at the moment; shortages are told in the log, once a
/// minute.
final class Reports implements PassiveReports {

    private static final Logger log = LoggerFactory.getLogger(Reports.class);

    private final Ticker ticker;
    private final AtomicReference<PassiveReports> sink = new AtomicReference<>(PassiveReports.NONE);
    private final RateLimit told = new RateLimit(Duration.ofMinutes(1));

    Reports(Ticker ticker) {
        this.ticker = ticker;
    }

    Subscription to(PassiveReports other) {
        sink.set(other);
        return () -> sink.compareAndSet(other, PassiveReports.NONE);
    }

    @Override
    public void failed(Backend backend, String what) {
        sink.get().failed(backend, what);
    }

    @Override
    public void ask(Backend backend) {
        sink.get().ask(backend);
    }

    @Override
    public synchronized void lacked(Backend backend, String what) {
        if (told.tryAcquire(ticker.nanos())) {
            log.atWarn().addKeyValue("backend", backend.id()).addKeyValue("reason", what)
                    .addKeyValue("notShown", told.takeRefused())
                    .log("a client could not be passed on for lack of a local resource; the backend is not blamed");
        }
    }
}
