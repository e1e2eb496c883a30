/// Whether a backend is ready, alive or dead: `/readyz` over TLS on one warm connection per backend, and what real traffic
/// reports. The decisions go to `dev.hacp.lb.backend.BackendPool`; nothing here touches a client's connection.
@NullMarked
package dev.hacp.lb.health;

import org.jspecify.annotations.NullMarked;
