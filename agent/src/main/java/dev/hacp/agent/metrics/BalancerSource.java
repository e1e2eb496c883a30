package dev.hacp.agent.metrics;

import dev.hacp.core.Histogram;
import dev.hacp.lb.BalancerStatus;
import dev.hacp.lb.backend.BackendState;
import dev.hacp.lb.backend.BackendStatus;
import dev.hacp.lb.frontend.Refusal;
import dev.hacp.lb.relay.Ending;
import dev.hacp.lb.relay.RelayStatus;
import java.time.Duration;
import java.util.Locale;
import java.util.function.Supplier;

/// Clients and backends. A backend has samples as long as it exists.
final class BalancerSource implements Sheet.Source {

    private final Supplier<BalancerStatus> status;

    BalancerSource(Supplier<BalancerStatus> status) {
        this.status = status;
    }

    @Override
    public void write(Sheet sheet) {
        BalancerStatus now = status.get();
        RelayStatus relay = now.relay();
        sheet.put(Metrics.CONNECTIONS_ACTIVE, relay.connections());
        sheet.put(Metrics.CONNECTIONS_LIMIT, now.mostConnections());
        sheet.put(Metrics.CONNECTIONS, relay.total());
        sheet.put(Metrics.CLIENTS_RECEIVED, relay.traffic().received());
        sheet.put(Metrics.CLIENTS_SENT, relay.traffic().sent());
        relay.vips().forEach((vip, traffic) -> {
            sheet.put(Metrics.VIP_RECEIVED, traffic.received(), vip.toString());
            sheet.put(Metrics.VIP_SENT, traffic.sent(), vip.toString());
        });
        for (Refusal reason : Refusal.values()) {
            sheet.put(Metrics.REFUSED, now.refused().getOrDefault(reason, 0L), lower(reason));
        }
        for (Ending ending : Ending.values()) {
            sheet.put(Metrics.ENDED, relay.endings().getOrDefault(ending, 0L), lower(ending));
        }
        sheet.put(Metrics.FAULTS, relay.faults());
        relay.loopDelayNanos().forEach((loop, nanos) -> sheet.put(Metrics.LOOP_DELAY, nanos / 1e9, loop));
        now.listeners().forEach(listener -> sheet.put(Metrics.LISTENING, 1, listener.toString()));
        now.backends().forEach(backend -> backend(sheet, backend));
    }

    private static void backend(Sheet sheet, BackendStatus backend) {
        String id = backend.id().toString();
        for (BackendState state : BackendState.values()) {
            sheet.put(Metrics.STATE, state == backend.state(), id, lower(state));
            sheet.put(Metrics.STATE_TIME, backend.timeIn().getOrDefault(state, Duration.ZERO), id, lower(state));
        }
        sheet.put(Metrics.TRANSITIONS, backend.transitions(), id);
        sheet.put(Metrics.SHARE, backend.share(), id);
        sheet.put(Metrics.B_ACTIVE, backend.current(), id);
        sheet.put(Metrics.B_CONNECTIONS, backend.total(), id);
        sheet.put(Metrics.RECEIVED, backend.bytesReceived(), id);
        sheet.put(Metrics.SENT, backend.bytesSent(), id);
        Histogram.Snapshot connects = backend.connectTimes();
        sheet.histogram(Metrics.CONNECT_TIME, connects.upperBoundsNanos(), connects.counts(), connects.sumNanos(), id);
        sheet.put(Metrics.CONNECT_ERRORS, backend.connectErrors(), id);
        sheet.put(Metrics.SHORTAGES, backend.shortages(), id);
        sheet.put(Metrics.RETRIES, backend.retries(), id);
        sheet.put(Metrics.RESETS, backend.resets(), id);
        sheet.put(Metrics.EARLY_RESETS, backend.resetsBeforeFirstByte(), id);
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }
}
