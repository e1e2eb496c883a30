package dev.hacp.agent.metrics;

import dev.hacp.lb.health.Finding;
import dev.hacp.lb.health.HealthSnapshot;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/// What the checks of the backends find.
final class HealthSource implements Sheet.Source {

    private final Supplier<List<HealthSnapshot>> checks;

    HealthSource(Supplier<List<HealthSnapshot>> checks) {
        this.checks = checks;
    }

    @Override
    public void write(Sheet sheet) {
        checks.get().forEach(check -> write(sheet, check.backend().toString(), check));
    }

    private static void write(Sheet sheet, String id, HealthSnapshot check) {
        for (Finding finding : Finding.values()) {
            sheet.put(Metrics.CHECK_RESULT, check.last().filter(finding::equals).isPresent(), id,
                    finding.name().toLowerCase(Locale.ROOT));
        }
        sheet.put(Metrics.CHECK_CODE, check.httpCode(), id);
        sheet.put(Metrics.CHECK_DURATION, check.duration(), id);
        sheet.put(Metrics.CHECKS, check.checks(), id);
        sheet.put(Metrics.CHECK_FAILURES, check.failures(), id);
        sheet.put(Metrics.CHECK_FAILING, check.failuresInARow(), id);
        sheet.put(Metrics.CHECK_TRANSITIONS, check.transitions(), id);
        sheet.put(Metrics.INCONCLUSIVE, check.inconclusive(), id);
        sheet.put(Metrics.READINESS_UNKNOWN, check.readinessUnknown(), id);
        sheet.put(Metrics.VERIFIED, check.verified(), id);
        check.certificateExpires()
                .ifPresent(expires -> sheet.put(Metrics.CERTIFICATE, expires.getEpochSecond(), id));
    }
}
