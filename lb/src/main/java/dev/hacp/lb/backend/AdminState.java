package dev.hacp.lb.backend;

/// What an operator ordered for a backend; it overlays what the health checks found.
public enum AdminState {

    /// Health decides.
    READY {
        @Override
        BackendState over(BackendState health) {
            return health;
        }
    },
    /// At best [BackendState#DRAIN]: new connections only when no other backend accepts any.
    DRAIN {
        @Override
        BackendState over(BackendState health) {
            return health == BackendState.UP ? BackendState.DRAIN : health;
        }
    },
    /// [BackendState#DOWN] whatever health says, and never chosen, not even when no other is left.
    MAINT {
        @Override
        BackendState over(BackendState health) {
            return BackendState.DOWN;
        }
    };

    abstract BackendState over(BackendState health);
}
