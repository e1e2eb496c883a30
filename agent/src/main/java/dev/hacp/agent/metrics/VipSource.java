package dev.hacp.agent.metrics;

import dev.hacp.core.Histogram;
import dev.hacp.core.MacAddress;
import dev.hacp.vip.address.VipCounters;
import dev.hacp.vip.address.VipStatus;
import java.util.function.Supplier;

/// The address.
final class VipSource implements Sheet.Source {

    private final Supplier<VipStatus> status;
    private final VipCounters counters;
    private final VipClients clients;

    VipSource(Supplier<VipStatus> status, VipCounters counters, VipClients clients) {
        this.status = status;
        this.counters = counters;
        this.clients = clients;
    }

    @Override
    public void write(Sheet sheet) {
        VipStatus now = status.get();
        for (VipStatus.Vip vip : now.vips()) {
            sheet.put(Metrics.VIP_HELD, vip.held(), vip.address().toString());
            sheet.put(Metrics.VIP_CONFLICT, vip.conflict().isPresent(), vip.address().toString(),
                    vip.conflict().map(MacAddress::toString).orElse(""));
            sheet.put(Metrics.VIP_ACTIVE, clients.current(vip.address()), vip.address().toString());
            sheet.put(Metrics.VIP_CONNECTIONS, clients.total(vip.address()), vip.address().toString());
        }
        sheet.put(Metrics.VIP_ABLE, now.problem().isEmpty());
        sheet.put(Metrics.ANNOUNCEMENTS, counters.announcements());
        sheet.put(Metrics.ANNOUNCE_FAILURES, counters.announceFailures());
        sheet.put(Metrics.CONFLICTS, counters.conflicts());
        sheet.put(Metrics.DEFENCES, counters.defences());
        sheet.put(Metrics.REPAIRS, counters.repairs());
        sheet.put(Metrics.PUTS, counters.puts());
        sheet.put(Metrics.REMOVES, counters.removes());
        Histogram.Snapshot rearms = counters.rearmDelays().snapshot();
        sheet.histogram(Metrics.REARM_DELAY, rearms.upperBoundsNanos(), rearms.counts(), rearms.sumNanos());
    }
}
