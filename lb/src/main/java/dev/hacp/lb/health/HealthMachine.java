package dev.hacp.lb.health;

import dev.hacp.lb.backend.BackendState;
import org.jspecify.annotations.Nullable;

/// From single findings to a state: `fall` bad ones in a row end UP, `rise` good ones bring it back. Pure; one per backend.
final class HealthMachine {

    private final int fall;
    private final int rise;
    private @Nullable BackendState verdict;

    // Runs of equal findings up to the last one; evidence counts as the first of a run.
    private int good;
    private int alive;
    private int bad;
    private int dead;
    private boolean evident;

    HealthMachine(int fall, int rise) {
        this.fall = fall;
        this.rise = rise;
    }

    /// The state after this finding. The first finding decides alone: at the start there is no former state to protect.
    ///
    /// @param refused a kernel said so: after evidence from traffic the two agree, so it counts twice
    BackendState found(Finding finding, boolean refused) {
        int weight = refused && evident ? 2 : 1;
        evident = false;
        if (finding.good()) {
            good++;
            alive++;
            bad = 0;
            dead = 0;
        } else {
            good = 0;
            bad++;
            alive = finding == Finding.DEAD ? 0 : alive + 1;
            dead = finding == Finding.DEAD ? dead + weight : 0;
        }
        BackendState next = switch (verdict) {
            case null -> first(finding);
            case UP -> dead >= fall ? BackendState.DOWN : bad >= fall ? BackendState.DRAIN : BackendState.UP;
            case DRAIN -> dead >= fall ? BackendState.DOWN : good >= rise ? BackendState.UP : BackendState.DRAIN;
            case DOWN -> good >= rise ? BackendState.UP : alive >= rise ? BackendState.DRAIN : BackendState.DOWN;
        };
        verdict = next;
        return next;
    }

    private static BackendState first(Finding finding) {
        return finding.good()
                ? BackendState.UP
                : finding == Finding.DEAD ? BackendState.DOWN : BackendState.DRAIN;
    }

    /// Real traffic failed. It counts as one failure, the first of a run only, so that a check must always confirm it.
    void evidence() {
        if (verdict != null && dead == 0 && fall > 1) {
            dead = 1;
            evident = true;
            bad++;
            good = 0;
            alive = 0;
        }
    }

    /// Before the first finding: null.
    @Nullable
    BackendState verdict() {
        return verdict;
    }

    /// The state is about to change: checks should come faster.
    boolean inTransition() {
        return switch (verdict) {
            case null -> true;
            case UP -> bad > 0;
            case DRAIN -> good > 0 || dead > 0;
            case DOWN -> alive > 0;
        };
    }
}
